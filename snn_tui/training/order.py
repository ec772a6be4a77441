"""The order of training images in an epoch, a function of seed and epoch, and the seed of each batch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from snn_tui.config.run_config import RunConfig


def order_of(config: RunConfig, labels: Tensor, epoch: int) -> Tensor:
    """The indices of an epoch's images, in the order they are trained on.

    `once`: every image once. `balanced`: as many draws, both classes in turn; the images of each
    class are shuffled, and shuffled anew when all of them were drawn.

    Args:
        config: Its `sampling` and `seed`.
        labels: `[N]` classes of the training images, on the CPU.
        epoch: Counted from 1.

    Returns:
        `[N]` int64, on the CPU.
    """
    generator = torch.Generator().manual_seed((config.seed << 20) + epoch)
    size = len(labels)
    members = [torch.nonzero(labels == label).flatten() for label in (0, 1)]
    if config.sampling == "once" or not all(map(len, members)):
        return torch.randperm(size, generator=generator)
    drawn = []
    for indices, count in zip(members, (size - size // 2, size // 2), strict=True):
        rounds = -(-count // len(indices))
        shuffled = [indices[torch.randperm(len(indices), generator=generator)] for _ in range(rounds)]
        drawn.append(torch.cat(shuffled)[:count])
    order = torch.empty(size, dtype=torch.int64)
    order[0::2], order[1::2] = drawn
    return order


def batch_generator(seed: int, epoch: int, batch: int) -> torch.Generator:
    """The random generator of a batch's augmentation."""
    state = np.random.SeedSequence([seed, epoch, batch]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
