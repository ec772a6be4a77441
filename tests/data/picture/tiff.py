"""TIFF files of forms that Pillow does not write."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy.typing as npt

WHOLE, SIGNED, FLOAT = 1, 2, 3


def tiff(
    samples: npt.NDArray[Any],
    order: str = "<",
    *,
    packed: bool = False,
    white_is_zero: bool = False,
    form: int = WHOLE,
) -> bytes:
    """A TIFF file of `[H, W]` samples, or of `[H, W, C]` in colour, with transparency if C is 4.

    Args:
        samples: Of 8, 16 or 32 bits.
        order: Of the bytes: `<` or `>`.
        packed: Whether to compress the samples.
        white_is_zero: Whether the file says that 0 is white.
        form: What the samples are: `WHOLE`, `SIGNED` or `FLOAT`.
    """
    height, width, channels = (*samples.shape, 1)[:3]
    data = samples.astype(samples.dtype.newbyteorder(order)).tobytes()  # type: ignore[arg-type]
    data = zlib.compress(data) if packed else data
    photometric = 2 if channels >= 3 else 0 if white_is_zero else 1
    bits = samples.dtype.itemsize * 8
    tags = {
        256: [width],
        257: [height],
        258: [bits] * channels,
        259: [8 if packed else 1],
        262: [photometric],
        273: [0],
        277: [channels],
        278: [height],
        279: [len(data)],
        **({338: [2]} if channels == 4 else {}),
        339: [form] * channels,
    }
    after = 8 + 2 + 12 * len(tags) + 4
    tags[273] = [after + 64]
    entries = values = b""
    for tag, numbers in sorted(tags.items()):
        if len(numbers) > 1:
            entries += struct.pack(order + "HHII", tag, 3, len(numbers), after + len(values))
            values += struct.pack(order + f"{len(numbers)}H", *numbers)
        else:
            entries += struct.pack(order + "HHII", tag, 4, 1, *numbers)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    return head + entries + b"\0" * 4 + values.ljust(64, b"\0") + data
