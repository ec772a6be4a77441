"""A checkpoint brought back: what the inspector shows is what the evaluation counted."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from snn_tui.errors import DataError, RunError, UsageError
from snn_tui.evaluation import one_image
from snn_tui.evaluation.images import images_for, phantoms
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config, read_metrics
from snn_tui.snn.engines import Engine, registry
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import weights_to_bytes
from snn_tui.values.dataset import SPLITS
from snn_tui.values.decision import predicted_class
from snn_tui.values.image_ref import PictureFile, SplitImage
from snn_tui.values.task import PNEUMONIA


@pytest.fixture(scope="module")
def opened(finished: RunDir) -> OpenedRun:
    """The finished run with its own images; for reading only."""
    return OpenedRun(finished, images_for(read_config(finished)))


@pytest.fixture
def copy(finished: RunDir, tmp_path: Path) -> RunDir:
    """A copy of the finished run to change."""
    return RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without images, and no other place to look for them."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SNN_TUI_DATA", raising=False)
    return tmp_path / "home"


@pytest.mark.parametrize("split", SPLITS)
def test_every_trace_is_what_the_evaluation_counted(opened: OpenedRun, split: str) -> None:
    answers = opened.evaluate(split)
    assert 0 < int((answers.decisions > 0).sum()) < len(answers.decisions)  # both verdicts occur
    for index, decision in enumerate(answers.decisions):
        trace = one_image.trace(opened, SplitImage(split, index))
        assert trace.score(trace.num_steps) == pytest.approx(decision, abs=1e-5)
        assert predicted_class(trace.score(trace.num_steps), PNEUMONIA) == predicted_class(
            float(decision), PNEUMONIA
        )
        assert trace.picture.label == answers.labels[index]
        images = opened.dataset.splits[split]
        assert trace.picture.pixels == images.images[index].tobytes()


def test_the_balanced_answers_are_the_runs_own_scores(opened: OpenedRun, finished: RunDir) -> None:
    metrics = read_metrics(finished)
    assert metrics is not None
    assert opened.evaluate("test", balanced=True).score() == metrics.test
    assert opened.evaluate("test").score().images == 20


def test_an_image_left_out_by_balancing_is_seen_alike(opened: OpenedRun) -> None:
    """Balancing keeps an image's number, so its spikes are the same wherever it stands."""
    balanced = opened.evaluate("test", balanced=True)
    whole = opened.evaluate("test")
    assert set(np.round(balanced.decisions, 5)) <= set(np.round(whole.decisions, 5))


def test_a_spread_begins_with_the_draw_that_counts(opened: OpenedRun) -> None:
    decisions = opened.evaluate("test").decisions
    for index in range(5):
        predicted = one_image.draw_predictions(opened, SplitImage("test", index), 12)
        assert predicted[0] == (int(decisions[index] > 0),)
        for draw in (1, 7):
            trace = one_image.trace(opened, SplitImage("test", index), draw)
            assert predicted[draw] == trace.predicted(trace.num_steps)
            assert trace.draw == draw


def test_another_draw_codes_the_picture_anew_and_the_same_one_alike(opened: OpenedRun) -> None:
    first, second = (
        one_image.trace(opened, SplitImage("test", 3), 0),
        one_image.trace(opened, SplitImage("test", 3), 1),
    )
    assert first.spikes_in != second.spikes_in
    assert first == one_image.trace(opened, SplitImage("test", 3), 0)


def test_a_trace_is_whole(opened: OpenedRun) -> None:
    trace = one_image.trace(opened, SplitImage("val", 0))
    assert trace.num_steps == len(trace.spikes_in) == len(trace.membranes) == 8
    assert all(len(step) == 28 * 28 and set(step) <= {0, 1} for step in trace.spikes_in)
    assert trace.threshold == 1.0
    assert not trace.synthetic
    for fired, membrane in zip(trace.spikes_out, trace.membranes, strict=True):
        assert fired == tuple(int(one > trace.threshold) for one in membrane)


@pytest.mark.parametrize("index", [-1, 20, 10**30])
def test_an_image_that_is_not_there_is_refused_with_the_range(opened: OpenedRun, index: int) -> None:
    for ask in (
        lambda: one_image.trace(opened, SplitImage("test", index)),
        lambda: one_image.draw_predictions(opened, SplitImage("test", index), 3),
    ):
        with pytest.raises(UsageError, match=str(index)) as error:
            ask()
        assert error.value.remedy == "give a number from 0 to 19"


def test_a_picture_of_ones_own(opened: OpenedRun, tmp_path: Path) -> None:
    path = tmp_path / "chest.png"
    pixels = opened.dataset.splits["test"].images[4]
    Image.fromarray(pixels).save(path)
    trace = one_image.trace(opened, PictureFile(str(path)))
    assert trace.picture.label is None
    assert trace.picture.pixels == pixels.tobytes()
    assert not trace.synthetic
    spread = one_image.draw_predictions(opened, PictureFile(str(path)), 6)
    assert spread[0] == trace.predicted(trace.num_steps)
    renamed = tmp_path / "again.png"
    Image.fromarray(pixels).save(renamed)
    assert one_image.trace(opened, PictureFile(str(renamed))) == trace


def test_a_picture_that_is_none_is_refused(opened: OpenedRun, tmp_path: Path) -> None:
    path = tmp_path / "chest.png"
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match="chest"):
        one_image.trace(opened, PictureFile(str(path)))


