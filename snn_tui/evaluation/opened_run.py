"""A run's checkpoint with its network and its images, to evaluate; `one_image` looks into single ones.

Shared by the inspector process and the commands `evaluate`, `inspect`, `report` and `study`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch

from snn_tui.analysis.early_exit import choose as choose_exit
from snn_tui.analysis.judgement import Judgement
from snn_tui.config.build import check_layers
from snn_tui.config.judging import judged_as
from snn_tui.config.own_network import difference
from snn_tui.config.run_config import RunConfig
from snn_tui.data.balance import balance
from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.likeness import measure
from snn_tui.errors import DataError, RunError
from snn_tui.evaluation.images import compared
from snn_tui.evaluation.nir.network import GraphNetwork
from snn_tui.evaluation.nir.opening import graph_network
from snn_tui.evaluation.own_network import network_for
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.files import failure, read_bounded
from snn_tui.runs.graph import has_graph
from snn_tui.runs.kernel_store import KernelStore
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_network_config
from snn_tui.snn.device import resolve
from snn_tui.snn.engines import Engine, Recipe, images_at_once
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.registry import choose, for_device
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.operations import Tally
from snn_tui.snn.own_network import OwnNetwork
from snn_tui.snn.own_operations import OwnTally
from snn_tui.snn.recording import Recording
from snn_tui.training.checkpoint import load_weights, weights_epoch, weights_within_epoch
from snn_tui.training.evaluate import EVALUATION_DRAW, Evaluation, Images, evaluate, judge
from snn_tui.values.early_exit import ExitRule, accepted_loss
from snn_tui.values.energy import Energy
from snn_tui.values.energy_constants import EnergyConstants
from snn_tui.values.image_statistics import ImageStatistics

WEIGHTS_LIMIT = 256 * 1024 * 1024
ENERGY_IMAGES = 256
"""Images that energy is measured on at most: more change it in the third digit."""

_MOST_FRAMES = 2560  # images times steps recorded at once: some 20 MB of spikes


class OpenedRun:
    """A run's network with the weights of its checkpoint.

    Args:
        run: The run directory.
        dataset: Images to evaluate it on.
        device: What to compute on, as `--device` takes it.
        balance_as: Configuration of the run whose balancing decides which images are left out; by default
            this run's own.
        steps: Time steps of an image; by default those of the run's configuration.
        early_exit: When verdicts fall, as the option `exit` takes it; by default as the run's configuration
            says.

    Attributes:
        other_code: In what the file that was named is not the one that made the run's network; empty where it
            is, and for a network of this program.
        dataset: The images, with a notice where they are not those the run was trained on.
        epoch: The epoch that the weights are of; 0 of a graph, which nobody trained here.
        within_epoch: Whether that epoch was not completed.

    Raises:
        RunError: The run has no checkpoint yet, or a broken one.
        UsageError: It cannot be judged after so many steps, or with early exit.
    """

    def __init__(
        self,
        run: RunDir,
        dataset: Dataset,
        device: str = "cpu",
        *,
        balance_as: RunConfig | None = None,
        steps: int | None = None,
        early_exit: str | None = None,
    ) -> None:
        self.run = run
        self.config = judged_as(read_network_config(run), steps, early_exit)
        self.images = dataset
        started = beginning_of(run)
        self.dataset = compared(dataset, self.config, started.dataset if started else None)
        self.other_code = difference(self.config)
        if self.other_code:
            notice = "; ".join(filter(None, (self.other_code, self.dataset.notice)))
            self.dataset = replace(self.dataset, notice=notice)
        if steps is not None and not has_graph(run):
            check_layers(self.config, self.dataset.task.side, self.dataset.task.channels)
        self._training_images = started.dataset.training_images if started else None
        self._balance_as = balance_as or self.config
        self._accepted_loss = accepted_loss(self.config.exit)
        self.epoch = 0
        self.within_epoch = False
        self.device = resolve(device)
        self.network, self.engine = self._network_and_engine()
        self._stamp: tuple[int, int] | None = None
        self._evaluations: dict[tuple[str, bool, float | None], Evaluation] = {}
        self._exit_rules: dict[float, ExitRule] = {}
        self._judged_val: Judgement | None = None
        self.refresh()

    def _network_and_engine(self) -> tuple[LayeredNetwork, Engine]:
        """The network, whose weights are not loaded yet unless it is a graph, and what computes it."""
        recipe = Recipe.of(self.config, self.dataset.task)
        if has_graph(self.run):
            graph = graph_network(self.run, self.dataset.task).to(self.device)
            return graph, ReferenceEngine(graph, recipe)
        network = network_for(self.config, self.dataset.task).to(self.device)
        chosen = choose(
            for_device(self.config.engine, self.device),
            network,
            recipe,
            precision=self.config.precision,
            store=KernelStore(),
            or_another=True,
        )
        return network, chosen.engine

    @property
    def notes(self) -> list[str]:
        """How the network was read, where it is a graph that does not say all of it."""
        return self.network.notes if isinstance(self.network, GraphNetwork) else []

    def refresh(self) -> bool:
        """Load the weights again if the trainer has replaced them; True if so. A graph stays what it is.

        Raises:
            RunError: The run has no checkpoint any more, or a broken one.
        """
        if isinstance(self.network, GraphNetwork):
            return False
        try:
            stat = self.run.weights.lstat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return False
            content = read_bounded(self.run.weights, WEIGHTS_LIMIT)
        except FileNotFoundError:
            raise RunError(
                "this run has no checkpoint yet",
                where=self.run.name,
                remedy="the first is saved when its first epoch ends",
            ) from None
        except OSError as error:
            raise failure(error, self.run.weights) from error
        try:
            load_weights(self.network, content, str(self.run.weights))
        except RunError as error:
            if not self.other_code:
                raise
            remedy = "give the file that it was trained with"
            raise RunError(f"{error.what}; {self.other_code}", where=error.where, remedy=remedy) from error
        self.epoch = weights_epoch(content)
        self.within_epoch = weights_within_epoch(content)
        self._stamp = stamp
        self._evaluations.clear()
        self._exit_rules.clear()
        self._judged_val = None
        return True

    def split(self, name: str, *, balanced: bool = False) -> Split:
        """The images of a split.

        Args:
            name: train, val or test.
            balanced: Whether to leave out what balancing leaves out.
        """
        mode = self._balance_as.balance if balanced else "none"
        return balance(self.dataset, mode, self._balance_as.seed).splits[name]

    @property
    def balances(self) -> bool:
        """Whether the run's balancing leaves images out; of those with several labels it leaves out none."""
        return self._balance_as.balance != "none" and self.dataset.task.kind != "multilabel"

    def evaluate(
        self,
        split: str,
        *,
        balanced: bool = False,
        draw: int = EVALUATION_DRAW,
        on_progress: OnProgress = lambda what, fraction: None,
        all_steps: bool = False,
        loss: float | None = None,
    ) -> Evaluation:
        """The network's predictions for every image of a split; those of draw 0 are kept.

        Args:
            split: train, val or test.
            balanced: Whether to leave out what balancing leaves out.
            draw: Which draw of the rate coding; draw 0 is the one that scores are of.
            on_progress: Called after each batch.
            all_steps: Whether all verdicts fall at the last step, also where there is a rule for early ones.
            loss: The accuracy on val that may be lost by early verdicts; by default that of the run.
        """
        rule = None if all_steps else self.exit_rule(on_progress, loss=loss)
        lead = None if rule is None else rule.threshold
        key = split, balanced, lead
        if draw == EVALUATION_DRAW and key in self._evaluations:
            return self._evaluations[key]
        images = self._images(split, balanced)
        evaluation = evaluate(self.engine, images, draw, on_progress=on_progress, exit_lead=lead)
        if draw == EVALUATION_DRAW:
            self._evaluations[key] = evaluation
        return evaluation

    def forget(self) -> None:
        """Keep no predictions any more."""
        self._evaluations.clear()

    def judge(
        self, split: str, *, balanced: bool = True, on_progress: OnProgress = lambda what, fraction: None
    ) -> Judgement:
        """The predictions of `evaluate`, with what the output neurons did up to every time step."""
        return self._judge(split, balanced, self.exit_rule(on_progress), on_progress)

    def exit_rule(
        self, on_progress: OnProgress = lambda what, fraction: None, *, loss: float | None = None
    ) -> ExitRule | None:
        """The rule by which verdicts fall early, chosen on val as the run was judged by it; None without one.

        It is kept until the weights change. Test is not read for it.

        Args:
            on_progress: Called after each batch of val.
            loss: The accuracy on val that may be lost; by default that of the run, which may have no rule.

        Raises:
            DataError: There are no images of val.
        """
        loss = self._accepted_loss if loss is None else loss
        if loss is None:
            return None
        if loss not in self._exit_rules:
            self._exit_rules[loss] = choose_exit(self.judged_val(on_progress), loss)
        return self._exit_rules[loss]

    def judged_val(self, on_progress: OnProgress = lambda what, fraction: None) -> Judgement:
        """The predictions for val after all steps, balanced as the run was, on which thresholds are chosen.

        They are kept until the weights change.

        Raises:
            DataError: There are no images of val.
        """
        if self._judged_val is not None:
            return self._judged_val
        if not len(self.dataset.splits["val"]):
            raise DataError(
                "there are no images of val, on which the threshold for an early exit is chosen",
                where=self.dataset.source,
                remedy="give --exit off",
            )
        self._judged_val = self._judge("val", True, None, on_progress)
        return self._judged_val

    def exit_lead(self, on_progress: OnProgress = lambda what, fraction: None) -> float | None:
        """The lead of `exit_rule`, in spikes a step; None without one."""
        rule = self.exit_rule(on_progress)
        return None if rule is None else rule.threshold

    def _judge(self, split: str, balanced: bool, rule: ExitRule | None, on_progress: OnProgress) -> Judgement:
        return judge(
            self.engine,
            self._images(split, balanced),
            self.dataset,
            balanced=balanced and self.balances,
            epoch=self.epoch,
            on_progress=on_progress,
            rule=rule,
        )

    def record(self, split: str, indices: Sequence[int], *, balanced: bool = False) -> Recording:
        """All spikes of the images at `indices` of a split, in the draw that `evaluate` counts."""
        images = self._images(split, balanced)
        batch, _ = images.pick(torch.tensor(indices, device=self.device), EVALUATION_DRAW)
        return self.engine.record(batch)

    def inputs(self, split: str, limit: int) -> Iterator[torch.Tensor]:
        """Input spikes, or currents, of the first `limit` images of a split, a few images at a time.

        Each is `[T, B, C, H, W]`; draw 0 of the coding.
        """
        images, recipe = self._images(split, balanced=False), Recipe.of(self.config, self.dataset.task)
        for part in self._parts(len(images), limit):
            batch, _ = images.pick(torch.tensor(part, device=self.device), EVALUATION_DRAW)
            yield recipe.encode(batch, recipe.num_steps)

    def recordings(self, split: str, limit: int, *, balanced: bool = False) -> Iterator[Recording]:
        """Recordings of the first `limit` images of a split, a few images at a time."""
        for part in self._parts(len(self._images(split, balanced)), limit):
            yield self.record(split, part, balanced=balanced)

    def _parts(self, images: int, limit: int) -> Iterator[range]:
        """Indices of the first `limit` of so many images, as many at a time as are recorded at once."""
        steps, number = self.config.num_steps, min(limit, images)
        at_once = min(max(1, _MOST_FRAMES // steps), images_at_once(self.network, steps, torch.device("cpu")))
        for start in range(0, number, at_once):
            yield range(start, min(start + at_once, number))

    def energy(
        self,
        split: str,
        limit: int = ENERGY_IMAGES,
        on_progress: OnProgress = lambda what, fraction: None,
        *,
        balanced: bool = False,
        constants: EnergyConstants | None = None,
    ) -> Energy:
        """What an image costs on average, measured on the first `limit` images of a split.

        Args:
            split: train, val or test.
            limit: The most images to measure.
            on_progress: Called after each batch.
            balanced: Whether to leave out what balancing leaves out.
            constants: What an operation and a byte of memory take; by default as published for 45 nm.
        """
        tally, done = tally_of(self.network), 0
        images = min(limit, len(self._images(split, balanced)))
        for recording in self.recordings(split, limit, balanced=balanced):
            tally.add(recording)
            done += recording.spikes_in.shape[1]
            on_progress("counting operations", done / images)
        return tally.energy(constants, self.config.bits)

    @property
    def training_images(self) -> ImageStatistics | None:
        """What the images that it was trained on are like; None where nobody knows."""
        images = self.dataset
        same_kind = images.synthetic == self.config.synthetic and "train" not in images.differing
        if self._training_images is None and same_kind:
            # The run does not say: it is of a version that did not record it.
            self._training_images = measure(images.splits["train"].images)
        return self._training_images

    def _images(self, split: str, balanced: bool) -> Images:
        return Images.of(self.split(split, balanced=balanced), split, self.device, self.dataset.task)


def tally_of(network: LayeredNetwork) -> Tally | OwnTally:
    """What adds up the cost of a network's recordings."""
    return OwnTally(network) if isinstance(network, OwnNetwork) else Tally(network)
