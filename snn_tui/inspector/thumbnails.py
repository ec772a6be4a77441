"""Smaller copies of images, for the screens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def shrunk(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """An image of at most `side` pixels a side: each pixel is the mean of those it stands for.

    Args:
        pixels: `[H, W]`, or `[H, W, 3]` in colour.
        side: Most pixels of its longer side; a smaller image stays as it is.
    """
    longest = max(pixels.shape[:2])
    if longest <= side:
        return np.asarray(pixels)
    means = pixels.astype(np.float64)
    for axis in (0, 1):
        length = pixels.shape[axis]
        size = max(round(length * side / longest), 1)
        # Where a pixel lies in two of the smaller ones, each gets its share: the integral of the row.
        total = np.insert(means.cumsum(axis), 0, 0.0, axis)
        edges = np.arange(size + 1) * length / size
        below = np.minimum(edges.astype(np.int64), length - 1)
        share = (edges - below).reshape([-1 if one == axis else 1 for one in range(means.ndim)])
        integral = total.take(below, axis) + share * means.take(below, axis)
        means = np.diff(integral, axis=axis) * size / length
    return (means + 0.5).clip(0, 255).astype(np.uint8)
