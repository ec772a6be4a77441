"""`--bits` from the command line: trained, stored, judged, looked at and begun with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from cli.conftest import Command, Refused
from cli.test_dense_twin import QUICK, trained
from snn_tui.runs.store import list_runs


@pytest.mark.parametrize(("bits", "neuron"), [(2, "leaky"), (8, "relu")])
def test_a_run_with_weights_of_few_bits(
    command: Command, tiny_file: Path, tmp_path: Path, bits: int, neuron: str
) -> None:
    common = ["--data", tiny_file, "--neuron", neuron, *(["--num-steps", 3] if neuron == "leaky" else [])]
    run = trained(command, tmp_path / "runs", *common, "--bits", bits)
    with safe_open(run.weights, "pt") as file:
        assert file.metadata()["bits"] == str(bits)
    tensors = load_file(run.weights)
    scaled = [name.removesuffix(".scale") for name in tensors if name.endswith(".scale")]
    assert len(scaled) == 3
    for name in scaled:
        scales = tensors[f"{name}.scale"].double().view(-1, *[1] * (tensors[name].dim() - 1))
        integers = (tensors[name].double() / scales.where(scales > 0, 1.0)).round()
        assert torch.equal(integers * scales, tensors[name].double())
        assert integers.abs().max() == 2 ** (bits - 1) - 1
    code, out, err = command("evaluate", run.path, "--json")
    assert code == 0, err
    energy = json.loads(out)["energy"]
    assert energy["weight_bits"] == bits
    weights = sum(tensors[name].numel() for name in scaled)
    assert energy["parameter_bytes"] == pytest.approx(weights * bits / 8, abs=600)
    assert f"({bits} bits each)" in command("evaluate", run.path)[1]
    assert command("inspect", run.path, "--index", 3)[0] == 0
    page = tmp_path / "report.html"
    assert command("report", run.path, "-o", page)[0] == 0
    assert f"Weights have {bits} bits in memory" in page.read_text()
    assert command("--train-only", "--resume", run.path, "--epochs", 2)[0] == 0
    floats = trained(command, tmp_path / "runs", *common, "--init-from", run.name, "--lr", 1e-7)
    again = load_file(run.weights)
    for name, value in load_file(floats.weights).items():
        assert torch.allclose(value, again[name], atol=1e-5), name


def test_other_bits_are_refused(command: Command, refused: Refused, tmp_path: Path) -> None:
    words = refused(2, "--train-only", "--runs-dir", tmp_path, *QUICK, "--demo", "--bits", 3)
    assert words == "error: --bits: '3' is not allowed\n  try: give 32, 8, 4 or 2\n"
    assert list_runs(tmp_path) == []
