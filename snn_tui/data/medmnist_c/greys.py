"""Brightness, contrast, gamma, saturation and black corners of MedMNIST-C.

Brightness and contrast are those of Pillow's `ImageEnhance`, gamma is that of torchvision's `adjust_gamma`,
to the last level.
"""

from __future__ import annotations

import numpy as np

from snn_tui.data.medmnist_c.noise import luma
from snn_tui.data.rows import Pixels


def _between(start: int, pixels: Pixels, factor: float) -> Pixels:
    """What lies at a factor of the way from a grey to the pixels, and beyond them above 1."""
    way = pixels.astype(np.float32) - np.float32(start)
    return (start + np.float32(factor) * way).clip(0, 255).astype(np.uint8)


def brightness(pixels: Pixels, _: np.random.Generator, factor: float) -> Pixels:
    """Multiply all values by a factor; fractions of a level are dropped."""
    return _between(0, pixels, factor)


def contrast(pixels: Pixels, _: np.random.Generator, factor: float) -> Pixels:
    """Multiply each value's distance from the image's mean grey by a factor."""
    greys = luma(pixels) if pixels.ndim == 3 else pixels
    return _between(int(greys.mean() + 0.5), pixels, factor)


def gamma(pixels: Pixels, _: np.random.Generator, exponent: float) -> Pixels:
    """Raise values to a power, white being 1: above 1 darkens, below 1 brightens."""
    table = (255.999 * (np.arange(256) / 255) ** exponent).astype(np.uint8)
    changed: Pixels = table[pixels]
    return changed


def saturation(pixels: Pixels, _: np.random.Generator, step: float) -> Pixels:
    """Add to the saturation of hue, saturation and value; a grey has the hue of red.

    Args:
        pixels: `[H, W, 3]`.
        step: What is added to a saturation from 0 to 1.

    Raises:
        ValueError: The image is grey.
    """
    if pixels.ndim != 3:
        raise ValueError("a grey image has no saturation")
    units = pixels / 255
    value = units.max(2, keepdims=True)
    chroma = value - units.min(2, keepdims=True)
    grey = chroma == 0
    before = np.divide(chroma, value, out=np.zeros_like(value), where=~grey)
    after = (before + step).clip(0, 1)
    share = np.divide(after, before, out=np.ones_like(value), where=~grey)  # that the colour moves off grey
    moved = value - (value - units) * share
    red = value * np.concatenate([np.ones_like(value), 1 - after, 1 - after], axis=2)
    changed: Pixels = (np.where(grey, red, moved).clip(0, 1) * 255 + 1e-6).astype(np.uint8)
    return changed


def black_corner(pixels: Pixels, _: np.random.Generator, share: float) -> Pixels:
    """Blacken all outside a circle around the middle, of a share of half the side as its radius."""
    height, width = pixels.shape[:2]
    row, column = height // 2, width // 2
    radius = int(min(row, column, height - row, width - column) * share)
    squares = (np.arange(height)[:, None] - row) ** 2 + (np.arange(width) - column) ** 2
    corners = pixels.copy()
    corners[squares > radius**2] = 0
    return corners
