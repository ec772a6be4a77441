"""The panels of Results: what each of them draws of the state, and which of them are on a page."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Container

from snn_tui.render.energy import energy as draw_energy
from snn_tui.tui.results.draw import charts, mistakes, scores
from snn_tui.tui.results.draw.scores import ScoreTable
from snn_tui.tui.results.state import ResultsState
from snn_tui.tui.shared.panel import Panel
from snn_tui.values.energy import Energy

PAGES = ("scores", "threshold", "curves", "mistakes", "energy")
"""Names of the pages that the panels are shown on where there is no room for all of them."""

HALVES = ("scores", "mistakes")
"""The same where half of the panels have room on a page."""


class ResultsPanels(Container):
    """All panels of Results. While the screen closes there are none, and nothing is drawn."""

    def compose(self) -> ComposeResult:
        """All panels; the style sheet hides those that are not on the page."""
        yield Panel(scores.scores, "Scores", empty="starting the inspector...", id="scores")
        yield Panel(charts.roc, "ROC", id="roc")
        yield Panel(mistakes.confusion, "Confusion", id="confusion")
        yield Panel(charts.calibration, "Reliability", id="reliability")
        yield Panel(charts.steps, "Verdict after t steps", id="steps")
        yield Panel(
            mistakes.mistakes,
            "Worst mistakes",
            wheel=("choose(-1)", "choose(1)"),
            double="inspect",
            id="mistakes",
        )
        yield Panel(scores.draws, "Re-encoding", id="draws")
        yield Panel(draw_energy, "One image costs", id="energy")

    def show_page(self, page: int, pages: Sequence[str]) -> None:
        """Turn to a page.

        Args:
            page: Its index in `pages`.
            pages: `PAGES` or `HALVES`; empty where all panels have room, so that no border names a page.
        """
        present = pages[page] if pages else ""
        for name in PAGES:
            self.set_class(name == present, f"-{name}")
        text = f"page {page + 1} of {len(pages)}, tab" if pages else ""
        first = {"threshold": "roc", "curves": "reliability"}
        for name in PAGES:
            self.query_one(f"#{first.get(name, name)}", Panel).border_subtitle = text if name in pages else ""

    def clear(self) -> None:
        """Empty all panels."""
        for panel in self.query(Panel):
            panel.show(None)
        self._show("scores", None, "Scores")

    def show_judgement(self, state: ResultsState) -> None:
        """Draw what does not depend on the threshold, and empty the scores, which do."""
        results = state.results
        if results is None:
            return
        judgement = results.judgement
        kept = "balanced" if judgement.balanced else "all"
        self._show("scores", None, f"Scores · {judgement.split} · {len(judgement)} images, {kept}")
        self._show("reliability", (results.reliability, judgement.task))

    def show_threshold(self, state: ResultsState) -> None:
        """Draw what depends on the threshold, but for scores with intervals: they are computed later."""
        results = state.results
        if results is None:
            return
        value, judgement = state.threshold.value, results.judgement
        self._show("roc", (results, value), f"ROC · threshold {state.threshold.text}")
        confusion = results.confusion_matrix(value)
        self._show(
            "confusion", (confusion, state.threshold, judgement.split, judgement.num_steps, judgement.task)
        )
        settled = state.measured.settled if state.measured and not state.stale else None
        self._show("steps", (results.steps(value), settled))
        self.show_mistakes(state)
        self.show_draws(state)
        if state.measured is None:
            self.show_scores(state)

    def show_scores(self, state: ResultsState) -> None:
        """Draw the scores; values and intervals are always of the same threshold."""
        results, measured = state.results, state.measured
        if results is None:
            return
        threshold = measured.threshold if measured else state.threshold
        table = ScoreTable(
            values=results.values(threshold.value),
            intervals=measured.intervals if measured else None,
            published=results.published,
            threshold=threshold,
            split=results.judgement.split,
            synthetic=results.judgement.synthetic,
        )
        self._show("scores", table)
        if measured and not state.stale:
            self._show("steps", (results.steps(threshold.value), measured.settled))

    def show_mistakes(self, state: ResultsState) -> None:
        """Draw the list of mistakes with the chosen one."""
        if state.results is not None:
            count = f"{len(state.mistakes)} of {len(state.results.judgement)}"
            title = f"Worst mistakes · {count} · enter inspects"
            self._show("mistakes", (state.mistakes, state.mistake_index, state.results.judgement.task), title)

    def show_draws(self, state: ResultsState) -> None:
        """Draw how the scores spread over the draws of the coding so far."""
        if state.results is not None:
            done = len(state.results.redraws)
            count = f"{done} draws" if done == state.num_draws else f"{done} of {state.num_draws}"
            content = (state.results.spreads(state.threshold.value), done, state.num_draws)
            constant = state.num_draws == 1
            self._show("draws", content, "Re-encoding · none" if constant else f"Re-encoding · {count}")

    def show_energy(self, energy: Energy) -> None:
        """Draw what one image costs."""
        self._show("energy", energy)

    def _show(self, name: str, value: object, title: str | None = None) -> None:
        for panel in self.query(f"#{name}").results(Panel):
            panel.show(value, title)
