"""Files as people have them, where this machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from data.folder.test_reading import read
from snn_tui.config.build import build
from snn_tui.data import registry
from snn_tui.data.cache import Cache
from snn_tui.data.picture.decode import decode
from snn_tui.data.picture.read import read_picture
from snn_tui.data.picture.whole import WHITE_IS_ZERO


@pytest.fixture
def shared() -> Path:
    """The folder of the real files."""
    given = os.environ.get("SNN_TUI_DATA")
    path = Path(given) if given else Path(__file__).parents[4] / "shared/data"
    path = path.parent if path.is_file() else path
    if not (path / "chest_folders").is_dir():
        pytest.skip("the real files are not here")
    return path


def test_chest_films_in_kaggles_folders(shared: Path, cache: Cache) -> None:
    images = read(shared / "chest_folders", cache, side=28, group_by=r"person(\d+)_")
    assert images.counts() == {
        "train": {"NORMAL": 10, "PNEUMONIA": 12},
        "val": {"NORMAL": 4, "PNEUMONIA": 4},
        "test": {"NORMAL": 6, "PNEUMONIA": 8},
    }
    assert images.task.channels == 1  # they are saved in colour
    config = build({"data": str(shared / "chest_folders")})
    assert "2 test images are of 2 groups that train has, too" in registry.load(config).notice


def test_a_film_of_fifteen_bits_is_a_film_and_not_its_negative(shared: Path) -> None:
    pytest.importorskip("openjpeg")
    film = decode(shared / "pictures/chest_monochrome1_jpeg2000.dcm", 224).pixels.astype(int)
    assert film.shape == (224, 224)
    assert film[190:, 40:80].mean() > film[60:110, 45:85].mean() + 40  # below the lung, and in it


def test_a_slice_that_begins_like_a_tiff_is_read_as_dicom(shared: Path) -> None:
    pytest.importorskip("pydicom")
    slice_ = decode(shared / "pictures/ct_slice_16bit.dcm", 128).pixels
    assert slice_.shape == (128, 128)
    assert (slice_.min(), slice_.max()) == (0, 255)


def test_large_films_with_and_without_transparency(shared: Path) -> None:
    for name in ("chest_1024_grey.png", "chest_1024_rgba.png"):
        film = decode(shared / "pictures" / name, 224)
        assert film.pixels.shape == (224, 224)
        assert film.shorter == 1024
        assert np.ptp(film.pixels) > 200


@pytest.mark.parametrize(
    ("name", "size", "notes"),
    [
        ("chest_1024_grey.png", (1024, 1024), ()),
        ("chest_1024_rgba.png", (1024, 1024), ()),
        (
            "chest_monochrome1_jpeg2000.dcm",
            (1841, 1955),
            ("the file's window was applied, centre 15000 and width 30000", WHITE_IS_ZERO),
        ),
        ("ct_slice_16bit.dcm", (128, 128), ("values from -896 to 1167 became the full range",)),
    ],
)
def test_each_picture_alone(shared: Path, name: str, size: tuple[int, int], notes: tuple[str, ...]) -> None:
    if name.endswith(".dcm"):
        pytest.importorskip("openjpeg")
    path = shared / "pictures" / name
    grey, colour = read_picture(path, 28), read_picture(path, 28, 3)
    assert np.array_equal(grey.pixels, decode(path, 28).pixels)
    assert np.array_equal(colour.pixels, np.dstack([grey.pixels] * 3))
    assert ((grey.width, grey.height), grey.notes) == (size, notes)
