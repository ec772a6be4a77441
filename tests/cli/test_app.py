"""The command line: what goes to which stream, which code it exits with, and never a traceback."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from typed import synapses

from cli.conftest import Command
from snn_tui.data import pneumoniamnist, registry
from snn_tui.runs.events import EpochEnded
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_metrics
from snn_tui.runs.tail import Tail
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import weights_to_bytes
from snn_tui.values.scores import Scores


def process(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Runs `snn-tui` in a process of its own."""
    command = [sys.executable, "-m", "snn_tui", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


LIGHT = """
import sys
from snn_tui.cli.app import run_command
from snn_tui.cli.train_only import STOP_SIGNALS
try:
    code = run_command(sys.argv[1:])
finally:
    heavy = {"torch", "textual", "snntorch", "sklearn", "medmnist", "plotext", "scipy", "pandas"}
    sys.stderr.write(" ".join(sorted(heavy & set(sys.modules))))
sys.exit(code)
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        ["--help"],
        ["runs"],
        ["runs", "--json"],
        ["evaluate", "nothing"],
        ["--epochs", "0"],
        ["--train-only", "--data", "/nowhere/x.npz"],
    ],
)
def test_what_needs_no_torch_loads_none(finished: RunDir, arguments: list[str]) -> None:
    environment = {**os.environ, "SNN_TUI_RUNS_DIR": str(finished.path.parent)}
    ran = subprocess.run(
        [sys.executable, "-c", LIGHT, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    last = ran.stderr.splitlines()[-1:] if ran.returncode == 0 else ran.stderr.splitlines()[2:]
    assert last == []
    assert ran.returncode in (0, 2, 3, 4)


def test_a_wrong_option_of_a_command_leads_to_its_own_help(refused: Callable[..., str]) -> None:
    assert "try: see snn-tui evaluate --help" in refused(2, "evaluate", "--nonsense")
    assert "try: see snn-tui --help" in refused(2, "--nonsense")


def test_a_study_does_not_offer_what_it_refuses(command: Command) -> None:
    flags = {word for word in command("study", "--help")[1].split() if word.startswith("--")}
    assert not {"--seed", "--fold", "--name"} & flags
    assert {"--seeds", "--folds", "--epochs"} <= flags
    assert "--data" in command("attach", "--help")[1]


def test_the_version(command: Command) -> None:
    from snn_tui import __version__

    assert command("--version") == (0, f"snn-tui {__version__}\n", "")


def test_help_names_every_option_with_its_range(command: Command) -> None:
    code, out, err = command("--help")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    for word in (
        "--train-only",
        "--demo",
        "--batch-size",
        "(a whole number from 1 to 8192; default 128)",
        "(a number from 1e-07 to 1; default 0.001)",
        "inspect",
        "runs",
    ):
        assert word in words


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--epochs", "0"], "a whole number from 1 to 10000"),
        (["--train-only", "--lr", "fast"], "a number from 1e-07 to 1"),
        (["--train-only", "--seed", "-1"], "a whole number from 0 to 4294967295"),
        (["--balance", "oversample"], "undersample or none"),
        (["--device", "gpu"], "auto, cpu, cuda, cuda:N or mps"),
        (["--name", "../../x"], "letters, digits"),
        (["--demo", "--data", "x.npz"], "leave out either --data or --demo"),
        (["--demo", "--dataset", "own"], "leave one of them out"),
        (["--demo", "--dataset", "mnist"], "organsmnist, own for your own"),
        (["--demo", "--size", "64"], "give --demo --dataset pneumoniamnist"),
        (["--json"], "add --train-only"),
        (["--bogus"], "No such option: --bogus"),
        (["--epochs"], "--epochs"),
        (["bogus"], "No such command 'bogus'"),
        (["inspect", "last"], "--index"),
        (["inspect", "last", "--index", "one"], "--index"),
        (["inspect", "last", "--index", "0", "--split", "all"], "give train, val or test"),
        (["evaluate"], "RUN"),
        (["evaluate", "last", "--split", "train"], "give val or test"),
        (["--config", "no.toml"], "no.toml"),
    ],
)
def test_a_wrong_command_is_refused_with_what_is_right(
    refused: Callable[..., str], arguments: list[str], said: str, tmp_path: Path
) -> None:
    assert said in refused(2, *arguments)
    assert list(tmp_path.iterdir()) == []  # and no run directory was made


def test_an_unknown_name_in_a_file_gets_a_suggestion(refused: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text("epoch = 3\n")
    said = refused(2, "--train-only", "--config", "run.toml")
    assert "epoch" in said
    assert "did you mean epochs?" in said


def test_a_file_of_options_yields_to_those_given(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(f'epochs = 2\nnum-steps = 1\nbatch_size = 16\ndata = "{tiny_file}"\n')
    code, out, _ = command(
        "--train-only", "--json", "--config", "run.toml", "--epochs", "1", "--name", "mine"
    )
    assert code == 0
    config = next(json.loads(line) for line in out.splitlines() if '"RunStarted"' in line)["config"]
    assert (config["epochs"], config["num_steps"], config["batch_size"], config["lr"]) == (1, 1, 16, 1e-3)
    (run,) = (tmp_path / "checkpoints").iterdir()
    assert run.name.endswith("-mine")


def test_data_that_is_missing_is_named_with_a_remedy(refused: Callable[..., str]) -> None:
    said = refused(3, "--train-only", "--data", "/nowhere/x.npz")
    assert "/nowhere/x.npz" in said


def test_data_that_is_broken_is_named(refused: Callable[..., str], tiny_file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.npz"
    broken.write_bytes(tiny_file.read_bytes()[:5000])
    assert str(broken) in refused(3, "--train-only", "--data", broken)
    broken.write_text("no archive")
    assert str(broken) in refused(3, "--train-only", "--data", broken)


@pytest.mark.parametrize("arguments", [["evaluate", "nothing"], ["inspect", "nothing", "--index", "0"]])
def test_a_run_that_is_not_there(refused: Callable[..., str], copy: RunDir, arguments: list[str]) -> None:
    said = refused(4, *arguments)
    assert "nothing" in said
    assert "snn-tui runs" in said


def test_a_run_almost_named_is_suggested(refused: Callable[..., str], copy: RunDir) -> None:
    assert copy.name in refused(4, "evaluate", "tinny")


def test_last_without_any_run(refused: Callable[..., str]) -> None:
    assert "no run yet" in refused(4, "evaluate", "last")


def test_a_run_without_weights(refused: Callable[..., str], copy: RunDir) -> None:
    copy.weights.unlink()
    assert "no checkpoint yet" in refused(4, "evaluate", "last")
    assert "no checkpoint yet" in refused(4, "inspect", "last", "--index", "0")


def test_weights_that_are_broken_or_no_numbers(refused: Callable[..., str], copy: RunDir) -> None:
    copy.weights.write_bytes(copy.weights.read_bytes()[:1000])
    assert "model.safetensors" in refused(4, "evaluate", "last")
    network = SpikingNetwork(NetworkSpec())
    synapses(network, "conv1")[0].weight.data[:] = float("nan")
    copy.weights.write_bytes(weights_to_bytes(network.state_dict(), {}))
    assert "model.safetensors" in refused(4, "evaluate", "last")


def test_a_run_whose_config_is_broken(refused: Callable[..., str], copy: RunDir) -> None:
    copy.config.write_text('{"epochs": 0}')
    assert "config.json" in refused(4, "evaluate", "last")


@pytest.mark.parametrize("index", ["-1", "20", "99999999999999999999"])
def test_an_image_that_is_not_there(refused: Callable[..., str], copy: RunDir, index: str) -> None:
    said = refused(2, "inspect", "last", "--index", index)
    assert "from 0 to 19" in said


@pytest.mark.parametrize("index", ["x", "", "1.5", "1e3", "٣"])
def test_an_index_that_is_no_number(refused: Callable[..., str], copy: RunDir, index: str) -> None:
    said = refused(2, "inspect", "last", "--index", index)
    assert "give a whole number from 0" in said


def test_a_device_that_is_absent(
    refused: Callable[..., str], copy: RunDir, tiny_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert "--device cuda" in refused(2, "evaluate", "last", "--device", "cuda")
    assert "--device cuda" in refused(2, "--train-only", "--device", "cuda", "--data", tiny_file)
    assert "auto, cpu" in refused(2, "evaluate", "last", "--device", "gpu")


def test_runs_are_listed(command: Command, copy: RunDir) -> None:
    code, out, err = command("runs")
    assert (code, err) == (0, "")
    for word in ("tiny", "finished", "3/3", "PneumoniaMNIST"):
        assert word in out


def test_no_runs_are_no_error(command: Command) -> None:
    code, out, err = command("runs")
    assert (code, err) == (0, "")
    assert out.strip()
    assert command("runs", "--json") == (0, "[]\n", "")


def test_runs_as_json(command: Command, copy: RunDir) -> None:
    code, out, err = command("runs", "--json")
    assert (code, err) == (0, "")
    (row,) = json.loads(out)
    assert (row["name"], row["state"], row["epoch"], row["epochs"]) == (copy.name, "finished", 3, 3)
    assert row["test"] == json.loads(copy.metrics.read_text())["test"]
    assert row["trained"]


def test_broken_runs_are_listed_as_such(command: Command, copy: RunDir) -> None:
    copy.config.write_text("{")
    code, out, err = command("runs")
    assert (code, err) == (0, "")
    assert "broken" in out
    assert f"{copy.name}: config.json: not a run configuration" in out


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are always Unicode")
def test_runs_with_names_that_are_no_unicode_are_listed(command: Command, copy: RunDir) -> None:
    os.rename(copy.path, os.fsencode(copy.path) + b"\xff")
    code, _, err = command("runs")
    assert (code, err) == (0, "")
    code, out, err = command("runs", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)[0]["state"] == "finished"


def test_the_runs_folder_may_be_given_before_or_after_the_command(
    command: Command, finished: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = finished.path.parent
    listed = command("--runs-dir", root, "runs", "--json")
    assert listed[0] == 0
    assert json.loads(listed[1])[0]["name"] == finished.name
    assert command("runs", "--runs-dir", root, "--json") == listed
    monkeypatch.setenv("SNN_TUI_RUNS_DIR", str(root))
    assert command("runs", "--json") == listed


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--data", "x.npz", "inspect", "last", "--index", "0"], "put it after inspect"),
        (["--demo", "study"], "put it after study"),
        (["--json", "runs"], "put it after runs"),
        (["--epochs", "3", "runs"], "leave it out"),
        (["--train-only", "runs"], "leave it out"),
    ],
)
def test_an_option_before_a_command_is_never_passed_over(
    refused: Callable[..., str], given: list[str], words: str
) -> None:
    told = refused(2, *given)
    assert f"{given[0]}: stands before" in told
    assert words in told


def test_evaluating_repeats_the_runs_own_scores_exactly(command: Command, finished: RunDir) -> None:
    code, out, err = command("evaluate", finished.path, "--json")
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert answer["scores"] == json.loads(finished.metrics.read_text())["test"]
    assert (answer["run"], answer["epoch"], answer["split"], answer["synthetic"]) == (
        finished.name,
        3,
        "test",
        False,
    )
    assert "not the official file" in answer["notice"]


def test_evaluating_val_repeats_the_last_epochs_scores(command: Command, finished: RunDir) -> None:
    code, out, _ = command("evaluate", finished.path, "--split", "val", "--json")
    assert code == 0
    ends = [event for event in Tail(finished.events).poll() if isinstance(event, EpochEnded)]
    import msgspec

    assert msgspec.convert(json.loads(out)["scores"], Scores) == ends[-1].val


def test_evaluating_in_a_table_shows_the_published_scores_for_test_alone(
    command: Command, finished: RunDir, tiny_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = command("evaluate", finished.path)
    assert "0.853" not in out  # beside other images than the study's, whatever their file is called
    checksum = pneumoniamnist.SOURCE.read(tiny_file).splits["test"].checksum()
    source = dataclasses.replace(pneumoniamnist.SOURCE, published_tests=frozenset({checksum}))
    monkeypatch.setitem(registry.SOURCES, "pneumoniamnist", source)
    code, out, err = command("evaluate", finished.path)
    assert (code, err) == (0, "")
    metrics = read_metrics(finished)
    assert metrics is not None
    assert metrics.test is not None
    (row,) = (line for line in out.splitlines() if line.startswith("accuracy"))
    assert row.split()[1:3] == [f"{metrics.test.accuracy:.3f}", "0.853"]
    assert "not the official file" in out
    _, out, _ = command("evaluate", finished.path, "--split", "val")
    assert "Scores on val" in out
    assert "Scores on test" not in out
    assert "0.853" not in out


def test_evaluating_with_other_images(
    command: Command, copy: RunDir, tiny_file: Path, tmp_path: Path
) -> None:
    moved = Path(shutil.copy(tiny_file, tmp_path / "moved.npz"))
    code, out, _ = command("evaluate", "last", "--data", moved, "--json")
    assert code == 0
    assert json.loads(out)["source"] == str(moved)
    assert json.loads(out)["scores"] == json.loads(copy.metrics.read_text())["test"]


def test_a_dark_picture_is_judged_with_a_warning_beside_the_verdict(
    command: Command, finished: RunDir, tmp_path: Path
) -> None:
    Image.new("L", (40, 40), 9).save(tmp_path / "my film.png")
    code, out, _ = command("inspect", finished.path, "--picture", tmp_path / "my film.png")
    assert code == 0
    assert "one colour" in out
    assert "warning: the picture is of one colour: there is nothing to judge" in out
    code, out, _ = command("inspect", finished.path, "--picture", tmp_path / "my film.png", "--json")
    answer = json.loads(out)
    assert [warning["kind"] for warning in answer["warnings"]] == ["one colour"]
    assert answer["prediction"] in ("normal", "pneumonia")
    assert not answer["inverted"]


def test_an_image_is_judged_inverted_and_the_output_says_so(command: Command, finished: RunDir) -> None:
    code, out, _ = command("inspect", finished.path, "--index", 3, "--invert")
    assert code == 0
    assert "note: the picture was inverted" in out
    assert "(as evaluated)" not in out
    answers = [
        json.loads(command("inspect", finished.path, "--index", 3, *more, "--json")[1])
        for more in ([], ["--invert"])
    ]
    assert [answer["inverted"] for answer in answers] == [False, True]
    assert answers[0]["score"] != answers[1]["score"]


def test_inspecting_shows_both_neurons_the_verdict_and_the_truth(command: Command, finished: RunDir) -> None:
    seen = set()
    for index in (0, 1, 2, 3, 7, 12):
        code, out, err = command("inspect", finished.path, "--index", index)
        assert out.endswith("\n")
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert f"test {index}" in lines[0]
        (verdict,) = (line for line in lines if line.startswith("verdict"))
        (truth,) = (line for line in lines if line.startswith("truth"))
        assert ("pneumonia" in truth) == (index % 5 > 1)
        right = verdict.split()[2] == truth.split()[2]
        assert ("right" in verdict, "wrong" in verdict) == (right, not right)
        meters = [line for line in lines if line.split()[1:2] in (["normal"], ["pneumonia"])]
        assert len(meters) == 4  # each neuron's meter and spike train
        assert [line[:10] for line in lines if line[2:10] == "membrane"] == ["○ membrane", "● membrane"]
        fired = [int(line.split()[-1]) for line in meters[:2]]
        if fired[0] != fired[1]:
            assert verdict.split()[2] == ("pneumonia" if fired[1] > fired[0] else "normal")
        seen.add(verdict.split()[2])
    assert seen <= {"normal", "pneumonia"}


def test_inspecting_agrees_with_evaluating(command: Command, finished: RunDir) -> None:
    from snn_tui.evaluation.images import images_for
    from snn_tui.evaluation.opened_run import OpenedRun
    from snn_tui.runs.store import read_config

    decisions = OpenedRun(finished, images_for(read_config(finished))).evaluate("val").decisions
    for index in range(6):
        _, out, _ = command("inspect", finished.path, "--index", index, "--split", "val")
        (said,) = (line.split()[2] for line in out.splitlines() if line.startswith("verdict"))
        assert said == ("pneumonia" if decisions[index] > 0 else "normal")


@pytest.mark.parametrize(
    "arguments", [["runs"], ["evaluate", "last"], ["inspect", "last", "--index", "0"]], ids=lambda it: it[0]
)
def test_ascii_is_ascii_even_where_names_are_not(
    command: Command, copy: RunDir, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy.path.rename(copy.path.with_name("2026-11-23T1200-thörax-π"))
    code, out, err = command(*arguments, "--ascii")
    assert (code, err) == (0, "")
    assert out.isascii()
    monkeypatch.setenv("LANG", "C")
    assert command(*arguments) == (0, out, "")


def test_colours_stay_out_of_pipes(command: Command, finished: RunDir) -> None:
    for arguments in (
        ["runs", "--runs-dir", finished.path.parent],
        ["inspect", finished.path, "--index", "0"],
    ):
        assert "\x1b" not in command(*arguments)[1]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_encoding_of_the_output_is_written_to(copy: RunDir, encoding: str) -> None:
    copy.path.rename(copy.path.with_name("2026-11-23T1200-thörax-π"))
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    ran = process("runs", env=environment, encoding=None)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "finished" in ran.stdout


def test_a_full_disk_behind_the_output_is_told(copy: RunDir) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "snn_tui", "runs"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.splitlines()[0] == "error: No space left on device"
    assert "Traceback" not in ran.stderr


def test_a_reader_that_left_is_no_matter(copy: RunDir) -> None:
    for number in range(40):
        shutil.copytree(copy.path, copy.path.with_name(f"2026-11-23T1200-x{number}"))
    ran = subprocess.run(
        f"{sys.executable} -m snn_tui runs --json | head -c 10",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("[")


def test_without_a_terminal_the_screens_refuse_and_name_train_only() -> None:
    ran = process(stdin=subprocess.DEVNULL)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "--train-only" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_the_command_that_is_printed_at_the_end_of_a_training_works(
    command: Command, tiny_file: Path
) -> None:
    quick = ("--data", tiny_file, "--epochs", 1, "--num-steps", 2)
    code, out, _ = command("--train-only", *quick)
    assert code == 0
    (look,) = (line for line in out.splitlines() if line.startswith("look"))
    code, out, _ = command(*look.split()[2:])
    assert code == 0
    assert "verdict" in out


def test_a_run_trained_by_a_relative_path_is_found_from_elsewhere(
    command: Command, tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(tiny_file, tmp_path / "mine.npz")
    code, *_ = command("--train-only", "--data", "mine.npz", "--epochs", 1, "--num-steps", 2)
    assert code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    code, out, err = command("evaluate", "last", "--runs-dir", tmp_path / "checkpoints", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["source"] == str(tmp_path / "mine.npz")


def test_the_demo_says_what_it_is(command: Command) -> None:
    code, out, err = command("--train-only", "--demo", "--epochs", 1, "--batch-size", 4096, "--num-steps", 1)
    assert (code, err) == (0, "")
    assert "demo phantoms (synthetic)" in out.splitlines()[0]
    assert "not x-rays" in out.splitlines()[1]
    assert "synthetic" in out[out.index("Scores") :]
    code, out, _ = command("inspect", "last", "--index", 0)
    assert code == 0
    assert "synthetic" in out


def test_without_the_images_the_demo_s_will_do(
    command: Command, refused: Callable[..., str], copy: RunDir, tiny_file: Path
) -> None:
    config = json.loads(copy.config.read_text())
    copy.config.write_text(json.dumps({**config, "data": None}))
    code, out, err = command("inspect", "last", "--index", 3, "--demo")
    assert (code, err) == (0, "")
    assert "demo phantoms" in out
    assert "synthetic picture, no x-ray" in out
    said = refused(2, "inspect", "last", "--index", 3, "--demo", "--data", tiny_file)
    assert "leave out either --data or --demo" in said


def test_a_failed_training_as_json_ends_with_the_failure(command: Command) -> None:
    code, out, err = command("--train-only", "--json", "--data", "/nowhere/x.npz")
    assert code == 3
    last = json.loads(out.splitlines()[-1])
    assert (last["type"], last["exit_code"], last["where"]) == ("RunFailed", 3, "/nowhere/x.npz")
    assert err.startswith("error: /nowhere/x.npz")


@pytest.mark.parametrize(
    ("arguments", "code"), [(["runs"], 0), (["--version"], 0), (["evaluate", "none"], 4), ([], 2)]
)
def test_closed_standard_streams_are_no_trouble(tmp_path: Path, arguments: list[str], code: int) -> None:
    closed = ["sh", "-c", '"$@" <&- >&- 2>&-', "sh", sys.executable, "-m", "snn_tui", *arguments]
    environment = {**os.environ, "SNN_TUI_RUNS_DIR": str(tmp_path)}
    assert subprocess.run(closed, env=environment, check=False).returncode == code


@pytest.mark.parametrize("variable", ["COLUMNS", "LINES"])
def test_a_terminal_without_a_size_is_written_to(finished: RunDir, variable: str) -> None:
    environment = {**os.environ, "SNN_TUI_RUNS_DIR": str(finished.path.parent), variable: "0"}
    assert finished.name in process("runs", env=environment).stdout


def test_names_are_whole_in_a_pipe(copy: RunDir, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDir(copy.path.with_name("2026-11-28T0951-" + "x" * 64))
    copy.path.rename(run.path)
    monkeypatch.setenv("FORCE_COLOR", "1")  # rich takes the pipe for a terminal of 80 columns
    assert f" {run.name} " in command("runs", "--ascii")[1]
    monkeypatch.delenv("FORCE_COLOR")
    monkeypatch.setenv("COLUMNS", "60")
    assert max(map(len, command("runs", "--ascii")[1].splitlines())) <= 60
