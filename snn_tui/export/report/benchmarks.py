"""Published models beside a run's scores, on the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from snn_tui.export.report.markup import number, table
from snn_tui.values.benchmarks import Benchmark


def benchmark_table(rows: Sequence[Benchmark], accuracy: float | None, auc: float | None) -> str:
    """ACC and AUC of published models, with what each was selected on; empty without any."""
    if not rows:
        return ""
    lines = [["<b>this run</b>", number(accuracy), number(auc), "", ""]]
    for row in rows:
        source = escape(row.source)
        lines.append(
            [escape(row.model), number(row.accuracy), number(row.auc), escape(row.selected_on), source]
        )
    return "<h3>Published models on these images</h3>" + table(
        ["model", "ACC", "AUC", "selected on", "source"], lines
    )
