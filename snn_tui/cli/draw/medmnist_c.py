"""Balanced errors under the corruptions of MedMNIST-C, for one network or two side by side."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import RenderableType

from snn_tui.render.tables import bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, metric
from snn_tui.values.robustness import MedMNISTC


def medmnist_c_table(errors: Mapping[str, MedMNISTC], split: str, terminal: Terminal) -> RenderableType:
    """The mean over severities under each corruption and, of a single run, each severity.

    Args:
        errors: By run, the same corruptions in the same order.
        split: The split that was evaluated.
        terminal: What may be drawn.
    """
    runs = list(errors.values())
    several = len(runs) > 1
    table = bare_table(terminal)
    table.add_column("images", no_wrap=True)
    for header in "ab" if several else ("mean", "1", "2", "3", "4", "5"):
        table.add_column(header, justify="right", no_wrap=True)
    table.add_row("as they are", *(metric(one.clean, terminal) for one in runs))
    table.add_section()
    for row in zip(*(one.corruptions for one in runs), strict=True):
        values = [corruption.balanced_error for corruption in row]
        if not several:
            values += [severity.balanced_error for severity in row[0].severities]
        table.add_row(row[0].corruption, *(metric(value, terminal) for value in values))
    table.add_section()
    table.add_row("mean", *(metric(one.balanced_error, terminal) for one in runs))
    letters = ", ".join(f"{letter}: {clean(run)}" for letter, run in zip("ab", errors, strict=False))
    title = f"Balanced error under the corruptions of MedMNIST-C, on {split}"
    return framed(title, table, *([letters] if several else []), *_captions(runs[0]))


def _captions(errors: MedMNISTC) -> list[str]:
    """What these errors may be compared with."""
    if errors.dataset:
        lines = [f"the corruptions that it has for {errors.dataset}"]
    else:
        lines = ["it has no corruptions for these images: those of chestmnist"]
    if errors.left_out:
        lines[0] += f", without {', '.join(errors.left_out)}"
    if errors.side != errors.paper_side:
        lines.append(
            f"images of {errors.side} px; the paper's are of {errors.paper_side} px, so its figures cannot"
        )
        lines.append(f"stand beside these, those of other networks at {errors.side} px can")
    else:
        lines.append("errors as they are; the paper divides each by AlexNet's")
    return lines
