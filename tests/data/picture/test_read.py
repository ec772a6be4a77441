"""A picture of one's own: what comes out, and what is said when nothing can."""

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

from snn_tui.data.dataset import Dataset
from snn_tui.data.picture import decode
from snn_tui.data.picture.read import read_picture
from snn_tui.errors import DataError


def refusal(path: Path) -> DataError:
    """What opening the picture is refused with."""
    with pytest.raises(DataError) as caught:
        read_picture(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy
    return caught.value


def chunk(kind: bytes, body: bytes) -> bytes:
    """One piece of a PNG file."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.fixture
def ramp() -> np.ndarray:
    """A 28x28 picture that differs in every direction."""
    rows, columns = np.mgrid[0:28, 0:28]
    return (rows * 6 + columns * 3).astype(np.uint8)


def test_a_28x28_png_comes_back_as_it_is(tmp_path: Path, demo: Dataset) -> None:
    image = demo.splits["test"].images[7]
    Image.fromarray(image).save(tmp_path / "x.png")
    found = read_picture(tmp_path / "x.png").pixels
    assert found.dtype == np.uint8
    assert np.array_equal(found, image)


def test_the_middle_square_is_kept(tmp_path: Path) -> None:
    wide = np.zeros((100, 300), np.uint8)
    wide[:, 100:200] = 200
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide.T).save(tmp_path / "tall.png")
    assert np.all(read_picture(tmp_path / "wide.png").pixels == 200)
    assert np.all(read_picture(tmp_path / "tall.png").pixels == 200)


def test_it_is_made_small_as_medmnist_does(tmp_path: Path) -> None:
    large = np.random.default_rng(0).integers(0, 256, (90, 112), dtype=np.uint8)
    Image.fromarray(large).save(tmp_path / "x.png")
    square = Image.fromarray(large[:, 11:101])
    small = square.resize((28, 28), Image.Resampling.BICUBIC)
    assert np.array_equal(read_picture(tmp_path / "x.png").pixels, np.asarray(small))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "CMYK", "L"])
def test_every_kind_of_colour_becomes_the_same_grey(tmp_path: Path, ramp: np.ndarray, mode: str) -> None:
    name = tmp_path / ("x.jpg" if mode == "CMYK" else "x.png")
    Image.fromarray(ramp).convert(mode).save(name, quality=100)
    assert np.abs(read_picture(name).pixels.astype(int) - ramp).max() <= 4


def test_black_and_white_pictures_are_read(tmp_path: Path, ramp: np.ndarray) -> None:
    Image.fromarray(ramp > 100).save(tmp_path / "x.png")
    assert np.array_equal(read_picture(tmp_path / "x.png").pixels, np.where(ramp > 100, 255, 0))


def test_sixteen_bits_become_eight(tmp_path: Path, ramp: np.ndarray) -> None:
    Image.fromarray(ramp.astype(np.uint16) * 257).save(tmp_path / "x.png")
    assert np.array_equal(read_picture(tmp_path / "x.png").pixels, ramp)


def png16(path: Path, samples: np.ndarray, colour: int, extra: bytes = b"") -> Path:
    """Write `[H, W, C]` samples of 16 bits as a PNG file of that colour type."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], 16, colour, 0, 0, 0)
    body = extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body)
    return path


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
@pytest.mark.parametrize("form", ["grey", "rgb", "grey and alpha", "rgba"])
def test_the_bits_in_use_become_the_full_range(tmp_path: Path, demo: Dataset, bits: int, form: str) -> None:
    image = demo.splits["test"].images[7]
    assert image.max() >= 128  # as every film of PneumoniaMNIST's train
    deep = (image.astype(np.int64) * (2**bits - 1) // 255)[..., None]
    if form.startswith("rgb"):
        deep = deep.repeat(3, 2)
    if form.endswith("a"):
        # Converters write what is opaque as 65535, or as the largest value of their own bits.
        deep = np.dstack([deep, np.full_like(deep[..., 0], 65535 if bits % 4 else 2**bits - 1)])
    found = read_picture(png16(tmp_path / "x.png", deep, {1: 0, 2: 4, 3: 2, 4: 6}[deep.shape[2]]))
    assert (found.depth, found.bits) == (16, bits)
    assert np.abs(found.pixels.astype(int) - image).max() <= 1


def test_a_dark_film_of_twelve_bits_is_not_taken_for_one_of_eleven(tmp_path: Path) -> None:
    film = np.arange(28 * 28).reshape(28, 28, 1) * 2  # up to 1566 of 4095
    found = read_picture(png16(tmp_path / "x.png", film, 0))
    assert found.bits == 12
    assert found.pixels.max() == round(1566 * 255 / 4095)


def test_a_dark_picture_of_eight_bits_stays_dark(tmp_path: Path, ramp: np.ndarray) -> None:
    Image.fromarray(ramp // 16).save(tmp_path / "x.png")
    found = read_picture(tmp_path / "x.png")
    assert (found.depth, found.bits) == (8, 8)
    assert np.array_equal(found.pixels, ramp // 16)


def test_values_declared_transparent_are_black_and_count_for_no_bits(tmp_path: Path) -> None:
    film = np.full((28, 28, 1), 3000)
    film[:, :14] = 65535
    found = read_picture(png16(tmp_path / "x.png", film, 0, chunk(b"tRNS", struct.pack(">H", 65535))))
    assert found.bits == 12
    assert found.pixels[:, 20].tolist() == [187] * 28
    assert found.pixels[:, 4].max() == 0


def test_transparent_parts_become_black(tmp_path: Path, ramp: np.ndarray) -> None:
    layers = np.dstack([np.full_like(ramp, 250)] * 3 + [np.where(ramp > 100, 255, 0).astype(np.uint8)])
    Image.fromarray(layers).save(tmp_path / "alpha.png")
    assert np.array_equal(read_picture(tmp_path / "alpha.png").pixels, np.where(ramp > 100, 250, 0))
    Image.fromarray(ramp // 2).convert("P").save(tmp_path / "palette.png", transparency=51)
    assert read_picture(tmp_path / "palette.png").pixels[ramp // 2 == 51].max() == 0


def test_a_turned_photograph_is_turned_back(tmp_path: Path, ramp: np.ndarray) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera on its side
    Image.fromarray(np.rot90(ramp).copy()).save(tmp_path / "x.jpg", exif=exif, quality=100)
    assert np.abs(read_picture(tmp_path / "x.jpg").pixels.astype(int) - ramp).max() <= 4


def test_garbled_camera_notes_do_not_matter(tmp_path: Path, ramp: np.ndarray) -> None:
    Image.fromarray(ramp).save(tmp_path / "x.png", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\x01")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(read_picture(tmp_path / "x.png").pixels, ramp)


def test_one_pixel_is_a_picture(tmp_path: Path) -> None:
    Image.new("L", (1, 500), 70).save(tmp_path / "x.png")
    assert np.all(read_picture(tmp_path / "x.png").pixels == 70)


def test_other_kinds_are_refused_whatever_their_name(tmp_path: Path, ramp: np.ndarray) -> None:
    for extension in ("gif", "pgm"):
        Image.fromarray(ramp).save(tmp_path / f"x.{extension}")
        path = (tmp_path / f"x.{extension}").rename(tmp_path / "x.png")
        assert refusal(path).what == "not a picture of a kind that is read"
        assert refusal(path).remedy == "give a PNG, JPEG, TIFF, BMP, WebP or DICOM file"


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    assert refusal(tmp_path).what == "a folder, not a picture"
    assert refusal(tmp_path / "no.png").what == "no such file or folder"
    (tmp_path / "empty.png").touch()
    assert refusal(tmp_path / "empty.png").what == "the file is empty"
    (tmp_path / "text.png").write_text("hello")
    assert refusal(tmp_path / "text.png").what == "not a picture of a kind that is read"
    os.mkfifo(tmp_path / "pipe.png")
    assert refusal(tmp_path / "pipe.png").what == "not a file"
    assert "cannot be read" in refusal(tmp_path / "a\0b").what


@pytest.mark.parametrize("extension", ["png", "jpg"])
def test_a_picture_cut_short_is_said(tmp_path: Path, extension: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    path = tmp_path / f"x.{extension}"
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:1200])
    assert "broken or cut short" in refusal(path).what


def test_too_many_pixels_are_refused_before_decoding(tmp_path: Path) -> None:
    for side in (8000, 60_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        path = tmp_path / "x.png"
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
        )
        assert "pixels" in refusal(path).what


def test_a_file_too_large_is_refused(
    tmp_path: Path, ramp: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    Image.fromarray(ramp).save(tmp_path / "x.png")
    monkeypatch.setattr(decode, "MAX_FILE_BYTES", 20)
    assert "larger than" in refusal(tmp_path / "x.png").what


def test_unreadable_files_say_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*args: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "x.png").touch()
    monkeypatch.setattr(decode, "open_file", denied)
    assert refusal(tmp_path / "x.png").what == "permission denied"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["png", "jpeg", "deep png"]),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=5),
)
def test_broken_bytes_never_end_in_a_traceback_or_a_warning(
    tmp_path: Path, ramp: np.ndarray, kind: str, changes: list[tuple[float, int]]
) -> None:
    buffer = io.BytesIO()
    Image.fromarray(ramp).save(buffer, kind.removeprefix("deep "), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")
    raw = bytearray(buffer.getvalue())
    if kind == "deep png":
        raw = bytearray(png16(tmp_path / "deep", ramp[..., None].repeat(3, 2) * 16, 2).read_bytes())
    for where, value in changes:
        raw[min(int(where * len(raw)), len(raw) - 1)] = value
    path = tmp_path / "x"
    path.write_bytes(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            shape = read_picture(path).pixels.shape
        except DataError:
            return
    assert shape == (28, 28)


@pytest.mark.parametrize("side", [8, 64, 224])
def test_a_picture_is_as_large_as_the_network_wants_it(tmp_path: Path, ramp: np.ndarray, side: int) -> None:
    Image.fromarray(ramp).resize((300, 300)).save(tmp_path / "x.png")
    assert read_picture(tmp_path / "x.png", side).pixels.shape == (side, side)
    assert read_picture(tmp_path / "x.png", side, 3).pixels.shape == (side, side, 3)


def test_colours_are_kept_for_a_network_of_colour_images(tmp_path: Path) -> None:
    colour = np.zeros((40, 40, 3), np.uint8)
    colour[:] = (200, 100, 50)
    Image.fromarray(colour).save(tmp_path / "x.png")
    assert (read_picture(tmp_path / "x.png", 20, 3).pixels == (200, 100, 50)).all()
    assert (read_picture(tmp_path / "x.png", 20).pixels == 124).all()
    Image.fromarray(colour).convert("RGBA").save(tmp_path / "alpha.png")
    assert (read_picture(tmp_path / "alpha.png", 20, 3).pixels == (200, 100, 50)).all()
    Image.fromarray(colour[..., 0]).save(tmp_path / "grey.png")
    assert (read_picture(tmp_path / "grey.png", 20, 3).pixels == 200).all()
    found = read_picture(png16(tmp_path / "deep.png", colour.astype(np.uint16) * 257, 2), 20, 3)
    assert (found.pixels == (200, 100, 50)).all()
    assert (found.depth, found.bits) == (16, 16)
