"""Below the list of runs: curves of the marked runs or of the current one, and facts or differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import RenderableType
from textual.app import ComposeResult
from textual.containers import Container

from snn_tui.errors import RunError
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart_view import AS_A_WHOLE, ChartView
from snn_tui.render.text import clean, count
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.history import History
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.sweep import SweepRecord
from snn_tui.tui.runs.draw.differences import differences_lines, run_differences
from snn_tui.tui.runs.draw.marks import MARKS
from snn_tui.tui.runs.draw.overlay import (
    CURVES,
    USUAL_SMOOTHING,
    Overlay,
    curves_for,
    overlay_curves,
)
from snn_tui.tui.runs.draw.parallel import Parallel, parallel
from snn_tui.tui.runs.draw.run_facts import facts_lines, run_facts
from snn_tui.tui.runs.draw.scrolled import last_first
from snn_tui.tui.runs.draw.seeds import seeds_facts, seeds_lines
from snn_tui.tui.runs.draw.sweep import HEAD, sweep_chart, sweep_facts, sweep_lines
from snn_tui.tui.shared.chart_panel import ChartPanel
from snn_tui.tui.shared.chart_screen import ChartScreen
from snn_tui.tui.shared.charts import view_words
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.panel import Panel
from snn_tui.values.words import counted


class RunComparison(Container):
    """Two panels side by side, or one of them where it is narrow."""

    def __init__(self) -> None:
        super().__init__()
        self._curve = next(iter(CURVES))
        self._view = AS_A_WHOLE
        self._marked: Sequence[tuple[Entry, int]] = ()
        self._current: Entry | None = None
        self._read: Mapping[RunDir, History] = {}
        self._drawn: tuple[object, ...] = ()  # what the chart is of
        self._first = 0  # lines of the facts that are scrolled away
        self._all_options = False
        self._sweep: tuple[SweepRecord, int | None] | None = None

    def compose(self) -> ComposeResult:
        """Curves and facts."""
        yield ChartPanel(overlay_curves, "Curves", id="curves")
        yield Panel(parallel, "Across options", id="parallel")
        yield ChartPanel(sweep_chart, "Sweep", id="sweep")
        yield Panel(sweep_facts, "Trials", wheel=("scroll(-3)", "scroll(3)"), id="trials")
        yield Panel(_facts, "Run", wheel=("scroll(-3)", "scroll(3)"), id="facts")

    def show(
        self, marked: Sequence[tuple[Entry, int]], current: Entry | None, read: Mapping[RunDir, History]
    ) -> None:
        """Show the marked runs, or without any the current one.

        Args:
            marked: Runs with the indices of their letters in `MARKS`.
            current: The run of the cursor.
            read: The histories that were read so far.
        """
        if not self.query(Panel):  # the screen is leaving, and a worker has read one more run
            return
        if _names(marked, current) != _names(self._marked, self._current):
            self._first = 0
        self._marked, self._current, self._read = marked, current, read
        self._show_curves()
        self._show_facts()

    @property
    def across(self) -> bool:
        """Whether runs are drawn across their options, in place of curves and facts."""
        return self.has_class("-across")

    def show_across(self, value: Parallel | None, runs: int) -> None:
        """Show runs across their options.

        Args:
            value: The lines and axes; None where there is no run.
            runs: How many runs there are, drawn or not.
        """
        panel = self.query_one("#parallel", Panel)
        if value is None:
            panel.say("no run has a configuration")
            return
        lines = len(value.axes[-1].values)
        drawn = counted(lines, "run") if lines >= runs else f"{lines} of {count(runs)} runs"
        coloured = value.axes[value.coloured].name
        words = "" if value.axes[:-1] else " · no option differs"
        panel.show(value, f"Across options · {drawn} · coloured by {coloured}{words}")

    @property
    def sweeping(self) -> bool:
        """Whether a sweep is drawn, in place of all else."""
        return self.has_class("-sweep")

    def show_sweep(self, record: SweepRecord | RunError, run: RunDir) -> None:
        """Show a sweep.

        Args:
            record: The sweep, or why it cannot be read.
            run: The run of one of its trials, which stands out.
        """
        chart, facts = self.query_one("#sweep", ChartPanel), self.query_one("#trials", Panel)
        if isinstance(record, RunError):
            self._sweep = None
            chart.say(clean(f"{record.what}: {record.remedy}"))
            facts.show(None, "Trials")
            return
        number = next((trial.number for trial in record.trials if trial.run == run.name), None)
        if self._sweep is None or self._sweep[0].name != record.name:
            self._first = 0
        self._sweep = record, number
        chart.show(self._sweep, f"Sweep {clean(record.name, 40)}")
        facts.show((*self._sweep, self._first), "Trials")

    def next_curve(self, by: int) -> None:
        """Draw another curve."""
        names = list(self._curves)
        self._curve = names[(names.index(self._shown_curve) + by) % len(names)]
        self._show_curves()

    def look(self, view: ChartView) -> None:
        """Look at the curves in another way."""
        self._view = view
        self._show_curves()

    def smooth(self, by: int) -> None:
        """Smooth the curve more or less; each curve keeps its own."""
        curve = self._shown_curve
        self._charts.smooth_by(curve, by, USUAL_SMOOTHING.get(curve, 0.0))
        self._show_curves()

    @property
    def _charts(self) -> ChartScreen:
        screen = self.screen
        assert isinstance(screen, ChartScreen)
        return screen

    @property
    def _shown(self) -> list[tuple[History, int | None]]:
        """The runs whose curves are drawn, as far as they have been read."""
        meant: list[tuple[Entry, int | None]] = [(entry, mark) for entry, mark in self._marked]
        if not meant and self._current is not None:
            meant = [(self._current, None)]
        return [(self._read[entry.run], mark) for entry, mark in meant if entry.run in self._read]

    @property
    def _seeds(self) -> dict[int | None, list[History]]:
        """The histories of the runs that a row of several stands for, by the index of its letter."""
        rows: list[tuple[Entry, int | None]] = [(entry, mark) for entry, mark in self._marked]
        if not rows and self._current is not None:
            rows = [(self._current, None)]
        return {mark: self._members_of(entry) for entry, mark in rows if entry.members}

    @property
    def _curves(self) -> dict[str, str]:
        """The curves that these runs have."""
        return curves_for([history.kind for history, _ in self._shown] or ["binary"])

    @property
    def _shown_curve(self) -> str:
        """The curve that was chosen; accuracy where runs of this kind do not have it."""
        return self._curve if self._curve in self._curves else "accuracy"

    def _show_curves(self) -> None:
        runs, curve = self._shown, self._shown_curve
        smoothing = self._charts.smoothing_of(curve, USUAL_SMOOTHING.get(curve, 0.0))
        seeds = self._seeds
        drawn = (*runs, *seeds.items(), curve, smoothing, self._view)
        if drawn == self._drawn:
            return
        self._drawn = drawn
        name = self._curves[curve]
        title = f"{name[0].upper()}{name[1:]} · smoothing {smoothing:g}{view_words(self._view)}"
        value = Overlay(runs, curve, smoothing, seeds) if runs else None
        self.query_one("#curves", ChartPanel).show(value and (value, self._view), title)

    def toggle_options(self) -> None:
        """List all options, or only those that differ."""
        self._all_options, self._first = not self._all_options, 0
        self._show_facts()

    def scroll_facts(self, by: int) -> None:
        """Scroll the facts, the differences or the trials by lines."""
        if self.sweeping:
            self._scroll_trials(by)
            return
        canvas, current = canvas_of(self.query_one("#facts", Panel)), self._current
        if len(self._marked) > 1:
            compared, head = self._compared, 1
            lines = differences_lines(compared, canvas, everything=self._all_options) if compared else 0
        elif current is not None:
            histories = self._members_of(current)
            lines, head = seeds_lines(current, histories, canvas, everything=self._all_options), 2
            if not current.members:
                lines = facts_lines(current, self._read.get(current.run), canvas)
        else:
            return
        self._first = min(max(self._first + by, 0), last_first(lines, head, canvas.height))
        self._show_facts()

    def _scroll_trials(self, by: int) -> None:
        panel = self.query_one("#trials", Panel)
        if self._sweep is not None:
            canvas = canvas_of(panel)
            last = last_first(sweep_lines(*self._sweep, canvas), HEAD, canvas.height)
            self._first = min(max(self._first + by, 0), last)
            panel.show((*self._sweep, self._first), "Trials")

    def _members_of(self, entry: Entry) -> list[History]:
        """Histories of the runs that a row of several stands for, as far as they have been read."""
        return [self._read[member.run] for member in entry.members if member.run in self._read]

    @property
    def _compared(self) -> list[tuple[History, int]]:
        """The marked runs that have been read."""
        return [(self._read[entry.run], mark) for entry, mark in self._marked if entry.run in self._read]

    def _show_facts(self) -> None:
        panel, current = self.query_one("#facts", Panel), self._current
        if len(self._marked) > 1:
            letters = " ".join(MARKS[mark] for _, mark in self._marked)
            runs = self._compared
            value = (runs, (), self._first, self._all_options) if len(runs) > 1 else None
            panel.show(value, f"{'All options' if self._all_options else 'What differs'} · {letters}")
        elif current is not None and current.members:
            histories = self._members_of(current)
            panel.show((current, histories, self._first, self._all_options), "Seeds")
        elif current is not None:
            histories = [self._read[current.run]] if current.run in self._read else []
            panel.show((current, histories, self._first, self._all_options), "Run")
        else:
            panel.show(None, "Run")


def _names(marked: Sequence[tuple[Entry, int]], current: Entry | None) -> list[str]:
    """The runs that the facts are of."""
    if len(marked) > 1:
        return [entry.summary.path for entry, _ in marked]
    return [current.summary.path] if current is not None else []


def _facts(
    runs: Entry | Sequence[tuple[History, int]],
    histories: Sequence[History],
    first: int,
    everything: bool,
    canvas: Canvas,
) -> RenderableType:
    if isinstance(runs, Entry) and runs.members:
        return seeds_facts(runs, histories, canvas, first, everything=everything)
    if isinstance(runs, Entry):
        return run_facts(runs, next(iter(histories), None), canvas, first)
    return run_differences(runs, canvas, first, everything=everything)
