"""The report as one HTML page that loads nothing: charts are inline SVG, pictures are data URIs."""

from __future__ import annotations

from html import escape
from pathlib import PurePath

from snn_tui.analysis.bootstrap import RESAMPLES, SEED, auc_resamples
from snn_tui.analysis.calibration import probability_rule
from snn_tui.analysis.task_results import TaskResults
from snn_tui.export.report.contents import Report
from snn_tui.export.report.energy_sections import energy_sections
from snn_tui.export.report.exit_section import exit_sections
from snn_tui.export.report.markup import facts_table, number
from snn_tui.export.report.result_sections import result_sections
from snn_tui.export.report.run_sections import run_sections
from snn_tui.export.report.style import STYLE
from snn_tui.values.firing import silence
from snn_tui.values.scores import METRICS, main_metrics


def page(report: Report) -> str:
    """The whole page."""
    judgement, facts = report.results.judgement, report.facts
    title = f"{facts.name}: {judgement.split}"
    sections = {
        **result_sections(report),
        **energy_sections(report.energy),
        **exit_sections(report.exits, judgement.split),
        **run_sections(facts, judgement),
        "How this was measured": _method(report),
    }
    body = [
        _head(report),
        *(f"<section><h2>{escape(name)}</h2>\n{content}</section>" for name, content in sections.items()),
        _foot(report),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _head(report: Report) -> str:
    results, facts = report.results, report.facts
    judgement = results.judgement
    values = report.values
    left_out = ", classes balanced as the run was" if judgement.balanced else ", all images"
    lines = [
        f"<h1>{escape(facts.name)}</h1>",
        f'<p class="muted">{escape(judgement.dataset)}, split <b>{escape(judgement.split)}</b>: '
        f"{len(judgement)} images{left_out}. Weights of epoch {judgement.epoch}"
        f"{'' if facts.finished else ', of a run that has not finished'}.</p>",
    ]
    if judgement.synthetic:
        lines.append(
            '<div class="banner">SYNTHETIC: the images are generated phantoms, '
            f"no {escape(judgement.task.real_noun)}s. "
            "Nothing here says anything about people.</div>"
        )
    for note in (judgement.notice, silence(judgement.rates, facts.config.norm)):
        if note:
            lines.append(f'<p class="muted">Note: {escape(note)}.</p>')
    if not report.threshold.independent_of(judgement.split):
        lines.append(
            f'<div class="banner">Threshold {report.threshold.text}: '
            f"{escape(report.threshold.origin(judgement.split))}.</div>"
        )
    tiles = []
    for field in main_metrics(judgement.task.kind):
        ends = report.intervals.get(field)
        missing = "undefined" if values[field] is None else "no interval"
        within = f"{number(ends[0])} to {number(ends[1])}" if ends else missing
        tiles.append(
            f'<div class="tile"><span>{METRICS[field].name}</span><b>{number(values[field])}</b>'
            f"<span>{within}</span></div>"
        )
    lines.append(f'<div class="tiles">{"".join(tiles)}</div>')
    return "\n".join(lines)


def _method(report: Report) -> str:
    judgement = report.results.judgement
    steps = {"after fewer steps": "The same spikes, counted up to that step."} if judgement.spiking else {}
    return facts_table(
        _rules(report)
        | steps
        | {
            "images": PurePath(judgement.source).name,
            "engine": judgement.engine,
            "versions": ", ".join(f"{name} {version}" for name, version in report.facts.versions.items()),
        }
    )


def _rules(report: Report) -> dict[str, object]:
    """How intervals, verdicts and probabilities were made."""
    task, meaning = (
        report.results.judgement.task,
        "how much the images matter, not how much the training does",
    )
    early = bool(report.results.judgement.exits)
    if isinstance(report.results, TaskResults):
        number, spiking = report.results.image_resamples, report.results.judgement.spiking
        of = "output neurons' spikes and what is left on their membranes" if spiking else "logits"
        labels = task.kind == "multilabel"
        drawn = "with all their labels" if labels else "within each class"
        which = "scores other than accuracy" if labels else "AUC and average precision"
        further = f", {number:,} for {which}" if number else f", none for {which}: too many images"
        return {
            "intervals": f"95 % percentile bootstrap over images, {RESAMPLES:,} resamples {drawn}"
            f"{further if number != RESAMPLES else ''}, seed {SEED}. They tell {meaning}.",
            "verdict": _verdict_of_several(labels, spiking, early),
            "probability": f"The {'sigmoid' if labels else 'softmax'} of the {of}; it was not fitted to "
            "anything.",
        }
    positive, spiking = task.classes[task.signs[0]], report.results.judgement.spiking
    areas = auc_resamples(len(report.results.judgement))
    fewer = f", {areas:,} for AUC" if areas < RESAMPLES else ""
    return {
        "intervals": f"95 % percentile bootstrap over images, {RESAMPLES:,} resamples within each class"
        f"{fewer}, seed {SEED}. They tell {meaning}.",
        "verdict": f"The output neuron that fires more often {_until(early)}, "
        f"{positive} being the positive class; the last membranes break ties."
        if spiking
        else f"The class of the larger logit, {positive} being the positive class.",
        "probability": f"{probability_rule(positive, spiking=spiking)}; it was not fitted to anything.",
    }


def _until(early: bool) -> str:
    """Until when spikes count."""
    return "until the verdict falls" if early else "in all time steps"


def _verdict_of_several(labels: bool, spiking: bool, early: bool) -> str:
    if not spiking:
        return "Each label whose probability is above 1/2." if labels else "The class of the largest logit."
    if labels:
        steps = "time steps until its verdict falls" if early else "time steps"
        return f"Each label whose neuron fires in at least half of the {steps}."
    until = _until(early)
    return f"The class whose neuron fires most often {until}; the last membranes break ties."


def _foot(report: Report) -> str:
    return (
        f"<footer><p>Written by snn-tui {escape(report.facts.versions['snn-tui'])} on "
        f"{report.written:%Y-%m-%d %H:%M}. <b>This is no medical device</b>: a tool for teaching and "
        "research, not for decisions about anybody's health.</p></footer>"
    )
