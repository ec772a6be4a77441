"""The quick way to the screens says the same as the long one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from snn_tui.cli import app, launch, start

OPENS = [
    [],
    ["--demo"],
    ["--ascii", "--no-mouse", "--slow-link"],
    ["--theme", "light", "--demo"],
    ["--theme=nord", "--runs-dir=some where"],
    ["--runs-dir", "elsewhere"],
]
LEFT_TO_THE_LONG_WAY = [
    ["--help"],
    ["--train-only"],
    ["runs"],
    ["--demo", "runs"],
    ["--demo=yes"],
    ["--demo", "--demo"],
    ["--theme"],
    ["--theme", "--demo"],
    ["--epochs", "3"],
    ["-h"],
    ["--"],
]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the screens were opened with."""
    calls: list[tuple[Any, ...]] = []

    def open_screens(*given: Any) -> int:
        calls.append(given)
        return 7

    for module in (launch, app):
        monkeypatch.setattr(module, "open_screens", open_screens)
    monkeypatch.setattr(start, "_has_terminal", lambda: True)
    monkeypatch.delenv("SNN_TUI_RUNS_DIR", raising=False)
    return calls


@pytest.mark.parametrize("arguments", OPENS, ids=" ".join)
def test_both_ways_open_the_same(
    arguments: list[str], opened: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["snn-tui", *arguments])
    with pytest.raises(SystemExit) as left:
        start.start()
    assert left.value.code == 7
    assert app.run_command(arguments) == 7
    quick, long = opened
    assert quick == long


def test_both_ways_heed_the_environment(
    opened: list[tuple[Any, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNN_TUI_RUNS_DIR", "from the environment")
    monkeypatch.setattr(sys, "argv", ["snn-tui"])
    with pytest.raises(SystemExit):
        start.start()
    app.run_command([])
    assert opened[0] == opened[1]
    assert opened[0][1] == Path("from the environment")


@pytest.mark.parametrize("arguments", LEFT_TO_THE_LONG_WAY, ids=" ".join)
def test_everything_else_is_left_to_the_long_way(arguments: list[str]) -> None:
    assert start.parse_screens_command(arguments) is None
