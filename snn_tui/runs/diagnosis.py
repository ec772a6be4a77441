"""What is wrong with a training, if anything: one sentence with one remedy, the most important first.

Only what the events of a run say is read, so that old runs can be diagnosed, too. Each finding has a
threshold at which it begins and another, further on, at which it ends, and its sentence stays as it was when
it began: a run near a threshold does not change what is said with every epoch.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from snn_tui.config.command import usual
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.events import EpochEnded
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.firing import silence, silent_layers
from snn_tui.values.words import listed

if TYPE_CHECKING:
    from snn_tui.runs.state import RunState

FIRST_JUDGED = 2
"""The epoch from which scores and output spikes are judged: after the first, a good network may be at chance,
and its output neurons may not fire yet."""

CHANCE_AUC, LEFT_CHANCE_AUC = 0.05, 0.10
"""Distance of the AUC on val from 0.5 below which a network knows nothing, and from which it does again. Of
270 images, as the study's val has, the AUC of pure chance has a standard deviation of 0.035; a network that
begins to learn passes 0.6 long before its accuracy moves, as the study's does in its second epoch."""

CHANCE_ACCURACY, LEFT_CHANCE_ACCURACY = 0.05, 0.10
"""The same for the balanced accuracy, above that of a guess (one by the number of classes)."""

CHANCE_EPOCHS, CHANCE_IMAGES = 2, 30
"""Epochs in a row that have to be at chance, and the fewest images of val that can show it: of fewer, the
standard deviation of an AUC is above 0.1."""

SATURATED, UNSATURATED = 0.95, 0.90
"""Firing rate, in spikes a neuron and time step, at which a layer is saturated, and below which no more.
Where nearly every neuron fires at nearly every step, spikes tell images apart no better than where none does.
The same threshold makes a neuron saturated on Model."""

DIVERGED, CONVERGED = 2.0, 1.25
"""Factor by which the mean training loss of an epoch is above the lowest of all before when it runs away, and
below which it has come back. Between neighbouring epochs of healthy runs it rises by a few percent. It has to
be above that of the first epoch, too: else a loss near 0 that doubles would count."""

TURNED, RETURNED = 1.10, 1.05
"""Factor by which the loss on val, a mean of `TURN_EPOCHS`, is above its lowest when it has turned, and below
which it has come back. The shipped runs stay below 1.07."""

TRAIN_FELL = 0.95
"""Factor to which the training loss has to have fallen since then: a val loss that rises along with it is no
overfitting."""

TURN_EPOCHS = 3
"""Epochs over which both losses are averaged: on a few hundred images one alone goes up and down by 5 %."""

SLOW, QUICK = 0.5, 0.7
"""Share of the speed that `bench` measured on this machine for the same work below which a training is slow,
and from which it is no more. Images of val count as if they were trained on, which takes longer, and bench
knows no augmentation: a training that has the machine for itself reaches 0.8 and more."""

SLOW_SECONDS = 2.0
"""Epochs that take less say little about the speed."""

HIGH_LR = 10.0
"""Factor by which a learning rate is above that of its preset from which it is the first thing to change."""

LEAKED = 0.05
"""Share of the images of a split that another has, too, from which scores on it mislead: they may then be as
much too good as one recipe is better than another. Fewer are in the notice of the data set."""


_OF_LOSSES = ("not-finite", "diverging", "overfitting")
"""Rules that judge by both losses."""


class Finding(msgspec.Struct, frozen=True):
    """What is wrong with a training.

    Args:
        name: A word for programs: the name of one of the rules.
        text: What is wrong, without a full stop.
        remedy: One thing to do about it.
    """

    name: str
    text: str
    remedy: str

    @property
    def sentence(self) -> str:
        """Both in one sentence."""
        return f"{self.text}: {self.remedy}" if self.remedy else self.text


