"""Picture files of many kinds in one folder, and each of them alone: the images are the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data.folder.conftest import Make
from data.folder.test_reading import SPLIT, read
from data.picture.test_dicom import write
from data.picture.test_read import png16
from data.picture.tiff import tiff
from snn_tui.data.cache import Cache
from snn_tui.data.dataset import Dataset
from snn_tui.data.picture import dicom
from snn_tui.data.picture.read import read_picture
from snn_tui.errors import DataError

Write = Callable[[Path, np.ndarray], object]
"""Writes `[H, W]` pixels of grey as a file."""


def in_colour(grey: np.ndarray) -> Image.Image:
    """A picture in colour that has these pixels in red."""
    return Image.fromarray(np.dstack([grey, grey // 2, 255 - grey]))


def turned(path: Path, grey: np.ndarray) -> None:
    """Write a picture that was taken with the camera on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(grey).save(path, "JPEG", exif=exif)


GREY: dict[str, Write] = {
    "png": lambda path, grey: Image.fromarray(grey).save(path, "PNG"),
    "jpeg": lambda path, grey: Image.fromarray(grey).save(path, "JPEG"),
    "tiff": lambda path, grey: Image.fromarray(grey).save(path, "TIFF"),
    "bmp": lambda path, grey: Image.fromarray(grey).save(path, "BMP"),
    "webp": lambda path, grey: Image.fromarray(grey).save(path, "WEBP", lossless=True),
    "white is 0": lambda path, grey: path.write_bytes(tiff(grey, white_is_zero=True)),
    "16 bits": lambda path, grey: png16(path, grey[..., None].astype(np.int64) * 16, 0),
    "16 bits of a tiff": lambda path, grey: path.write_bytes(tiff(grey.astype(np.uint16) * 257)),
    "grey palette": lambda path, grey: Image.fromarray(grey).convert("P").save(path, "PNG"),
    "grey and alpha": lambda path, grey: Image.fromarray(np.dstack([grey, grey.T])).save(path, "PNG"),
    "grey in colour": lambda path, grey: Image.fromarray(grey).convert("RGB").save(path, "PNG"),
    "turned": turned,
}
DICOM: dict[str, Write] = {
    "dicom": lambda path, grey: write(path, grey),
    "monochrome1": lambda path, grey: write(
        path, grey.astype(np.uint16) * 9, PhotometricInterpretation="MONOCHROME1"
    ),
    "window": lambda path, grey: write(
        path, grey.astype(np.int16) * 4, RescaleIntercept=-512, WindowCenter=40, WindowWidth=400
    ),
}
COLOUR: dict[str, Write] = {
    "colour": lambda path, grey: in_colour(grey).save(path, "PNG"),
    "colour and alpha": lambda path, grey: _with_alpha(grey).save(path, "WEBP"),
    "palette": lambda path, grey: in_colour(grey).quantize(16).save(path, "PNG"),
    "print": lambda path, grey: in_colour(grey).convert("CMYK").save(path, "TIFF"),
    "print of a camera": lambda path, grey: in_colour(grey).convert("CMYK").save(path, "JPEG"),
    "16 bits in colour": lambda path, grey: png16(
        path, np.asarray(in_colour(grey)).astype(np.int64) * 257, 2
    ),
}


def _with_alpha(grey: np.ndarray) -> Image.Image:
    image = in_colour(grey)
    image.putalpha(Image.fromarray(grey.T.copy()))
    return image


def folder_of(root: Path, kinds: dict[str, Write]) -> None:
    """Write a picture of each kind into both classes' train, under names that say nothing."""
    rng = np.random.default_rng(0)
    for name, save in kinds.items():
        for pet in ("cat", "dog"):
            save(root / "train" / pet / f"{name} film", rng.integers(0, 256, (30, 30), dtype=np.uint8))


def check_each_alone(images: Dataset, kinds: dict[str, Write]) -> None:
    """Every image of train is the one that its file becomes alone."""
    train = images.splits["train"]
    assert len(train) == 2 * len(kinds) + 2
    for pixels, name in zip(train.images, train.names, strict=True):
        alone = read_picture(Path(images.source, name), images.task.side, images.task.channels)
        assert np.array_equal(alone.pixels, pixels), name


@pytest.mark.parametrize("extra", [{}, DICOM], ids=["without DICOM", "with DICOM"])
def test_a_file_alone_becomes_the_image_that_it_is_in_a_folder(
    make: Make, cache: Cache, extra: dict[str, Write]
) -> None:
    if extra:
        pytest.importorskip("pydicom")
    root = make(**dict.fromkeys(SPLIT, 1))
    folder_of(root, GREY | extra)
    images = read(root, cache, side=16)
    assert images.task.channels == 1
    check_each_alone(images, GREY | extra)
    folder_of(root, COLOUR)
    images = read(root, cache, side=16)
    assert images.task.channels == 3
    check_each_alone(images, GREY | extra | COLOUR)


@pytest.mark.parametrize("name", COLOUR)
def test_a_picture_in_colour_is_grey_for_a_network_of_grey_images(tmp_path: Path, name: str) -> None:
    ramp: Any = (np.arange(256, dtype=np.uint8).reshape(16, 16) // 2 + 128).astype(np.uint8)
    COLOUR[name](tmp_path / "x", ramp)
    colour, grey = (read_picture(tmp_path / "x", 16, channels).pixels for channels in (3, 1))
    assert (colour.shape, grey.shape) == ((16, 16, 3), (16, 16))
    luma = colour @ np.array([0.299, 0.587, 0.114])
    assert np.abs(grey - luma).max() <= 1


def test_a_data_set_of_dicom_files(make: Make, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pydicom")
    ramp = np.arange(28 * 28).reshape(28, 28) // 4
    root = make(**dict.fromkeys(SPLIT, 0))
    for index, folder in enumerate(SPLIT):
        write(root / folder / "film", np.roll(ramp, index).astype(np.uint8))
    assert len(read(root, cache).splits["train"]) == 2
    monkeypatch.setattr(dicom, "available", lambda: False)
    other = Cache(cache.folder and cache.folder.parent / "other")
    with pytest.raises(DataError, match="6 DICOM, which needs pydicom") as caught:
        read(root, other)
    assert caught.value.remedy == "install what reads DICOM: pip install '.[dicom]'"
