"""Folders of small pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from snn_tui.data.cache import Cache

Make = Callable[..., Path]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache of this test's own."""
    return Cache(tmp_path / "cache" / "images")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write grey pictures of noise into folders: `make(**{"train/cat": 5})`; further calls add to them."""
    rng = np.random.default_rng(0)

    def write(**folders: int) -> Path:
        root = tmp_path / "pets"
        for folder, number in folders.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            for index in range(number):
                noise = rng.integers(0, 256, (10, 12), dtype=np.uint8)
                Image.fromarray(noise).save(root / folder / f"{index:03}.png")
        return root

    return write
