"""The bench measures real work of every engine and library, and says what it measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from typed import present

from snn_tui.cli.app import run_command
from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.evaluation.bench import measure
from snn_tui.evaluation.bench.candidates import EngineCandidate, Subject
from snn_tui.evaluation.bench.dense import inference_flops, training_flops
from snn_tui.evaluation.bench.memory import peak_memory
from snn_tui.evaluation.bench.peers import NOT_INSTALLED, PEERS, NotPossible
from snn_tui.snn.engines.registry import ENGINES
from snn_tui.values.bench import BenchReport, BenchRow

TINY = build({"layers": "2C3-MP2", "batch_size": 8, "num_steps": 3, "device": "cpu"})
KINDS = ["training", "inference_256", "inference_1"]


def measured(*names: str, config: RunConfig = TINY) -> BenchReport:
    """A small report."""
    return measure.bench(names, config, preset="tiny", rounds=2, on_progress=lambda what, done: None)


@pytest.fixture(scope="module")
def report() -> BenchReport:
    """A small one of all engines and of snnTorch's loop; the libraries that may be absent are."""
    shares: list[float] = []
    with pytest.MonkeyPatch.context() as patch:
        absent(patch)
        patch.setattr(measure, "peak_memory", lambda name, config: 1 << 20)
        made = measure.bench(
            (*ENGINES, *PEERS),
            TINY,
            preset="tiny",
            rounds=2,
            on_progress=lambda what, done: shares.append(done),
        )
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] <= 1
    return made


