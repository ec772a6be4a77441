"""Parts of the page that results of every kind of task have."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from snn_tui.analysis.bootstrap import Interval
from snn_tui.analysis.calibration import Reliability
from snn_tui.analysis.results import DrawSpread
from snn_tui.export.report import svg
from snn_tui.export.report.markup import number, table
from snn_tui.render.axes import scale
from snn_tui.values.scores import METRICS

ONE_STEP = "<h3>How early could it have decided?</h3><p>One time step: there is no earlier verdict.</p>"


def score_table(values: Mapping[str, float | None], intervals: Mapping[str, Interval | None]) -> str:
    """Scores by name with their 95 % intervals, as numbers and drawn."""
    ends = [end for pair in intervals.values() if pair for end in pair]
    limits = scale([*values.values(), *ends])
    rows = []
    for name, value in values.items():
        pair = intervals.get(name)
        rows.append(
            [
                name,
                f"<b>{number(value)}</b>",
                f"{number(pair[0])} – {number(pair[1])}" if pair else "–",
                svg.whisker(value, pair, None, limits),
            ]
        )
    return table(["metric", "value", "95 % interval", f"{limits[0]:.1f} to {limits[1]:.1f}"], rows)


def reliability_figure(calibration: Reliability, x_label: str, y_label: str, caption: str) -> str:
    """A reliability diagram; the caption is markup."""
    bins = calibration.bins
    filled = [(each.mean, each.observed) for each in bins if each.mean is not None]
    most = max(each.images for each in bins)
    chart = svg.chart(
        [
            svg.Line("ideal", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
            svg.Line("observed", filled, "accent"),
        ],
        [svg.Mark("", x, y, "accent") for x, y in filled if y is not None],
        title="Reliability diagram",
        x_label=x_label,
        y_label=y_label,
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        bars=[(each.low, each.high, each.images / most) for each in bins],
    )
    return (
        f"<h3>Reliability</h3><figure>{chart}<figcaption>{caption} ECE {number(calibration.ece)} over "
        f"{len(bins)} bins, Brier score {number(calibration.brier)}. Bars: images of each bin.</figcaption>"
        "</figure>"
    )


def draws_table(spreads: Mapping[str, DrawSpread], draws: int) -> str:
    """Every score over several draws of the rate coding."""
    if draws < 2:
        return "<p>Only the draw that evaluation counts was judged.</p>"
    limits = scale([value for spread in spreads.values() for value in spread.values])
    rows = [
        [
            escape(METRICS[field].name),
            number(spread.mean),
            number(spread.deviation),
            f"{number(min(spread.values))} – {number(max(spread.values))}" if spread.values else "–",
            svg.dots(spread.values, limits),
        ]
        for field, spread in spreads.items()
    ]
    heads = ["metric", "mean", "sd", "range", f"{limits[0]:.1f} to {limits[1]:.1f}"]
    return (
        f'<p class="muted">Rate coding is random: {draws} draws of it, '
        "draw 0, which evaluation counts, among them.</p>" + table(heads, rows)
    )
