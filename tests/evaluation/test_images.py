"""Whether the images a run is evaluated on are those it was trained on."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from conftest import other_images
from PIL import Image
from typed import present

from snn_tui.config.build import build
from snn_tui.data.balance import summary
from snn_tui.data.phantoms import generate_task
from snn_tui.data.registry import load
from snn_tui.errors import DataError
from snn_tui.evaluation.images import at_hand, compared, images_for, phantoms, task_of
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.task import PNEUMONIA, Task


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


@pytest.mark.parametrize("options", [{"labels": "x,y"}, {"dataset": "own"}])
def test_a_file_of_ones_own_that_is_gone_is_missed(
    tmp_path: Path, tiny_file: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, object]
) -> None:
    monkeypatch.setenv("SNN_TUI_DATA", str(tiny_file))  # where the study's images are found
    config = build({"data": str(tmp_path / "gone.npz"), **options})
    for look in (at_hand, images_for):
        with pytest.raises(DataError, match=r"gone\.npz: no such file or folder"):
            look(config)
    assert images_for(build({"data": str(tmp_path / "pneumoniamnist.npz")})).source == str(tiny_file)


def test_phantoms_have_the_runs_own_task(finished: RunDir) -> None:
    config = build({"data": "gone.npz", "dataset": "own"})
    task = Task(name="mine", classes=("a", "b", "c"), kind="multilabel", channels=3, side=20)
    made = phantoms(config, task)
    assert (made.task, made.synthetic) == (task, True)
    assert made.splits["test"].images.shape[1:] == (20, 20, 3)
    assert made.splits["test"].labels.shape[1] == 3
    assert task_of(finished) == PNEUMONIA
    study = phantoms(read_config(finished), task_of(finished))
    assert study.checksums == phantoms().checksums
    assert phantoms(build({"dataset": "retinamnist", "size": 64})).task.side == 64


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"classes": ("a", "b")}, "their classes are a and b, the run's normal and pneumonia"),
        ({"channels": 3}, "they are in colour, the run's grey"),
        ({"side": 64}, "they have 64 pixels a side, the run's 28"),
        ({"kind": "multilabel"}, "they have any number of labels an image, the run's one label an image"),
    ],
)
@pytest.mark.parametrize("synthetic", [True, False])
def test_images_that_the_network_cannot_judge_are_refused(
    finished: RunDir, other: dict[str, Any], words: str, synthetic: bool
) -> None:
    config, trained = read_config(finished), present(beginning_of(finished)).dataset
    dataset = images_for(config)
    task = msgspec.structs.replace(dataset.task, **other)
    dataset = dataclasses.replace(dataset, task=task, synthetic=synthetic)
    with pytest.raises(DataError, match=words):
        compared(dataset, config, trained)


@pytest.mark.parametrize(
    ("asked", "read"),
    [
        ({"positive": 0}, {"positive": 1}),
        ({"noun": "x-ray"}, {"noun": "image"}),
        (
            {"classes": ("a", "b", "c"), "kind": "ordinal", "positive": None},
            {"kind": "multiclass"},
        ),
    ],
)
def test_other_images_are_asked_what_the_runs_own_were(
    finished: RunDir, asked: dict[str, Any], read: dict[str, Any]
) -> None:
    config, trained = read_config(finished), present(beginning_of(finished)).dataset
    task = msgspec.structs.replace(trained.task, **asked)
    theirs = msgspec.structs.replace(task, name="theirs", **read)
    made = dataclasses.replace(generate_task(theirs, {"train": 9, "val": 3, "test": 3}), synthetic=False)
    found = compared(made, config, msgspec.structs.replace(trained, task=task, before={}, checksums={}))
    assert found.task == msgspec.structs.replace(task, name="theirs")


def test_a_run_judges_a_folder_with_the_positive_class_that_it_was_trained_with(
    finished: RunDir, class_folders: Path
) -> None:
    dataset = images_for(read_config(finished), str(class_folders))
    assert dataset.task.positive == 1
    started = present(beginning_of(finished))
    task = msgspec.structs.replace(started.dataset.task, positive=0)
    trained = msgspec.structs.replace(started.dataset, task=task)
    assert compared(dataset, read_config(finished), trained).task.positive == 0


@pytest.fixture
def class_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures of the study's classes."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rng, root = np.random.default_rng(0), tmp_path / "folder"
    for name in ("normal", "pneumonia"):
        (root / name).mkdir(parents=True)
        for index in range(12):
            noise = rng.integers(0, 256, (70, 70), np.uint8)
            Image.fromarray(noise).save(root / name / f"{index}.png")
    return root


@pytest.mark.parametrize("options", [{"dataset": "own"}, {"labels": "normal,pneumonia"}])
def test_a_folder_is_read_as_large_as_the_images_of_a_run_on_a_file(
    class_folders: Path, options: dict[str, object]
) -> None:
    config = build({"data": "gone.npz", **options})
    task = Task(name="mine", classes=("normal", "pneumonia"), positive=1, side=64)
    assert at_hand(config, str(class_folders))
    trained = DatasetSummary(name="", synthetic=False, source="", notice="", before={}, after={}, task=task)
    found = images_for(config, str(class_folders), trained=trained)
    assert (found.task.side, found.task.classes) == (64, ("normal", "pneumonia"))


def test_other_images_are_judged_by_their_own_val_not_by_a_fold(class_folders: Path) -> None:
    config = build({"data": str(class_folders), "fold": "2/2"})
    own = load(config)
    trained = summary(own, own)
    again = images_for(config, str(class_folders), trained=trained)
    assert (len(again.splits["val"]), "val is fold 2/2 of train" in again.notice) == (8, True)
    assert compared(again, config, trained).differing == ()

    # Train of the other folder has one image of each class, too few for a fold.
    others = class_folders.parent / "others"
    for name in ("normal", "pneumonia"):
        for split in ("train", "val", "test"):
            (others / split / name).mkdir(parents=True)
            shutil.copy(class_folders / name / "0.png", others / split / name)
    with pytest.raises(DataError, match="fold 2/2 of 2 training images"):
        load(build({"data": str(others), "fold": "2/2"}))
    found = compared(images_for(config, str(others), trained=trained), config, trained)
    assert len(found.splits["val"]) == 2
    assert "fold" not in found.notice
    assert found.differing == ("train", "val", "test")
