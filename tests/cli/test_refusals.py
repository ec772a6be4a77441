"""What is refused leaves no trace: no run that never began, and a run exactly as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import other_images

from cli.conftest import Refused
from snn_tui.config.build import build
from snn_tui.errors import DataError, RunError, SnnTuiError, UsageError
from snn_tui.runs.resume import check_trainable, resumed_config
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs
from snn_tui.runs.summary import summarise


def everything(run: RunDir) -> dict[str, tuple[bytes, int]]:
    """Content and modification time of each file of a run."""
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in run.path.iterdir()}


@pytest.fixture
def unchanged(copy: RunDir) -> Iterator[RunDir]:
    """A finished run that has to be as it was at the end of the test, to the last byte."""
    yield copy
    assert summarise(copy).state == "finished"


@pytest.fixture
def others(tiny_file: Path, tmp_path: Path) -> Path:
    """A data file with other test images."""
    other_images(tiny_file, tmp_path / "others.npz")
    return tmp_path / "others.npz"


def damage(run: RunDir) -> None:
    """Cut the resume state in half."""
    run.resume_state.write_bytes(run.resume_state.read_bytes()[:30_000])


Case = tuple[int, str, Callable[[RunDir], None] | None, list[str]]

CASES: dict[str, Case] = {
    "other images": (4, "not those the run began with", None, ["--data", "others.npz"]),
    "no such file": (3, "nowhere.npz", None, ["--data", "nowhere.npz"]),
    "no such device": (2, "--device cuda:99", None, ["--device", "cuda:99"]),
    "an engine without its device": (2, "bfloat16", None, ["--engine", "fused", "--precision", "bfloat16"]),
    "a damaged resume state": (4, "resume state", damage, []),
    "fewer epochs": (2, "--epochs", None, ["--epochs", "2"]),
    "another recipe": (2, "--lr", None, ["--lr", "0.5"]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_refused_resume_changes_nothing(
    case: str, unchanged: RunDir, others: Path, refused: Refused
) -> None:
    code, words, prepare, options = CASES[case]
    if prepare:
        prepare(unchanged)
    before = everything(unchanged)
    arguments = options if "--epochs" in options else ["--epochs", 30, *options]
    assert words in refused(code, "--train-only", "--resume", unchanged.path, *arguments)
    assert everything(unchanged) == before


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"data": "others.npz"}, RunError),
        ({"data": "gone.npz"}, DataError),
        ({"device": "cuda:99"}, UsageError),
    ],
)
def test_the_screens_ask_a_process_of_their_own(
    options: dict[str, object], error: type[SnnTuiError], unchanged: RunDir, others: Path
) -> None:
    before = everything(unchanged)
    config = resumed_config(unchanged, {"epochs": 30, **options})
    with pytest.raises(SnnTuiError) as refusal:
        check_trainable(config, unchanged)
    assert refusal.value.exit_code == error.exit_code
    assert refusal.value.remedy
    assert everything(unchanged) == before


def test_the_screens_ask_before_a_new_run_is_made(tmp_path: Path, tiny_file: Path) -> None:
    check_trainable(build({"data": str(tiny_file)}))
    with pytest.raises(SnnTuiError) as refusal:
        check_trainable(build({"data": str(tmp_path / "gone.npz")}))
    assert refusal.value.exit_code == DataError.exit_code
    assert "gone.npz" in refusal.value.where


def test_the_screens_may_go_on_with_what_can_be_trained(unchanged: RunDir) -> None:
    check_trainable(resumed_config(unchanged, {"epochs": 30}), unchanged)


@pytest.mark.parametrize(
    ("code", "options"),
    [
        (3, ["--data", "nowhere.npz"]),
        (3, ["--data", "broken.npz"]),
        (2, ["--device", "cuda:99"]),
        (2, ["--engine", "fused", "--precision", "bfloat16"]),
        (2, ["--devices", "0"]),
        (2, ["--devices", "129"]),
        (2, ["--devices", "2", "--device", "cuda:0"]),
        (2, ["--devices", "2", "--device", "mps"]),
        (2, ["--devices", "999", "--batch-size", "999", "--device", "cuda"]),
        (2, ["--layers", "-".join(["999C99"] * 16), "--padding", "same"]),
        (2, ["--engine", "reference", "--batch-size", "8192", "--num-steps", "1000"]),
        (2, ["--norm", "batch", "--batch-size", "8192", "--num-steps", "1000"]),
    ],
)
@pytest.mark.parametrize("begun_by", [["--train-only"], ["study", "--seeds", "0"]])
def test_a_refused_run_is_not_made(
    begun_by: list[str], code: int, options: list[str], tiny_file: Path, tmp_path: Path, refused: Refused
) -> None:
    (tmp_path / "broken.npz").write_bytes(tiny_file.read_bytes()[:5000])
    data = [] if "--data" in options else ["--data", tiny_file]
    refused(code, *begun_by, *data, *options)
    assert list_runs(tmp_path / "checkpoints") == []


@pytest.mark.parametrize(
    ("environment", "options", "words"),
    [
        ({"MASTER_PORT": "29500"}, [], "MASTER_ADDR: not set"),
        ({"MASTER_ADDR": "localhost"}, [], "MASTER_PORT: not set"),
        ({"MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}, ["--devices", "3"], "started 2 processes"),
        (
            {"MASTER_ADDR": "localhost", "MASTER_PORT": "29500"},
            ["--batch-size", "1"],
            "2 devices cannot share",
        ),
    ],
)
def test_ranks_that_do_not_fit_make_no_run(
    environment: dict[str, str],
    options: list[str],
    words: str,
    tmp_path: Path,
    refused: Refused,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in ({"RANK": "0", "WORLD_SIZE": "2"} | environment).items():
        monkeypatch.setenv(name, value)
    assert words in refused(2, "--train-only", "--demo", *options)
    assert list_runs(tmp_path / "checkpoints") == []


def test_a_data_path_is_stored_whole_when_a_run_is_resumed(
    copy: RunDir, tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tiny_file.parent)
    assert resumed_config(copy, {"epochs": 30, "data": tiny_file.name}).data == str(tiny_file)
