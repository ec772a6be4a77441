"""Files whose images are too many for memory: unpacked into the cache once, and the same images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from snn_tui.data import rows, unpacked
from snn_tui.data.npz import Archive
from snn_tui.data.own_file import OwnFile
from snn_tui.data.rows import is_mapped
from snn_tui.errors import DataError
from snn_tui.values.dataset import SPLITS

SIZES = {"train": 40, "val": 10, "test": 20}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache's folder, where it will be."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/snn-tui/images"


@pytest.fixture
def small_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which every set is large, and parts of a file are small."""
    monkeypatch.setattr(rows, "machine_memory", lambda: 1000)
    monkeypatch.setattr("snn_tui.data.npz._BLOCK", 1000)


def write(path: Path, kind: str = "uint8", *shape: int, high: int = 255) -> Path:
    """A file of three splits with images of noise."""
    rng = np.random.default_rng(0)
    arrays = {}
    for split, size in SIZES.items():
        arrays[f"{split}_images"] = rng.integers(0, high + 1, (size, *(shape or (9, 9)))).astype(kind)
        arrays[f"{split}_labels"] = np.arange(size, dtype=np.uint8)[:, None] % 3
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type] # numpy has options among its names
    return path


@pytest.mark.parametrize(
    ("kind", "shape", "high"),
    [
        ("uint8", (9, 9), 255),
        ("uint8", (9, 9, 1), 255),
        ("uint8", (9, 9, 3), 255),
        ("int64", (9, 9), 255),
        ("uint16", (9, 9), 4095),
        ("bool", (9, 9, 3), 1),
    ],
)
def test_a_large_file_gives_what_it_gives_in_memory(
    tmp_path: Path, folder: Path, request: pytest.FixtureRequest, kind: str, shape: tuple[int, ...], high: int
) -> None:
    path = write(tmp_path / "large.npz", kind, *shape, high=high)
    usual = OwnFile().load(str(path), lambda what, share: None)
    assert not folder.exists()
    request.getfixturevalue("small_machine")
    for _ in range(2):
        large = OwnFile().load(str(path), lambda what, share: None)
        assert (large.task, large.notice) == (usual.task, usual.notice)
        for split in SPLITS:
            assert is_mapped(large.splits[split].images)
            assert large.splits[split].checksum() == usual.splits[split].checksum()
    with pytest.raises(ValueError, match="read-only"):
        large.splits["train"].images[0].fill(0)
    assert len(list(folder.iterdir())) == 1


@pytest.mark.usefixtures("small_machine")
def test_a_large_file_is_unpacked_once_and_again_when_it_changed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "large.npz")
    shares: list[float | None] = []

    def load() -> str:
        def on_progress(what: str, share: float | None) -> None:
            if what == "unpacking large.npz":
                shares.append(share)

        return OwnFile().load(str(path), on_progress).splits["test"].checksum()

    first = load()
    assert len(shares) > 5
    assert shares[-1] is None
    shares.clear()
    monkeypatch.setattr(Archive, "md5", None)  # takes as long as unpacking
    assert load() == first
    assert not shares
    monkeypatch.undo()
    monkeypatch.setattr(rows, "machine_memory", lambda: 1000)
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder.parents[1]))
    write(path, "uint8", 9, 9, high=100)
    assert load() != first
    assert shares


@pytest.mark.usefixtures("small_machine")
def test_nothing_stays_of_a_file_that_is_broken_or_stopped_half_way(tmp_path: Path, folder: Path) -> None:
    path = write(tmp_path / "large.npz")

    def stop(what: str, share: float | None) -> None:
        if share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        OwnFile().load(str(path), stop)
    assert not list(folder.iterdir())
    raw = path.read_bytes()
    middle = raw.index(b"test_images") + 500
    path.write_bytes(raw[:middle] + bytes(100) + raw[middle + 100 :])
    with pytest.raises(DataError, match="test_images is broken"):
        OwnFile().load(str(path), lambda what, share: None)
    assert not list(folder.iterdir())


@pytest.mark.usefixtures("small_machine")
def test_a_file_that_cannot_be_unpacked_says_why_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "large.npz")
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(DataError, match="too large for this machine's memory") as caught:
        OwnFile().load(str(path), lambda what, share: None)
    assert caught.value.where == str(path)
    assert caught.value.remedy.startswith("set XDG_CACHE_HOME to a folder of yours with ")


@pytest.mark.usefixtures("small_machine", "folder")
def test_images_whose_axes_are_turned_in_memory_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "large.npz")
    with np.load(path) as file:
        arrays = {name: np.asfortranarray(file[name]) for name in file}
    np.savez(path, **arrays)  # type: ignore[arg-type] # numpy has options among its names
    with pytest.raises(DataError, match="first axis last") as caught:
        OwnFile().load(str(path), lambda what, share: None)
    assert "ascontiguousarray(train_images)" in caught.value.remedy


@pytest.mark.usefixtures("small_machine", "folder")
def test_another_version_of_the_program_unpacks_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "large.npz")
    said: list[str] = []
    for version in (1, 1, 2):
        said.clear()
        monkeypatch.setattr(unpacked, "VERSION", version)
        OwnFile().load(str(path), lambda what, share: said.append(what))
    assert "unpacking large.npz" in said
