"""Picture files: one of the user's own made into an input image, and an image made into a PNG file."""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from snn_tui.config.paths import open_file, typed_path
from snn_tui.config.run_config import SIDE
from snn_tui.data import deep_picture
from snn_tui.data.npz import reason
from snn_tui.errors import DataError

MAX_FILE_BYTES = 100_000_000
MAX_PIXELS = 50_000_000
SIGNATURES = {b"\x89PNG\r\n\x1a\n": "PNG", b"\xff\xd8\xff": "JPEG"}
REMEDY = "give a PNG or JPEG file"


@dataclass(frozen=True, eq=False)
class OpenedPicture:
    """A picture file as the network gets it, and what it was made of.

    Args:
        pixels: `[side, side]` uint8, 0 black to 255 white; `[side, side, 3]` in colour.
        width: Columns of the file's picture, before the middle square was cut out and made small.
        height: Rows of the file's picture.
        depth: Bits a sample of the file: 8 or 16.
        bits: How many of them are in use; fewer than `depth` were stretched to the full range.
    """

    pixels: npt.NDArray[np.uint8]
    width: int
    height: int
    depth: int = 8
    bits: int = 8


def read_picture(path: str | Path, side: int = SIDE, channels: int = 1) -> OpenedPicture:
    """Read a PNG or JPEG file the way MedMNIST made its images: centre square, made small, bicubic.

    Samples of 16 bits are reduced to 8, so that the bits in use become the full range; 8 bits stay as they
    are, since a dark picture of 8 bits is a dark picture. Transparent parts become black, and a photograph's
    turn is undone.

    Args:
        path: The file; `~` is the home folder.
        side: Height and width of the image, in pixels.
        channels: 1 for a grey image, 3 for one in colour.

    Raises:
        DataError: The file is missing, broken, not a PNG or JPEG picture, or larger than `MAX_FILE_BYTES` or
            `MAX_PIXELS`, which is checked before anything is decoded.
    """
    path = Path(typed_path(str(path)))
    raw = _read(path)
    kind = next((name for signature, name in SIGNATURES.items() if raw.startswith(signature)), None)
    if kind is None:
        raise _fault(path, "not a PNG or JPEG picture" if raw else "the file is empty")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decoded(path, raw, kind, side, colour=channels == 3)
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        raise _fault(path, "the picture has too many pixels", "give a smaller one") from error
    except MemoryError as error:
        raise _fault(path, "there is not enough memory to open it", "give a smaller one") from error
    except Exception as error:  # decoders raise a dozen kinds on broken bytes
        raise _fault(path, f"the {kind} picture is broken or cut short") from error


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """The pixels `[H, W]`, 0 black to 255 white, or `[H, W, 3]`, as a PNG file of that size."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", optimize=True)
    return file.getvalue()


def _read(path: Path) -> bytes:
    try:
        with open_file(path) as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except IsADirectoryError as error:
        raise _fault(path, "a folder, not a picture") from error
    except (OSError, ValueError) as error:
        raise _fault(path, reason(error)) from error
    if len(raw) > MAX_FILE_BYTES:
        raise _fault(path, f"the file is larger than {MAX_FILE_BYTES // 10**6} MB", "give a smaller one")
    return raw


def _fault(path: Path, what: str, remedy: str = REMEDY) -> DataError:
    return DataError(what, where=str(path), remedy=remedy)


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        what = f"{width}x{height} is more than {MAX_PIXELS // 10**6} million pixels"
        raise _fault(path, what, "give a smaller one")


def _decoded(path: Path, raw: bytes, kind: str, side: int, *, colour: bool) -> OpenedPicture:
    def decode(raw_mode: str | None = None) -> Image.Image:
        with Image.open(io.BytesIO(raw), formats=[kind]) as image:
            if raw_mode is not None:
                image.tile = [tile._replace(args=raw_mode) for tile in image.tile]
            image.load()
            return upright(image)

    with Image.open(io.BytesIO(raw), formats=[kind]) as file:
        _check_size(path, *file.size)
        mode, key = deep_picture.raw_mode(file), file.info.get("transparency")
    bits = depth = 8
    if deep_picture.is_deep(mode):
        depth = 16
        image, bits = (deep_picture.colour if colour else deep_picture.grey)(mode, decode, key)
    else:
        image = over_black(decode())
    small = small_square(image.convert("RGB" if colour else "L"), side)
    return OpenedPicture(small, *image.size, depth=depth, bits=bits)


def upright(image: Image.Image) -> Image.Image:
    """The picture as it was taken, where the file says how the camera was turned."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - a garbled note on the camera's turn does not spoil the picture
        return image


def over_black(image: Image.Image) -> Image.Image:
    """The picture with what is transparent laid over black; one without transparency as it is."""
    if image.mode not in ("LA", "PA", "RGBA") and "transparency" not in image.info:
        return image
    layers = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layers.size, (0, 0, 0, 255)), layers)


def small_square(image: Image.Image, side: int) -> npt.NDArray[np.uint8]:
    """The middle square of the shorter side at `[side, side]`, or `[side, side, 3]` in colour: bicubic."""
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    square = image.crop((left, top, left + edge, top + edge))
    return np.asarray(square.resize((side, side), Image.Resampling.BICUBIC), dtype=np.uint8).copy()
