"""Scores on corrupted images, for one network or two side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import RenderableType

from snn_tui.render.tables import bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, metric
from snn_tui.values.robustness import Trial


def robustness_table(
    trials: Mapping[str, Sequence[Trial]], measures: Mapping[str, str], split: str, terminal: Terminal
) -> RenderableType:
    """Accuracy, the mean of sensitivity and specificity, and AUC under each corruption.

    Args:
        trials: By run, the same corruptions in the same order.
        measures: What the strength of each corruption is measured in.
        split: The split that was evaluated.
        terminal: What may be drawn.
    """
    table = bare_table(terminal)
    several = len(trials) > 1
    title = f"Under corruption, on {split}"
    table.add_column("images", no_wrap=True)
    for letter in "ab"[: len(trials)]:
        for header, short in (("accuracy", "acc"), ("balanced", "bal"), ("AUC", "AUC")):
            table.add_column(f"{short} {letter}" if several else header, justify="right", no_wrap=True)
    last = ""
    for row in zip(*trials.values(), strict=True):
        name, strength = row[0].corruption, row[0].strength
        if name != last:
            table.add_section()
        last = name
        words = "as they are" if name == "none" else f"{name} {strength:g} {measures[name]}"
        cells: list[str] = []
        for trial in row:
            scores = trial.scores
            values = (scores.accuracy, scores.balanced_accuracy, scores.auc)
            cells += [metric(value, terminal) for value in values]
        table.add_row(words, *cells)
    letters = ", ".join(f"{letter}: {clean(run)}" for letter, run in zip("ab", trials, strict=False))
    return framed(title, table, *([letters] if several else []))
