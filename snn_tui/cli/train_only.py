"""`--train-only`: the trainer in the foreground, its events drawn, printed as plain lines, or as JSON."""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import IO, Any, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from snn_tui.errors import SnnTuiError
from snn_tui.render import tables, text
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.runs import events
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.summary import state_of
from snn_tui.values.scores import METRICS, PUBLISHED
from snn_tui.worker import trainer
from snn_tui.worker.stopping import StopRequest

_NOBODY_THERE = {errno.EPIPE, errno.EIO, errno.ENXIO}
STOP_SIGNALS = (*trainer.STOP_SIGNALS, signal.SIGHUP)


def train(run: RunDir, terminal: Terminal, console: Console, *, as_json: bool) -> int:
    """Train a run, new or interrupted, and show it as it goes.

    Args:
        run: A run directory with its config.
        terminal: What the terminal can show.
        console: The standard output.
        as_json: Write the events as JSON lines, and nothing else.

    Returns:
        0, or 128 + the signal that stopped it.

    Raises:
        SnnTuiError: The run failed.
    """
    stop = StopRequest()
    stop.listen(STOP_SIGNALS)
    if as_json and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is, whatever the terminal's locale
    outlet = Outlet(sys.stdout if as_json else console.file, stop)
    view: _View
    if as_json:
        view = JsonLines(cast(IO[str], outlet))
    elif console.is_terminal:
        live = view = LiveView(run, terminal, console, stop)
        stop.before_exit = live.leave
    else:
        view = PlainLines(run, terminal, console)
    view.state = state_of(run)  # a resumed run has a past
    console.file = cast(IO[str], outlet)
    with view.shown():
        code = trainer.train_run(run, view, stop)
    if view.failure:
        failure = SnnTuiError(view.failure.what, where=view.failure.where, remedy=view.failure.remedy)
        failure.exit_code = code
        raise failure
    view.close()
    if outlet.lost is not None and outlet.lost.errno not in _NOBODY_THERE:
        raise outlet.lost
    return code


@contextmanager
def progress_on_stderr() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on the standard error stream, if that is a terminal; gives what moves it."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), console=console, transient=True
    ) as bars:
        bar = bars.add_task("loading torch", total=1.0)
        yield lambda what, done: bars.update(bar, description=what, completed=done)


