"""The report as one HTML page that loads nothing: charts are inline SVG, pictures are data URIs."""

from __future__ import annotations

from pathlib import PurePath

from snn_tui.analysis.bootstrap import RESAMPLES, SEED, auc_resamples
from snn_tui.analysis.calibration import probability_rule
from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.steps import SAME_ACCURACY, SETTLED_SHARE
from snn_tui.analysis.task_results import TaskResults
from snn_tui.config.run_config import RunConfig
from snn_tui.export.report.binary_results import binary_results
from snn_tui.export.report.class_results import class_results
from snn_tui.export.report.contents import Report
from snn_tui.export.report.early_exit import exit_values
from snn_tui.export.report.energy import energy_values
from snn_tui.export.report.markup import render
from snn_tui.export.report.training import run_values
from snn_tui.values.firing import silence
from snn_tui.values.scores import METRICS, main_metrics
from snn_tui.values.words import counted


def page(report: Report) -> str:
    """The whole page."""
    results, facts = report.results, report.facts
    judgement = results.judgement
    values = {
        "report": report,
        "results": results,
        "judgement": judgement,
        "task": judgement.task,
        "facts": facts,
        "threshold": report.threshold,
        "values": report.values,
        "metrics": METRICS,
        "tiles": main_metrics(judgement.task.kind),
        "notes": (
            judgement.notice,
            *_judged(judgement, facts.config),
            silence(judgement.rates, facts.config.known_norm),
        ),
        "score_source": _score_source(judgement.spiking),
        "same_accuracy": SAME_ACCURACY,
        "settled_share": f"{SETTLED_SHARE:.0%}",
        "method": _method(report),
        **(class_results(report, results) if isinstance(results, TaskResults) else binary_results(report)),
        **(exit_values(report.exits) if report.exits else {}),
        **(energy_values(report.energy) if report.energy else {}),
        **run_values(facts, judgement),
    }
    return render("page.html", values)


def _judged(judgement: Judgement, config: RunConfig) -> list[str]:
    """After how many steps the images were judged, where that is another number than the run's, or none."""
    notes = []
    if judgement.num_steps != config.num_steps and judgement.spiking:
        after = counted(judgement.num_steps, "time step")
        notes.append(f"judged after {after}, trained to be judged after {config.num_steps}")
    if judgement.exit is not None:
        steps = f"{judgement.mean_steps:.2f} of {counted(judgement.num_steps, 'time step')} on average"
        notes.append(f"judged with early exit, {steps}; loss and costs are of all steps")
    return notes


def _score_source(spiking: bool) -> str:
    """What probabilities of several classes or labels are computed from."""
    return "output neurons' spikes and what is left on their membranes" if spiking else "logits"


def _method(report: Report) -> dict[str, object]:
    """How the results came about, by name."""
    judgement = report.results.judgement
    steps = {"after fewer steps": "The same spikes, counted up to that step."} if judgement.spiking else {}
    return {
        **_rules(report),
        **steps,
        "images": PurePath(judgement.source).name,
        "engine": judgement.engine,
        "versions": ", ".join(f"{name} {version}" for name, version in report.facts.versions.items()),
    }


def _rules(report: Report) -> dict[str, object]:
    """How intervals, verdicts and probabilities were made."""
    task, meaning = (
        report.results.judgement.task,
        "how much the images matter, not how much the training does",
    )
    early = bool(report.results.judgement.exits)
    if isinstance(report.results, TaskResults):
        number, spiking = report.results.image_resamples, report.results.judgement.spiking
        labels = task.kind == "multilabel"
        drawn = "with all their labels" if labels else "within each class"
        which = "scores other than accuracy" if labels else "AUC and average precision"
        further = f", {number:,} for {which}" if number else f", none for {which}: too many images"
        return {
            "intervals": f"95 % percentile bootstrap over images, {RESAMPLES:,} resamples {drawn}"
            f"{further if number != RESAMPLES else ''}, seed {SEED}. They tell {meaning}.",
            "verdict": _verdict_of_several(labels, spiking, early),
            "probability": f"The {'sigmoid' if labels else 'softmax'} of the {_score_source(spiking)}; "
            "it was not fitted to anything.",
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
