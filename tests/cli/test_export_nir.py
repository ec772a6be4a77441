"""`snn-tui export --nir`: the file, the sentence about the check, and what is refused."""

from __future__ import annotations

from pathlib import Path

import nir
import pytest
from evaluation.nir_networks import LIKE_PAPER, LIKE_PLUS, made_run

from cli.conftest import Command, Refused
from snn_tui.cli.nir import _lines
from snn_tui.evaluation.nir.checking import Comparison
from snn_tui.runs.rundir import RunDir


def test_a_graph_is_written_and_compared(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    run = made_run(tmp_path / "checkpoints", tiny_file, **LIKE_PAPER)
    path, table = tmp_path / "graph.nir", tmp_path / "curves.csv"
    code, out, err = command("export", run.name, "--nir", path)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == str(path)
    assert lines[1].startswith(
        "read back and computed on 20 images (val of PneumoniaMNIST), 6 time steps: all "
    )
    assert lines[1].endswith(" spikes are those of the reference engine, at the same neurons and steps")
    assert set(nir.read(path).nodes) >= {"input", "conv1", "conv1_lif", "out", "out_lif", "output"}
    assert "exists already" in command("export", run.name, "--nir", path)[2]
    assert not table.exists()


def test_images_that_are_not_here_are_made(command: Command, tmp_path: Path) -> None:
    run = made_run(tmp_path / "checkpoints", tmp_path / "gone.npz", **LIKE_PLUS)
    code, out, err = command("export", run.name, "--nir", tmp_path / "graph.nir")
    assert (code, err) == (0, "")
    assert "which are generated), 4 time steps: " in out


def test_what_is_refused(
    command: Command, refused: Refused, copy: RunDir, tiny_file: Path, tmp_path: Path
) -> None:
    target = tmp_path / "graph.nir"
    words = refused(4, "export", copy.name, "--nir", target)
    assert "NIR has no max pooling, which 12C5-MP2-32C3-MP2 has" in words
    assert "--layers 12C5-AP2-32C3-AP2" in words
    made_run(tmp_path / "checkpoints", tiny_file, **LIKE_PAPER)
    assert "2 runs were named, and a NIR graph is of one" in refused(2, "export", "--all", "--nir", target)
    assert "goes to a file" in refused(2, "export", copy.name, "--nir", "-")
    assert not target.exists()


@pytest.mark.parametrize(
    ("distance", "norm", "reason"),
    [
        (2e-7, True, "within 2e-07 of the threshold: batch norm is folded into the convolutions"),
        (2e-7, False, "within 2e-07 of the threshold: tau and r have 32 bits"),
        (0.25, True, "up to 0.25 from the threshold, which is more than rounding: do not use this graph"),
    ],
)
def test_differences_are_counted_and_explained(distance: float, norm: bool, reason: str) -> None:
    compared = Comparison(
        images=64,
        num_steps=4,
        spikes=5000,
        places=90000,
        differing={"conv2": 3, "out": 1},
        distance=distance,
        verdicts=1,
    )
    counted, why = _lines(compared, "val of X", norm=norm)
    assert "4 of 90 000 neurons' steps differ" in counted
    assert "(conv2 3, out 1); 1 of 64 verdicts differ" in counted
    assert reason in why
