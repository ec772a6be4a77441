"""A split's images, corrupted as MedMNIST-C does."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import numpy as np

from snn_tui.data.dataset import Split
from snn_tui.data.medmnist_c.choices import EFFECTS, SEVERITIES, Choice
from snn_tui.data.rows import Pixels, parts

SEED = 1583
"""With the corruption, the severity and the image's index in its split, of all that is random."""


def corrupt_one(pixels: Pixels, index: int, choice: Choice, corruption: str, severity: int) -> Pixels:
    """Corrupt an image; the same image, index, corruption and severity always give the same result.

    Args:
        pixels: `[H, W]` or `[H, W, 3]` uint8.
        index: The image's index in its split of the file.
        choice: The corruptions of its kind of image.
        corruption: One of them.
        severity: 1 to 5.

    Returns:
        An image of the same shape.

    Raises:
        ValueError: The choice has no such corruption, there is no such severity, or the choice is for images
            of other channels.
    """
    if corruption not in choice.levels:
        raise ValueError(f"no {corruption!r} among the corruptions: {', '.join(choice.levels)}")
    if severity not in SEVERITIES:
        raise ValueError(f"severity {severity} is not 1 to 5")
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    if choice.channels not in (None, channels):
        raise ValueError(f"{choice.dataset}'s corruptions are for {choice.channels} channels, not {channels}")
    rng = np.random.default_rng([SEED, zlib.crc32(corruption.encode()), severity, index])
    return EFFECTS[corruption](pixels, rng, *choice.levels[corruption][severity - 1])


def corrupted(split: Split, choice: Choice, corruption: str, severity: int) -> Iterator[Split]:
    """All images of a split, corrupted by `corrupt_one`, in their order and in the parts of `rows.parts`."""
    done = 0
    for part in parts(split.images):
        here = slice(done, done + len(part))
        ids = split.ids[here]
        images = [
            corrupt_one(image, int(index), choice, corruption, severity)
            for image, index in zip(part, ids, strict=True)
        ]
        yield Split(np.stack(images), split.labels[here], ids)
        done += len(part)
