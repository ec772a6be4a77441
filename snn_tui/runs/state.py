"""What a run looks like, as a pure function of its events.

The same code feeds the screens, `--train-only`, `snn-tui runs` and the tests.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable
from typing import Literal

from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.runs.events import (
    AnyEvent,
    CheckpointSaved,
    Diagnosed,
    EpochEnded,
    Heartbeat,
    Noted,
    Paused,
    Preparing,
    Progress,
    Resumed,
    RunFailed,
    RunFinished,
    RunStarted,
    RunStopped,
)
from snn_tui.runs.losses import Losses
from snn_tui.runs.samples import Samples
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.scores import Metric, metrics_for
from snn_tui.values.task import PNEUMONIA, Task

Phase = Literal["preparing", "training", "paused", "finished", "failed", "stopped"]

ENDED: frozenset[Phase] = frozenset({"finished", "failed", "stopped"})
"""Phases in which no trainer is at work any more."""

CLOCK_SLACK = 1.0
"""Seconds by which `t` may run backwards, between threads of one trainer, before it means a new trainer."""

MACHINE = ("cpu", "memory", "gpu", "gpu_memory", "gpu_temperature", "gpu_power")
"""Fields of a heartbeat that are kept over the run."""

MOST_LOGGED = 64
"""Other numbers of batches that are kept, by name; no event has more."""

MOST_NOTES = 20
"""Notes of a run that are kept."""

_FIRST = (RunStarted, Preparing)  # what a trainer begins with
_LONGEST = 1e9  # seconds; a `t` beyond this is nonsense and must not make infinities further on
_MOST_EPOCHS = int(OPTIONS["epochs"].high or 0)
_MOST_STEPS = 1 << 62  # what fits into an array of positions


class RunState:
    """A run so far. Make one with `replay`, or feed `apply` event by event.

    A run that was interrupted goes on in the same file: a further RunStarted, `t` from 0 again, and the
    batches since the last checkpoint once more. Time then continues, and what is repeated is replaced.

    Attributes:
        phase: What the run is at, going by its events alone.
        started: The latest RunStarted, None before the first.
        began_at: When the first trainer was ready, in seconds since 1970 (UTC); None before.
        preparing: What is being prepared, and its share done (None if unknown); None once training.
        epoch: The epoch being trained, from 1; 0 before the first batch.
        batch: Batches done in that epoch.
        epochs: Epochs the whole run has; 0 before it started.
        batches: Batches an epoch has; 0 before the run started. Where that was not told, those of the first.
        steps: Batches the whole run has; 0 before it started.
        endless: Whether it is not known how many epochs the run has; `epochs` are those so far then.
        epochs_ended: One a completed epoch, rising.
        lr: Learning rate of the latest batch; None before the first.
        images_per_s: Images trained a second, lately; None before the first batch.
        pace: Learning rate, images a second and norm of the gradient over the run.
        logged: Other numbers that batches logged, over the run, each in a column called `value`, by name.
        machine: The heartbeats over the run; NaN where there is no GPU.
        heartbeat: The latest sign of life of the present trainer.
        checkpoint: The latest CheckpointSaved.
        notes: What the user should know about the training, each sentence once.
        diagnosed: What the present trainer found wrong, None where it recorded nothing; see `runs.diagnosis`.
        failure: How the run failed, None otherwise.
        result: How the run finished, None otherwise.
        stop: How the run was stopped, None otherwise.
        last_t: Seconds trainers have spent on this run up to the latest event, pauses included.
        held: Seconds of them that it was paused.
    """

    def __init__(self) -> None:
        self.phase: Phase = "preparing"
        self.started: RunStarted | None = None
        self.began_at: float | None = None
        self.preparing: tuple[str, float | None] | None = None
        self.epoch = 0
        self.batch = 0
        self.epochs = self.batches = self.steps = 0
        self.endless = False
        self.epochs_ended: list[EpochEnded] = []
        self.lr: float | None = None
        self.images_per_s: float | None = None
        self.pace = Samples("lr", "images_per_s", "gradient_norm")
        self.logged: dict[str, Samples] = {}
        self.machine = Samples(*MACHINE)
        self.heartbeat: Heartbeat | None = None
        self.checkpoint: CheckpointSaved | None = None
        self.notes: list[str] = []
        self.diagnosed: Diagnosed | None = None
        self.failure: RunFailed | None = None
        self.result: RunFinished | None = None
        self.stop: RunStopped | None = None
        self.last_t = 0.0
        self.held = 0.0

        self._kept = Losses()
        self._counting = False  # the batches of an epoch, as they were not told
        self._earlier = 0.0  # what `last_t` was when the present trainer began
        self._trainer_started = False  # the present trainer's RunStarted was seen
        self._trained_from: int | None = None  # step the present trainer began after
        self._train_t = 0.0  # when it began, moved on by its pauses
        self._step_t = 0.0  # when it got to the present step, likewise
        self._paused_at: float | None = None

    @property
    def config(self) -> RunConfig | None:
        """The run's configuration, None before it started."""
        return self.started.config if self.started else None

    @property
    def dataset(self) -> DatasetSummary | None:
        """What the run is trained on, None before it started."""
        return self.started.dataset if self.started else None

    @property
    def task(self) -> Task:
        """What the run is trained for; PneumoniaMNIST's before it started."""
        return self.started.dataset.task if self.started else PNEUMONIA

    @property
    def losses(self) -> array[float]:
        """`[n]` mean loss of each batch; of a long run's, those that `Losses` keeps."""
        return self._kept.values

    @property
    def loss_steps(self) -> array[int]:
        """`[n]` the position of each of these batches in the run, from 1, rising."""
        return self._kept.steps

    @property
    def ema(self) -> array[float]:
        """`[n]` moving average of the losses up to each of these batches."""
        return self._kept.ema

    @property
    def step(self) -> int:
        """Batches done in the whole run."""
        return max(0, self.epoch - 1) * self.batches + self.batch

    @property
    def spent(self) -> float:
        """Seconds trainers have spent on this run, without pauses."""
        return self.last_t - self.held

    @property
    def fraction(self) -> float:
        """Share of the run's batches done, from 0 to 1."""
        if self.phase == "finished":
            return 1.0
        if self.endless or self._counting:
            return 0.0
        return min(1.0, self.step / self.steps) if self.steps else 0.0

    @property
    def val_points(self) -> list[tuple[int, float]]:
        """Position in the run, in batches, and loss on val, of each epoch that has one."""
        return [
            (end.epoch * self.batches, end.val.loss) for end in self.epochs_ended if end.val.loss is not None
        ]

    @property
    def best_epoch(self) -> int | None:
        """The epoch with the lowest loss on val, the earlier of equals; None before there is one."""
        scored = [(end.val.loss, end.epoch) for end in self.epochs_ended if end.val.loss is not None]
        return min(scored)[1] if scored else None

    @property
    def own_loop(self) -> bool:
        """Whether a training loop of the user's own writes the run; False before it started."""
        return self.started is not None and self.started.config.own_loop

    @property
    def logged_names(self) -> list[str]:
        """Names of the other numbers that batches or epochs logged."""
        of_epochs = (name for end in self.epochs_ended for name in end.metrics)
        return list(dict.fromkeys([*self.logged, *of_epochs]))

    @property
    def scored(self) -> dict[str, Metric]:
        """The scores on val that tables and charts have: of a loop of the user's own those that it logged."""
        metrics = metrics_for(self.task.kind)
        if not self.own_loop:
            return metrics
        ended = self.epochs_ended
        return {
            field: metric
            for field, metric in metrics.items()
            if any(getattr(end.val, field) is not None for end in ended)
        }

    @property
    def rates(self) -> dict[str, float]:
        """Each layer's mean firing rate on val after the latest epoch, in spikes a neuron and time step."""
        return self.epochs_ended[-1].val.rates if self.epochs_ended else {}

    @property
    def has_gpu(self) -> bool:
        """Whether a heartbeat was of a trainer on a GPU that can be measured."""
        uses = self.machine.columns["gpu"]
        return bool(uses) and not (math.isnan(uses[0]) and math.isnan(uses[-1]))

    def eta(self, now_t: float | None = None) -> float | None:
        """Seconds of training left, at the present trainer's pace without pauses; None if not known.

        Args:
            now_t: The present, on the scale of `last_t`; without it, the time of the latest event.
        """
        if self._trained_from is None or self.phase not in ("training", "paused"):
            return None
        if self.endless or self._counting:
            return None
        done = self.step - self._trained_from
        spent = self._step_t - self._train_t
        if done <= 0 or spent <= 0:
            return None
        present = self.last_t if now_t is None else now_t
        if self._paused_at is not None:
            present = self._paused_at
        return max(0.0, (self.steps - self.step) * spent / done - max(0.0, present - self._step_t))

    def apply(self, event: AnyEvent) -> None:
        """Take in the next event. Events that contradict the run, such as batch 12 of 10, change nothing."""
        self._tick(event)
        if isinstance(event, Progress):  # nearly all are
            self._progress(event)
            return
        match event:
            case Heartbeat():
                self.heartbeat = event
                values = (getattr(event, name) for name in MACHINE)
                self.machine.append(
                    self.step, self.last_t, *(math.nan if value is None else value for value in values)
                )
            case EpochEnded():
                self._epoch_ended(event)
            case CheckpointSaved():
                self.checkpoint = event
            case Noted():
                if event.text not in self.notes and len(self.notes) < MOST_NOTES:
                    self.notes.append(event.text)
            case Diagnosed():
                self.diagnosed = event
            case Preparing():
                self.preparing = (event.what, event.done)
            case RunStarted():
                self._run_started(event)
            case Paused():
                if self.phase == "training":
                    self.phase = "paused"
                    self._paused_at = self.last_t
            case Resumed():
                self._unpause()
            case RunFinished():
                self._end("finished")
                self.result = event
            case RunFailed():
                self._end("failed")
                self.failure = event
            case RunStopped():
                self._end("stopped")
                self.stop = event

    def _tick(self, event: AnyEvent) -> None:
        t = event.t
        if not 0.0 <= t <= _LONGEST:
            t = min(max(t, 0.0), _LONGEST)
        now = self._earlier + t
        anew = isinstance(event, _FIRST) and (self._trainer_started or self.phase in ENDED)
        if anew or now < self.last_t - CLOCK_SLACK:
            self._next_trainer()
            now = self._earlier + t
        if now > self.last_t:
            self.last_t = now

    def _next_trainer(self) -> None:
        self._earlier = self.last_t
        self._trainer_started = False
        self._trained_from = None
        self._paused_at = None
        self.phase = "preparing"
        self.preparing = None
        self.heartbeat = None
        self.diagnosed = None
        self.failure = self.result = self.stop = None

    def _run_started(self, event: RunStarted) -> None:
        self.started = event
        if self.began_at is None:
            self.began_at = event.started_at
        # A configuration in an event is not checked as one that starts a run is.
        # A network that was added as a graph has no batches, and is not trained.
        self.epochs = min(max(0, event.config.epochs), _MOST_EPOCHS) if event.batches else 0
        self.batches = max(0, event.batches)
        self.steps = self.epochs * self.batches
        self.endless = event.config.own_loop and not self.epochs
        self._counting = event.config.own_loop and not self.batches
        self.phase = "training"
        self.preparing = None
        self._trainer_started = True
        self._train_t = self._step_t = self.last_t

    def _unpause(self) -> None:
        if self._paused_at is not None:
            held = self.last_t - self._paused_at
            self._train_t += held  # as if the pause had never been
            self._step_t += held
            self.held += held
            self._paused_at = None
        if self.phase == "paused":
            self.phase = "training"

    def _end(self, phase: Phase) -> None:
        self._unpause()
        self.phase = phase
        self.preparing = None

    def _grow(self, epoch: int, batch: int) -> None:
        """Take in that there is such an epoch, and such a batch in it, where that was not known."""
        if self.endless and self.epochs < epoch <= _MOST_EPOCHS:
            self.epochs = epoch
        if self._counting and epoch == 1 and batch > self.batches:
            self.batches = batch
        self.steps = self.epochs * self.batches

    def _progress(self, event: Progress) -> None:
        if self.endless or self._counting:
            self._grow(event.epoch, event.batch)
        if not self._plausible(event.epoch, event.batch):
            return
        if self.phase != "training":
            self._unpause()  # the line that said so may be lost
            if self.phase == "preparing":
                self.phase = "training"
        self.epoch, self.batch = event.epoch, event.batch
        self.lr = event.lr
        self.images_per_s = event.images_per_s
        self._step_t = self.last_t
        step = (event.epoch - 1) * self.batches + event.batch
        losses = event.losses[-step:]
        first = step - len(losses) + 1
        if self._trained_from is None:
            self._trained_from = first - 1
        kept = self._kept
        if kept.steps and first <= kept.steps[-1]:
            self._rewind(first)
        pace = (event.lr, event.images_per_s, event.gradient_norm)
        self.pace.append(step, self.last_t, *(math.nan if value is None else value for value in pace))
        for name, value in event.metrics.items():
            samples = self.logged.get(name)
            if samples is None:
                if len(self.logged) >= MOST_LOGGED:
                    continue
                samples = self.logged[name] = Samples("value")
            samples.append(step, self.last_t, math.nan if value is None else value)
        for position, loss in enumerate(losses, first):
            kept.append(position, math.nan if loss is None else loss)

    def _plausible(self, epoch: int, batch: int) -> bool:
        return 1 <= epoch <= self.epochs and 1 <= batch <= self.batches and self.steps < _MOST_STEPS

    def _rewind(self, first: int) -> None:
        """Forget the batches from position `first` on, and the epochs they belong to."""
        self._kept.rewind(first)
        self.pace.rewind(first)
        self.machine.rewind(first)
        for samples in self.logged.values():
            samples.rewind(first)
        while self.epochs_ended and self.epochs_ended[-1].epoch * self.batches >= first:
            self.epochs_ended.pop()

    def _epoch_ended(self, event: EpochEnded) -> None:
        if self.endless or self._counting:
            self._grow(event.epoch, max(1, self.batch))
            self._counting = False
        if not self._plausible(event.epoch, self.batches):
            return
        while self.epochs_ended and self.epochs_ended[-1].epoch >= event.epoch:
            self.epochs_ended.pop()
        self.epochs_ended.append(event)
        self.epoch, self.batch = event.epoch, self.batches
        self.lr = event.lr
        self._step_t = self.last_t


def replay(events: Iterable[AnyEvent], state: RunState | None = None) -> RunState:
    """The state of a run after some events.

    Args:
        events: The events, in the order they were written.
        state: The state before the first of them, which is changed and returned; None for that of a run that
            has no events yet.
    """
    state = state or RunState()
    for event in events:
        state.apply(event)
    return state
