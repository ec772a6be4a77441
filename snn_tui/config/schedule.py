"""The learning rate over a run."""

from __future__ import annotations

import math

from snn_tui.config.run_config import RunConfig

_RISE = 0.25
"""Share of a one-cycle run in which the learning rate rises."""

_FIRST, _LAST = 0.04, 1e-4
"""Where one cycle begins and ends, in units of the highest learning rate."""


def learning_rate(config: RunConfig, epoch: int, progress: float = 0.0) -> float:
    """The learning rate within an epoch.

    `drop` multiplies it by `lr_drop_factor` after `lr_drop_epoch` epochs. `one-cycle` raises it from a
    25th to all of `lr` over the first quarter of the run, and lowers it to next to nothing over the remaining
    epochs, both along half a cosine (Smith & Topin 2018).

    Args:
        config: Says the schedule, its numbers and how many epochs there are.
        epoch: Counted from 1.
        progress: Share of the epoch's batches done, from 0 to 1.
    """
    if config.schedule == "drop":
        return config.lr * (config.lr_drop_factor if epoch > config.lr_drop_epoch else 1.0)
    done = (epoch - 1 + progress) / config.epochs
    if done < _RISE:
        return config.lr * _half_cosine(_FIRST, 1.0, done / _RISE)
    return config.lr * _half_cosine(1.0, _LAST, (done - _RISE) / (1 - _RISE))


def _half_cosine(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
