"""Result files that MedMNIST's evaluator writes and reads the same."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from evaluation.test_bounded import peak

from snn_tui.analysis.judgement import Rows
from snn_tui.analysis.task_scores import task_scores
from snn_tui.errors import UsageError
from snn_tui.export import writing
from snn_tui.export.medmnist_csv import medmnist_name, medmnist_rows
from snn_tui.values.task import PNEUMONIA, Task, TaskKind
from snn_tui.values.task_scores import TaskScores

ROOT = Path(__file__).parents[2]
KINDS: dict[str, tuple[str, TaskKind]] = {
    "binary-class": ("BreastMNIST", "binary"),
    "multi-class": ("OCTMNIST", "multiclass"),
    "ordinal-regression": ("RetinaMNIST", "ordinal"),
    "multi-label, binary-class": ("ChestMNIST", "multilabel"),
}


def shared_file(name: str) -> Path:
    """A file among the shared data sets; the test is skipped where there is none."""
    for folder in (ROOT.parent / "shared" / "data", Path(os.environ.get("SNN_TUI_DATA") or ROOT)):
        if (folder / name).is_file():
            return folder / name
    pytest.skip(f"needs {name} in ../shared/data or $SNN_TUI_DATA")


def a_task(flag: str, side: int = 28) -> Task:
    """The task of a set, as `medmnist.INFO` describes it."""
    from medmnist import INFO

    kind = KINDS[INFO[flag]["task"]][1]
    return Task(
        name=INFO[flag]["python_class"],
        classes=tuple(INFO[flag]["label"].values()),
        kind=kind,
        positive=1 if kind == "binary" else None,
        side=side,
    )


def evaluator_in(folder: Path) -> Any:
    """MedMNIST's evaluator, which looks for images in a folder of one's own."""
    from medmnist import Evaluator

    class Local(Evaluator):  # type: ignore[misc] # medmnist has no types
        def __init__(self, flag: str, split: str, size: object = None) -> None:
            super().__init__(flag, split, size, root=str(folder))

    return Local


def predictions(task: Task, labels: Any, columns: int, seed: int = 0) -> Any:
    """Probabilities `[N, columns]` that are better than chance, as 64-bit floats."""
    rng = np.random.default_rng(seed)
    if task.kind == "multilabel":
        return 1 / (1 + np.exp(-rng.normal(2.0 * labels - 1, 1.5)))
    logits = 1.5 * np.eye(task.outputs)[labels[:, 0]] + rng.normal(0, 1, (len(labels), task.outputs))
    return (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))[:, -columns:]


def check_against_medmnist(folder: Path, task: Task, split: str, columns: int) -> None:
    """Our file is the one that MedMNIST writes, and MedMNIST reads our scores from it."""
    size = None if task.side == 28 else task.side
    evaluator = evaluator_in(folder)(task.name.lower(), split, size)
    labels = evaluator.labels.astype(int)
    scores = predictions(task, labels, columns)
    result = task_scores(
        task, scores.tolist(), (labels if task.kind == "multilabel" else labels[:, 0]).tolist()
    )
    theirs, ours = folder / "theirs", folder / "ours"
    theirs.mkdir()
    ours.mkdir()
    written = evaluator.evaluate(scores, str(theirs), "plus-s4")
    target = ours / medmnist_name(task, split, result, "plus-s4")
    target.write_text("".join(medmnist_rows(range(len(labels)), scores.tolist())), encoding="utf-8")
    assert [path.name for path in theirs.iterdir()] == [target.name]
    assert next(theirs.iterdir()).read_bytes() == target.read_bytes()
    read = evaluator_in(folder).parse_and_evaluate(str(target))
    assert (read.ACC, read.AUC) == (written.ACC, written.AUC) == (result.accuracy, result.auc)
    assert list(ours.iterdir()) == [target]


@pytest.mark.parametrize(("flag", "columns"), [("breastmnist", 1), ("breastmnist", 2), ("retinamnist", 5)])
def test_medmnist_reads_results_on_its_own_sets(tmp_path: Path, flag: str, columns: int) -> None:
    (tmp_path / f"{flag}.npz").symlink_to(shared_file(f"{flag}.npz"))
    check_against_medmnist(tmp_path, a_task(flag), "test", columns)


@pytest.mark.parametrize("split", ["train", "val", "test"])
@pytest.mark.parametrize("side", [28, 64])
@pytest.mark.parametrize("flag", ["breastmnist", "octmnist", "retinamnist", "chestmnist"])
def test_medmnist_reads_results_of_every_kind_and_size(
    tmp_path: Path, flag: str, side: int, split: str
) -> None:
    task, rng = a_task(flag, side), np.random.default_rng(7)
    labels = np.arange(150)[:, None] % task.outputs
    if task.kind == "multilabel":
        labels = (rng.random((150, task.outputs)) < 0.3).astype(int)
    size = "" if side == 28 else f"_{side}"
    arrays: dict[str, Any] = {f"{split}_labels": labels.astype(np.uint8)}
    np.savez(tmp_path / f"{flag}{size}.npz", **arrays)
    check_against_medmnist(tmp_path, task, split, task.outputs)


def test_lines_are_in_the_order_of_the_split() -> None:
    assert "".join(medmnist_rows([2, 0, 1], [[0.25, 1e-07], [1, 0.5], [0.125, 1e22]])) == (
        "0,1,0.5\n1,0.125,1e+22\n2,0.25,1e-07\n"
    )


def test_a_long_split_is_written_without_holding_its_text(tmp_path: Path) -> None:
    numbers = np.random.default_rng(1).random((20_000, 14))
    rows = Rows(array("d", numbers.tobytes()), 14)
    target = tmp_path / "long.csv"

    def write() -> None:
        writing.write({target: medmnist_rows(range(20_000), rows)}, force=False)

    assert peak(write) < target.stat().st_size / 2
    assert target.read_text().splitlines()[-1] == ",".join(map(repr, [19_999, *numbers[-1].tolist()]))


def test_a_table_that_breaks_off_leaves_no_file(tmp_path: Path) -> None:
    def interrupted() -> Iterator[str]:
        yield "0,0.5\n"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.write({tmp_path / "long.csv": interrupted()}, force=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ids", [[0, 2], [1, 2], [0, 0]])
def test_a_part_of_a_split_is_refused(ids: list[int]) -> None:
    with pytest.raises(UsageError, match="whole splits"):
        medmnist_rows(ids, [[0.5], [0.5]])


SCORES = TaskScores(kind="binary", images=3, accuracy=0.5, auc=0.75)


def test_names_of_runs_cannot_break_the_name() -> None:
    name = medmnist_name(PNEUMONIA, "val", SCORES, "../a.b@c d")
    assert name == "pneumoniamnist_val_[AUC]0.750_[ACC]0.500@---a-b-c-d.csv"


@pytest.mark.filterwarnings("ignore:Only one class is present")
def test_an_undefined_auc_is_nan_as_medmnists(tmp_path: Path) -> None:
    task = a_task("chestmnist")
    labels = np.random.default_rng(1).integers(0, 2, (40, 14))
    labels[:, 3] = 0
    np.savez(tmp_path / "chestmnist.npz", test_labels=labels.astype(np.uint8))
    scores = predictions(task, labels, 14)
    evaluator_in(tmp_path)("chestmnist", "test").evaluate(scores, str(tmp_path), "1")
    result = task_scores(task, scores.tolist(), labels.tolist())
    name = medmnist_name(task, "test", result, "1")
    assert result.auc is not None
    assert name.startswith("chestmnist_test_[AUC]nan_[ACC]0.")
    assert (tmp_path / name).read_text() == "".join(medmnist_rows(range(40), scores.tolist()))


def test_what_medmnist_does_not_have_is_refused() -> None:
    for task, split in (
        (Task(name="my pictures", classes=("a", "b")), "test"),
        (Task(name="BreastMNIST", classes=("a", "b"), side=32), "test"),
        (PNEUMONIA, "fold 1"),
    ):
        with pytest.raises(UsageError, match="MedMNIST has no"):
            medmnist_name(task, split, SCORES, "1")
