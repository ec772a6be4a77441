"""What training makes small."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def rate_cross_entropy(spikes: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy on the output spikes of every step, averaged over steps, for each image.

    The mean over images is snnTorch's `functional.ce_rate_loss`. With spikes of 0 and 1 and two classes it
    cannot fall below log(1 + 1/e) = 0.3133.

    Args:
        spikes: `[T, B, C]` output spikes.
        labels: `[B]` classes, int64.

    Returns:
        `[B]` losses.
    """
    steps = spikes.shape[0]
    losses = F.cross_entropy(spikes.flatten(0, 1), labels.repeat(steps), reduction="none")
    return losses.view(steps, -1).mean(0)
