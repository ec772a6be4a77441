"""DICOM files as 8 bits, as a viewer shows them: rescaled, windowed, and white where the film is white.

The optional package pydicom reads them; JPEG 2000 in them needs pylibjpeg and pylibjpeg-openjpeg as well.
"""

from __future__ import annotations

import io
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from snn_tui.data import deep_picture
from snn_tui.data.picture import unusable
from snn_tui.data.picture.unusable import MAX_PIXELS, Unusable
from snn_tui.data.picture.whole import WHITE_IS_ZERO, Whole, grey_if_equal

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_COMPRESSED = "1.2.840.10008.1.2.4."
_COMPRESSED_JPEG_2000 = (f"{_COMPRESSED}9", f"{_COMPRESSED}20")
_JPEG_2000 = b"\xff\x4f\xff\x51"  # begins its header, which has width and height 8 bytes on
_GREY = ("MONOCHROME1", "MONOCHROME2")
_Samples = npt.NDArray[np.float32]


def is_dicom(raw: bytes) -> bool:
    """Whether the bytes are a DICOM file. Some begin like a TIFF file, so this is to be asked first."""
    return raw[128:132] == b"DICM"


def available() -> bool:
    """Whether pydicom is installed."""
    return find_spec("pydicom") is not None


def whole(raw: bytes) -> Whole:
    """The picture of a DICOM file, grey or RGB, 8 bits.

    The rescale slope and intercept (or the modality's table) are applied, then the window (or the table of
    values of interest) where the file has one, by DICOM PS3.3 C.11.2. Without a window the bits in use become
    the full range; where values may be below 0, the range from the least to the greatest of the picture does.
    MONOCHROME1 is inverted, and padding is black.

    Raises:
        Unusable: pydicom is missing, or the file has several frames, no picture, too many pixels or a form
            that is not read.
        Exception: The file is broken; pydicom raises many kinds.
    """
    if not available():
        raise Unusable(unusable.DICOM)
    pydicom = _package("pydicom")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    if _DEFLATED in raw:  # it unpacks without a bound
        raise Unusable(unusable.DICOM_FORM)
    dataset = pydicom.dcmread(io.BytesIO(raw))
    if "PixelData" not in dataset:
        raise Unusable(unusable.NO_PICTURE)
    _check(dataset)
    try:
        decodes = _package("pydicom.pixels").get_decoder(dataset.file_meta.TransferSyntaxUID).is_available
    except NotImplementedError:
        decodes = False
    if not decodes:
        raise Unusable(unusable.DICOM_CODEC)
    stored = dataset.pixel_array
    if dataset.PhotometricInterpretation in _GREY:
        return _grey(dataset, stored)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        stored = _package("pydicom.pixels.processing").apply_color_lut(stored, dataset)
        bits = int(dataset.RedPaletteColorLookupTableDescriptor[2])
        stored = (stored >> (bits - 8)).astype(np.uint8)
    if stored.ndim != 3 or stored.shape[-1] != 3 or stored.dtype.itemsize != 1:
        raise Unusable(unusable.DICOM_FORM)
    return Whole(grey_if_equal(Image.fromarray(np.ascontiguousarray(stored, np.uint8))))


def _package(name: str) -> Any:
    """A module that may not be installed, so that nothing is known of what is in it."""
    return import_module(name)


def _check(dataset: Any) -> None:
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        raise Unusable(unusable.FRAMES)
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if rows * columns > MAX_PIXELS:
        raise Unusable(unusable.PIXELS)
    # The decoder believes the size in the compressed picture, not the one that was just checked.
    syntax = str(dataset.file_meta.TransferSyntaxUID)
    begin = dataset.PixelData.find(_JPEG_2000) if syntax.startswith(_COMPRESSED) else -1
    if begin >= 0:
        width, height = np.frombuffer(dataset.PixelData, ">u4", 2, begin + 8).tolist()
        if (width, height) != (columns, rows):
            raise Unusable(unusable.BROKEN)
    elif syntax.startswith(_COMPRESSED_JPEG_2000):
        raise Unusable(unusable.BROKEN)


def _grey(dataset: Any, stored: npt.NDArray[Any]) -> Whole:
    if "ModalityLUTSequence" in dataset:
        looked_up = _package("pydicom.pixels.processing").apply_modality_lut(stored, dataset)
        values = np.asarray(looked_up, np.float32)
    else:
        values = stored.astype(np.float32)
        values *= np.float32(dataset.get("RescaleSlope") or 1)
        values += np.float32(dataset.get("RescaleIntercept") or 0)
    visible = np.ones(stored.shape, bool)
    padding = dataset.get("PixelPaddingValue")
    if padding is not None:
        visible = stored != int(padding)
    levels, bits, notes = _levels(dataset, stored, values, visible)
    levels.clip(0, 1, out=levels)
    levels *= 255
    eight: npt.NDArray[np.uint8] = np.rint(levels, out=levels).astype(np.uint8)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        eight = 255 - eight
        notes = (*notes, WHITE_IS_ZERO)
    eight[~visible] = 0
    return Whole(Image.fromarray(eight), stored.dtype.itemsize * 8, bits, notes)


def _levels(
    dataset: Any, stored: npt.NDArray[Any], values: _Samples, visible: npt.NDArray[np.bool_]
) -> tuple[_Samples, int, tuple[str, ...]]:
    """Brightness, black being 0 and white 1; the bits that became this range; and how, where bits did not."""
    depth = stored.dtype.itemsize * 8
    if "VOILUTSequence" in dataset:
        table = dataset.VOILUTSequence[0]
        looked_up = _package("pydicom.pixels.processing").apply_voi(values.astype(np.int64), dataset)
        levels = np.asarray(looked_up, np.float32) / np.float32(2 ** int(table.LUTDescriptor[2]) - 1)
        return levels, depth, ("the file's table of values was applied",)
    if dataset.get("WindowCenter") is not None and dataset.get("WindowWidth") is not None:
        centre, width = (_first(dataset[name].value) for name in ("WindowCenter", "WindowWidth"))
        levels = _windowed(values, centre, width, dataset.get("VOILUTFunction") or "LINEAR")
        return levels, depth, (f"the file's window was applied, centre {centre:g} and width {width:g}",)
    if not visible.any():
        return np.zeros_like(values), depth, ()
    inside = values if visible.all() else values[visible]
    low, high = float(inside.min()), float(inside.max())
    if stored.dtype.kind == "u" and high <= 65535 and bool((values == stored).all()):
        bits = deep_picture.bits_in_use(inside.astype(np.uint16))
        return values / np.float32(2**bits - 1), bits, ()
    levels = (values - np.float32(low)) / np.float32(max(high - low, 1e-9))
    return levels, depth, (f"values from {low:g} to {high:g} became the full range",)


def _windowed(values: _Samples, centre: float, width: float, function: str) -> _Samples:
    """Values in a window, from 0 to 1: formulas of DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3."""
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
    levels = values - np.float32(centre)
    levels /= np.float32(max(width, 1e-6))
    if function == "SIGMOID":
        with np.errstate(over="ignore"):
            curve: _Samples = 1 / (1 + np.exp(-4 * levels))
        return curve
    levels += np.float32(0.5)
    return levels


def _first(value: Any) -> float:
    return float(value if isinstance(value, str) or not hasattr(value, "__getitem__") else value[0])
