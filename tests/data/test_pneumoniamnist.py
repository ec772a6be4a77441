"""Finding the file, and what is said of one that is not right."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from counting import two_classes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from snn_tui.config.build import build
from snn_tui.data import npz, pneumoniamnist, registry
from snn_tui.errors import DataError

Arrays = dict[str, np.ndarray]
Save = Callable[[Arrays], Path]


def refusal(path: Path) -> DataError:
    """What reading the file is refused with; every refusal names the file and both ways out."""
    with pytest.raises(DataError) as caught:
        pneumoniamnist.SOURCE.read(path)
    assert caught.value.exit_code == 3
    assert caught.value.where == str(path)
    assert "--data" in caught.value.remedy
    assert "--demo" in caught.value.remedy
    return caught.value


def declared(
    path: Path, name: str, header: bytes, body: bytes = b"", method: int = zipfile.ZIP_DEFLATED
) -> None:
    """Replace one array of a file by raw bytes."""
    with zipfile.ZipFile(path) as old:
        members = {item: old.read(item) for item in old.namelist()}
    members[name + ".npy"] = header + body
    with zipfile.ZipFile(path, "w", method) as new:
        for item, content in members.items():
            new.writestr(item, content)


def npy_header(text: str) -> bytes:
    """The start of a version 1 .npy file with this dictionary."""
    line = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(line)) + line


def test_a_good_file_is_read_as_it_is(arrays: Arrays, save: Save) -> None:
    path = save(arrays)
    found = pneumoniamnist.SOURCE.read(path)
    assert found.name == "PneumoniaMNIST"
    assert found.source == str(path)
    assert not found.synthetic
    assert found.counts() == {"train": two_classes(2, 4), "val": two_classes(2, 2), "test": two_classes(2, 3)}
    for name, split in found.splits.items():
        assert np.array_equal(split.images, arrays[f"{name}_images"])
        assert np.array_equal(split.labels, arrays[f"{name}_labels"].ravel())
        assert split.ids.tolist() == list(range(len(split)))
        assert [str(array.dtype) for array in (split.images, split.labels, split.ids)] == [
            "uint8",
            "uint8",
            "int64",
        ]


def test_flat_labels_uncompressed_and_fortran_order_are_read_too(arrays: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    turned: dict[str, Any] = {name: np.asfortranarray(array.squeeze()) for name, array in arrays.items()}
    np.savez(path, **turned)
    found = pneumoniamnist.SOURCE.read(path)
    assert np.array_equal(found.splits["val"].images, arrays["val_images"])
    assert found.splits["val"].labels.shape == (4,)


def test_another_file_is_taken_with_a_notice_of_what_differs(arrays: Arrays, save: Save) -> None:
    notice = pneumoniamnist.SOURCE.read(save(arrays)).notice
    assert notice.startswith("not the official file: ")
    assert "train has 6 images, not 4708" in notice
    assert "test has 5 images, not 624" in notice


def test_the_official_file_has_no_notice(arrays: Arrays, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(arrays)
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    monkeypatch.setattr(pneumoniamnist, "SOURCE", dataclasses.replace(pneumoniamnist.SOURCE, md5={28: md5}))
    assert pneumoniamnist.SOURCE.read(path).notice == ""


def test_same_sizes_but_other_contents_is_said(
    arrays: Arrays, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = dataclasses.replace(pneumoniamnist.SOURCE, sizes=(6, 4, 5))
    monkeypatch.setattr(pneumoniamnist, "SOURCE", source)
    assert "other contents" in pneumoniamnist.SOURCE.read(save(arrays)).notice


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("val_labels", None, "no val_labels"),
        ("train_images", lambda a: a.astype(np.float32), "train_images is float32, val_images is uint8"),
        ("val_images", lambda a: a.repeat(2, 1).repeat(2, 2), "[4, 56, 56], but train_images [6, 28, 28]"),
        ("val_images", lambda a: a[..., None].repeat(3, 3), "[4, 28, 28, 3], but train_images [6, 28, 28]"),
        ("val_labels", lambda a: np.hstack([a, a]), "val_labels is [4, 2], but train_labels [6, 1]"),
        ("val_labels", lambda a: a[0, 0], "[], not [N], [N, 1] or [N, K]"),
        ("val_labels", lambda a: a[:3], "val_images has 4 images, but val_labels 3 labels"),
        ("val_labels", lambda a: a + 1, "label 2, where only 0 and 1 are known"),
        ("train_labels", lambda a: a * 0, "train has images of one class only, normal"),
        ("train_labels", lambda a: a * 0 + 1, "train has images of one class only, pneumonia"),
        ("test_images", lambda a: np.array([{"a": 1}] * 5, dtype=object), "Python objects"),
    ],
)
def test_wrong_contents_are_named(
    arrays: Arrays, save: Save, name: str, change: Callable[[np.ndarray], np.ndarray] | None, says: str
) -> None:
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(arrays[name])
    assert says in refusal(save(arrays)).what


def test_remedies_fit_what_is_wrong(arrays: Arrays, save: Save, home: Path, tmp_path: Path) -> None:
    path = save({**arrays, "train_labels": arrays["train_labels"] * 0})
    assert refusal(path).remedy.startswith("give images of two classes or more, or ")
    save(arrays)
    packed = tmp_path / "download.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.write(path, "pneumoniamnist.npz")
    assert refusal(packed).what == "a zip file that holds pneumoniamnist.npz"
    assert "unpack it" in refusal(packed).remedy
    (home / ".medmnist").mkdir()
    copy = home / ".medmnist" / "pneumoniamnist.npz"
    copy.write_bytes(path.read_bytes()[:1000])
    assert refusal(copy).remedy.startswith("delete it to have it downloaded again")


def test_an_empty_split_is_named(arrays: Arrays, save: Save) -> None:
    arrays["val_images"], arrays["val_labels"] = arrays["val_images"][:0], arrays["val_labels"][:0]
    assert "val_images is empty" in refusal(save(arrays)).what


def test_a_pickle_is_never_run(arrays: Arrays, save: Save, tmp_path: Path) -> None:
    marker = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(marker),)

    arrays["train_images"] = np.array([Trap()], dtype=object)
    refusal(save(arrays))
    assert not marker.exists()


def test_absurd_sizes_are_refused_unread(arrays: Arrays, save: Save) -> None:
    path = save(arrays)
    start = "{'descr': '|u1', 'fortran_order': False, 'shape': "
    for size, says in ((800_000, "0.584 GiB"), (8_220_000, "6 GiB"), (10**40, "more than a million GiB")):
        declared(path, "train_images", npy_header(f"{start}({size}, 28, 28), }}"))
        declared(path, "train_labels", npy_header(f"{start}({size},), }}"))
        assert f"{says}, and 0.5 GiB is the most" in refusal(path).what


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    path.write_bytes(b"PK")
    os.truncate(path, 100 << 30)
    assert refusal(path).what == "the file has 100 GiB, and 64 GiB is the most"


def test_a_list_of_contents_of_a_million_files_is_refused_unread(
    arrays: Arrays, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(arrays)
    monkeypatch.setattr(npz, "MAX_CONTENTS", 1 << 10)
    with zipfile.ZipFile(path, "a") as file:
        for number in range(20):
            file.writestr(f"{number}.npy", b"")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "its list of contents is larger than" in refusal(path).what


def test_a_zip_bomb_is_not_unpacked(arrays: Arrays, save: Save) -> None:
    path = save(arrays)
    header = npy_header("{'descr': '|u1', 'fortran_order': False, 'shape': (6, 28, 28), }")
    declared(path, "train_images", header, bytes(50_000_000))
    assert "train_images is not as long as it says" in refusal(path).what


def test_arrays_too_large_together_are_refused(
    arrays: Arrays, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    largest = max(array.nbytes for array in arrays.values())
    path = save({name: array // 255 if "images" in name else array for name, array in arrays.items()})
    monkeypatch.setattr(npz, "MAX_BYTES", largest)
    monkeypatch.setattr(npz, "MAX_RATIO", 1)
    assert "together, and" in refusal(path).what


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_that_unpack_without_bound_are_refused(arrays: Arrays, save: Save, method: int) -> None:
    path = save(arrays)
    content = io.BytesIO()
    np.save(content, arrays["train_images"])
    declared(path, "train_images", content.getvalue(), method=method)
    assert "compressed in a way" in refusal(path).what


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"<html>not found</html>", "not a .npz file"),
        (b"PK\x03\x04 and no more", "broken or cut short"),
    ],
)
def test_files_that_are_no_archive(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    assert says in refusal(path).what


def test_one_flipped_bit_in_an_image_is_noticed(arrays: Arrays, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type] # numpy has options among its names
    raw = bytearray(path.read_bytes())
    raw[raw.index(arrays["val_images"][1].tobytes())] ^= 1
    path.write_bytes(raw)
    assert refusal(path).what == "val_images is broken"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cut=st.floats(0, 1, exclude_max=True),
    changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4),
)
def test_broken_bytes_never_end_in_a_traceback(
    arrays: Arrays, save: Save, cut: float, changes: list[tuple[float, int]]
) -> None:
    path = save(
        {name: array * 0 + (array > 128) if "images" in name else array for name, array in arrays.items()}
    )
    raw = bytearray(path.read_bytes())
    for where, value in changes:
        raw[min(int(where * len(raw)), len(raw) - 1)] = value
    path.write_bytes(raw)
    with contextlib.suppress(DataError):
        assert set(pneumoniamnist.SOURCE.read(path).splits) == {"train", "val", "test"}
    path.write_bytes(raw[: int(cut * len(raw))])
    refusal(path)


def test_unreadable_files_say_why(arrays: Arrays, save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(arrays)

    def denied(*args: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(npz, "open_file", denied)  # a mode would not stop root, who runs tests in containers
    assert "permission denied" in refusal(path).what


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert "not a file" in refusal(path).what


def test_data_may_be_the_file_or_its_folder(arrays: Arrays, save: Save, home: Path) -> None:
    path = save(arrays)
    assert pneumoniamnist.SOURCE.locate(str(path)) == path
    assert pneumoniamnist.SOURCE.locate(str(path.parent)) == path


def test_the_variable_comes_before_medmnists_folder(
    arrays: Arrays, save: Save, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pneumoniamnist.SOURCE.locate() is None
    (home / ".medmnist").mkdir()
    kept = save(arrays).rename(home / ".medmnist" / "pneumoniamnist.npz")
    assert pneumoniamnist.SOURCE.locate() == kept
    other = save(arrays)
    monkeypatch.setenv("SNN_TUI_DATA", str(other.parent))
    assert pneumoniamnist.SOURCE.locate() == other
    assert pneumoniamnist.SOURCE.locate("~/.medmnist") == kept


@pytest.mark.parametrize("given", ["nowhere.npz", "", "a\0b"])
def test_a_wrong_path_is_an_error_and_never_falls_through(
    arrays: Arrays, save: Save, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str
) -> None:
    (home / ".medmnist").mkdir()
    save(arrays).rename(home / ".medmnist" / "pneumoniamnist.npz")
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    with pytest.raises(DataError) as caught:
        pneumoniamnist.SOURCE.locate(given)
    assert "--demo" in caught.value.remedy
    if "\0" not in given and given:
        monkeypatch.setenv("SNN_TUI_DATA", given)
        with pytest.raises(DataError, match="no such file") as caught:
            pneumoniamnist.SOURCE.locate()
        assert "$SNN_TUI_DATA" in caught.value.remedy


def test_a_folder_without_the_file_is_named(tmp_path: Path, home: Path) -> None:
    with pytest.raises(DataError, match="in this folder") as caught:
        pneumoniamnist.SOURCE.locate(str(tmp_path))
    assert caught.value.where == str(tmp_path)


def test_load_reads_what_the_run_names(arrays: Arrays, save: Save, home: Path) -> None:
    told: list[str] = []
    path = save(arrays)
    found = registry.load(build({"data": str(path)}), lambda what, fraction: told.append(what))
    assert found.source == str(path)
    assert list(dict.fromkeys(told)) == ["reading pneumoniamnist.npz", "checking images"]


def test_the_real_images_are_read(real_file: Path) -> None:
    counts = pneumoniamnist.SOURCE.read(real_file).counts()
    assert counts["train"] == two_classes(1214, 3494)
    assert counts["val"] == two_classes(135, 389)
    assert pneumoniamnist.SOURCE.read(real_file).comparable


def test_only_images_of_pneumoniamnist_may_be_compared_with_the_study(
    arrays: Arrays, save: Save, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save(arrays)
    loaded = pneumoniamnist.SOURCE.read(path)
    assert not loaded.comparable  # whatever the file's name
    with monkeypatch.context() as patched:
        tests = frozenset({loaded.splits["test"].checksum()})
        source = dataclasses.replace(pneumoniamnist.SOURCE, published_tests=tests)
        patched.setattr(pneumoniamnist, "SOURCE", source)
        assert pneumoniamnist.SOURCE.read(path).comparable
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    monkeypatch.setattr(pneumoniamnist, "SOURCE", dataclasses.replace(pneumoniamnist.SOURCE, md5={28: md5}))
    assert pneumoniamnist.SOURCE.read(path).comparable
