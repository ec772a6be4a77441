"""Images other than the study's: BreastMNIST, a file with names of its own, and a folder of pictures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cli.conftest import Command, Refused
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs

QUICK = ("--epochs", 2, "--batch-size", 8, "--num-steps", 8, "--lr", 3e-3, "--device", "cpu")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of the test's own, where decoded pictures are kept."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def trained(command: Command, root: Path, *options: object) -> RunDir:
    """A run that was just trained."""
    code, _, err = command("--train-only", "--runs-dir", root, *QUICK, *options)
    assert code == 0, err
    return list_runs(root)[0]


def scores_of(command: Command, run: RunDir, *options: object) -> dict[str, float]:
    code, out, _ = command("evaluate", run.path, "--json", *options)
    assert code == 0
    return dict(json.loads(out)["scores"])


@pytest.mark.parametrize("options", [("--dataset", "breastmnist"), ("--labels", "benign, malignant")])
def test_two_classes_have_their_own_names_everywhere(
    command: Command, tiny_file: Path, tmp_path: Path, options: tuple[str, str]
) -> None:
    run = trained(command, tmp_path / "runs", "--data", tiny_file, *options)
    started = beginning_of(run)
    assert started is not None
    task = started.dataset.task
    names = {
        "--dataset": ("malignant", "normal or benign"),
        "--labels": ("benign", "malignant"),
    }[options[0]]
    assert task.classes == names
    assert task.positive == names.index("malignant")
    assert list(started.dataset.before["train"]) == list(names)

    out = command("evaluate", run.path)[1]
    assert "says malignant" in out
    assert "pneumonia" not in out.lower().replace("pneumoniamnist", "")
    assert "published" not in out  # the study's scores are of other images
    answer = json.loads(command("inspect", run.path, "--index", 1, "--json")[1])
    assert answer["label"] in names
    assert list(answer["spikes"]) == list(names)
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    assert command("report", run.path, "-o", page, "--csv", table)[0] == 0
    assert "probability of malignant" in page.read_text()
    assert "published" not in page.read_text().lower()
    rows = list(csv.DictReader(io.StringIO(table.read_text())))
    assert {row["truth"] for row in rows} == set(names)
    assert f"spikes_{names[0].replace(' ', '_')}" in rows[0]


def test_sensitivity_is_of_the_positive_class_whichever_it_is(
    command: Command, tiny_file: Path, tmp_path: Path
) -> None:
    second = trained(command, tmp_path / "a", "--data", tiny_file, "--labels", "x,y")
    first = trained(command, tmp_path / "b", "--data", tiny_file, "--dataset", "breastmnist")
    a, b = scores_of(command, second), scores_of(command, first)
    assert (a["sensitivity"], a["specificity"]) == (b["specificity"], b["sensitivity"])
    assert (a["tp"], a["fn"], a["fp"], a["tn"]) == (b["tn"], b["fp"], b["fn"], b["tp"])
    assert a["auc"] == pytest.approx(b["auc"], abs=1e-12)  # the same order of images, turned round twice
    assert a["loss"] == b["loss"]


@pytest.mark.parametrize("flag", ["breastmnist", "pneumoniamnist"])
def test_predictions_are_written_as_medmnist_reads_them(
    command: Command, refused: Refused, tiny_file: Path, tmp_path: Path, flag: str
) -> None:
    run = trained(command, tmp_path / "runs", "--data", tiny_file, "--dataset", flag)
    results = tmp_path / "results"
    assert "no such folder" in refused(2, "evaluate", run.path, "--all", "--medmnist-csv", results)
    results.mkdir()
    assert "give --all" in refused(2, "evaluate", run.path, "--medmnist-csv", results)
    assert "generated" in refused(2, "evaluate", run.path, "--demo", "--all", "--medmnist-csv", results)
    assert not list(results.iterdir())

    scores = scores_of(command, run, "--all", "--medmnist-csv", results)
    (file,) = results.iterdir()
    assert file.name.startswith(f"{flag}_test_[AUC]{scores['auc']:.3f}_[ACC]{scores['accuracy']:.3f}@")
    rows = [tuple(map(float, line.split(","))) for line in file.read_text().splitlines()]
    assert [index for index, _ in rows] == [*range(20)]
    with np.load(tiny_file) as arrays:
        labels = arrays["test_labels"].ravel()
    right = sum((score > 0.5) == bool(label) for (_, score), label in zip(rows, labels, strict=True))
    assert right / 20 == scores["accuracy"]


def test_a_folder_of_class_folders_is_trained_on(command: Command, refused: Refused, tmp_path: Path) -> None:
    rng, root = np.random.default_rng(0), tmp_path / "lesions"
    for name, light in (("clear", 40), ("dense", 160)):
        (root / name).mkdir(parents=True)
        for index in range(20):
            pixels = rng.integers(light, light + 60, (40, 30), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{index}.png")
    run = trained(command, tmp_path / "runs", "--data", root)
    started = beginning_of(run)
    assert started is not None
    assert started.dataset.task.classes == ("clear", "dense")
    assert {split: sum(counts.values()) for split, counts in started.dataset.before.items()} == {
        "train": 28,
        "val": 4,
        "test": 8,
    }
    assert "says dense" in command("evaluate", run.path)[1]


def test_a_resumed_run_has_its_own_fold_of_groups_or_none(
    command: Command, refused: Refused, tmp_path: Path
) -> None:
    rng, root = np.random.default_rng(0), tmp_path / "lesions"
    for split, number in (("train", 24), ("val", 4), ("test", 4)):
        for name in ("clear", "dense"):
            (root / split / name).mkdir(parents=True)
            for index in range(number):
                pixels = rng.integers(0, 256, (30, 30), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / name / f"{index:02}_p{index % 12:02}.png")
    options = ("--data", root, "--group-by", r"_(p\d+)", "--fold", "2/3", "--epochs", 1)
    run = trained(command, tmp_path / "runs", *options)
    resume = ("--train-only", "--resume", run.path, "--epochs", 2)
    moved = root / "train/clear/00_p00.png", root / "train/clear/00_p13.png"
    moved[0].rename(moved[1])  # the same images in the same splits and order, but not in the same groups
    error = refused(4, *resume)
    assert "the images are not those the run began with" in error
    assert "with the names its files had: they decide which images are in the fold" in error
    moved[1].rename(moved[0])
    assert command(*resume)[0] == 0


def test_a_folder_is_neither_another_set_nor_named_by_labels(refused: Refused, tmp_path: Path) -> None:
    for name in ("clear", "dense"):
        (tmp_path / "lesions" / name).mkdir(parents=True)
    data = ("--train-only", "--data", tmp_path / "lesions")
    error = refused(2, *data, "--dataset", "breastmnist")
    assert "BreastMNIST is no folder of pictures" in error
    assert "leave it out, or give --dataset own" in error
    error = refused(3, *data, "--labels", "a,b")
    assert "lesions: a folder, whose classes have the names of its folders" in error
    assert "leave --labels out, or name a file" in error
    assert list_runs(tmp_path / "checkpoints") == []


def test_images_of_other_classes_are_refused(
    command: Command, refused: Refused, tiny_file: Path, tmp_path: Path
) -> None:
    run = trained(command, tmp_path / "runs", "--data", tiny_file, "--labels", "x,y")
    config = json.loads(run.config.read_bytes())
    run.config.write_text(json.dumps(config | {"labels": "x,z"}))
    assert "their classes are x and z, the run's x and y" in refused(3, "evaluate", run.path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--labels", "a,b"), "--data"),
        (("--labels", "a,a", "--data", "x.npz"), "the same name"),
        (("--labels", "a", "--data", "x.npz"), "2 to 64 names"),
        (("--labels", "a,b", "--data", "x.npz", "--dataset", "breastmnist"), "no --dataset"),
    ],
)
def test_names_that_cannot_be_are_refused(refused: Refused, options: tuple[str, ...], words: str) -> None:
    assert words in refused(2, "--train-only", *options)


def test_another_set_is_named_with_the_option_that_takes_it(refused: Refused, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {}
    for split, size in (("train", 546), ("val", 78), ("test", 156)):
        arrays[f"{split}_images"] = np.zeros((size, 28, 28), np.uint8)
        arrays[f"{split}_labels"] = np.arange(size, dtype=np.uint8)[:, None] % 2
    np.savez_compressed(tmp_path / "x.npz", **arrays)
    told = refused(3, "--train-only", "--dataset", "pneumoniamnist", "--data", tmp_path / "x.npz")
    assert "this is BreastMNIST" in told
    assert "--dataset breastmnist" in told


def own_file(path: Path, labels: str, *, channels: int = 1, side: int = 16) -> dict[str, Any]:
    """Write a file of three classes or labels; returns its arrays."""
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for split, size in (("train", 30), ("val", 12), ("test", 12)):
        index = np.arange(size) % 3
        several = (index[:, None] == np.arange(3)) | (rng.random((size, 3)) < 0.3)
        shape = (size, side, side, 3) if channels == 3 else (size, side, side)
        light = (60 * index).reshape(-1, *[1] * (len(shape) - 1))
        arrays[f"{split}_images"] = (rng.integers(0, 100, shape) + light).astype(np.uint8)
        arrays[f"{split}_labels"] = index if labels == "[N]" else several.astype(np.int64)
    np.savez_compressed(path, **arrays)
    return arrays


@pytest.mark.parametrize("labels", ["[N]", "[N, K]"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_file_of_any_task_is_trained_on_and_judged(
    command: Command, tmp_path: Path, labels: str, channels: int
) -> None:
    own_file(tmp_path / "scans.npz", labels, channels=channels)
    run = trained(command, tmp_path / "runs", "--data", tmp_path / "scans.npz", "--labels", "a,b,c")
    started = beginning_of(run)
    assert started is not None
    task = started.dataset.task
    assert (task.name, task.classes, task.side, task.channels) == ("scans", ("a", "b", "c"), 16, channels)
    assert task.kind == ("multiclass" if labels == "[N]" else "multilabel")
    assert 0 <= scores_of(command, run)["auc"] <= 1


@pytest.mark.parametrize("flag", ["breastmnist", "retinamnist", "chestmnist"])
def test_generated_images_of_a_sets_kind_are_trained_on(command: Command, tmp_path: Path, flag: str) -> None:
    options = ("--demo", "--dataset", flag, "--size", 16, "--batch-size", 64, "--epochs", 1)
    run = trained(command, tmp_path / "runs", *options)
    started = beginning_of(run)
    assert started is not None
    assert started.dataset.synthetic
    assert started.dataset.task.name.startswith("demo of ")
    assert "generated, not from people" in command("evaluate", run.path)[1]
    again = command("evaluate", run.path, "--demo", "--json")[1]
    assert json.loads(again)["differing"] == []


def changed(path: Path, **arrays: Any) -> None:
    """A good file with other arrays in place of some."""
    np.savez(path, **{**own_file(path, "[N]"), **arrays})


BAD: dict[str, Any] = {
    "train_images is [30, 9, 16]": {"train_images": np.zeros((30, 9, 16), np.uint8)},
    "values that are no numbers in image 0": {
        f"{split}_images": np.full((size, 16, 16), np.nan)
        for split, size in (("train", 30), ("val", 12), ("test", 12))
    },
    "has the label -1": {"val_labels": np.arange(12) % 3 - 1},
    "where only 0 to 2 are known": {"val_labels": np.arange(12)},
    "train has images of one class only, a": {"train_labels": np.zeros(30, int)},
    "train has no images of c": {"train_labels": np.arange(30) % 2},
    "Python objects": {"test_images": np.array([None] * 12)},
    "leaves nothing of a picture of 8 by 8": {
        f"{split}_images": np.zeros((size, 8, 8), np.uint8)
        for split, size in (("train", 30), ("val", 12), ("test", 12))
    },
}


@pytest.mark.parametrize("words", BAD)
def test_what_cannot_be_trained_on_is_named_and_leaves_nothing(
    refused: Refused, tmp_path: Path, words: str
) -> None:
    path = tmp_path / "scans.npz"
    changed(path, **BAD[words])
    code = 2 if "leaves nothing" in words else 3
    options = ("--data", path, "--labels", "a,b,c", "--runs-dir", tmp_path / "runs")
    said = refused(code, "--train-only", *options, *QUICK)
    assert words in " ".join(said.split())
    assert "try: " in said
    assert not (tmp_path / "runs").exists()


def test_a_class_that_test_lacks_is_a_note(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "scans.npz"
    changed(path, test_labels=np.arange(12) % 2)
    run = trained(command, tmp_path / "runs", "--data", path, "--labels", "a,b,c")
    started = beginning_of(run)
    assert started is not None
    assert started.dataset.notice.startswith("test has no images of c")
    assert "test has no images of c" in command("evaluate", run.path)[1]


def test_a_binary_set_whose_test_has_one_class_is_judged_all_the_same(
    command: Command, tiny_file: Path, tmp_path: Path
) -> None:
    with np.load(tiny_file) as file:
        arrays = dict(file)
    for split in ("val", "test"):
        arrays[f"{split}_labels"] = arrays[f"{split}_labels"] * 0
    np.savez_compressed(tmp_path / "pneumoniamnist.npz", **arrays)
    run = trained(command, tmp_path / "runs", "--data", tmp_path / "pneumoniamnist.npz")
    assert "test has no images of pneumonia" in command("evaluate", run.path)[1]
    assert 0 <= scores_of(command, run)["accuracy"] <= 1
