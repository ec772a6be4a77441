"""Events and runs to test with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from snn_tui.config.run_config import RunConfig
from snn_tui.runs.events import EpochEnded, Progress, RunFinished, RunStarted
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.scores import Scores

NOON = datetime(2026, 11, 23, 12, 0)
DATASET = DatasetSummary(name="Phantoms", synthetic=True, source="made", notice="", before={}, after={})


def scores(loss: float | None = 0.5) -> Scores:
    """A plausible evaluation."""
    return Scores(
        images=4,
        loss=loss,
        accuracy=0.75,
        sensitivity=0.5,
        specificity=1.0,
        precision=1.0,
        recall=0.5,
        f1=0.667,
        gmean=0.707,
        auc=None,
        tn=2,
        fp=0,
        fn=1,
        tp=1,
        rates={"conv1": 0.1, "out": 0.4},
    )


def started(t: float = 0.0, *, epochs: int = 4, batches: int = 10) -> RunStarted:
    """A trainer that is ready."""
    return RunStarted(
        t=t,
        name="paper-s0",
        config=RunConfig(epochs=epochs),
        dataset=DATASET,
        device="cpu",
        engine="reference",
        parameters=10,
        layers={"conv1": 6},
        batches=batches,
        images=100,
        started_at=1.7e9,
        pid=1,
        host="here",
        versions={},
    )


def progress(t: float, epoch: int, batch: int, *losses: float | None) -> Progress:
    """Batches up to `batch`, one a loss."""
    return Progress(t=t, epoch=epoch, batch=batch, losses=list(losses), lr=1e-3, images_per_s=100.0)


def ended(t: float, epoch: int, loss: float | None = 0.5) -> EpochEnded:
    """The end of an epoch with that loss on val."""
    return EpochEnded(t=t, epoch=epoch, train_loss=0.4, val=scores(loss), lr=1e-3, seconds=1.0)


def finished(t: float) -> RunFinished:
    """The end of a run."""
    return RunFinished(t=t, test=scores(), kept_epoch=4, seconds=t)


def new_run(root: Path, seed: int = 0, **options: object) -> RunDir:
    """A run of noon."""
    return create(root, RunConfig(seed=seed, **options), NOON)  # type: ignore[arg-type]
