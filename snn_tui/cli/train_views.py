"""What `--train-only` writes of a run: bars and a table in a terminal, plain lines in a pipe, or JSON."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import IO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from snn_tui.config.own_network import flag_words
from snn_tui.render import tables, text
from snn_tui.render.canvas import Canvas
from snn_tui.render.copied import run_command
from snn_tui.render.terminal import Terminal
from snn_tui.runs import events
from snn_tui.runs.diagnosis import diagnose
from snn_tui.runs.lines import epoch_line, recipe_line, start_line
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import has_checkpoint
from snn_tui.values.benchmarks import study_beside
from snn_tui.worker.stopping import StopRequest


class TrainView:
    """Takes a run's events, keeps the state they add up to, and writes what each of them changed."""

    def __init__(self) -> None:
        self.state = RunState()

    def __call__(self, event: events.Event) -> None:
        self.state.apply(event)  # type: ignore[arg-type]
        self.draw(event)

    def draw(self, event: events.Event) -> None:
        """Write what an event changed; here nothing."""

    def display(self) -> AbstractContextManager[object]:
        """Entered while the run is trained; here it does nothing."""
        return nullcontext()

    def close(self) -> None:
        """Write how the run ended; here nothing."""

    @property
    def failure(self) -> events.RunFailed | None:
        """The event that ended the run, if it failed."""
        return self.state.failure


class JsonLines(TrainView):
    """Every event as a line of JSON."""

    def __init__(self, out: IO[str]) -> None:
        super().__init__()
        self._out = out

    def draw(self, event: events.Event) -> None:
        """Write the event's line at once, so that a reader of the pipe is up to date."""
        self._out.write(events.encode(event).decode())
        self._out.flush()


class PlainLines(TrainView):
    """One line an epoch, and the final table: for pipes and log files."""

    def __init__(self, run: RunDir, terminal: Terminal, console: Console) -> None:
        super().__init__()
        self._run, self._terminal, self._console = run, terminal, console

    def draw(self, event: events.Event) -> None:
        """Print the line of a start or an epoch."""
        match event:
            case events.RunStarted():
                self._line(start_line(event, self._run.name))
                if recipe := recipe_line(event.config):
                    self._line(f"recipe: {recipe}")
                if event.dataset.notice:
                    self._line(f"note: {event.dataset.notice}")
            case events.Noted():
                self._line(f"note: {event.text}")
            case events.Diagnosed() if event.name:
                self._line(f"note: {event.text}: {event.remedy}")
            case events.EpochEnded():
                config = self.state.config
                total = config.epochs if config else event.epoch
                undefined = text.metric(None, self._terminal).strip()
                self._line(epoch_line(event, total, self.state.task.kind, undefined))

    def close(self) -> None:
        """Print the final table, or how to look at what there is."""
        _print_end(self.state, self._run, self._terminal, self._console)

    def _line(self, line: str) -> None:
        self._console.print(Text(text.clean(line, limit=400)), soft_wrap=True)
        self._console.file.flush()


class LiveView(TrainView):
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

    def display(self) -> AbstractContextManager[object]:
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
            parts.append(Text(text.clean(start_line(state.started, self._run.name)), style="bold"))
            if recipe := recipe_line(state.started.config):
                parts.append(Text(f"recipe: {text.clean(recipe, text.MESSAGE_LIMIT)}"))
            if state.started.dataset.notice:
                parts.append(
                    Text(
                        f"note: {text.clean(state.started.dataset.notice, text.MESSAGE_LIMIT)}",
                        style="yellow",
                    )
                )
        parts += [Text(f"note: {text.clean(note)}", style="yellow") for note in state.notes]
        finding = diagnose(state)
        if finding is not None:
            parts.append(Text(f"note: {text.clean(finding.sentence)}", style="yellow"))
        if state.epochs_ended:
            parts.append(
                tables.epoch_table(
                    state.epochs_ended,
                    state.best_epoch,
                    Canvas(self._console.width, max(5, self._console.height - 10), self._terminal),
                    state.task.kind,
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
            note=f"{state.fraction:.0%}" + (f"  {text.time_left(eta)} left" if eta is not None else ""),
        )

    def leave(self) -> None:
        """Leave the terminal in order, where the display cannot be ended as it should."""
        self._console.show_cursor(True)

    def close(self) -> None:
        """Print the final table under the last state of the display."""
        _print_end(self.state, self._run, self._terminal, self._console)


def _print_end(state: RunState, run: RunDir, terminal: Terminal, console: Console) -> None:
    words = flag_words(state.config)
    if state.result and state.config:
        synthetic = state.config.synthetic
        scores, published = state.result.test, None
        canvas, task = Canvas(80, 24, terminal), state.task
        if state.started is not None:
            published = study_beside(
                task,
                "test",
                balanced=state.config.balance != "none",
                comparable=state.started.dataset.comparable,
                synthetic=synthetic,
            )
        if scores is not None:
            console.print(tables.final_table(scores, published, synthetic, canvas, task=task))
            console.print()
            console.print(tables.confusion_table(scores, task, canvas))
        elif state.epochs_ended:
            last = state.epochs_ended[-1].val
            console.print(tables.final_table(last, None, synthetic, canvas, split="val", task=task))
        console.print()
        console.print(Text(f"took     {text.seconds(state.spent)}"))
    elif state.stop:
        saved = "nothing was trained yet"
        if state.checkpoint is not None:
            of = "within" if state.checkpoint.batch else "of"
            saved = f"the checkpoint is {of} epoch {state.checkpoint.epoch}"
        console.print(Text(f"stopped by {state.stop.signal}; {saved}", style="yellow"))
        console.print(Text(f"go on    {run_command(str(run.path), True, words)}"), soft_wrap=True)
    for label, path in (("run", run.path), ("weights", run.weights), ("metrics", run.metrics)):
        if os.path.lexists(path):
            console.print(Text(f"{label:<8} {text.clean(str(path), 1000)}"), soft_wrap=True)
    if has_checkpoint(run):
        look = ["snn-tui", "inspect", *map(text.shell_word, (str(run.path), "--index", "0", *words))]
        console.print(Text(f"look     {' '.join(look)}"), soft_wrap=True)