class Outlet:
    """A stream that may be gone: a closed pipe, a terminal that was hung up, a full disk. Training goes on.

    Where nobody reads a pipe any more the run is stopped, after a checkpoint; a terminal that is gone sends
    SIGHUP, and that decides.

    Args:
        file: The stream.
        stop: What a closed pipe stops.

    Attributes:
        lost: What was wrong with the stream, None while it is well.
    """

    def __init__(self, file: IO[str], stop: StopRequest) -> None:
        self._file, self._stop = file, stop
        self.lost: OSError | None = None

    def write(self, text: str) -> int:
        """Write, if that can still be done."""
        try:
            return self._file.write(text)
        except OSError as error:
            self._lose(error)
            return len(text)

    def flush(self) -> None:
        """Flush, if that can still be done."""
        try:
            self._file.flush()
        except OSError as error:
            self._lose(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def _lose(self, error: OSError) -> None:
        if self.lost is None:
            self.lost = error
            if error.errno == errno.EPIPE:
                self._stop.signal = self._stop.signal or signal.SIGPIPE
        # What is still in the stream's buffer, and all that is to come, goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())


class _View:
    """Takes a run's events and keeps what they add up to."""

    def __init__(self) -> None:
        self.state = RunState()

    def __call__(self, event: events.Event) -> None:
        self.state.apply(event)  # type: ignore[arg-type]
        self.draw(event)

    def draw(self, event: events.Event) -> None:
        """Show what an event changed."""

    def shown(self) -> AbstractContextManager[object]:
        """Entered while the run goes on."""
        return nullcontext()

    def close(self) -> None:
        """Say how it ended."""

    @property
    def failure(self) -> events.RunFailed | None:
        """The event that ended the run, if it failed."""
        return self.state.failure


class JsonLines(_View):
    """Every event as a line of JSON."""

    def __init__(self, out: IO[str]) -> None:
        super().__init__()
        self._out = out

    def draw(self, event: events.Event) -> None:
        """Write the event's line at once, so that a reader of the pipe is up to date."""
        self._out.write(events.encode(event).decode())
        self._out.flush()


class PlainLines(_View):
    """One line an epoch, and the final table: for pipes and log files."""

    def __init__(self, run: RunDir, terminal: Terminal, console: Console) -> None:
        super().__init__()
        self._run, self._terminal, self._console = run, terminal, console

    def draw(self, event: events.Event) -> None:
        """Print the line of a start or an epoch."""
        match event:
            case events.RunStarted():
                self._line(_introduction(event, self._run))
                if event.dataset.notice:
                    self._line(f"note: {event.dataset.notice}")
            case events.EpochEnded():
                config = self.state.config
                total = config.epochs if config else event.epoch
                values = " ".join(
                    f"{metric.name} {text.metric(getattr(event.val, field), self._terminal).strip()}"
                    for field, metric in METRICS.items()
                )
                loss = text.metric(event.val.loss, self._terminal).strip()
                self._line(
                    f"epoch {event.epoch}/{total} loss {event.train_loss:.4f} val loss {loss} {values} "
                    f"lr {event.lr:.3g} {event.seconds:.1f}s"
                )

    def close(self) -> None:
        """Print the final table, or how to look at what there is."""
        _print_end(self.state, self._run, self._terminal, self._console)

    def _line(self, line: str) -> None:
        self._console.print(Text(text.clean(line, limit=400)), soft_wrap=True)
        self._console.file.flush()


class LiveView(_View):
    """Progress bars and a growing epoch table, redrawn in place."""

    def __init__(self, run: RunDir, terminal: Terminal, console: Console, stop: StopRequest) -> None:
        super().__init__()
        self._run, self._terminal, self._console, self._stop = run, terminal, console, stop
        bar = BarColumn(bar_width=40)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            bar,
            TextColumn("{task.fields[note]}"),
            console=console,
        )
        self._epoch_bar = self._bars.add_task("starting", total=None, note="")
        self._run_bar: TaskID | None = None

    def shown(self) -> AbstractContextManager[object]:
        """The live display."""
        return Live(
            console=self._console,
            get_renderable=self._render,
            refresh_per_second=2 if self._terminal.slow else 8,
        )

    def _render(self) -> RenderableType:
        state = self.state
        self._move_bars(state)
        parts: list[RenderableType] = []
        if state.started:
            parts.append(Text(text.clean(_introduction(state.started, self._run)), style="bold"))
            if state.started.dataset.notice:
                parts.append(Text(f"note: {text.clean(state.started.dataset.notice)}", style="yellow"))
        if state.epochs_ended:
            parts.append(
                tables.epoch_table(
                    state.epochs_ended,
                    state.best_epoch,
                    Canvas(self._console.width, max(5, self._console.height - 10), self._terminal),
                )
            )
        if state.result is None:
            parts.append(self._bars)
        if self._stop.signal and state.stop is None:
            parts.append(Text("stopping: saving a checkpoint (ctrl-c again quits at once)", style="yellow"))
        return Group(*parts)

    def _move_bars(self, state: RunState) -> None:
        if state.started is None or state.config is None:
            what, done = state.preparing or ("starting", None)
            total = None if done is None else 1.0
            self._bars.update(
                self._epoch_bar, description=text.clean(what), total=total, completed=done or 0.0
            )
            return
        if self._run_bar is None:
            self._run_bar = self._bars.add_task("run", total=1.0, note="")
        speed = f"{text.count(round(state.images_per_s))} img/s" if state.images_per_s else ""
        self._bars.update(
            self._epoch_bar,
            description=f"epoch {state.epoch}/{state.config.epochs}",
            total=state.batches,
            completed=state.batch,
            note=f"{speed}  lr {text.learning_rate(state.lr)}" if state.lr else speed,
        )
        eta = state.eta()
        self._bars.update(
            self._run_bar,
            completed=state.fraction,
            note=f"{state.fraction:.0%}" + (f"  {text.seconds(eta)} left" if eta is not None else ""),
        )

    def leave(self) -> None:
        """Leave the terminal in order, where the display cannot be ended as it should."""
        self._console.show_cursor(True)

    def close(self) -> None:
        """Print the final table under the last state of the display."""
        _print_end(self.state, self._run, self._terminal, self._console)


def _introduction(started: events.RunStarted, run: RunDir) -> str:
    synthetic = " (synthetic)" if started.dataset.synthetic else ""
    used = sum(count.normal + count.pneumonia for count in started.dataset.after.values())
    return (
        f"{run.name}: {started.dataset.name}{synthetic}, {text.count(used)} images in all, "
        f"{started.config.epochs} epochs on {started.device} ({started.engine} engine)"
        + (f"; {started.engine_note}" if started.engine_note else "")
    )


def _print_end(state: RunState, run: RunDir, terminal: Terminal, console: Console) -> None:
    folder = text.clean(str(run.path), 1000)
    if state.result and state.config:
        synthetic = state.config.synthetic
        scores, published = state.result.test, PUBLISHED if state.config.comparable else None
        if scores is not None:
            console.print(tables.final_table(scores, published, synthetic, Canvas(80, 24, terminal)))
            console.print()
            console.print(tables.confusion_table(scores, Canvas(80, 24, terminal)))
        elif state.epochs_ended:
            last = state.epochs_ended[-1].val
            console.print(tables.final_table(last, None, synthetic, Canvas(80, 24, terminal), split="val"))
        console.print()
        console.print(Text(f"took     {text.seconds(state.last_t)}"))
    elif state.stop:
        epoch = state.checkpoint_epoch
        saved = f"the checkpoint is of epoch {epoch}" if epoch else "nothing was trained yet"
        console.print(Text(f"stopped by {state.stop.signal}; {saved}", style="yellow"))
        console.print(Text(f"go on    snn-tui --train-only --resume {folder}"), soft_wrap=True)
    for label, path in (("run", run.path), ("weights", run.weights), ("metrics", run.metrics)):
        if path.exists():
            console.print(Text(f"{label:<8} {text.clean(str(path), 1000)}"), soft_wrap=True)
    if run.weights.exists():
        console.print(Text(f"look     snn-tui inspect {folder} --index 0"), soft_wrap=True)
