"""Images of a mapped set are chosen and gone through without a copy of all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from snn_tui.data import rows
from snn_tui.data.copies import first_equal
from snn_tui.data.dataset import Split
from snn_tui.data.rows import Pixels, is_mapped, parts, release, take


@pytest.fixture
def images() -> Pixels:
    return np.random.default_rng(0).integers(0, 256, (50, 8, 8), dtype=np.uint8)


@pytest.fixture
def mapped(images: Pixels, tmp_path: Path) -> Pixels:
    np.save(tmp_path / "images.npy", images)
    return np.lib.format.open_memmap(tmp_path / "images.npy", mode="r")


def split_of(images: Pixels) -> Split:
    return Split(images, np.arange(len(images), dtype=np.uint8) % 2, np.arange(len(images), dtype=np.int64))


def test_a_mapped_split_stays_mapped_whatever_is_taken(images: Pixels, mapped: Pixels) -> None:
    order = np.random.default_rng(1).permutation(50)[:30]
    usual, large = split_of(images).take(order), split_of(mapped).take(order)
    assert is_mapped(large.images)
    assert not is_mapped(usual.images)
    again = large.take(np.array([3, 3, 1]))
    assert is_mapped(again.images)
    assert np.array_equal(again.images[np.arange(3)], images[order[[3, 3, 1]]])
    assert (large.images.shape, large.images.ndim, large.images.nbytes) == ((30, 8, 8), 3, 30 * 64)
    assert large.checksum() == usual.checksum()
    assert np.array_equal(first_equal(large.images), np.arange(30))
    assert all(np.array_equal(one, other) for one, other in zip(large.images, usual.images, strict=True))


def test_images_that_follow_each_other_are_a_slice(images: Pixels, mapped: Pixels) -> None:
    taken = take(mapped, np.arange(10, 30))
    assert isinstance(taken, np.memmap)
    assert np.array_equal(taken, images[10:30])
    assert len(take(mapped, np.arange(0))) == 0


def test_images_in_memory_are_copied_as_ever(images: Pixels) -> None:
    taken = take(images, np.arange(4))
    assert not is_mapped(taken)
    assert not np.shares_memory(taken, images)


@pytest.mark.parametrize("size", [1, 64, 200, 10**6])
def test_parts_are_all_images_in_order(images: Pixels, mapped: Pixels, size: int) -> None:
    some = take(mapped, np.arange(50)[::-1].copy())
    reversed_images = np.concatenate(list(parts(some, size)))
    assert np.array_equal(reversed_images, images[::-1])
    assert max(part.nbytes for part in parts(mapped, size)) <= max(size, 64)


def test_rows_are_never_made_an_array_by_accident(mapped: Pixels) -> None:
    some = take(mapped, np.array([1, 0]))
    with pytest.raises(TypeError, match="parts"):
        np.asarray(some)


def test_a_quarter_of_the_memory_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "machine_memory", lambda: 1000)
    assert not rows.is_large(250)
    assert rows.is_large(251)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="only Linux says what is resident")
def test_what_was_read_of_a_mapped_file_does_not_stay_resident(tmp_path: Path) -> None:
    path = tmp_path / "large.npy"
    np.save(path, np.zeros((4000, 64, 64), np.uint8))
    mapped = np.lib.format.open_memmap(path, mode="r")
    some = take(mapped, np.arange(4000)[::-1])
    assert int(np.asarray(mapped).max()) == 0
    assert resident(path) > 10_000
    assert sum(part.shape[0] for part in parts(some, 1 << 16)) == 4000
    assert resident(path) < 1_000
    release(np.zeros(3, np.uint8))  # images in memory stay


def resident(path: Path) -> int:
    """Kilobytes of a mapped file that are in this process's memory."""
    maps = Path("/proc/self/smaps").read_text().split(str(path))[1]
    return int(maps.split("Rss:")[1].split()[0])
