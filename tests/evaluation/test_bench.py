"""The bench measures real work of every engine, and says what it measured."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
import torch
from typed import present

from snn_tui.cli.app import run_command
from snn_tui.config.layers import parse
from snn_tui.evaluation.bench import bench, dense_flops
from snn_tui.snn.engines.registry import ENGINES
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.values.bench import BenchReport


@pytest.fixture(scope="module")
def report() -> BenchReport:
    """A small one of all engines."""
    told: list[tuple[str, float]] = []
    made = bench(
        tuple(ENGINES),
        batch_size=16,
        num_steps=3,
        rounds=2,
        device="cpu",
        on_progress=lambda what, done: told.append((what, done)),
    )
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] <= 1
    return made


def test_every_engine_is_measured(report: BenchReport) -> None:
    assert [engine.name for engine in report.engines] == list(ENGINES)
    for engine in report.engines:
        for spread in (engine.training, engine.training_ratio, engine.evaluation, engine.evaluation_ratio):
            assert spread is not None
            assert 0 < spread.low <= spread.median <= spread.high
    reference = report.engines[0]
    assert reference.training_ratio is not None
    assert reference.training_ratio.median == 1
    assert report.sgemm.median > 0
    assert report.roofline == pytest.approx(report.sgemm.median * 1e9 / report.dense_flops)
    assert report.threads == torch.get_num_threads()


def test_memory_of_the_fused_engine_is_small(report: BenchReport) -> None:
    memory = {engine.name: engine.memory for engine in report.engines}
    assert all(value is not None for value in memory.values())
    assert present(memory["fused"]) < 64 << 20


def test_an_engine_that_cannot_is_listed_with_the_reason() -> None:
    report = bench(
        ("fused",),
        batch_size=2,
        num_steps=5000,
        rounds=2,
        device="cpu",
        on_progress=lambda what, done: None,
    )
    (engine,) = report.engines
    assert engine.training is None
    assert "MB for each image" in engine.note


def test_dense_work_counted_by_hand() -> None:
    """One 3x3 convolution on 6x6, two channels; pooled to 2x2; two classes."""
    convolution = 2 * 9 * 1 * 2 * 4 * 4
    readout = 2 * 8 * 2
    spec = NetworkSpec(parse("2C3-MP2"), size=6)
    assert dense_flops(SpikingNetwork(spec), 5) == 5 * (2 * convolution + 3 * readout)


def test_on_the_command_line(
    report: BenchReport, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def measured(names: Sequence[str], **options: object) -> BenchReport:
        asked.append((list(names), options["batch_size"], options["num_steps"], options["rounds"]))
        return report

    monkeypatch.setattr("snn_tui.evaluation.bench.bench", measured)
    argv = ["bench", "--engine", "fused", "--batch-size", "8", "--num-steps", "2", "--rounds", "2"]
    assert run_command([*argv, "--json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert [engine["name"] for engine in answer["engines"]] == [engine.name for engine in report.engines]
    assert run_command([*argv, "--ascii"]) == 0
    out = capfd.readouterr().out
    assert "fused" in out
    assert "x reference" in out
    assert out.isascii()
    assert asked == 2 * [(["reference", "fused"], 8, 2, 2)]


@pytest.mark.parametrize(
    "wrong", [["--engine", "quick"], ["--batch-size", "0"], ["--num-steps", "x"], ["--device", "tpu"]]
)
def test_wrong_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["bench", *wrong]) == 2
    assert "try:" in capsys.readouterr().err
