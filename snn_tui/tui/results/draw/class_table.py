"""The scores of each class or label, one of them chosen, and their means."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from rich.cells import cell_len
from rich.text import Text

from snn_tui.analysis.task_results import TaskResults
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name
from snn_tui.render.frame import cropped
from snn_tui.render.text import count, metric
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.task_scores import ClassScores

_HEADS = ("sens", "spec", "prec", "F1", "AUC", "AP")
_FIRST_TO_GO = ("prec", "AP", "spec", "F1", "sens", "AUC")
_NUMBER, _IMAGES, _SHORTEST, _LONGEST = 6, 8, 15, 26
_WIDE = 7  # cells of a number where there is room


def class_table(results: TaskResults, chosen: int, canvas: Canvas) -> Text:
    """A row for each class against all others, or for each label; a click chooses it.

    Args:
        results: The judged split.
        chosen: Index of the chosen class or label.
        canvas: What it is drawn on; where it is narrow the columns that are missed least go.
    """
    task, scored, muted = results.task, results.scored, canvas.style("muted")
    longest = min(max(map(cell_len, task.classes)) + 2, _LONGEST)
    numbers = min(len(_HEADS), max((canvas.width - 2 - _IMAGES - min(longest, _SHORTEST)) // _NUMBER, 0))
    shown = [index for index, head in enumerate(_HEADS) if head not in _FIRST_TO_GO[: len(_HEADS) - numbers]]
    each = _WIDE if 2 + longest + _IMAGES + numbers * _WIDE <= canvas.width else _NUMBER
    width = max(min(longest, canvas.width - 2 - _IMAGES - numbers * each), 1)
    noun = "label" if task.kind == "multilabel" else "class"
    head = f"  {noun:<{width}}{'images':>{_IMAGES}}"
    lines = [Text(head + "".join(f"{_HEADS[index]:>{each}}" for index in shown), muted)]
    room = max(canvas.height - 2, 1)
    start = min(max(chosen - room // 2, 0), max(len(scored.classes) - room, 0))
    pointer = "▸" if canvas.unicode else ">"
    for label, row in list(enumerate(scored.classes))[start : start + room]:
        line = Text(f"{pointer if label == chosen else ' '} ")
        name = class_name(label, task, canvas, bold=label == chosen, width=width)
        name.pad_right(width - name.cell_len)
        line.append_text(name)
        line.append(f"{count(row.images):>{_IMAGES}}")
        line.append(_cells([_values(row)[index] for index in shown], each, canvas))
        if label == chosen:
            line.stylize("bold" if canvas.terminal.colour == "none" else "reverse", 0, 2 + width)
        lines.append(clickable(line, f"cell({label}, {_own_column(results, label)})"))
    means = _cells([_means(results)[index] for index in shown], each, canvas)
    lines.append(Text(f"  {'mean':<{width}}{'':>{_IMAGES}}{means}", muted))
    return cropped(lines, canvas)


def _own_column(results: TaskResults, label: int) -> int:
    """The column of the images that have a class or label and are predicted to."""
    return 0 if results.task.kind == "multilabel" else label


def _cells(values: Sequence[float | None], width: int, canvas: Canvas) -> str:
    return "".join(f"{metric(value, canvas.terminal).strip():>{width}}" for value in values)


def _values(row: ClassScores) -> tuple[float | None, ...]:
    return row.sensitivity, row.specificity, row.precision, row.f1, row.auc, row.average_precision


def _means(results: TaskResults) -> list[float | None]:
    """Means of the defined values; the last three are scores of the split."""
    scored = results.scored
    columns = zip(*((row.sensitivity, row.specificity, row.precision) for row in scored.classes), strict=True)
    known = [[value for value in column if value is not None] for column in columns]
    return [
        *(fmean(column) if column else None for column in known),
        scored.macro_f1,
        scored.auc,
        scored.average_precision,
    ]