class NothingThere:
    """An importer that finds no module of SpikingJelly and Norse."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:
        if name in ("spikingjelly", "norse"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def absent(patch: pytest.MonkeyPatch) -> None:
    """SpikingJelly and Norse are not installed, whether they are or not."""
    patch.setattr(sys, "meta_path", [NothingThere(), *sys.meta_path])
    for name in ("spikingjelly", "norse"):
        own = f"snn_tui.evaluation.bench.peers.{PEERS[name].module}"
        for module in [part for part in sys.modules if part.split(".")[0] == name or part == own]:
            patch.delitem(sys.modules, module)


def rows_of(report: BenchReport) -> dict[str, BenchRow]:
    return {row.name: row for row in report.rows}


def test_every_engine_and_the_plain_loop_are_measured(report: BenchReport) -> None:
    rows = rows_of(report)
    assert list(rows) == [*ENGINES, *PEERS]
    assert list(report.work) == KINDS
    for name in (*ENGINES, "snntorch"):
        assert rows[name].kind == ("engine" if name in ENGINES else "library")
        assert list(rows[name].speeds) == KINDS
        for kind, speed in rows[name].speeds.items():
            assert speed.rounds == 2
            for spread in (speed.images_per_second, speed.vs_snntorch, speed.vs_reference):
                assert 0 < present(spread).low <= present(spread).median <= present(spread).high
            assert speed.roofline == pytest.approx(
                speed.images_per_second.median / report.work[kind].roofline
            )
    for kind in KINDS:
        assert present(rows["reference"].speeds[kind].vs_reference).median == 1
        assert present(rows["snntorch"].speeds[kind].vs_snntorch).median == 1
    assert report.threads == torch.get_num_threads()


def test_work_and_roofline(report: BenchReport) -> None:
    assert {name: work.batch_size for name, work in report.work.items()} == dict(
        zip(KINDS, (8, 256, 1), strict=True)
    )
    for work in report.work.values():
        assert work.num_steps == 3
        assert work.roofline == pytest.approx(work.matmul.median * 1e9 / work.dense_flops)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the system does not report it")
def test_memory_of_the_fused_engine_is_small() -> None:
    config = msgspec.structs.replace(TINY, batch_size=64, num_steps=20)
    assert present(peak_memory("fused", config)) < 64 << 20
    assert present(peak_memory("snntorch", config)) > present(peak_memory("fused", config))


def test_a_library_that_is_absent_has_no_speeds_and_the_reason(report: BenchReport) -> None:
    for name in ("spikingjelly", "norse"):
        row = rows_of(report)[name]
        assert (row.speeds, row.memory, row.version) == ({}, None, "")
        assert row.note == NOT_INSTALLED
        assert "pip install '.[peers]'" in row.note


def test_a_library_that_is_broken_is_not_called_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    absent(monkeypatch)
    monkeypatch.setitem(sys.modules, "spikingjelly", type(sys)("spikingjelly"))
    with pytest.raises(NotPossible, match="cannot be imported"):
        PEERS["spikingjelly"].load()


def test_a_library_that_fails_is_listed_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    from snn_tui.evaluation.bench.peers.snntorch_loop import SnnTorchLoop

    def fail(*arguments: object) -> None:
        raise RuntimeError("no such operator")

    monkeypatch.setattr(SnnTorchLoop, "forward", fail)
    (row,) = measured("snntorch").rows
    assert row.speeds == {}
    assert row.note.endswith("no such operator")


def test_the_trainers_settings_of_torch_are_the_engines_alone() -> None:
    before = torch.get_deterministic_debug_mode()
    during: list[int] = []
    engine = EngineCandidate("batched", Subject(TINY, torch.device("cpu")))
    learn = engine._engine.learn
    engine._engine.learn = lambda *batch: during.append(torch.get_deterministic_debug_mode()) or learn(*batch)  # type: ignore[func-returns-value, method-assign]
    engine.step()
    assert during == [1]
    assert torch.get_deterministic_debug_mode() == before


def test_an_engine_that_cannot_is_listed_with_the_reason() -> None:
    config = msgspec.structs.replace(TINY, layers="12C5-MP2-32C3-MP2", num_steps=5000)
    (row,) = measured("fused", config=config).rows
    assert row.speeds == {}
    assert "MB for each image" in row.note


def test_slow_ones_have_fewer_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.1, 0.1, 9.0] + [1.0] * 100)
    calls: list[str] = []

    class Fake:
        def __init__(self, name: str) -> None:
            self.name = name

        def step(self) -> None:
            calls.append(self.name)

    def timed(work: Any, device: torch.device) -> float:
        work()
        return next(seconds)

    monkeypatch.setattr(measure, "_timed", timed)
    candidates: Any = {name: Fake(name) for name in ("fast", "slow")}
    times, products = measure._in_turn(
        measure.KINDS["training"], candidates, 5, torch.device("cpu"), lambda what, done: None
    )
    assert {name: len(values) for name, values in times.items()} == {"fast": 5, "slow": 3}
    assert calls == ["fast", "fast", "slow"] + ["fast", "slow"] * 3 + ["fast", "fast"]
    assert len(products) == 5


@pytest.mark.parametrize(("encoding", "first_steps"), [("rate", 20), ("direct", 1)])
def test_dense_work_counted_by_hand(encoding: str, first_steps: int) -> None:
    """One 3x3 convolution on 28x28, two channels; pooled to 13x13; two classes."""
    first, readout = 9 * 1 * 2 * 26 * 26, 2 * 13 * 13 * 2
    config = msgspec.structs.replace(TINY, encoding=encoding, num_steps=20, train_steps=4)
    subject = Subject(config, torch.device("cpu"))
    network, recipe = subject.network(), subject.recipe
    assert inference_flops(network, recipe) == 2 * (first_steps * first + 20 * readout)
    trained = 4 if encoding == "rate" else 1
    assert training_flops(network, recipe) == 2 * (trained * 2 * first + 4 * 3 * readout)


@pytest.fixture
def asked(report: BenchReport, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], RunConfig, Any]]:
    """What the command measures; the measurements are those of the fixture."""
    calls: list[tuple[list[str], RunConfig, Any]] = []

    def bench(names: Sequence[str], config: RunConfig, **options: Any) -> BenchReport:
        calls.append((list(names), config, options))
        return report

    monkeypatch.setattr(measure, "bench", bench)
    return calls


Asked = list[tuple[list[str], RunConfig, Any]]


def test_on_the_command_line(asked: Asked, report: BenchReport, capfd: pytest.CaptureFixture[str]) -> None:
    argv = ["bench", "--engine", "fused", "--batch-size", "8", "--num-steps", "2", "--rounds", "2"]
    assert run_command([*argv, "--json"]) == 0
    assert msgspec.convert(json.loads(capfd.readouterr().out), BenchReport) == report
    assert run_command([*argv, "--ascii"]) == 0
    names, config, options = asked[0]
    assert (names, options["rounds"], options["preset"]) == (["reference", "fused"], 2, "paper")
    assert (config.batch_size, config.num_steps) == (8, 2)
    out = capfd.readouterr().out
    assert out.isascii()


def test_the_tables_fit_80_columns(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run_command(["bench"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    for name in (*ENGINES, "snntorch"):
        assert sum(line.startswith(f"{name} ") and "%" in line for line in lines) == len(KINDS)
    assert f"without spikingjelly, norse: {NOT_INSTALLED}" in " ".join(lines)
    assert not any("…" in line for line in lines)


def test_presets_and_files(asked: Asked, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "plus"\ntrain-steps = 2\nbatch-size = 32\n')
    for argv in (["--preset", "plus"], ["--preset", str(file)], ["--preset", str(file), "--batch-size", "4"]):
        assert run_command(["bench", *argv, "--json"]) == 0
    plus, mine, smaller = (config for _, config, _ in asked)
    assert (plus.layers, plus.encoding, plus.batch_size, plus.train_steps) == (
        "24C3-AP2-24C3-48C3-AP2-48C3-96C3-GAP",
        "direct",
        64,
        4,
    )
    assert (mine.layers, mine.batch_size, mine.train_steps) == (plus.layers, 32, 2)
    assert smaller.batch_size == 4
    assert [options["preset"] for _, _, options in asked] == ["plus", str(file), str(file)]
    assert asked[0][0] == [*ENGINES, *PEERS]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--engine", "quick"],
        ["--batch-size", "0"],
        ["--num-steps", "x"],
        ["--device", "tpu"],
        ["--preset", "big"],
        ["--preset", "no-such-file.toml"],
    ],
)
def test_wrong_options_are_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["bench", *wrong]) == 2
    told = capsys.readouterr().err
    assert "try:" in told
    assert wrong[0] in told or wrong[0] == "--batch-size"


@pytest.mark.skipif(os.name != "posix", reason="ctrl-c is a signal")
def test_ctrl_c_ends_it_with_one_line(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys\n"
        "from snn_tui.evaluation.bench import measure\n"
        "from snn_tui.cli.app import run_command\n"
        "measure.bench = lambda *names, **options: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.exit(run_command(['bench', '--json']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert (ended.returncode, ended.stdout) == (130, "")
    assert ended.stderr == "stopped before all was measured; there is no result\n"
