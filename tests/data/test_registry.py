"""The table of sources and the option that names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.config.build import build
from snn_tui.config.run_config import OPTIONS
from snn_tui.data import registry
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.errors import DataError


def test_every_source_can_be_chosen() -> None:
    assert set(registry.SOURCES) == set(OPTIONS["dataset"].choices)


def test_what_is_at_hand(home: Path) -> None:
    assert registry.at_hand(build({"dataset": "demo"}))
    assert not registry.at_hand(build({}))
    with pytest.raises(DataError):
        registry.at_hand(build({"data": str(home / "missing.npz")}))


def test_a_further_source_is_one_line(demo: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    class Further:
        def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
            return demo

        def at_hand(self, data: str | None) -> bool:
            return True

    monkeypatch.setitem(registry.SOURCES, "demo", Further())
    loaded = registry.load(build({"dataset": "demo"}))
    assert loaded.splits is demo.splits
    assert loaded.checksums["test"] == demo.splits["test"].checksum()
