"""The panels of Results: what each of them draws of the state, and which of them are on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Container

from snn_tui.analysis.bootstrap import auc_resamples
from snn_tui.analysis.judgement import Judgement
from snn_tui.render.energy import energy as draw_energy
from snn_tui.tui.results.draw import charts, mistakes, scores
from snn_tui.tui.results.draw.scores import ScoreTable
from snn_tui.tui.results.state import ResultsState
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.positive import positive_title
from snn_tui.values.energy import Energy


def exit_title(judgement: Judgement) -> str:
    """What a title says of verdicts that fall early; empty where none may."""
    if judgement.exit is None:
        return ""
    return f" · early exit, {judgement.mean_steps:.2f} of {judgement.num_steps} steps"


class Panels(Container):
    """Panels of Results, some of them on a page. While the screen closes there are none: nothing is drawn."""

    PAGES: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Names of the pages of each layout that has no room for all panels at once."""

    CHOOSING: ClassVar[tuple[str, ...]] = ()
    """Ids of the panels that show which image is chosen."""

    def in_view(self, ids: Sequence[str]) -> bool:
        """Whether one of the panels with these ids is on the page in view."""
        return any(panel.display for panel in self.query(Panel) if panel.id in ids)

    def page_of(self, panel: str, layout: str) -> int:
        """The index of the page that has a panel, in the pages of a layout."""
        raise NotImplementedError

    def first_panel(self, page: str, layout: str) -> str:
        """The id of the panel whose border names a page."""
        raise NotImplementedError

    def pages(self, layout: str) -> tuple[str, ...]:
        """Names of the pages of a layout; none where all panels have room."""
        return self.PAGES.get(layout, ())

    def show_page(self, page: int, layout: str) -> None:
        """Turn to a page, by its index in the pages of a layout."""
        pages = self.pages(layout)
        present = pages[page] if pages else ""
        for name in {name for layout_pages in self.PAGES.values() for name in layout_pages}:
            self.set_class(name == present, f"-{name}")
        for panel in self.query(Panel):
            panel.show_subtitle("")
        for name in pages:
            first = self.query_one(f"#{self.first_panel(name, layout)}", Panel)
            first.show_subtitle(f"page {page + 1} of {len(pages)}, tab")

    def clear(self) -> None:
        """Empty all panels."""
        for panel in self.query(Panel):
            panel.show(None)

    def show(self, name: str, value: object, title: str | None = None) -> None:
        """Draw the value of the panel with an id."""
        for panel in self.query(f"#{name}").results(Panel):
            panel.show(value, title)

    def show_judgement(self, state: ResultsState) -> None:
        """Draw what does not depend on the threshold or the chosen cell, and empty what is computed later."""
        raise NotImplementedError

    def show_threshold(self, state: ResultsState) -> None:
        """Draw what depends on the threshold or the chosen cell."""
        raise NotImplementedError

    def show_scores(self, state: ResultsState) -> None:
        """Draw the scores, with their intervals once they are there."""
        raise NotImplementedError

    def show_mistakes(self, state: ResultsState) -> None:
        """Draw the list of images with the chosen one."""
        raise NotImplementedError

    def show_draws(self, state: ResultsState) -> None:
        """Draw how the scores spread over the draws of the coding so far."""
        raise NotImplementedError

    def show_energy(self, energy: Energy) -> None:
        """Draw what one image costs."""
        raise NotImplementedError

    def say_energy(self, words: str) -> None:
        """Say why there is no energy to draw."""
        raise NotImplementedError


class BinaryPanels(Panels):
    """All panels of a binary task."""

    PAGES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "-halved": ("scores", "mistakes"),
        "-paged": ("scores", "threshold", "curves", "mistakes", "energy"),
    }

    CHOOSING: ClassVar[tuple[str, ...]] = ("mistakes",)

    def page_of(self, panel: str, layout: str) -> int:
        """The page of the mistakes."""
        return self.pages(layout).index(panel)

    def first_panel(self, page: str, layout: str) -> str:
        """The panel whose border names a page."""
        return {"threshold": "roc", "curves": "reliability"}.get(page, page)

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

    def show_judgement(self, state: ResultsState) -> None:
        """Draw what does not depend on the threshold, and empty the scores, which do."""
        results = state.binary
        if results is None:
            return
        judgement = results.judgement
        kept = "balanced" if judgement.balanced else "all"
        title = f"Scores · {judgement.split} · {len(judgement)} images, {kept}{exit_title(judgement)}"
        self.show("scores", None, title + positive_title(judgement.task))
        self.show("reliability", (results.reliability, judgement.task, judgement.spiking))

    def show_threshold(self, state: ResultsState) -> None:
        """Draw what depends on the threshold, but for scores with intervals: they are computed later."""
        results = state.binary
        if results is None:
            return
        value, judgement = state.threshold.value, results.judgement
        self.show("roc", (results, value), f"ROC · threshold {state.threshold.text}")
        confusion = results.confusion_matrix(value)
        scale = judgement.score_limit, judgement.score_unit
        self.show("confusion", (confusion, state.threshold, judgement.split, scale, judgement.task))
        settled = state.measured.settled if state.measured and not state.stale else None
        self.show("steps", (results.steps(value), settled))
        self.show_mistakes(state)
        self.show_draws(state)
        if state.measured is None:
            self.show_scores(state)

    def show_scores(self, state: ResultsState) -> None:
        """Draw the scores; values and intervals are always of the same threshold."""
        results, measured = state.binary, state.measured
        if results is None:
            return
        threshold = measured.threshold if measured else state.threshold
        table = ScoreTable(
            values=results.values(threshold.value),
            intervals=measured.intervals if measured else None,
            auc_resamples=auc_resamples(len(results.judgement)),
            published=results.published,
            threshold=threshold,
            split=results.judgement.split,
            synthetic=results.judgement.synthetic,
            noun=results.judgement.task.real_noun,
            benchmarks=results.judgement.benchmarks,
        )
        self.show("scores", table)
        if measured and not state.stale:
            self.show("steps", (results.steps(threshold.value), measured.settled))

    def show_mistakes(self, state: ResultsState) -> None:
        """Draw the list of mistakes with the chosen one."""
        if (results := state.binary) is not None:
            count = f"{len(state.mistakes)} of {len(results.judgement)}"
            title = f"Worst mistakes · {count} · enter inspects"
            self.show("mistakes", (state.mistakes, state.mistake_index, results.judgement.task), title)

    def show_draws(self, state: ResultsState) -> None:
        """Draw how the scores spread over the draws of the coding so far."""
        if (results := state.binary) is not None:
            done = len(results.redraws)
            content = (results.spreads(state.threshold.value), done, state.num_draws)
            self.show("draws", content, state.draws_title(done))

    def show_energy(self, energy: Energy) -> None:
        """Draw what one image costs."""
        self.show("energy", energy)

    def say_energy(self, words: str) -> None:
        """Say why there is no energy to draw."""
        for panel in self.query("#energy").results(Panel):
            panel.say(words)
