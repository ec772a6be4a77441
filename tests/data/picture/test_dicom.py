"""DICOM files: what a viewer shows of them, and which are none."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snn_tui.data.picture import dicom, unusable
from snn_tui.data.picture.decode import decode
from snn_tui.data.picture.read import read_picture
from snn_tui.data.picture.unusable import Unusable
from snn_tui.data.picture.whole import WHITE_IS_ZERO
from snn_tui.errors import DataError

SIDE = 28
IMPLICIT, EXPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99"


@pytest.fixture
def ramp() -> np.ndarray:
    """Values from 0 to 255 of a picture that differs in every direction."""
    return np.linspace(0, 255, SIDE * SIDE).round().astype(np.int64).reshape(SIDE, SIDE)


def write(path: Path, stored: np.ndarray, syntax: str = EXPLICIT, **tags: Any) -> Path:
    """Write a DICOM file of the stored values, unsigned or signed, 8 or 16 bits."""
    pydicom = pytest.importorskip("pydicom")
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = syntax
    meta.MediaStorageSOPClassUID = meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset = pydicom.Dataset()
    dataset.file_meta = meta
    dataset.SOPClassUID = dataset.SOPInstanceUID = "1.2.3"
    bits = stored.dtype.itemsize * 8
    dataset.Rows, dataset.Columns = stored.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    dataset.SamplesPerPixel = 3 if stored.ndim == 3 else 1
    dataset.PhotometricInterpretation = "RGB" if stored.ndim == 3 else "MONOCHROME2"
    if stored.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.PixelData = stored.tobytes()
    dataset["PixelData"].VR = "OW"
    for tag, value in tags.items():
        setattr(dataset, tag, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def pixels(path: Path) -> np.ndarray:
    """The image of a file."""
    return decode(path, SIDE).pixels.astype(int)


def why(path: Path) -> str:
    """Why a file is no image."""
    with pytest.raises(Unusable) as caught:
        decode(path, SIDE)
    return caught.value.reason


@pytest.mark.parametrize("syntax", [IMPLICIT, EXPLICIT])
def test_eight_bits_stay_as_they_are(tmp_path: Path, ramp: np.ndarray, syntax: str) -> None:
    dark = (ramp // 4).astype(np.uint8)
    assert np.array_equal(pixels(write(tmp_path / "x.dcm", dark, syntax)), dark)


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_the_bits_in_use_become_the_full_range(tmp_path: Path, ramp: np.ndarray, bits: int) -> None:
    deep = np.rint(ramp * ((2**bits - 1) / 255)).astype(np.uint16)
    assert np.abs(pixels(write(tmp_path / "x.dcm", deep)) - ramp).max() <= 1


def test_white_may_be_0(tmp_path: Path, ramp: np.ndarray) -> None:
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint8), PhotometricInterpretation="MONOCHROME1")
    assert np.array_equal(pixels(path), 255 - ramp)


def test_values_are_rescaled_and_then_windowed(tmp_path: Path, ramp: np.ndarray) -> None:
    stored = (ramp * 8).astype(np.uint16)  # -1024 to 1016 once rescaled
    window: dict[str, Any] = {
        "RescaleSlope": 1,
        "RescaleIntercept": -1024,
        "WindowCenter": 0,
        "WindowWidth": 401,
    }
    values = stored.astype(float) - 1024
    expected = ((values + 0.5) / 400 + 0.5).clip(0, 1) * 255  # PS3.3 C.11.2.1.2.1
    assert np.abs(pixels(write(tmp_path / "x.dcm", stored, **window)) - expected).max() <= 0.501
    exact = ((values - 0) / 401 + 0.5).clip(0, 1) * 255
    path = write(tmp_path / "x.dcm", stored, **window, VOILUTFunction="LINEAR_EXACT")
    assert np.abs(pixels(path) - exact).max() <= 0.501
    curve = 255 / (1 + np.exp(-4 * values / 401))
    path = write(tmp_path / "x.dcm", stored, **window, VOILUTFunction="SIGMOID")
    assert np.abs(pixels(path) - curve).max() <= 0.501


def test_the_first_of_several_windows_is_taken(tmp_path: Path, ramp: np.ndarray) -> None:
    stored = ramp.astype(np.uint16)
    path = write(tmp_path / "x.dcm", stored, WindowCenter=[128, 4000], WindowWidth=[256, 10])
    assert np.abs(pixels(path) - ramp).max() <= 1


def test_signed_values_without_a_window_use_their_own_range(tmp_path: Path, ramp: np.ndarray) -> None:
    stored = (ramp * 4 - 600).astype(np.int16)
    padded = stored.copy()
    padded[0, :5] = -2000
    path = write(tmp_path / "x.dcm", stored, RescaleSlope=1, RescaleIntercept=-24)
    assert np.abs(pixels(path) - ramp).max() <= 1
    path = write(tmp_path / "x.dcm", padded, PhotometricInterpretation="MONOCHROME1")
    dataset = pytest.importorskip("pydicom").dcmread(path)
    dataset.add_new("PixelPaddingValue", "SS", -2000)
    dataset.save_as(path)
    found = pixels(path)
    assert found[0, :5].tolist() == [0] * 5
    assert np.abs(found - (255 - ramp))[1:].max() <= 2  # what was padded over was the least


def test_colour_stays_colour(tmp_path: Path, ramp: np.ndarray) -> None:
    colours = np.dstack([ramp, ramp // 2, 255 - ramp]).astype(np.uint8)
    assert np.array_equal(pixels(write(tmp_path / "x.dcm", colours)), colours)
    assert pixels(write(tmp_path / "x.dcm", np.dstack([ramp] * 3).astype(np.uint8))).shape == (SIDE, SIDE)


def test_files_that_are_no_single_picture_are_refused(
    tmp_path: Path, ramp: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = ramp.astype(np.uint8)
    path = tmp_path / "x.dcm"
    both = np.concatenate([stored, stored]).tobytes()
    assert why(write(path, stored, NumberOfFrames=2, PixelData=both)) == unusable.FRAMES
    dataset = pytest.importorskip("pydicom").dcmread(path)
    del dataset.PixelData
    dataset.save_as(path)
    assert why(path) == unusable.NO_PICTURE
    assert why(write(path, stored, Rows=60_000, Columns=60_000)) == unusable.PIXELS
    assert why(write(path, stored, Rows=60)) == unusable.BROKEN
    assert why(write(path, stored, DEFLATED)) == unusable.DICOM_FORM
    path.write_bytes(write(path, stored).read_bytes()[:-100])
    assert why(path) == unusable.BROKEN
    path.write_bytes(path.read_bytes()[:200])
    assert why(path) in (unusable.BROKEN, unusable.NO_PICTURE)
    write(path, stored)
    monkeypatch.setattr(dicom, "available", lambda: False)
    assert why(path) == unusable.DICOM


def test_a_compressed_form_is_known_however_long_the_beginning_is(tmp_path: Path, ramp: np.ndarray) -> None:
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint8), DEFLATED)
    raw = path.read_bytes()
    place = raw.index(b"\x02\x00\x10\x00UI")  # before the element that names the form, one of 5,000 bytes
    long = b"\x02\x00\x02\x01OB\0\0" + (5000).to_bytes(4, "little") + bytes(5000)
    path.write_bytes(raw[:place] + long + raw[place:])
    assert why(path) == unusable.DICOM_FORM


@pytest.mark.parametrize("before", [0, 5000])
def test_jpeg_2000_of_another_size_is_refused_before_it_is_decoded(
    tmp_path: Path, ramp: np.ndarray, before: int
) -> None:
    pydicom = pytest.importorskip("pydicom")
    pytest.importorskip("openjpeg")
    file = io.BytesIO()
    Image.fromarray(ramp.astype(np.uint8)).save(file, "JPEG2000", no_jp2=True)
    coded = file.getvalue()
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint8))
    for frame, reason in (
        (bytes(before) + coded, unusable.BROKEN if before else None),
        (coded.replace(b"\xff\x4f\xff\x51", b"\xff\x4f\xff\x52"), unusable.BROKEN),  # no header
        (coded[:8] + (60_000).to_bytes(4, "big") + coded[12:], unusable.BROKEN),
    ):
        dataset = pydicom.dcmread(write(path, ramp.astype(np.uint8)))
        dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
        dataset.PixelData = pydicom.encaps.encapsulate([frame])
        dataset["PixelData"].VR = "OB"
        dataset.save_as(path)
        if reason is None:
            assert np.array_equal(pixels(path), ramp)
        else:
            assert why(path) == reason


def test_compression_that_nothing_reads_is_named(tmp_path: Path, ramp: np.ndarray) -> None:
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint8))
    # MPEG2, of the same length as the other name but for its padding.
    raw = path.read_bytes().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.99")
    path.write_bytes(raw)
    assert why(path) in (unusable.DICOM_CODEC, unusable.BROKEN)


def test_other_bytes_in_a_dicom_file_are_no_traceback(tmp_path: Path, ramp: np.ndarray) -> None:
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint16))
    raw = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        broken = bytearray(raw)
        for place in rng.integers(132, 700, 3):
            broken[place] = rng.integers(0, 256)
        path.write_bytes(broken)
        with contextlib.suppress(Unusable):
            decode(path, SIDE)
    assert dicom.is_dicom(raw)


def test_other_ways_to_store_colour(tmp_path: Path, ramp: np.ndarray) -> None:
    processing = pytest.importorskip("pydicom.pixels.processing")
    colours = np.dstack([ramp, ramp // 2, 255 - ramp]).astype(np.uint8)
    luma = processing.convert_color_space(colours, "RGB", "YBR_FULL")
    path = write(tmp_path / "x.dcm", luma, PhotometricInterpretation="YBR_FULL")
    assert np.abs(pixels(path) - colours).max() <= 2
    apart = np.ascontiguousarray(colours.transpose(2, 0, 1)).tobytes()
    path = write(tmp_path / "x.dcm", colours, PlanarConfiguration=1, PixelData=apart)
    assert np.array_equal(pixels(path), colours)


@pytest.mark.parametrize("bits", [8, 16])
def test_palettes_and_tables_of_values(tmp_path: Path, ramp: np.ndarray, bits: int) -> None:
    pydicom = pytest.importorskip("pydicom")
    kind: Any = np.uint8 if bits == 8 else np.uint16
    scale = 1 if bits == 8 else 257
    tables = {name: (np.arange(256) // part * scale).astype(kind) for name, part in COLOURS.items()}
    tags: dict[str, Any] = {}
    for name, table in tables.items():
        tags[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, bits]
        tags[f"{name}PaletteColorLookupTableData"] = table.tobytes()
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint8), PhotometricInterpretation="PALETTE COLOR", **tags)
    assert np.array_equal(pixels(path), np.dstack([ramp // part for part in COLOURS.values()]))

    table = pydicom.Dataset()
    table.LUTDescriptor = [256, 0, bits]
    table.add_new("LUTData", "US", [(255 - value) * scale for value in range(256)])
    path = write(tmp_path / "x.dcm", ramp.astype(np.uint8), VOILUTSequence=pydicom.Sequence([table]))
    assert np.array_equal(pixels(path), 255 - ramp)


def test_what_was_done_to_the_values_is_noted(tmp_path: Path, ramp: np.ndarray) -> None:
    def noted(stored: np.ndarray, **tags: Any) -> tuple[int, int, tuple[str, ...]]:
        decoded = decode(write(tmp_path / "x.dcm", stored, **tags), SIDE)
        return decoded.depth, decoded.bits, decoded.notes

    deep = (ramp * 8).astype(np.uint16)  # up to 2040, so of 12 bits
    assert noted(ramp.astype(np.uint8)) == (8, 8, ())
    assert noted(deep) == (16, 12, ())
    assert noted(deep, PhotometricInterpretation="MONOCHROME1") == (16, 12, (WHITE_IS_ZERO,))
    window = "the file's window was applied, centre 40 and width 400"
    assert noted(deep, WindowCenter=[40, 1], WindowWidth=[400, 2]) == (16, 16, (window,))
    values = "values from -1024 to 1016 became the full range"
    assert noted(deep, RescaleSlope=1, RescaleIntercept=-1024) == (16, 16, (values,))


def test_a_single_file_is_read_or_the_error_says_what_to_do(
    tmp_path: Path, ramp: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "film", ramp.astype(np.uint8))
    assert np.array_equal(read_picture(path, SIDE).pixels, ramp)
    assert np.array_equal(read_picture(path, SIDE, 3).pixels, np.dstack([ramp] * 3))
    monkeypatch.setattr(dicom, "available", lambda: False)
    with pytest.raises(DataError, match="DICOM files need pydicom") as caught:
        read_picture(path, SIDE)
    assert (caught.value.where, caught.value.remedy) == (str(path), "pip install '.[dicom]'")


COLOURS = {"Red": 1, "Green": 2, "Blue": 3}
