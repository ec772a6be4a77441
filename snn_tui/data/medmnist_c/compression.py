"""Coarse pixels and JPEG compression of MedMNIST-C, both by Pillow, as there."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image

from snn_tui.data.rows import Pixels


def pixelate(pixels: Pixels, _: np.random.Generator, share: float) -> Pixels:
    """Shrink to a share of the side and grow again, both by box filters."""
    image = Image.fromarray(pixels)
    small = (max(1, int(image.width * share)), max(1, int(image.height * share)))
    return np.asarray(image.resize(small, Image.Resampling.BOX).resize(image.size, Image.Resampling.BOX))


def jpeg(pixels: Pixels, _: np.random.Generator, quality: float) -> Pixels:
    """Compress with a quality from 1 to 95, and decompress."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=int(quality))
    with Image.open(file) as image:
        return np.asarray(image)
