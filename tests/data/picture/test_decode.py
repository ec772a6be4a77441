"""Picture files of each kind: what image they become, and why others become none."""

from __future__ import annotations

import io
import os
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from data.picture.test_read import chunk, png16
from data.picture.tiff import FLOAT, SIGNED, tiff
from snn_tui.data.picture import unusable
from snn_tui.data.picture.decode import decode
from snn_tui.data.picture.unusable import Unusable
from snn_tui.data.picture.whole import WHITE_IS_ZERO

SIDE = 28


def why(path: Path) -> str:
    """Why a file is no image."""
    with pytest.raises(Unusable) as caught:
        decode(path, SIDE)
    return caught.value.reason


@pytest.fixture
def ramp() -> np.ndarray:
    """A grey picture that differs in every direction."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    return (rows * 6 + columns * 3).astype(np.uint8)


@pytest.fixture
def colours(ramp: np.ndarray) -> np.ndarray:
    """A picture in colour."""
    return np.dstack([ramp, ramp // 2, 255 - ramp])


@pytest.mark.parametrize("extension", ["png", "bmp", "tiff", "webp", "jpg"])
def test_every_kind_of_file_is_read_in_grey_and_in_colour(
    tmp_path: Path, ramp: np.ndarray, colours: np.ndarray, extension: str
) -> None:
    options = {"webp": {"lossless": True}, "jpg": {"quality": 100, "subsampling": 0}}.get(extension, {})
    close = 8 if extension == "jpg" else 0
    path = tmp_path / f"x.{extension}"
    Image.fromarray(ramp).save(path, **options)  # type: ignore[arg-type]
    assert np.abs(decode(path, SIDE).pixels.astype(int) - ramp).max() <= close
    Image.fromarray(colours).save(path, **options)  # type: ignore[arg-type]
    assert np.abs(decode(path, SIDE).pixels.astype(int) - colours).max() <= close


def test_what_a_file_holds_counts_and_not_its_name(tmp_path: Path, ramp: np.ndarray) -> None:
    Image.fromarray(ramp).save(tmp_path / "x.tiff")
    path = (tmp_path / "x.tiff").rename(tmp_path / "scan.txt")
    assert np.array_equal(decode(path, SIDE).pixels, ramp)


def test_grey_pictures_that_are_saved_in_colour_are_grey(tmp_path: Path, ramp: np.ndarray) -> None:
    Image.fromarray(np.dstack([ramp] * 3)).save(tmp_path / "x.png")
    assert np.array_equal(decode(tmp_path / "x.png", SIDE).pixels, ramp)


def test_the_middle_square_is_made_small(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (90, 112), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "x.png")
    decoded = decode(tmp_path / "x.png", 64)
    assert (decoded.width, decoded.height, decoded.shorter) == (112, 90, 90)
    square = Image.fromarray(noise[:, 11:101]).resize((64, 64), Image.Resampling.BICUBIC)
    assert np.array_equal(decoded.pixels, np.asarray(square))


def test_palettes_transparency_and_print_colours(
    tmp_path: Path, ramp: np.ndarray, colours: np.ndarray
) -> None:
    Image.fromarray(ramp).convert("P").save(tmp_path / "palette.png")
    assert np.array_equal(decode(tmp_path / "palette.png", SIDE).pixels, ramp)
    Image.fromarray(ramp > 100).save(tmp_path / "two.png")
    assert np.array_equal(decode(tmp_path / "two.png", SIDE).pixels, np.where(ramp > 100, 255, 0))
    Image.fromarray(colours).convert("CMYK").save(tmp_path / "print.tiff")
    assert np.abs(decode(tmp_path / "print.tiff", SIDE).pixels.astype(int) - colours).max() <= 2
    clear = np.dstack([colours, np.where(ramp > 100, 255, 0).astype(np.uint8)])
    for name in ("clear.png", "clear.webp"):
        Image.fromarray(clear).save(tmp_path / name, lossless=True)
        assert np.array_equal(decode(tmp_path / name, SIDE).pixels, np.where(clear[..., 3:], colours, 0))


def test_a_turned_photograph_is_turned_back(tmp_path: Path, colours: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for name in ("x.png", "x.tiff", "x.webp"):
        Image.fromarray(np.rot90(colours).copy()).save(tmp_path / name, exif=exif, lossless=True)
        assert np.array_equal(decode(tmp_path / name, SIDE).pixels, colours)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("bits", [12, 16])
def test_sixteen_bits_of_a_tiff_become_eight(
    tmp_path: Path, ramp: np.ndarray, colours: np.ndarray, order: str, packed: bool, bits: int
) -> None:
    bright = ramp.copy()
    bright[0, 0] = 255
    path = tmp_path / "x.tif"
    for samples in (bright, np.dstack([colours[..., 2], colours[..., 0], bright])):
        deep = np.rint(samples * ((2**bits - 1) / 255)).astype(np.uint16)
        path.write_bytes(tiff(deep, order, packed=packed))
        assert np.abs(decode(path, SIDE).pixels.astype(int) - samples).max() <= 1
    path.write_bytes(tiff(np.dstack([deep, np.where(bright > 90, 65535, 0).astype(np.uint16)]), order))
    assert np.abs(decode(path, SIDE).pixels.astype(int) - samples * (bright > 90)[..., None]).max() <= 1


def test_a_tiff_may_say_that_0_is_white(tmp_path: Path, ramp: np.ndarray) -> None:
    ramp[0, 0] = 255
    path = tmp_path / "x.tif"
    for samples in (ramp, ramp.astype(np.uint16) * 257):
        path.write_bytes(tiff(samples, white_is_zero=True))
        decoded = decode(path, SIDE)
        assert np.array_equal(decoded.pixels, 255 - ramp)
        assert decoded.notes == (WHITE_IS_ZERO,)


def test_colours_of_sixteen_bits_stay_colours(tmp_path: Path, colours: np.ndarray) -> None:
    path = png16(tmp_path / "x.png", colours.astype(np.int64) * 257, 2)
    assert np.array_equal(decode(path, SIDE).pixels, colours)
    grey = np.dstack([colours[..., 0]] * 3).astype(np.int64)
    grey[0, 0] = 255
    assert decode(png16(tmp_path / "x.png", grey * 257, 2), SIDE).pixels.shape == (SIDE, SIDE)


def test_samples_that_are_no_brightness_are_refused(tmp_path: Path, ramp: np.ndarray) -> None:
    path = tmp_path / "x.tif"
    path.write_bytes(tiff(ramp.astype(np.float32), form=FLOAT))
    assert why(path) == unusable.DEEP
    path.write_bytes(tiff(ramp.astype(np.int16) - 100, form=SIGNED))
    assert why(path) == unusable.DEEP
    path.write_bytes(tiff(ramp.astype(np.uint32)))
    assert why(path) == unusable.DEEP


@pytest.mark.parametrize("extension", ["tiff", "webp", "png"])
def test_several_pages_or_frames_are_refused(tmp_path: Path, ramp: np.ndarray, extension: str) -> None:
    first, second = Image.fromarray(ramp), Image.fromarray(ramp.T.copy())
    first.save(tmp_path / f"x.{extension}", save_all=True, append_images=[second])
    assert why(tmp_path / f"x.{extension}") == unusable.FRAMES


def test_a_cameras_further_views_do_not_matter(tmp_path: Path, ramp: np.ndarray) -> None:
    view = Image.fromarray(ramp).convert("RGB")
    view.save(tmp_path / "x.jpg", "MPO", save_all=True, append_images=[view], quality=100)
    assert np.abs(decode(tmp_path / "x.jpg", SIDE).pixels.astype(int) - ramp).max() <= 4


def test_files_that_are_no_pictures(tmp_path: Path, ramp: np.ndarray) -> None:
    (tmp_path / "notes.txt").write_text("BMI and age of the patients")
    assert why(tmp_path / "notes.txt") == unusable.NO_PICTURE
    (tmp_path / "begins.txt").write_text("BM is how it begins")
    assert why(tmp_path / "begins.txt") == unusable.NO_PICTURE
    (tmp_path / "x.png").write_text("hello")
    assert why(tmp_path / "x.png") == unusable.MISNAMED
    (tmp_path / "x.png").write_bytes(b"")
    assert why(tmp_path / "x.png") == unusable.EMPTY
    assert "no such file" in why(tmp_path / "gone.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert why(tmp_path / "pipe.png") == "unreadable (not a file)"


@pytest.mark.parametrize("extension", ["png", "jpg", "tiff", "bmp", "webp"])
def test_a_file_cut_short_is_broken(tmp_path: Path, extension: str) -> None:
    path = tmp_path / f"x.{extension}"
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert why(path) == unusable.BROKEN


def test_decoders_that_are_written_in_c_say_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (100, 100), dtype=np.uint8)
    path = tmp_path / "x.tif"
    Image.fromarray(noise).save(path, compression="tiff_lzw")
    raw = bytearray(path.read_bytes())
    raw[200:5000:7] = bytes(len(raw[200:5000:7]))
    path.write_bytes(raw)
    assert why(path) == unusable.BROKEN
    os.write(2, b"said afterwards")
    assert capfd.readouterr() == ("", "said afterwards")


def test_huge_pictures_are_refused_before_they_are_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.png"
    for side in (8000, 60_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        body = chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + body)
        assert why(path) == unusable.PIXELS
    monkeypatch.setattr("snn_tui.data.picture.decode.MAX_FILE_BYTES", 20)
    assert why(path) == unusable.LARGE


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["png", "jpeg", "tiff", "bmp", "webp", "deep tiff"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_broken_bytes_end_in_an_image_or_a_reason(
    tmp_path: Path, colours: np.ndarray, kind: str, changes: list[tuple[float, int]]
) -> None:
    buffer = io.BytesIO()
    if kind == "deep tiff":
        buffer.write(tiff(colours.astype(np.uint16) * 16, packed=True))
    else:
        Image.fromarray(colours).save(buffer, kind)
    raw = bytearray(buffer.getvalue())
    for where, value in changes:
        raw[min(int(where * len(raw)), len(raw) - 1)] = value
    path = tmp_path / "x"
    path.write_bytes(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            shape = decode(path, SIDE).pixels.shape
        except Unusable:
            return
    assert shape in ((SIDE, SIDE), (SIDE, SIDE, 3))
