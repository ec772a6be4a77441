"""A followed run and its state in one word."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.tui.shared.follower import Followed


@pytest.mark.parametrize(
    ("phase", "dead", "paused", "word"),
    [
        ("training", False, False, "training"),
        ("training", False, True, "pausing"),
        ("paused", False, True, "paused"),
        ("paused", False, False, "resuming"),
        ("training", True, False, "crashed"),
        ("finished", False, True, "finished"),
    ],
)
def test_one_word_for_where_a_run_stands(phase: str, dead: bool, paused: bool, word: str) -> None:
    state = RunState()
    state.phase = phase  # type: ignore[assignment]
    assert Followed(RunDir(Path("run")), state, dead, paused).word == word
