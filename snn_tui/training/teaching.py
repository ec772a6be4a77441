"""Distillation (Hinton et al. 2015): a network learns what trained networks predict, besides the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.values.decision import CLASS_GAIN, LABEL_GAIN
from snn_tui.values.task import Task


@dataclass(frozen=True)
class Teachers:
    """Trained networks, of whose predictions the mean is learned.

    Args:
        engines: Their engines, at least one.
        task: What all of them were trained for.
        share: Share of the targets that is theirs, from 0 to 1; the remaining share is the labels'.
    """

    engines: Sequence[Engine]
    task: Task
    share: float

    def targets(self, batch: Batch, labels: Tensor) -> Tensor:
        """What is to be predicted for a batch.

        Cross entropy is linear in its target, so its value for this mixture is the mixture of the losses on
        labels and on teachers.

        Args:
            batch: B images.
            labels: `[B]` classes, or `[B, K]` 0 and 1 for several labels.

        Returns:
            `[B, K]` float32: shares of the classes, which sum to 1, or of each label from 0 to 1.
        """
        several = self.task.kind == "multilabel"
        own = labels if several else F.one_hot(labels, self.task.outputs).float()
        taught = torch.stack([soft_targets(engine.predict(batch), self.task) for engine in self.engines])
        return torch.lerp(own, taught.mean(0), self.share)


def soft_targets(prediction: Prediction, task: Task) -> Tensor:
    """`[B, K]` probabilities of classes or labels by `values.decision.charge`, as in the loss on currents.

    They are not those of `values.decision.probabilities`, which of a binary task are linear in its score: a
    network that is certain of an image says so here.
    """
    counts, membranes = prediction.counts.float(), prediction.membranes
    charges = membranes  # of a network without spikes the currents of the readout
    if counts.shape[1]:
        charges = (counts + membranes - (membranes > 1.0).float()) / len(prediction.spikes_out)
    if task.kind == "multilabel":
        return torch.sigmoid(LABEL_GAIN * (charges - 0.5))
    return torch.softmax(CLASS_GAIN * charges, dim=1)
