"""The order of training images in an epoch, a function of seed and epoch, and the seed of each batch."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from snn_tui.config.run_config import RunConfig

_STEPS = 1  # keeps the draw of time steps apart from others of a batch


def order_of(config: RunConfig, labels: Tensor, epoch: int) -> Tensor:
    """The indices of an epoch's images, in the order they are trained on.

    `once`: every image once. `balanced`: as many draws, all classes in turn; the images of each class are
    shuffled, and shuffled anew when all of them were drawn. Of several labels an image, each is a class, and
    the images without any label are one more.

    Args:
        config: Its `sampling` and `seed`.
        labels: `[N]` classes of the training images, on the CPU; `[N, K]` of 0 and 1 for several labels.
        epoch: Counted from 1.

    Returns:
        `[N]` int64, on the CPU.
    """
    generator = torch.Generator().manual_seed((config.seed << 20) + epoch)
    size = len(labels)
    members = [] if config.sampling == "once" else _members(labels)
    if len(members) < 2:
        return torch.randperm(size, generator=generator)
    order = torch.empty(size, dtype=torch.int64)
    for turn, indices in enumerate(members):
        count = len(range(turn, size, len(members)))
        rounds = -(-count // len(indices))
        shuffled = [indices[torch.randperm(len(indices), generator=generator)] for _ in range(rounds)]
        if shuffled:
            order[turn :: len(members)] = torch.cat(shuffled)[:count]
    return order


def _members(labels: Tensor) -> list[Tensor]:
    """The indices of the images of each class that has any."""
    if labels.dim() == 2:
        groups = [*labels.T.bool(), ~labels.bool().any(1)]
    else:
        groups = [labels == label for label in range(int(labels.max()) + 1)] if len(labels) else []
    return [indices for group in groups if len(indices := torch.nonzero(group).flatten())]


def drawn_steps(seed: int, epoch: int, batch: int, most: int) -> int:
    """A batch's number of time steps, drawn uniformly from 1 to `most`; of all else that is drawn apart."""
    return int(np.random.default_rng([seed, epoch, batch, _STEPS]).integers(1, most + 1))


def batch_generator(seed: int, epoch: int, batch: int) -> torch.Generator:
    """The random generator of a batch's augmentation."""
    state = np.random.SeedSequence([seed, epoch, batch]).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state >> np.uint64(1)))
