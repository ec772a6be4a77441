"""Values of the page on the run itself: how it was trained, on what, and by what configuration."""

from __future__ import annotations

from snn_tui.analysis.judgement import Judgement
from snn_tui.config.build import ONLY_WITH_SPIKES
from snn_tui.config.decided import values_of
from snn_tui.export.curves.reading import PRIVATE
from snn_tui.export.report import svg
from snn_tui.export.report.contents import RunFacts
from snn_tui.render.axes import limits
from snn_tui.render.local_time import local_time
from snn_tui.runs.state import RunState
from snn_tui.values.dataset import Counts
from snn_tui.values.scores import METRICS
from snn_tui.values.words import counted

_MOST_POINTS = 400


def run_values(facts: RunFacts, judgement: Judgement) -> dict[str, object]:
    """What `run.html` needs besides the facts themselves."""
    left_out = {*PRIVATE, *(ONLY_WITH_SPIKES if facts.config.neuron == "relu" else ())}
    return {
        **(_training(facts.state) if facts.state.epochs_ended else {}),
        "data": _data(facts, judgement),
        "configuration": {
            name: value
            for name, value in values_of(facts.config).items()
            if name not in left_out and value is not None
        },
    }


def _training(state: RunState) -> dict[str, object]:
    batches = max(state.batches, 1)
    stride = max(len(state.ema) // _MOST_POINTS, 1)
    moving = [
        (step / batches, loss)
        for step, loss in zip(state.loss_steps[::stride], state.ema[::stride], strict=True)
    ]
    val = [(float(end.epoch), end.val.loss) for end in state.epochs_ended]
    epochs = (0.0, float(max(state.epochs, 1)))
    losses = limits([*(loss for _, loss in moving), *(loss for _, loss in val)]) or (0.0, 1.0)
    loss_chart = svg.chart(
        [svg.Line("training, moving average", moving, "accent"), svg.Line("val", val, "warn")],
        [svg.Mark("", x, y, "warn") for x, y in val if y is not None],
        title="Loss against epoch",
        x_label="epoch",
        y_label="loss",
        x_limits=epochs,
        y_limits=losses,
        height=260,
    )
    curves = [
        svg.Line(
            METRICS[name].name,
            [(float(end.epoch), getattr(end.val, name)) for end in state.epochs_ended],
            colour,
        )
        for name, colour in _curves(state)
    ]
    lowest = min((y for line in curves for _, y in line.points if y is not None), default=0.0)
    val_chart = svg.chart(
        curves,
        [],
        title="Scores on val against epoch",
        x_label="epoch",
        y_label="on val",
        x_limits=epochs,
        y_limits=(int(lowest * 10) / 10, 1.0),
        height=260,
    )
    epochs_ended = counted(len(state.epochs_ended), "epoch")
    return {"loss_chart": loss_chart, "val_chart": val_chart, "epochs": epochs_ended}


def _curves(state: RunState) -> tuple[tuple[str, str], ...]:
    """Metrics whose course over the epochs is drawn, each with its colour."""
    if state.task.kind == "binary":
        return ("specificity", "class0"), ("sensitivity", "class1"), ("accuracy", "good")
    return ("balanced_accuracy", "class0"), ("auc", "class1"), ("accuracy", "good")


def _data(facts: RunFacts, judgement: Judgement) -> dict[str, object]:
    state = facts.state
    rows: dict[str, object] = {"judged on": f"{judgement.dataset}, {judgement.split}"}
    trained = state.dataset
    if trained is not None:
        rows["trained on"] = trained.name + (" (synthetic)" if trained.synthetic else "")
        for split, counts in trained.after.items():
            before = trained.before.get(split)
            unbalanced = "" if before is None or before == counts else f" (found {_counts(before)})"
            rows[split] = f"{_counts(counts)}{unbalanced}"
        if trained.notice:
            rows["note"] = trained.notice
    if state.started is not None:
        started = state.started
        rows["network"] = f"{started.parameters:,} weights; neurons: " + ", ".join(
            f"{layer} {neurons:,}" for layer, neurons in started.layers.items()
        )
        rows["trained by"] = f"engine {started.engine} on {started.device}"
        rows["trained with"] = ", ".join(f"{name} {version}" for name, version in started.versions.items())
        rows["started"] = local_time(started.started_at)
    return {name: value for name, value in rows.items() if value}


def _counts(counts: Counts) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())
