"""One picture file of any of the kinds that are read, as an image: of a folder, or one of the user's own."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from snn_tui.config.paths import open_file
from snn_tui.data import deep_picture
from snn_tui.data.npz import reason
from snn_tui.data.picture import dicom, unusable
from snn_tui.data.picture.silenced import silenced
from snn_tui.data.picture.unusable import MAX_FILE_BYTES, MAX_PIXELS, Unreadable, Unusable
from snn_tui.data.picture.whole import WHITE_IS_ZERO, Whole, grey_if_equal, over_black, small_square, upright

VERSION = 2
"""To be raised whenever an image, or a reason for none, comes out otherwise: all is decoded anew then."""

SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".bmp", ".webp", ".dcm", ".dicom"}
"""Ends of names that promise a picture."""

_SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}
"""Lengths that the header of a BMP file may have; its two letters alone begin many a text."""

_WHITE_IS_ZERO = 0
_PHOTOMETRIC = 262


@dataclass(frozen=True, eq=False)
class Decoded:
    """An image that a picture file became, and what it was made of.

    Args:
        pixels: `[side, side]` uint8, 0 black to 255 white, or `[side, side, 3]` in colour.
        width: Columns of the file's picture, before its middle square was made small.
        height: Rows of the file's picture.
        depth: Bits a sample of the file.
        bits: How many of them are in use; fewer than `depth` were stretched to the full range.
        notes: What else was done to the samples, a sentence each.
    """

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int
    depth: int = 8
    bits: int = 8
    notes: tuple[str, ...] = ()

    @property
    def shorter(self) -> int:
        """Length of the shorter side of the file's picture, in pixels."""
        return min(self.width, self.height)


def decode(path: Path, side: int, channels: int | None = None) -> Decoded:
    """Read a picture the way MedMNIST made its images: centre square, bicubic, 8 bits.

    Samples of 16 bits are reduced to 8, so that the bits in use become the full range; 8 bits stay as they
    are, since a dark picture of 8 bits is a dark picture. Transparent parts become black, and a photograph's
    turn is undone.

    Args:
        path: A PNG, JPEG, TIFF, BMP, WebP or DICOM file, by what it holds, not by its name.
        side: Rows and columns of the image.
        channels: 1 for a grey image, 3 for one in colour; None for what the picture is, which is grey where
            it is saved in colour without having any.

    Raises:
        Unusable: The file cannot become an image; what can be known without decoding is checked before.
    """
    raw = _read(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with silenced():
                whole = _whole(path, raw)
            image = whole.image.convert("L") if channels == 1 else whole.image
            pixels = small_square(image, side)
    except Unusable:
        raise
    except Image.DecompressionBombError:
        raise Unusable(unusable.PIXELS) from None
    except MemoryError:
        raise Unusable(unusable.MEMORY) from None
    except Exception as error:  # decoders raise a dozen kinds on broken bytes
        raise Unusable(unusable.BROKEN) from error
    if channels == 3 and pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return Decoded(pixels, *image.size, depth=whole.depth, bits=whole.bits, notes=whole.notes)


def _read(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except IsADirectoryError as error:
        raise Unreadable("a folder, not a picture") from error
    except (OSError, ValueError) as error:
        raise Unreadable(reason(error)) from error
    if len(raw) > MAX_FILE_BYTES:
        raise Unusable(unusable.LARGE)
    if not raw:
        raise Unusable(unusable.EMPTY)
    return raw


def _format(raw: bytes) -> str | None:
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    if raw.startswith(b"BM") and int.from_bytes(raw[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    return next((name for signature, name in _SIGNATURES.items() if raw.startswith(signature)), None)


def _whole(path: Path, raw: bytes) -> Whole:
    if dicom.is_dicom(raw):
        return dicom.whole(raw)
    kind = _format(raw)
    if kind is None:
        raise Unusable(unusable.MISNAMED if path.suffix.lower() in SUFFIXES else unusable.NO_PICTURE)
    return _pillow(raw, kind)


def _pillow(raw: bytes, kind: str) -> Whole:
    def load(raw_mode: str | None = None) -> Image.Image:
        with Image.open(io.BytesIO(raw), formats=[kind]) as image:
            if raw_mode is not None:
                image.tile = [tile._replace(args=_arguments(tile.args, raw_mode)) for tile in image.tile]
            image.load()
            return upright(image)

    with Image.open(io.BytesIO(raw), formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Unusable(unusable.PIXELS)
        # A camera's MPO is a JPEG with further views or sizes of the same picture.
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise Unusable(unusable.FRAMES)
        mode, raw_mode, key = image.mode, deep_picture.raw_mode(image), image.info.get("transparency")
        tags = getattr(image, "tag_v2", {})
        inverted = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
        notes = (WHITE_IS_ZERO,) if inverted else ()
    if deep_picture.is_deep(raw_mode):
        deep, bits = deep_picture.eight_bits(raw_mode, load, key)
        deep = grey_if_equal(ImageOps.invert(deep) if inverted else deep)
        return Whole(deep, depth=16, bits=bits, notes=notes)
    if mode == "F" or mode.startswith("I"):
        raise Unusable(unusable.DEEP)
    flat = over_black(load())  # Pillow inverts those of 8 bits
    return Whole(
        flat.convert("L") if flat.mode in ("1", "L") else grey_if_equal(flat.convert("RGB")), notes=notes
    )


def _arguments(arguments: object, raw_mode: str) -> str | tuple[object, ...]:
    """What Pillow's decoder is told, with another raw mode."""
    return (raw_mode, *arguments[1:]) if isinstance(arguments, tuple) else raw_mode