class Doctor:
    """Watches a training epoch by epoch.

    Args:
        config: The run's configuration.
        dataset: What it is trained on.
        batches: Training batches an epoch.
        benched: Images a second that `bench` measured for the same work; None where it is not known.
    """

    def __init__(
        self, config: RunConfig, dataset: DatasetSummary, batches: int, benched: float | None = None
    ) -> None:
        self._config, self._dataset, self._batches = config, dataset, batches
        self._benched = benched
        self._at_chance = 0  # epochs in a row
        self._train: list[float] = []  # losses of the epochs whose both losses are finite
        self._val: list[float] = []
        self._lowest_train = math.inf
        self._first_train: float | None = None
        self._lowest_val = math.inf
        self._train_then = math.inf  # the training loss when that on val was lowest
        self._rules: dict[str, Callable[[EpochEnded, bool], tuple[str, str] | None]] = {
            "not-finite": self._not_finite,
            "silent": self._silent,
            "chance": self._chance,
            "saturated": self._saturated,
            "diverging": self._diverging,
            "overfitting": self._overfitting,
            "slow": self._slow,
        }
        leak = leaks(dataset)
        self._found: dict[str, Finding] = {"leaks": leak} if leak else {}

    @property
    def finding(self) -> Finding | None:
        """The most important of what is wrong, None while all is well."""
        return next((self._found[name] for name in (*self._rules, "leaks") if name in self._found), None)

    def epoch(self, ended: EpochEnded) -> None:
        """Take in the next epoch.

        A loop of the user's own may log no loss in some epochs, on val say: those tell nothing of losses.
        """
        logged = ended.train_loss is not None and ended.val.loss is not None
        rules = self._rules.items()
        if self._config.own_loop and not logged:
            rules = {name: rule for name, rule in rules if name not in _OF_LOSSES}.items()
        self._take_losses(ended)
        averaged = self._config.ema and ended.epoch * self._batches * (1 - self._config.ema) < 1
        if averaged and ended.epoch < self._config.epochs:
            # An average of weights is near the initial ones until it has seen as many steps as it is over.
            return
        for name, rule in rules:
            found = rule(ended, name in self._found)
            if found is None:
                self._found.pop(name, None)
            else:
                self._found.setdefault(name, Finding(name, *found))

    def _take_losses(self, ended: EpochEnded) -> None:
        train, val = ended.train_loss, ended.val.loss
        if train is None or val is None:
            return
        self._train.append(train)
        self._val.append(val)
        if self._first_train is None:
            self._first_train = train
        if len(self._val) >= TURN_EPOCHS and (mean := _mean(self._val)) < self._lowest_val:
            self._lowest_val, self._train_then = mean, _mean(self._train)

    def _not_finite(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """A loss is no finite number: numbers overflow in training or on val.

        Training itself ends at such a batch, so this is mostly the loss on val. It ends with the first epoch
        whose losses are finite.
        """
        if ended.train_loss is not None and ended.val.loss is not None:
            return None
        split = "train" if ended.train_loss is None else "val"
        return f"the loss on {split} is no finite number since epoch {ended.epoch}", self._lower_lr()

    def _silent(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """A layer fires not once on val: nothing gets through it, and hardly any gradient comes back.

        The readout alone may be silent after the first epoch. It ends with a single spike.
        """
        rates = ended.val.rates
        early = ended.epoch < min(FIRST_JUDGED, self._config.epochs)
        if early and silent_layers(rates) == [*rates][-1:]:
            return None
        said = silence(rates, self._config.known_norm, spiking=self._config.own_loop)
        text, _, remedy = said.partition(": ")
        return (text, self._lower_lr() if self._high_lr else remedy) if text else None

    def _chance(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """AUC and balanced accuracy on val are those of a guess, `CHANCE_EPOCHS` in a row from the second on.

        It ends as soon as one of them is clearly better.
        """
        if ended.epoch < FIRST_JUDGED or ended.val.images < CHANCE_IMAGES:
            return None
        if not self._guesses(ended, found):
            self._at_chance = 0
            return None
        self._at_chance += 1
        if self._at_chance < CHANCE_EPOCHS:
            return None
        first = ended.epoch - self._at_chance + 1
        return f"the scores on val are those of a guess since epoch {first}", self._normalise()

    def _guesses(self, ended: EpochEnded, found: bool) -> bool:
        auc, accuracy = ended.val.auc, ended.val.balanced_accuracy
        task = self._dataset.task
        near = []
        if auc is not None:
            near.append(abs(auc - 0.5) < (LEFT_CHANCE_AUC if found else CHANCE_AUC))
        if accuracy is not None and task.kind != "multilabel":  # there it is of no class's share
            above = LEFT_CHANCE_ACCURACY if found else CHANCE_ACCURACY
            near.append(accuracy < 1 / len(task.classes) + above)
        return bool(near) and all(near)

    def _saturated(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """Nearly all neurons of a layer fire at nearly all steps; of neurons without spikes: are above 0.

        After the first epoch the weights may still be on their way.
        """
        if ended.epoch < FIRST_JUDGED:
            return None
        limit = UNSATURATED if found else SATURATED
        names = [name for name, rate in ended.val.rates.items() if rate >= limit]
        if not names:
            return None
        layers = listed(names)
        if self._config.neuron != "leaky":
            text = f"nearly all outputs of {layers} are above 0, as if there were no rectifier"
            return text, self._normalise()
        fire = "fires" if len(names) == 1 else "fire"
        return f"{layers} {fire} at nearly every step, whatever the image", self._normalise()

    def _diverging(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """The training loss runs away, as it does where gradients or membranes do."""
        loss, lowest = ended.train_loss, self._lowest_train
        if loss is None or self._first_train is None:
            return None
        self._lowest_train = min(lowest, loss)
        if lowest == math.inf:
            return None
        gone = loss >= CONVERGED * lowest if found else loss > max(DIVERGED * lowest, self._first_train)
        if not gone:
            return None
        return f"the training loss runs away: {loss:.3g} after {lowest:.3g}", self._lower_lr()

    def _overfitting(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """The loss on val has turned and rises while that on train still falls."""
        if self._lowest_val <= 0.0 or len(self._val) < TURN_EPOCHS or ended.val.loss is None:
            return None
        risen = _mean(self._val) / self._lowest_val
        fell = _mean(self._train) <= TRAIN_FELL * self._train_then
        if not (risen >= RETURNED if found else risen >= TURNED and fell):
            return None
        return f"the loss on val rises while that on train falls, at epoch {ended.epoch}", self._hold_back()

    def _slow(self, ended: EpochEnded, found: bool) -> tuple[str, str] | None:
        """An epoch takes far longer than `bench` says, as where others use the machine, too.

        The first one compiles and warms up, and does not count.
        """
        images = self._dataset.images.get("train", 0) + ended.val.images
        if self._benched is None or ended.epoch < FIRST_JUDGED or ended.seconds < SLOW_SECONDS:
            return None
        speed = images / ended.seconds
        if speed >= (QUICK if found else SLOW) * self._benched:
            return None
        text = f"training goes at {speed:,.0f} images a second where bench measured {self._benched:,.0f} here"
        return text, "see with top what else computes on this machine, or measure again with snn-tui bench"

    @property
    def _preset_lr(self) -> float:
        return float(usual("lr", self._config.preset) or 0.0)

    @property
    def _high_lr(self) -> bool:
        return self._config.lr > HIGH_LR * self._preset_lr

    def _lower_lr(self) -> str:
        if self._high_lr:
            return f"try --lr {self._preset_lr:g}, as the preset has it"
        return f"try --lr {self._config.lr / 10:.3g}"

    def _normalise(self) -> str:
        """Currents that batch norm keeps in range; smaller steps where it does, or steps are large."""
        if self._high_lr or self._config.known_norm != "none":
            return self._lower_lr()
        return "try --norm batch"

    def _hold_back(self) -> str:
        """What is best against overfitting and not yet done."""
        if self._config.keep != "best":
            return "try --keep best, which ends with the weights of the best epoch"
        if self._config.augment == 0.0:
            return "try --augment 1"
        return "try --weight-decay 0.05" if self._config.weight_decay == 0.0 else "try fewer --epochs"


def diagnose(state: RunState) -> Finding | None:
    """What is wrong with a run, None while all is well.

    What the trainer recorded counts; for a run that has nothing recorded it is found anew from its epochs.
    """
    if state.diagnosed is not None:
        said = state.diagnosed
        return Finding(said.name, said.text, said.remedy) if said.name else None
    if state.started is None:
        return None
    doctor = Doctor(state.started.config, state.started.dataset, state.batches)
    for ended in state.epochs_ended:
        doctor.epoch(ended)
    finding = doctor.finding
    if finding is not None and state.own_loop:  # there is no option that would help
        return msgspec.structs.replace(finding, remedy="")
    return finding


_LEAK = re.compile(
    r"(?P<count>\d[\d ]*) (?P<split>val|test) images? (?:is|are) "
    r"(?:in (?P<copies>train|val)|of [\d ]+ groups? that (?P<groups>train|val) has), too"
)


def leaks(dataset: DatasetSummary) -> Finding | None:
    """A split of which `LEAKED` or more, or others of the same groups, are in an earlier one, None without.

    The notice of the data set says how many there are.
    """
    for match in _LEAK.finditer(dataset.notice):
        split = match["split"]
        of = sum(dataset.before.get(split, {}).values()) or dataset.images.get(split, 0)
        number = int(match["count"].replace(" ", ""))
        if of and number >= LEAKED * of:
            earlier, share = match["copies"] or match["groups"], round(100 * min(1.0, number / of))
            text = f"{share} % of {split} is known from {earlier}, so scores on {split} are too good"
            if match["groups"]:
                return Finding("leaks", text, "let --group-by share the groups out")
            return Finding("leaks", text, f"take those images out of {earlier}")
    return None


def _mean(losses: list[float]) -> float:
    """The mean of the latest epochs."""
    latest = losses[-TURN_EPOCHS:]
    return sum(latest) / len(latest)
