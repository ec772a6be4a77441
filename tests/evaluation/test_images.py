"""Whether the images a run is evaluated on are those it was trained on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from conftest import other_images
from typed import present

from snn_tui.data.registry import load
from snn_tui.evaluation.images import compared, images_for, phantoms
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config


def test_the_first_event_of_a_run_says_which_images_it_had(finished: RunDir) -> None:
    dataset = images_for(read_config(finished))
    assert present(beginning_of(finished)).dataset.checksums == dataset.checksums
    assert len(set(dataset.checksums.values())) == 3


def test_the_same_images_in_another_file_are_the_same(
    finished: RunDir, tiny_file: Path, tmp_path: Path
) -> None:
    moved = shutil.copy(tiny_file, tmp_path / "moved.npz")
    opened = OpenedRun(finished, images_for(read_config(finished), str(moved)))
    assert opened.dataset.differing == ()
    assert "not the file" not in opened.dataset.notice
    assert "not the images" not in opened.dataset.notice


def test_other_images_are_said_to_be_others(finished: RunDir, tiny_file: Path, tmp_path: Path) -> None:
    other_images(tiny_file, tmp_path / "again.npz")
    opened = OpenedRun(finished, images_for(read_config(finished), str(tmp_path / "again.npz")))
    assert opened.dataset.differing == ("test",)
    assert opened.dataset.notice.startswith("not the images the run was trained on: test differs; ")
    assert opened.judge("test").notice == opened.dataset.notice


def test_a_fold_is_no_other_data_set(finished: RunDir) -> None:
    config = read_config(finished)
    fold = load(msgspec.structs.replace(config, fold="1/4"))
    trained = present(beginning_of(finished)).dataset
    assert compared(fold, config, trained).differing == ()


@pytest.mark.parametrize("known", [True, False])
def test_runs_that_recorded_no_checksums_are_compared_by_counts(
    known: bool, finished: RunDir, tiny_file: Path, tmp_path: Path
) -> None:
    config, trained = read_config(finished), present(beginning_of(finished)).dataset
    trained = msgspec.structs.replace(trained, checksums={})
    dataset = images_for(config)
    assert compared(dataset, config, trained) is dataset
    if known:
        counts = {name: {**value, "normal": 1} for name, value in trained.before.items()}
        trained = msgspec.structs.replace(trained, before={**counts, "test": trained.before["test"]})
        assert compared(dataset, config, trained).differing == ("train", "val")
    moved = shutil.copy(tiny_file, tmp_path / "moved.npz")
    elsewhere = compared(images_for(config, str(moved)), config, trained if known else None)
    expected = "not the images the run was trained on: train and val" if known else "not the file the run"
    assert expected in elsewhere.notice


def test_phantoms_in_place_of_x_rays_are_announced_as_such(finished: RunDir) -> None:
    assert OpenedRun(finished, phantoms()).dataset.notice == phantoms().notice


def test_what_the_commands_print_says_so(
    finished: RunDir, tiny_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from snn_tui.cli.app import run_command

    other_images(tiny_file, tmp_path / "again.npz")
    data, words = (
        ("--data", str(tmp_path / "again.npz")),
        "not the images the run was trained on: test differs",
    )
    run = str(finished.path)

    def printed(*arguments: str) -> str:
        assert run_command([*arguments, *data]) == 0
        return " ".join(capsys.readouterr().out.split())

    assert words in printed("evaluate", run)
    found = json.loads(printed("evaluate", run, "--json"))
    assert found["differing"] == ["test"]
    assert found["notice"].startswith(words)
    assert words in printed("inspect", run, "--index", "0")
    page = tmp_path / "page.html"
    printed("report", run, "-o", str(page))
    assert words in page.read_text()


def test_a_run_that_never_began_has_no_first_event(
    new_tiny_run: Callable[..., RunDir], tmp_path: Path
) -> None:
    run = new_tiny_run(tmp_path)
    assert beginning_of(run) is None
    run.events.write_text('{"type":"Preparing","t":0,"what":"loading torch"}\n')
    assert beginning_of(run) is None
