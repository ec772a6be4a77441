"""`--spike-penalty` and `--spike-target` from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Refused
from snn_tui.runs.store import list_runs


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--spike-target", 0.1],
            "error: --spike-target: spikes are not penalised, so a target has no effect\n"
            "  try: give --spike-penalty too, or leave the target out\n",
        ),
        (
            ["--neuron", "relu", "--spike-penalty", 1],
            "error: --spike-penalty: a network without spikes (--neuron relu) has no spikes to penalise\n"
            "  try: leave it out, or leave out --neuron\n",
        ),
        (
            ["--spike-penalty", -1],
            "error: --spike-penalty: '-1' is not allowed\n  try: give a number from 0 to 1000\n",
        ),
    ],
)
def test_a_penalty_without_effect_is_refused(
    options: list[object], words: str, refused: Refused, tmp_path: Path
) -> None:
    assert refused(2, "--train-only", "--runs-dir", tmp_path, "--demo", *options) == words
    assert list_runs(tmp_path) == []
