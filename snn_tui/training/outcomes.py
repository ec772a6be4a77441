"""What the training loop yields: a batch or an epoch that was trained, and the end of a run."""

from __future__ import annotations

from dataclasses import dataclass

from snn_tui.values.scores import Scores


@dataclass(frozen=True)
class BatchTrained:
    """One optimizer step.

    Args:
        epoch: Counted from 1.
        batch: The batch within the epoch, counted from 1.
        images: Images in it.
        loss: Their mean loss.
        lr: The learning rate of the step.
        gradient_norm: Euclidean norm of the gradient of all parameters together.
    """

    epoch: int
    batch: int
    images: int
    loss: float
    lr: float
    gradient_norm: float


@dataclass(frozen=True)
class EpochTrained:
    """One epoch of training, and the evaluation of val after it.

    Args:
        epoch: Counted from 1.
        train_loss: Mean loss of its batches.
        val: Scores on val.
        lr: The learning rate of its last batch.
        seconds: How long training and evaluating it took, without pauses and checkpoints.
        improved: Whether the loss on val is the lowest so far.
    """

    epoch: int
    train_loss: float
    val: Scores
    lr: float
    seconds: float
    improved: bool


@dataclass(frozen=True)
class Tested:
    """The end of a run.

    Args:
        test: Scores on test; None where test is never read.
        kept_epoch: The epoch of the weights that the run ends with.
    """

    test: Scores | None
    kept_epoch: int
