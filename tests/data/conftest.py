"""Small data files to break."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from snn_tui.data import phantom
from snn_tui.data.dataset import Dataset

Arrays = dict[str, np.ndarray]


@pytest.fixture(scope="session")
def demo() -> Dataset:
    """The demo data set, drawn once."""
    return phantom.generate()


@pytest.fixture
def arrays() -> Arrays:
    """A good data set in MedMNIST's layout: 6, 4 and 5 images."""
    rng = np.random.default_rng(0)
    made: Arrays = {}
    for split, size in (("train", 6), ("val", 4), ("test", 5)):
        made[f"{split}_images"] = rng.integers(0, 256, (size, 28, 28), dtype=np.uint8)
        made[f"{split}_labels"] = (np.arange(size, dtype=np.uint8) % 3 != 0).astype(np.uint8)[:, None]
    return made


@pytest.fixture
def save(tmp_path: Path) -> Callable[[Arrays], Path]:
    """Write arrays as a .npz file."""

    def write(arrays: Arrays) -> Path:
        path = tmp_path / "pneumoniamnist.npz"
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type] # numpy has options among its names
        return path

    return write


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and no $SNN_TUI_DATA."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("SNN_TUI_DATA", raising=False)
    return folder


@pytest.fixture
def real_file() -> Path:
    """The real images, where this machine has them."""
    given = os.environ.get("SNN_TUI_DATA")
    path = Path(given) if given else Path(__file__).parents[3] / "shared/data/pneumoniamnist.npz"
    path = path / "pneumoniamnist.npz" if path.is_dir() else path
    if not path.is_file():
        pytest.skip("the real images are not here")
    return path
