"""A run's events as plain lines, for pipes and log files."""

from __future__ import annotations

from snn_tui.runs.events import EpochEnded, RunStarted
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import TaskKind
from snn_tui.values.words import counted


def epoch_line(event: EpochEnded, epochs: int, kind: TaskKind, undefined: str = "-") -> str:
    """Losses and metrics of an epoch.

    Args:
        event: The epoch.
        epochs: Epochs of the whole run.
        kind: The kind of task that the run is trained for.
        undefined: What stands for a value that is undefined.
    """

    def written(value: float | None, digits: int = 3) -> str:
        return undefined if value is None else f"{value:.{digits}f}"

    val = event.val
    fitting = metrics_for(kind).items()
    metrics = " ".join(f"{metric.name} {written(getattr(val, field))}" for field, metric in fitting)
    losses = f"loss {written(event.train_loss, 4)} val loss {written(val.loss)}"
    lr = "" if event.lr is None else f"lr {event.lr:.3g} "
    return f"epoch {event.epoch}/{epochs} {losses} {metrics} {lr}{event.seconds:.1f}s"


def start_line(started: RunStarted, name: str) -> str:
    """What is trained, on what, and by which engine.

    Args:
        started: The start.
        name: Name of the run directory.
    """
    synthetic = " (synthetic)" if started.dataset.synthetic else ""
    used = sum(started.dataset.images.values())
    grouped = f"{used:,}".replace(",", " ")
    task = started.dataset.task
    positive = "" if task.positive is None else f"; positive: {task.positive_name}"
    return (
        f"{name}: {started.dataset.name}{synthetic}, {grouped} images in all, "
        f"{counted(started.config.epochs, 'epoch')} on {started.device} ({started.engine} engine){positive}"
        + (f"; {started.engine_note}" if started.engine_note else "")
    )
