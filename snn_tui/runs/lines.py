"""A run's events as plain lines, for pipes and log files."""

from __future__ import annotations

from snn_tui.config.run_config import RunConfig
from snn_tui.runs.events import EpochEnded, RunStarted
from snn_tui.values.early_exit import OFF
from snn_tui.values.energy_constants import FLOAT_BITS
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import TaskKind
from snn_tui.values.words import counted, printable


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


def recipe_line(config: RunConfig) -> str:
    """What a run learns from besides its images, and what its spikes and weights may cost; empty if nothing.

    Args:
        config: The configuration of the run.
    """
    teachers = [_name(reference) for reference in (config.teacher or "").split(",") if reference]
    steps = config.train_steps or config.num_steps
    parts = []
    if teachers:
        share = f"{config.teacher_share:g} of the loss"
        parts.append(f"learns from {' and '.join(teachers)} besides the labels ({share})")
    if config.init_from:
        parts.append(f"begins with the weights of {_name(config.init_from)}")
    if config.augment_noise:
        parts.append(f"noise of up to {config.augment_noise:g} on half of the images")
    if config.bits < FLOAT_BITS:
        parts.append(f"weights of {config.bits} bits")
    if config.spike_penalty:
        above = f" above a rate of {config.spike_target:g}" if config.spike_target else ""
        parts.append(f"spikes{above} penalised by {config.spike_penalty:g}")
    if config.random_steps != "none":
        parts.append(f"each batch with 1 to {steps} steps")
    if config.exit != OFF:
        parts.append(f"judged with --exit {config.exit}")
    return "; ".join(parts)


def _name(reference: str) -> str:
    """The name in a reference to another run, without the checksum of its weights."""
    return printable(reference.partition("@")[0], 80)
