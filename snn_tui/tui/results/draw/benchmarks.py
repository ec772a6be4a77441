"""Published models beside a run's scores."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.text import fit, metric
from snn_tui.values.benchmarks import Benchmark

_NAME, _NUMBER = 20, 7


def benchmark_lines(rows: Sequence[Benchmark], canvas: Canvas) -> list[Text]:
    """ACC and AUC of published models on the same images, and what each was selected on; none of none."""
    muted, second = canvas.style("muted"), canvas.style("second")
    lines = []
    if rows:
        heads = f"{'ACC':>{_NUMBER}}{'AUC':>{_NUMBER}}  selected on"
        lines.append(Text(f"{'published':<{_NAME}}{heads}"[: canvas.width], muted))
    for row in rows:
        line = Text(f"{fit(row.model, _NAME - 1, canvas.terminal):<{_NAME}}", second)
        for value in (row.accuracy, row.auc):
            line.append(f"{metric(value, canvas.terminal).strip():>{_NUMBER}}")
        line.append(f"  {row.selected_on}", muted)
        line.truncate(canvas.width)
        lines.append(line)
    return lines
