"""PNG and TIFF files of 16 bits a sample, as converters of x-ray films write them: few bits may be in use.

A film of 10 or 12 bits that is stored in 16 unchanged is nearly black by PNG's own rule, which divides by
65535. How many bits it has is not recorded, so it is inferred from its brightest sample.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image

DEPTHS = (8, 10, 12, 14, 15, 16)
"""Bits a sample that x-ray machines write. A dark film of 12 bits may need only 11, and is still of 12."""

_OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
"""The order of bytes that takes the low one of a sample for the high one. Pillow keeps the high bytes only of
colours of 16 bits, so they are decoded twice."""

_Samples = npt.NDArray[np.uint16]


Decode = Callable[[str | None], Image.Image]
"""Decodes a file from the start, upright, by a raw mode of Pillow's; None for the one Pillow chooses."""


def raw_mode(image: Image.Image) -> str:
    """How Pillow is about to decode an image that is open but not loaded; empty where that has no name."""
    tile = getattr(image, "tile", None)
    arguments = tile[0][3] if tile else ""
    if isinstance(arguments, tuple) and arguments:
        arguments = arguments[0]
    return arguments if isinstance(arguments, str) else ""


def is_deep(mode: str) -> bool:
    """Whether a `raw_mode` has 16 bits a sample."""
    return mode.endswith((";16", ";16B", ";16L", ";16N"))


def bits_in_use(samples: _Samples) -> int:
    """The depth in `DEPTHS` that the brightest of the samples needs."""
    needed = int(samples.max(initial=0)).bit_length()
    return next(depth for depth in DEPTHS if needed <= depth)


def eight_bits(mode: str, decode: Decode, key: object) -> tuple[Image.Image, int]:
    """A picture of 16 bits a sample as 8 bits, from black to the highest value its bits can hold.

    Args:
        mode: What `raw_mode` says of it.
        decode: Decodes the file.
        key: The value, or the three, that PNG declares transparent; None where it declares none.

    Returns:
        The picture, grey or RGB, with transparent parts black, and the bits a sample that are in use.
    """
    return _reduced(*_samples(mode, decode), key)


def _reduced(colours: _Samples, alpha: _Samples | None, key: object) -> tuple[Image.Image, int]:
    visible = np.ones(colours.shape[:2], bool) if alpha is None else alpha > 0
    if key is not None:
        visible &= (colours != np.asarray(key)).any(-1)
    bits = bits_in_use(colours if visible.all() else colours[visible])
    levels = colours.astype(np.float32)
    levels *= 255 / (2**bits - 1)
    levels *= visible[..., None]
    if alpha is not None:
        levels *= (alpha.astype(np.float32) / (2 ** bits_in_use(alpha) - 1))[..., None]
    np.rint(levels, out=levels)
    rounded = levels.clip(0, 255, out=levels).astype(np.uint8)
    return Image.fromarray(rounded if rounded.shape[-1] == 3 else rounded[..., 0]), bits


def _samples(mode: str, decode: Decode) -> tuple[_Samples, _Samples | None]:
    """`[H, W, 1]` or `[H, W, 3]` samples, and `[H, W]` of transparency where there is some."""
    if mode.startswith("RGB"):
        high, low = (np.asarray(decode(raw)) for raw in (mode, mode[:-1] + _OTHER_ORDER[mode[-1]]))
        both = np.stack([high, low], -1).view(">u2")[..., 0].astype(np.uint16)
        return both[..., :3], both[..., 3] if both.shape[-1] == 4 else None
    if mode == "LA;16B":
        # Four bytes a pixel: two of grey and two of transparency.
        pairs = np.ascontiguousarray(decode("RGBA"), np.uint8).view(">u2").astype(np.uint16)
        return pairs[..., :1], pairs[..., 1]
    return np.asarray(decode(None)).clip(0, 65535).astype(np.uint16)[..., None], None
