"""One picture file of any of the kinds that are read, as an image of the data set."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from snn_tui.config.paths import open_file
from snn_tui.data import deep_picture
from snn_tui.data.folder import dicom, left_out
from snn_tui.data.folder.left_out import Unusable
from snn_tui.data.npz import reason
from snn_tui.data.picture import MAX_FILE_BYTES, MAX_PIXELS, over_black, small_square, upright

VERSION = 1
"""To be raised whenever an image comes out otherwise: what was decoded before is decoded anew then."""

SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".bmp", ".webp", ".dcm", ".dicom"}
"""Names that promise a picture: such a file that is none is broken."""

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
    """An image that a picture file became.

    Args:
        pixels: `[side, side]` uint8 of a grey picture, `[side, side, 3]` of one in colour.
        shorter: Length of the shorter side of the file's picture, in pixels.
    """

    pixels: npt.NDArray[np.uint8]
    shorter: int


def decode(path: Path, side: int) -> Decoded:
    """Read a picture the way MedMNIST made its images: centre square, bicubic, 8 bits.

    Samples of 16 bits are reduced to 8, so that the bits in use become the full range; transparent parts
    become black, and a photograph's turn is undone.

    Args:
        path: A PNG, JPEG, TIFF, BMP, WebP or DICOM file, by what it holds, not by its name.
        side: Rows and columns of the image.

    Returns:
        The image. A picture that is saved in colour without having any is grey.

    Raises:
        Unusable: It is no image of the data set; the reason says why.
    """
    raw = _read(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _picture(path, raw)
            return Decoded(small_square(picture, side), min(picture.size))
    except Unusable:
        raise
    except Image.DecompressionBombError:
        raise Unusable(left_out.PIXELS) from None
    except MemoryError:
        raise Unusable(left_out.MEMORY) from None
    except Exception as error:  # decoders raise a dozen kinds on broken bytes
        raise Unusable(left_out.BROKEN) from error


def _read(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Unusable(left_out.unreadable(reason(error))) from error
    if len(raw) > MAX_FILE_BYTES:
        raise Unusable(left_out.LARGE)
    if not raw:
        raise Unusable(left_out.EMPTY)
    return raw


def _format(raw: bytes) -> str | None:
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "WEBP"
    if raw.startswith(b"BM") and int.from_bytes(raw[14:18], "little") in _BMP_HEADERS:
        return "BMP"
    return next((name for signature, name in _SIGNATURES.items() if raw.startswith(signature)), None)


def _picture(path: Path, raw: bytes) -> Image.Image:
    """The whole picture, of 8 bits, grey or RGB."""
    if dicom.is_dicom(raw):
        return _grey_if_equal(dicom.picture(raw))
    kind = _format(raw)
    if kind is None:
        raise Unusable(left_out.BROKEN if path.suffix.lower() in SUFFIXES else left_out.NO_PICTURE)
    return _pillow(raw, kind)


def _pillow(raw: bytes, kind: str) -> Image.Image:
    def load(raw_mode: str | None = None) -> Image.Image:
        with Image.open(io.BytesIO(raw), formats=[kind]) as image:
            if raw_mode is not None:
                image.tile = [tile._replace(args=_arguments(tile.args, raw_mode)) for tile in image.tile]
            image.load()
            return upright(image)

    with Image.open(io.BytesIO(raw), formats=[kind]) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Unusable(left_out.PIXELS)
        # A camera's MPO is a JPEG with further views or sizes of the same picture.
        if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
            raise Unusable(left_out.FRAMES)
        mode, raw_mode, key = image.mode, deep_picture.raw_mode(image), image.info.get("transparency")
        tags = getattr(image, "tag_v2", {})
        inverted = tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO
    if deep_picture.is_deep(raw_mode):
        return _grey_if_equal(deep_picture.eight_bits(raw_mode, load, key, white_is_zero=inverted))
    if mode == "F" or mode.startswith("I"):
        raise Unusable(left_out.DEEP)
    whole = over_black(load())
    return whole.convert("L") if whole.mode in ("1", "L") else _grey_if_equal(whole.convert("RGB"))


def _arguments(arguments: object, raw_mode: str) -> str | tuple[object, ...]:
    """What Pillow's decoder is told, with another raw mode."""
    return (raw_mode, *arguments[1:]) if isinstance(arguments, tuple) else raw_mode


def _grey_if_equal(image: Image.Image) -> Image.Image:
    """An RGB picture without any colour as a grey one."""
    if image.mode == "L":
        return image
    red, green, blue = image.split()
    return red if red.tobytes() == green.tobytes() == blue.tobytes() else image
