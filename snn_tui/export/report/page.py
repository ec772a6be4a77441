"""The report as one HTML page that loads nothing: charts are inline SVG, pictures are data URIs."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import PurePath

from snn_tui.analysis.bootstrap import RESAMPLES, SEED, Interval
from snn_tui.analysis.calibration import PROBABILITY_RULE
from snn_tui.analysis.results import Mistake, Results, Threshold
from snn_tui.analysis.steps import SAME_ACCURACY, SETTLED_SHARE
from snn_tui.export.report import svg
from snn_tui.export.report.background import background
from snn_tui.export.report.facts import Facts
from snn_tui.export.report.style import STYLE
from snn_tui.export.report.words import class_name, facts_table, number, share
from snn_tui.render.axes import scale
from snn_tui.values.dataset import CLASSES
from snn_tui.values.scores import MAIN_METRICS, METRICS

PICTURES = 12
"""Mistakes that are shown with their picture."""


@dataclass(frozen=True)
class Report:
    """All that a page shows.

    Args:
        results: The judged split, with the draws there are.
        threshold: The decision threshold.
        intervals: Of all metrics, at that threshold.
        settled: The step from which on nine images in ten had their verdict.
        pictures: PNG files of the first mistakes, in their order.
        facts: The run.
        written: When.
    """

    results: Results
    threshold: Threshold
    intervals: Mapping[str, Interval | None]
    settled: int
    pictures: Sequence[bytes]
    facts: Facts
    written: datetime


def make(
    results: Results, threshold: Threshold, pictures: Sequence[bytes], facts: Facts, written: datetime
) -> Report:
    """A report with its intervals, which take a moment."""
    return Report(
        results=results,
        threshold=threshold,
        intervals=results.intervals(threshold.value),
        settled=results.settled_step(threshold.value),
        pictures=pictures,
        facts=facts,
        written=written,
    )


def page(report: Report) -> str:
    """The whole page."""
    judgement, facts = report.results.judgement, report.facts
    title = f"{facts.name}: {judgement.split}"
    sections = [
        _head(report),
        _section("Scores", _scores(report)),
        _section("Verdicts", _pair(_confusion(report), _roc(report))),
        _section("Probability and time", _pair(_calibration(report), _steps(report))),
        _section("The same images, coded anew", _draws(report)),
        _section("The worst mistakes", _mistakes(report)),
        *(_section(name, content) for name, content in background(facts, judgement).items()),
        _section("How this was measured", _method(report)),
        _foot(report),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(sections)
        + "\n</body>\n</html>\n"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>"


def _pair(*parts: str) -> str:
    return '<div class="pair">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"


def _head(report: Report) -> str:
    results, facts = report.results, report.facts
    judgement = results.judgement
    values = results.values(report.threshold.value)
    left_out = ", classes balanced as the run was" if judgement.balanced else ", all images"
    lines = [
        f"<h1>{escape(facts.name)}</h1>",
        f'<p class="muted">{escape(judgement.dataset)}, split <b>{escape(judgement.split)}</b>: '
        f"{len(judgement)} images{left_out}. Weights of epoch {judgement.epoch}"
        f"{'' if facts.finished else ', of a run that has not finished'}.</p>",
    ]
    if judgement.synthetic:
        lines.append(
            '<div class="banner">SYNTHETIC: the images are generated phantoms, no x-rays. '
            "Nothing here says anything about people.</div>"
        )
    if judgement.notice:
        lines.append(f'<p class="muted">Note: {escape(judgement.notice)}.</p>')
    if not report.threshold.independent_of(judgement.split):
        lines.append(
            f'<div class="banner">Threshold {report.threshold.text}: '
            f"{escape(report.threshold.origin(judgement.split))}.</div>"
        )
    tiles = []
    for field in MAIN_METRICS:
        ends = report.intervals[field]
        within = f"{number(ends[0])} to {number(ends[1])}" if ends else "undefined"
        tiles.append(
            f'<div class="tile"><span>{METRICS[field].name}</span><b>{number(values[field])}</b>'
            f"<span>{within}</span></div>"
        )
    lines.append(f'<div class="tiles">{"".join(tiles)}</div>')
    return "\n".join(lines)


def _scores(report: Report) -> str:
    results = report.results
    values, published = results.values(report.threshold.value), results.published
    known = [end for ends in report.intervals.values() if ends for end in ends]
    limits = scale([*values.values(), *known, *(published or {}).values()])
    heads = ["metric", "value", "95 % interval", f"{limits[0]:.1f} to {limits[1]:.1f}"]
    heads += ["published", "difference"] if published else []
    rows = []
    for field in METRICS:
        value, ends = values[field], report.intervals[field]
        theirs = published.get(field) if published else None
        cells = [
            METRICS[field].name,
            f"<b>{number(value)}</b>",
            f"{number(ends[0])} – {number(ends[1])}" if ends else "–",
            svg.whisker(value, ends, theirs, limits),
        ]
        if published:
            gap = None if value is None or theirs is None else round(value - theirs, 3) + 0.0
            way = "" if not gap else ' class="up"' if gap > 0 else ' class="down"'
            cells += [number(theirs), "–" if gap is None else f"<span{way}>{gap:+.3f}</span>"]
        rows.append(cells)
    words = ""
    if published:
        words = (
            '<p class="muted">Published: the study\'s own table, on its balanced test split; '
            "a diamond on the scale.</p>"
        )
    return _table(heads, rows) + words


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _confusion(report: Report) -> str:
    tn, fp, fn, tp = report.results.confusion_matrix(report.threshold.value)
    rows = ((tn, fp), (fn, tp))
    body = ""
    for truth, row in enumerate(rows):
        total = sum(row)
        body += f"<tr><th>{class_name(truth)}</th>"
        for said, count in enumerate(row):
            kind = "right" if said == truth else "wrong"
            body += f'<td class="{kind}"><b>{count}</b>{share(count, total)}</td>'
        body += "</tr>"
    standing = report.threshold.origin(report.results.judgement.split)
    return (
        "<h3>Confusion matrix</h3>"
        f'<table class="matrix"><thead><tr><th>truth</th><th>says {CLASSES[0]}</th><th>says {CLASSES[1]}</th>'
        f"</tr></thead><tbody>{body}</tbody></table>"
        f'<p class="muted">{escape(_rule(report.threshold))} (threshold {escape(standing)}). '
        "The membrane breaks ties.</p>"
    )


def _rule(threshold: Threshold) -> str:
    if not threshold.value:
        return f"The verdict is {CLASSES[1]} where its neuron fired more often than the other"
    return f"The verdict is {CLASSES[1]} where the lead of its neuron is above {threshold.text} spikes"


def _roc(report: Report) -> str:
    results = report.results
    if not results.curve:
        return "<h3>ROC</h3><p>Only one class: there is no curve.</p>"
    tn, fp, fn, tp = results.confusion_matrix(report.threshold.value)
    marks = [svg.Mark("this threshold", fp / (fp + tn), tp / (tp + fn), "warn")]
    published = results.published
    if published:
        place = (1 - published["specificity"], published["sensitivity"])
        marks.append(svg.Mark("published", *place, "second", diamond=True))
    drawn = svg.chart(
        [
            svg.Line("chance", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
            svg.Line(f"AUC {number(results.auc)}", list(results.curve), "accent"),
        ],
        marks,
        title="ROC curve",
        x_label="false positive rate",
        y_label="sensitivity",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
    )
    return f"<h3>ROC</h3><figure>{drawn}</figure>"


def _calibration(report: Report) -> str:
    found = report.results.reliability
    filled = [(one.mean, one.observed) for one in found.bins if one.mean is not None]
    most = max(one.images for one in found.bins)
    drawn = svg.chart(
        [
            svg.Line("ideal", [(0.0, 0.0), (1.0, 1.0)], "quiet", dashed=True),
            svg.Line("observed", filled, "accent"),
        ],
        [svg.Mark("", x, y, "accent") for x, y in filled if y is not None],
        title="Reliability diagram",
        x_label="probability of pneumonia",
        y_label="share that is pneumonia",
        x_limits=(0.0, 1.0),
        y_limits=(0.0, 1.0),
        bars=[(one.low, one.high, one.images / most) for one in found.bins],
    )
    return (
        f"<h3>Reliability</h3><figure>{drawn}<figcaption>{escape(PROBABILITY_RULE)}, "
        f"1/2 where neither fired. ECE {number(found.ece)} over {len(found.bins)} bins, "
        f"Brier score {number(found.brier)}. Bars: images of each bin.</figcaption></figure>"
    )


def _steps(report: Report) -> str:
    curve = report.results.steps(report.threshold.value)
    lines = [
        svg.Line(name, list(enumerate(values, start=1)), ink, dashed)
        for name, values, ink, dashed in (
            ("specificity", curve.specificity, "normal", True),
            ("sensitivity", curve.sensitivity, "pneumonia", True),
            ("accuracy", curve.accuracy, "good", False),
        )
    ]
    drawn = svg.chart(
        lines,
        [],
        title="Accuracy against time step",
        x_label="time steps",
        y_label="verdict after so many steps",
        x_limits=(1.0, float(max(len(curve.accuracy), 2))),
        y_limits=scale([*curve.accuracy, *curve.sensitivity, *curve.specificity]),
    )
    enough = (
        ""
        if curve.enough is None
        else (f"From step {curve.enough} on accuracy is within {SAME_ACCURACY} of the last. ")
    )
    return (
        f"<h3>How early could it have decided?</h3><figure>{drawn}<figcaption>{enough}"
        f"{SETTLED_SHARE:.0%} of the verdicts are final from step {report.settled} on.</figcaption></figure>"
    )


def _draws(report: Report) -> str:
    results = report.results
    if len(results.redraws) < 2:
        return "<p>Only the draw that evaluation counts was judged.</p>"
    spreads = results.spreads(report.threshold.value)
    limits = scale([value for spread in spreads.values() for value in spread.values])
    rows = [
        [
            METRICS[field].name,
            number(spread.mean),
            number(spread.deviation),
            f"{number(min(spread.values))} – {number(max(spread.values))}" if spread.values else "–",
            svg.dots(spread.values, limits),
        ]
        for field, spread in spreads.items()
    ]
    heads = ["metric", "mean", "sd", "range", f"{limits[0]:.1f} to {limits[1]:.1f}"]
    return (
        f'<p class="muted">Rate coding is random: {len(results.redraws)} draws of it, '
        "draw 0, which evaluation counts, among them.</p>" + _table(heads, rows)
    )


def _mistakes(report: Report) -> str:
    mistakes = report.results.mistakes(report.threshold.value)
    if not mistakes:
        return "<p>None.</p>"
    shown = "".join(_mistake(mistake, file) for mistake, file in zip(mistakes, report.pictures, strict=False))
    return (
        f'<p class="muted">{len(mistakes)} of {len(report.results.judgement)} images are judged wrong; '
        "the most confident errors come first. Below each picture: its true class, and the spikes of the "
        f'normal and the pneumonia neuron.</p><div class="gallery">{shown}</div>'
    )


def _mistake(mistake: Mistake, file: bytes) -> str:
    said = CLASSES[1 - mistake.label]
    data = base64.b64encode(file).decode("ascii")
    return (
        f'<figure><img alt="image {mistake.index}" src="data:image/png;base64,{data}">'
        f"<figcaption><b>image {mistake.index}</b><br>{class_name(mistake.label)}<br>said {said}, "
        f"{mistake.fired[0]} : {mistake.fired[1]}</figcaption></figure>"
    )


def _method(report: Report) -> str:
    judgement = report.results.judgement
    return facts_table(
        {
            "intervals": f"95 % percentile bootstrap over images, {RESAMPLES:,} resamples within each class, "
            f"seed {SEED}. They tell how much the images matter, not how much the training does.",
            "verdict": "The output neuron that fires more often in all time steps, pneumonia being the "
            "positive class; the last membranes break ties.",
            "probability": f"{PROBABILITY_RULE}; it was not fitted to anything.",
            "after fewer steps": "The same spikes, counted up to that step.",
            "images": PurePath(judgement.source).name,
            "engine": judgement.engine,
            "versions": ", ".join(f"{name} {version}" for name, version in report.facts.versions.items()),
        }
    )


def _foot(report: Report) -> str:
    return (
        f"<footer><p>Written by snn-tui {escape(report.facts.versions['snn-tui'])} on "
        f"{report.written:%Y-%m-%d %H:%M}. <b>This is no medical device</b>: a tool for teaching and "
        "research, not for decisions about anybody's health.</p></footer>"
    )
