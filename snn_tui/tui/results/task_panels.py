"""The panels of Results for several classes or labels, and which of them are on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult

from snn_tui.render.energy import energy as draw_energy
from snn_tui.tui.results.draw.class_table import class_table
from snn_tui.tui.results.draw.matrix import matrix
from snn_tui.tui.results.draw.task_charts import task_calibration, task_roc, task_steps
from snn_tui.tui.results.draw.task_images import task_images
from snn_tui.tui.results.draw.task_scores import task_draws, task_scores
from snn_tui.tui.results.panels import Panels, exit_title
from snn_tui.tui.results.state import ResultsState
from snn_tui.tui.shared.panel import Panel
from snn_tui.values.energy import Energy


class TaskPanels(Panels):
    """All panels of several classes or labels."""

    PAGES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "-roomy": ("scores", "images"),
        "-halved": ("scores", "images", "more"),
        "-paged": ("scores", "classes", "matrix", "curves", "images", "more"),
    }

    CHOOSING: ClassVar[tuple[str, ...]] = ("task-images", "task-matrix")

    CELL: ClassVar[tuple[str, ...]] = ("task-matrix", "task-classes", "task-roc", "task-images")
    """Ids of the panels that show which cell of the matrix is chosen, or only its row."""

    def page_of(self, panel: str, layout: str) -> int:
        """The page of the matrix or of the list of images; with room for both, the same one."""
        pages, name = self.pages(layout), panel.removeprefix("task-")
        return pages.index(name if name in pages else "images")

    def compose(self) -> ComposeResult:
        """All panels; the style sheet hides those that are not on the page."""
        yield Panel(task_scores, "Scores", id="task-scores")
        yield Panel(task_roc, "ROC", id="task-roc")
        yield Panel(class_table, "Classes", wheel=("along(-1)", "along(1)"), id="task-classes")
        yield Panel(task_calibration, "Reliability", id="task-reliability")
        yield Panel(matrix, "Confusion", wheel=("along(-1)", "along(1)"), double="inspect", id="task-matrix")
        yield Panel(
            task_images, "Mistakes", wheel=("choose(-1)", "choose(1)"), double="inspect", id="task-images"
        )
        yield Panel(task_steps, "Verdict after t steps", id="task-steps")
        yield Panel(task_draws, "Re-encoding", id="task-draws")
        yield Panel(draw_energy, "One image costs", id="task-energy")

    def first_panel(self, page: str, layout: str) -> str:
        """The panel whose border names a page."""
        if page == "images" and layout != "-paged":
            return "task-matrix"
        name = {"curves": "roc", "more": "steps"}.get(page, page)
        return f"task-{name}"

    def show_judgement(self, state: ResultsState) -> None:
        """Draw what does not depend on the chosen cell."""
        if (matrix := state.matrix) is None:
            return
        judgement = matrix.results.judgement
        kept = "balanced" if judgement.balanced else "all"
        title = f"Scores · {judgement.split} · {len(judgement)} images, {kept}{exit_title(judgement)}"
        self.show("task-scores", (matrix.results, None), title)

    def show_threshold(self, state: ResultsState) -> None:
        """Draw what depends on the chosen cell, and the scores unless they wait for their intervals."""
        self.show_cell(state)
        self.show_draws(state)
        self.show_scores(state)

    def show_cell(self, state: ResultsState) -> None:
        """Draw what depends on the chosen cell."""
        if (matrix := state.matrix) is None:
            return
        results, row = matrix.results, matrix.row
        name = results.task.classes[row]
        labels = results.task.kind == "multilabel"
        area = results.scored.classes[row].auc
        against = "" if labels else " against the others"
        value = "undefined" if area is None else f"{area:.3f}"
        self.show("task-roc", (results, row), f"ROC · AUC {value} · {name}{against}")
        self.show("task-classes", (results, row), "Labels" if labels else "Classes")
        title = f"Reliability · {name}" if labels else "Reliability · top class"
        self.show("task-reliability", (results.reliability(row), results, row), title)
        title = "Labels by outcome" if labels else "Confusion · predicted across"
        self.show("task-matrix", matrix, f"{title} · arrows move")
        self.show_mistakes(state)

    def show_scores(self, state: ResultsState) -> None:
        """Draw the scores, with their intervals once they are there, and the curve over time steps."""
        measured = state.measured
        if state.matrix is not None:
            self.show("task-scores", (state.matrix.results, measured.intervals if measured else None))
            steps, settled = (measured.steps, measured.settled) if measured else (None, None)
            self.show("task-steps", (steps, settled))

    def show_mistakes(self, state: ResultsState) -> None:
        """Draw the list of images with the chosen one."""
        if (matrix := state.matrix) is not None:
            number = len(matrix.images)
            words = f"{number} of {len(matrix.results.judgement)}"
            title = f"Images of the cell · {number}" if matrix.filtered else f"Worst mistakes · {words}"
            self.show("task-images", matrix, f"{title} · enter inspects")

    def show_draws(self, state: ResultsState) -> None:
        """Draw how the scores spread over the draws of the coding so far."""
        if state.matrix is not None:
            results = state.matrix.results
            done = len(results.redraws)
            self.show("task-draws", (results.spreads(), done, state.num_draws), state.draws_title(done))

    def show_energy(self, energy: Energy) -> None:
        """Draw what one image costs."""
        self.show("task-energy", energy)

    def say_energy(self, words: str) -> None:
        """Say why there is no energy to draw."""
        for panel in self.query("#task-energy").results(Panel):
            panel.say(words)
