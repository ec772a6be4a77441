"""What generated images are drawn with, the same to the last byte on every machine.

Every pixel is made of additions, multiplications, divisions, square roots and whole random numbers only,
which IEEE 754 fixes to the last bit. No exp, sin, sum or matrix product, whose last bits differ between
processors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[Any]
"""float32 numbers, one for every pixel, `[n, side, side]`, or one for every image, `[n, 1, 1]`."""


class Draws:
    """Random numbers for a chunk of square images, one number for each image: `[n, 1, 1]`.

    Args:
        rng: Where they come from.
        count: Images, n.
        side: Height and width of an image in pixels.
    """

    def __init__(self, rng: np.random.Generator, count: int, side: int) -> None:
        self._rng = rng
        self._count = count
        self.side = side

    def __call__(self, low: float, high: float) -> Plane:
        """Evenly spread between `low` and `high`."""
        unit = self._rng.random((self._count, 1, 1), dtype=np.float32)
        return low + (high - low) * unit

    def bell(self, middle: float, reach: float) -> Plane:
        """Mostly near `middle`, never farther than `reach` from it."""
        return (self(-1, 1) + self(-1, 1) + self(-1, 1)) * (reach / 3) + middle

    def chance(self, odds: float) -> Plane:
        """1 with these odds, else 0."""
        return (self(0, 1) < odds).astype(np.float32)

    def grain(self) -> Plane:
        """White noise of standard deviation 1 for every pixel: `[n, side, side]`, a sum of four bytes."""
        four = self._rng.integers(0, 256, (4, self._count, self.side, self.side), dtype=np.uint8)
        total = four[0].astype(np.float32) + four[1] + four[2] + four[3]
        noise: Plane = (total - 510) / 147.8
        return noise

    def mottle(self) -> Plane:
        """Noise in spots two pixels wide, of standard deviation 1: `[n, side, side]`."""
        grain = self.grain()
        rows = grain + np.roll(grain, 1, axis=1)
        spots: Plane = (rows + np.roll(rows, 1, axis=2)) * 0.5
        return spots

    def pixels(self) -> tuple[Plane, Plane]:
        """Where each pixel lies, -1 to 1 to the right, `[1, 1, side]`, and down, `[1, side, 1]`."""
        line = (np.arange(self.side, dtype=np.float32) - (self.side - 1) / 2) / (self.side / 2)
        return line[None, None, :], line[None, :, None]


def bump(squared: Plane) -> Plane:
    """1 in the middle, falling smoothly to 0 far away, of a squared distance."""
    return 1 / (1 + squared * squared)


def step(inside: Plane, soft: Plane | float) -> Plane:
    """0 outside, 1 inside, of a distance from the edge, smooth over `soft`."""
    t = np.clip(inside / soft + 0.5, 0, 1)
    return t * t * (3 - 2 * t)
