"""The runs that a run learns from: by name and checksum, and what is said where they have changed."""

from __future__ import annotations

import zlib
from pathlib import Path

import msgspec
import pytest

from runs.samples import NOON, new_run
from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.lock import Lock
from snn_tui.runs.named_weights import teachers_of, with_checksums
from snn_tui.runs.store import create


def learning_from(teacher: str) -> RunConfig:
    """A configuration with teachers."""
    return msgspec.structs.replace(RunConfig(), teacher=teacher)


def test_teachers_are_recorded_by_name_and_checksum(tmp_path: Path) -> None:
    runs = [new_run(tmp_path, seed) for seed in (3, 4)]
    for run in runs:
        run.weights.write_bytes(run.name.encode())
    recorded = with_checksums(learning_from("paper-s3,paper-s4"), tmp_path)
    assert recorded.teacher == ",".join(f"{run.name}@{zlib.crc32(run.name.encode()):08x}" for run in runs)
    assert with_checksums(recorded, tmp_path) == recorded
    assert [content for _, content in teachers_of(recorded, tmp_path)] == [run.name.encode() for run in runs]
    assert with_checksums(RunConfig(), tmp_path) == RunConfig()


def test_a_teacher_of_another_folder_is_recorded_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "others").mkdir()
    run = new_run(tmp_path / "others")
    run.weights.write_bytes(b"weights")
    recorded = with_checksums(learning_from(str(run.path)), tmp_path)
    assert recorded.teacher == f"{run.path}@{zlib.crc32(b'weights'):08x}"
    assert teachers_of(recorded, tmp_path) == [(run, b"weights")]


def test_a_teacher_that_is_missing_or_changed_is_named_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="--teacher nobody") as error:
        with_checksums(learning_from("nobody"), tmp_path)
    assert "snn-tui runs" in error.value.remedy
    run = new_run(tmp_path)
    with pytest.raises(RunError, match="no checkpoint yet"):
        with_checksums(learning_from("paper-s0"), tmp_path)
    run.weights.write_bytes(b"weights")
    recorded = with_checksums(learning_from("paper-s0"), tmp_path)
    run.weights.write_bytes(b"others")
    with pytest.raises(RunError, match="other weights"):
        teachers_of(recorded, tmp_path)
    run.weights.unlink()
    with pytest.raises(RunError, match="learns from it, but the weights file was deleted") as error:
        teachers_of(recorded, tmp_path)
    assert "until it ends" in error.value.remedy
    run.config.unlink()
    with pytest.raises(RunError, match="learns from it, but the run was deleted, moved or renamed") as error:
        teachers_of(recorded, tmp_path)
    assert error.value.where == f"--teacher {run.name}"
    assert "until it ends" in error.value.remedy


def test_a_run_with_a_teacher_is_trained_by_one_process() -> None:
    with pytest.raises(UsageError, match="one process"):
        build({"teacher": "paper-s0", "devices": 2, "device": "cpu"})
    with pytest.raises(UsageError, match="--teacher"):
        build({"teacher": "a,,b"})


@pytest.mark.parametrize("field", ["teacher", "init_from"])
def test_a_run_that_has_seen_the_images_of_val_is_refused(tmp_path: Path, field: str) -> None:
    """On a fold, what was trained on another fold or on all of train has learned from what is judged."""
    for fold in (None, "1/5", "2/5"):
        run = create(tmp_path, build({"fold": fold, "name": f"of-{(fold or 'all')[0]}"}), NOON)
        run.weights.write_bytes(b"weights")
    with_checksums(build({field: "of-1", "fold": "1/5"}), tmp_path)
    with_checksums(build({field: "of-1"}), tmp_path)
    for named, words in (("of-2", "fold 2/5 of train held out"), ("of-a", "all of train")):
        with pytest.raises(UsageError, match=f"trained with {words}"):
            with_checksums(build({field: named, "fold": "1/5"}), tmp_path)
    with_checksums(build({field: "of-2", "fold": "1/5", "dataset": "breastmnist"}), tmp_path)


def test_a_run_that_is_still_being_trained_is_refused(tmp_path: Path) -> None:
    run = new_run(tmp_path)
    run.weights.write_bytes(b"weights")
    lock = Lock.acquire(run)
    with pytest.raises(RunError, match="still being trained"):
        with_checksums(learning_from("paper-s0"), tmp_path)
    lock.release()
    assert with_checksums(learning_from("paper-s0"), tmp_path).teacher
