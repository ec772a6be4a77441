"""Values of the page that results of every kind of task have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from snn_tui.analysis.bootstrap import Interval
from snn_tui.analysis.calibration import Reliability
from snn_tui.analysis.results import DrawSpread
from snn_tui.export.report import svg
from snn_tui.export.report.markup import between, bold, number
from snn_tui.render.axes import scale
from snn_tui.values.scores import METRICS

Row = Sequence[str]


def score_table(
    values: Mapping[str, float | None],
    intervals: Mapping[str, Interval | None],
    published: Mapping[str, float] | None = None,
) -> dict[str, object]:
    """Scores by field with their 95 % intervals, as numbers and drawn, beside published ones if there are."""
    ends = [end for pair in intervals.values() if pair for end in pair]
    limits = scale([*values.values(), *ends, *(published or {}).values()])
    heads = ["metric", "value", "95 % interval", f"{limits[0]:.1f} to {limits[1]:.1f}"]
    rows = []
    for field, value in values.items():
        pair, theirs = intervals.get(field), (published or {}).get(field)
        drawn = svg.whisker(value, pair, theirs, limits)
        cells: list[str] = [METRICS[field].name, bold(number(value)), between(pair), drawn]
        if published:
            gap = None if value is None or theirs is None else round(value - theirs, 3) + 0.0
            cells += [number(theirs), "–" if gap is None else _signed(gap)]
        rows.append(cells)
    return {"score_heads": heads + ["published", "difference"] * bool(published), "score_rows": rows}


def _signed(gap: float) -> Markup:
    way = Markup(' class="up"') if gap > 0 else Markup(' class="down"') if gap else ""
    return Markup("<span{}>{:+.3f}</span>").format(way, gap)


def reliability_chart(calibration: Reliability, x_label: str, y_label: str) -> Markup:
    """A reliability diagram, with the images of each bin as bars."""
    bins = calibration.bins
    filled = [(each.mean, each.observed) for each in bins if each.mean is not None]
    most = max(each.images for each in bins)
    return svg.chart(
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


def step_line(name: str, scores: Sequence[float | None], colour: str, *, dashed: bool = False) -> svg.Line:
    """A score after each time step, from 1."""
    return svg.Line(name, list(enumerate(scores, start=1)), colour, dashed)


def steps_chart(lines: Sequence[svg.Line], y_label: str) -> Markup | None:
    """Scores against time steps; None where there is a single one."""
    steps = len(lines[0].points)
    if steps == 1:
        return None
    return svg.chart(
        lines,
        [],
        title="Accuracy against time step",
        x_label="time steps",
        y_label=y_label,
        x_limits=(1.0, float(steps)),
        y_limits=scale([score for line in lines for _, score in line.points]),
    )


def draws_table(spreads: Mapping[str, DrawSpread], draws: int) -> tuple[int, Row, list[Row]]:
    """Every score over several draws of the rate coding: their number, heads and rows."""
    if draws < 2:
        return draws, [], []
    limits = scale([value for spread in spreads.values() for value in spread.values])
    rows: list[Row] = [
        [
            METRICS[field].name,
            number(spread.mean),
            number(spread.deviation),
            between((min(spread.values), max(spread.values)) if spread.values else None),
            svg.dots(spread.values, limits),
        ]
        for field, spread in spreads.items()
    ]
    return draws, ["metric", "mean", "sd", "range", f"{limits[0]:.1f} to {limits[1]:.1f}"], rows