def test_weights_are_loaded_again_when_the_trainer_replaced_them(copy: RunDir) -> None:
    opened = OpenedRun(copy, images_for(read_config(copy)))
    assert opened.epoch == 3
    before = opened.evaluate("test")
    assert not opened.refresh()
    assert opened.evaluate("test") is before

    other = copy.path / "new"
    other.write_bytes(weights_to_bytes(SpikingNetwork(NetworkSpec(), 9).state_dict(), {"epoch": "4"}))
    os.replace(other, copy.weights)
    assert opened.refresh()
    assert opened.epoch == 4
    assert opened.evaluate("test").decisions.tolist() != before.decisions.tolist()


def test_weights_that_went_bad_leave_those_there_are(copy: RunDir) -> None:
    opened = OpenedRun(copy, images_for(read_config(copy)))
    before = one_image.trace(opened, SplitImage("test", 0))
    copy.weights.write_bytes(b"broken")
    with pytest.raises(RunError, match="model"):
        opened.refresh()
    assert one_image.trace(opened, SplitImage("test", 0)) == before


def test_a_run_without_a_checkpoint_says_so(copy: RunDir) -> None:
    copy.weights.unlink()
    with pytest.raises(RunError, match="no checkpoint yet"):
        OpenedRun(copy, images_for(read_config(copy)))


def test_a_weights_file_far_too_large_is_not_read(copy: RunDir) -> None:
    with copy.weights.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(RunError, match="larger than"):
        OpenedRun(copy, images_for(read_config(copy)))


def test_data_named_by_hand_is_used_instead(finished: RunDir, tiny_file: Path, tmp_path: Path) -> None:
    moved = Path(shutil.copy(tiny_file, tmp_path / "moved.npz"))
    assert images_for(read_config(finished), str(moved)).source == str(moved)


def test_a_run_whose_file_was_given_from_home_finds_it_again(
    home: Path, tiny_file: Path, tmp_path: Path, new_tiny_run: Any
) -> None:
    home.mkdir()
    shutil.copy(tiny_file, home / "mine.npz")
    run = new_tiny_run(tmp_path, data="~/mine.npz")
    assert images_for(read_config(run)).source == str(home / "mine.npz")


def test_the_stand_ins_are_the_demos_phantoms() -> None:
    dataset = phantoms()
    assert dataset.synthetic
    assert "not x-rays" in dataset.notice


def test_a_picture_is_compared_with_the_training_images_that_the_run_recorded(
    opened: OpenedRun, tmp_path: Path
) -> None:
    image = opened.dataset.splits["val"].images[3]
    Image.fromarray(image).save(tmp_path / "same.png")
    Image.fromarray(255 - image).save(tmp_path / "inverted.png")
    Image.fromarray(image // 16).save(tmp_path / "dark.png")
    Image.new("L", (1, 1), 90).save(tmp_path / "pixel.png")

    def kinds(name: str, *, inverted: bool = False) -> list[str]:
        trace = one_image.trace(opened, PictureFile(str(tmp_path / name), inverted))
        assert trace.inverted is inverted
        return [warning.kind for warning in trace.warnings]

    assert kinds("same.png") == []
    assert "looks inverted" in kinds("inverted.png")
    assert kinds("inverted.png", inverted=True) == []
    assert "nearly black" in kinds("dark.png")
    assert kinds("pixel.png") == ["too small", "one colour"]


def test_a_run_of_an_engine_that_is_not_possible_here_is_judged_by_another(
    copy: RunDir, opened: OpenedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impossible(*_: object) -> Engine:
        raise registry.NotCovered("LLVM knows no such processor")

    kind = dataclasses.replace(registry.ENGINES["fused"], make=impossible)
    monkeypatch.setitem(registry.ENGINES, "fused", kind)
    config = json.loads(copy.config.read_bytes())
    copy.config.write_text(json.dumps(config | {"engine": "fused"}))
    there = OpenedRun(copy, opened.images)
    assert there.engine.name == "batched"
    ours, theirs = opened.evaluate("test").decisions, there.evaluate("test").decisions
    assert theirs == pytest.approx(ours, abs=1e-4)


def test_that_only_the_middle_square_is_judged_is_said(opened: OpenedRun, tmp_path: Path) -> None:
    image = Image.fromarray(opened.dataset.splits["val"].images[3])
    for width, height in ((280, 200), (3000, 300), (200, 900), (200, 200)):
        image.resize((width, height)).save(tmp_path / f"{width}.png")
        trace = one_image.trace(opened, PictureFile(str(tmp_path / f"{width}.png")))
        note = f"the middle square of {width} by {height} pixels is judged"
        assert (note in trace.notes) == (width != height)
        cut = any(warning.kind == "mostly cut off" for warning in trace.warnings)
        assert cut == (max(width, height) > 2 * min(width, height))


def test_a_run_that_recorded_no_statistics_is_measured_by_its_images(
    copy: RunDir, finished: RunDir, tmp_path: Path
) -> None:
    lines = [json.loads(line) for line in copy.events.read_text().splitlines()]
    for line in lines:
        if line["type"] == "RunStarted":
            assert line["dataset"].pop("training_images")
    copy.events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    old = OpenedRun(copy, images_for(read_config(finished)))
    Image.fromarray(old.dataset.splits["val"].images[3] // 16).save(tmp_path / "dark.png")
    trace = one_image.trace(old, PictureFile(str(tmp_path / "dark.png")))
    assert "nearly black" in [warning.kind for warning in trace.warnings]
