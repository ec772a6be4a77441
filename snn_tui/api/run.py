"""A run that a training loop of the user's own writes, as it goes."""

from __future__ import annotations

import math
import os
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from snn_tui.api.numbers import MOST_NAMES, number, numbers
from snn_tui.api.recording import LoggedBatch, Recording
from snn_tui.api.scores import parted
from snn_tui.api.stopping import StopSignal
from snn_tui.api.tracing import stored_trace
from snn_tui.errors import UsageError
from snn_tui.runs import events
from snn_tui.runs.files import open_to_append, write_all, write_atomic
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics, write_metrics
from snn_tui.runs.traces import MOST_TRACES, write_trace
from snn_tui.values.scores import Scores
from snn_tui.values.words import printable


class Run:
    """A run of a training loop of one's own; `snn_tui.start` makes it.

    To be used by one thread. Of a program that forks, the process that started the run writes it alone: in
    the others the methods do nothing. A disk that is full or gone does not end the loop: what cannot be
    written is lost, and that is said once, as a warning of the logger `snn_tui.api`.

    Every method that logs something holds while the run is paused and raises `Stopped` once it was asked to
    stop, as by the keys of Train.
    """

    def __init__(self, run: RunDir, started: events.RunStarted) -> None:
        self._run = run
        self._task = started.dataset.task
        self._process = os.getpid()
        self._names: dict[str, str] = {}  # of numbers, as they are written
        self._epochs = started.config.epochs
        self._batches = started.batches  # of an epoch; 0 while that is not known
        self._epoch, self._batch = 1, 0
        self._lr: float | None = None
        self._losses = [0.0, 0.0]  # of this epoch, their sum and number
        self._began = time.monotonic()
        self._test: Scores | None = None
        self._traces: dict[str, int] = {}  # numbers by name
        self._next_trace = 0
        self._ended = False
        self._recording = Recording(run, started)
        self._stop = StopSignal()
        self._stop.listen()

    @property
    def path(self) -> Path:
        """The run directory."""
        return self._run.path

    @property
    def stopping(self) -> bool:
        """Whether the run was asked to stop, so that the next call of a method raises `Stopped`."""
        return self._stop.signal is not None

    def batch(
        self,
        loss: object = None,
        /,
        *,
        lr: object = None,
        images: int = 0,
        gradient_norm: object = None,
        **values: object,
    ) -> None:
        """Log a training step; may be called thousands of times a second.

        Args:
            loss: Its mean loss; may as well be given by name.
            lr: Its learning rate.
            images: Images in it, from which the images a second are counted.
            gradient_norm: Euclidean norm of its gradient.
            values: Other numbers, of any name. Of those logged within a tenth of a second the mean is kept.

        All numbers may be tensors or arrays of one element, which are read by their `item()`.

        Raises:
            UsageError: A value is no number.
            Stopped: The run was asked to stop.
        """
        if self._idle:
            return
        if loss is None:
            loss = values.pop("loss", None)
        given = None if loss is None else number("loss", loss)
        if lr is not None:
            self._lr = number("lr", lr)
        norm = None if gradient_norm is None else number("gradient_norm", gradient_norm)
        metrics = self._named(numbers(values)) if values else None
        self._batch += 1
        if given is not None:
            self._losses[0] += given
            self._losses[1] += 1
            if not math.isfinite(given):
                self._say_not_finite()
        if self._batches and self._batch > self._batches:
            self._recording.say(
                "batches",
                f"epoch {self._epoch} has more than {self._batches} batches, and the others are not drawn; "
                "give the most that an epoch has as `batches` of snn_tui.start",
            )
        else:
            trained = LoggedBatch(self._epoch, self._batch, images, given, self._lr, norm)
            self._recording.batch(trained, metrics)
        if self._recording.pause_asked or self._stop.signal is not None:
            self._hold()

    def epoch(
        self,
        *,
        train_loss: object = None,
        firing_rates: Mapping[str, object] | None = None,
        images: int = 0,
        **values: object,
    ) -> None:
        """Log the end of an epoch, with scores on val and other numbers.

        Args:
            train_loss: Mean training loss; by default that of the batches.
            firing_rates: Mean firing rate of each layer on val, in spikes a neuron and time step, first layer
                first.
            images: Images that the scores are of.
            values: Numbers of any name. `loss` and the names of scores (`accuracy`, `auc`, `macro_f1`, ...),
                with or without `val_` before them, are scores on val, which tables and charts compare; any
                other becomes a chart of its own.

        Raises:
            UsageError: A value is no number.
            Stopped: The run was asked to stop.
        """
        if self._idle:
            return
        mean = self._losses[0] / self._losses[1] if self._losses[1] else None
        loss = mean if train_loss is None else number("train_loss", train_loss)
        rates = self._few_layers({} if firing_rates is None else firing_rates)
        scores, others = parted(numbers(values), self._task.kind, images, rates)
        if self._epochs and self._epoch > self._epochs:
            self._recording.say(
                "epochs", f"there are more epochs than the {self._epochs} that snn_tui.start was told"
            )
        now = time.monotonic()
        self._recording.emit(
            events.EpochEnded(
                t=self._recording.now,
                epoch=self._epoch,
                train_loss=loss,
                val=scores,
                lr=self._lr,
                seconds=round(now - self._began, 3),
                metrics=dict(self._named(others)),
            )
        )
        self._batches = self._batches or max(1, self._batch)
        self._epoch, self._batch, self._losses, self._began = self._epoch + 1, 0, [0.0, 0.0], now
        self._hold()

    def test(self, *, images: int = 0, **values: object) -> None:
        """Keep the scores on test, with which the run finishes.

        Args:
            images: Images that they are of.
            values: Scores, by the names that `epoch` knows, with or without `test_` before them.

        Raises:
            UsageError: A value is no number, or its name is not one of a score.
        """
        if self._idle:
            return
        scores, others = parted(numbers(values), self._task.kind, images, {}, "test_")
        if others:
            raise UsageError(
                f"there is no score {printable(next(iter(others)), 60)!r} of such classes",
                where="test",
                remedy="log it with an epoch, where any name will do",
            )
        self._test = scores

    def trace(
        self,
        image: object = None,
        *,
        input_spikes: object = None,
        spikes: object = None,
        membranes: object = None,
        label: int | None = None,
        name: str = "",
        threshold: float = 1.0,
    ) -> None:
        """Store what the network did with one image, for Inspect.

        Arrays may be tensors of torch, arrays of numpy or any other library, or lists; time comes first. One
        of the same name replaces the one before; of all a run keeps the latest 64.

        Args:
            image: `[H, W]`, `[C, H, W]` or `[H, W, C]`.
            input_spikes: What went into the network, as `spikes` of a hidden layer. Values other than 0 and 1
                are drawn as currents.
            spikes: Spikes of each layer by its name, first to last: `[T, N]`, `[T, H, W]` or `[T, C, H, W]`,
                the last one being the output, `[T, K]`; or those of the output alone. Where the membranes are
                of another layer than the last, the output does not spike.
            membranes: Membranes of the output, `[T, K]`, in the unit of `threshold`; or those of several
                layers by name, each of the shape of its spikes. Where outputs do not spike, the largest of
                the last step is the prediction.
            label: Index of the true output neuron.
            name: What to call it.
            threshold: The membrane above which an output neuron fires.

        Raises:
            UsageError: An array has another shape than it should.
            Stopped: The run was asked to stop.
        """
        if self._idle:
            return
        stored = stored_trace(
            name=name,
            epoch=self._position[0],
            image=image,
            input_spikes=input_spikes,
            spikes=spikes,
            membranes=membranes,
            label=label,
            classes=self._task.classes,
            threshold=threshold,
            left_out=lambda words: self._recording.say(words, words),
        )
        number = self._traces.get(name) if name else None
        if number is None:
            number, self._next_trace = self._next_trace, (self._next_trace + 1) % MOST_TRACES
            self._traces = {known: taken for known, taken in self._traces.items() if taken != number}
        if name:
            self._traces[name] = number
        self._recording.safely(lambda: write_trace(self._run, number, stored))
        self._hold()

    def checkpoint(self, state: Mapping[str, object]) -> None:
        """Write the weights of the network to `weights.safetensors`, in place of those before.

        snn-tui keeps them, but does not know the network that they are of.

        Args:
            state: Tensors or arrays by name, such as `model.state_dict()`.

        Raises:
            UsageError: There is no array in it, or one of a type that safetensors does not have.
            Stopped: The run was asked to stop.
        """
        if self._idle:
            return
        from snn_tui.api.weights import weights_file  # safetensors takes a while to load

        epoch, batch = self._position
        texts = {"format": "pt", "epoch": str(epoch)} | ({"batch": str(batch)} if batch else {})
        content = weights_file(state, texts)

        def write() -> None:
            write_atomic(self._run.own_weights, content)
            self._recording.emit(
                events.CheckpointSaved(t=self._recording.now, epoch=epoch, batch=self._batch, weights=False)
            )

        self._recording.safely(write)
        self._hold()

    def note(self, text: str) -> None:
        """Say something about the training, in one sentence, on Train."""
        if not self._idle:
            self._recording.emit(events.Noted(t=self._recording.now, text=printable(text)))

    def end(self) -> None:
        """Finish the run, as the end of the `with` block does; doing so twice is harmless."""
        if self._idle:
            return
        done = self._epoch - 1
        if self._test is not None:
            metrics = Metrics(test=self._test, kept_epoch=done, synthetic=False, dataset=self._task.name)
            self._recording.safely(lambda: write_metrics(self._run, metrics))
        self._close(
            events.RunFinished(
                t=self._recording.now, test=self._test, kept_epoch=done, seconds=self._recording.now
            )
        )

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._idle:
            return
        t = self._recording.now
        if self._stop.signal is not None and isinstance(error, SystemExit):
            self._close(events.RunStopped(t=t, signal=self._stop.signal.name))
        elif isinstance(error, KeyboardInterrupt):
            self._close(events.RunStopped(t=t, signal="SIGINT"))
        elif error is None or (isinstance(error, SystemExit) and not error.code):
            self.end()
        else:
            self._close(self._failed(error))

    @property
    def _position(self) -> tuple[int, int]:
        """The epoch, and the batches done of it; 0 where it is completed."""
        return (self._epoch, self._batch) if self._batch else (self._epoch - 1, 0)

    @property
    def _idle(self) -> bool:
        """Whether there is nothing to do: the run has ended, or this process was forked off."""
        return self._ended or os.getpid() != self._process

    def _failed(self, error: BaseException) -> events.RunFailed:
        """What ended the loop, and where; the traceback goes to the log."""
        lines = "".join(traceback.format_exception(error)).expandtabs().splitlines()
        text = "".join(f"{printable(line, 1000)}\n" for line in lines)

        def write() -> None:
            descriptor = open_to_append(self._run.log)
            try:
                write_all(descriptor, text.encode("utf-8", "backslashreplace"))
            finally:
                os.close(descriptor)

        self._recording.safely(write)
        frames = traceback.extract_tb(error.__traceback__)
        where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
        words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return events.RunFailed(
            t=self._recording.now,
            what=printable(words, 1000),
            where=printable(where),
            remedy=f"the traceback is in {self._run.log.name}",
            exit_code=1,
        )

    def _close(self, last: events.Event) -> None:
        self._recording.close(last)
        self._ended = True
        self._stop.restore()

    def _hold(self) -> None:
        """Hold while the run is paused, and raise `Stopped` once it is asked to stop."""
        self._recording.hold_while_paused(lambda: self.stopping)
        self._stop.check()

    def _say_not_finite(self) -> None:
        if "loss" not in self._recording.said:
            words = f"the loss is no finite number in batch {self._batch} of epoch {self._epoch}"
            self._recording.say("loss", words)
            self.note(words)

    def _named(self, values: Mapping[str, float]) -> Mapping[str, float]:
        """Numbers by names that may be written, of as many as there may be."""
        known = self._names
        for name in values:
            if name not in known:
                if len(known) >= MOST_NAMES:
                    self._recording.say(
                        "names", f"more than {MOST_NAMES} names of numbers: the others are left out"
                    )
                    break
                known[name] = printable(name, 100)
        return {known[name]: value for name, value in values.items() if name in known}

    def _few_layers(self, rates: Mapping[str, object]) -> dict[str, float]:
        if not isinstance(rates, Mapping):
            raise UsageError(
                f"{printable(repr(rates), 60)} has no names of layers",
                where="firing_rates",
                remedy="give a dict of the layers' names and rates",
            )
        if len(rates) > MOST_NAMES:
            self._recording.say(
                "layers", f"firing rates of more than {MOST_NAMES} layers: the others are left out"
            )
        few = list(rates.items())[:MOST_NAMES]
        known = {printable(name, 100): number(f"firing_rates: {name}", rate) for name, rate in few}
        return {name: rate for name, rate in known.items() if math.isfinite(rate)}
