"""Judging a split in full gives what evaluation counted, step by step."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from typed import present

from snn_tui.analysis.results import Results
from snn_tui.evaluation import one_image
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config, read_metrics
from snn_tui.training.evaluate import Images, packed_scores
from snn_tui.values.image_ref import SplitImage
from snn_tui.values.scores import MATRIX_FORMULAS


@pytest.fixture(scope="module")
def opened(finished: RunDir) -> OpenedRun:
    """The finished run with its own images; for reading only."""
    return OpenedRun(finished, images_for(read_config(finished)))


def test_it_is_the_runs_own_scores_to_the_last_bit(opened: OpenedRun, finished: RunDir) -> None:
    metrics = read_metrics(finished)
    assert metrics is not None
    judged = opened.judge("test")
    values = Results(judged).values(0.0)
    assert {field: values[field] for field in MATRIX_FORMULAS} == {
        field: getattr(metrics.test, field) for field in MATRIX_FORMULAS
    }
    assert values["auc"] == pytest.approx(present(metrics.test).auc, abs=1e-12)
    assert judged.loss == present(metrics.test).loss
    assert judged.rates == present(metrics.test).rates
    assert judged.balanced
    assert (judged.epoch, judged.split, judged.num_steps) == (3, "test", 8)
    assert not judged.synthetic
    assert judged.source == opened.dataset.source


def test_many_steps_are_judged_a_few_images_at_a_time_and_say_how_far_they_are(opened: OpenedRun) -> None:
    images = Images.of(opened.split("test"), "test", opened.device, opened.dataset.task)
    sizes = {steps: [len(labels) for _, labels in images.batches(0, steps)] for steps in (20, 1000)}
    assert sizes == {20: [20], 1000: [12, 8]}
    done: list[tuple[str, float | None]] = []
    opened.evaluate("test", draw=1, on_progress=lambda what, share: done.append((what, share)))
    opened.energy("test", on_progress=lambda what, share: done.append((what, share)))
    assert done == [("judging test", 1.0), ("counting operations", 1.0)]


def test_a_cost_is_measured_on_the_images_that_scores_are_of(opened: OpenedRun) -> None:
    for balanced in (False, True):
        assert opened.energy("test", balanced=balanced).images == len(opened.split("test", balanced=balanced))
    assert opened.energy("test", 3, balanced=True).images == 3


@pytest.mark.parametrize("split", ["val", "test"])
def test_every_step_is_what_inspect_shows(opened: OpenedRun, split: str) -> None:
    judged = opened.judge(split, balanced=False)
    assert judged.scores == opened.evaluate(split).decisions.tolist()
    assert judged.ids == list(range(20))
    for place in range(len(judged)):
        trace = one_image.trace(opened, SplitImage(split, place))
        for step in range(1, trace.num_steps + 1):
            assert judged.scores_of(place)[step - 1] == pytest.approx(trace.score(step), abs=1e-5)
        assert judged.spike_counts(place) == trace.counts(trace.num_steps)
        assert judged.final_membranes(place) == pytest.approx(trace.membranes[-1], abs=1e-5)
        assert judged.labels[place] == trace.picture.label


def test_balanced_images_keep_their_place_in_the_split(opened: OpenedRun) -> None:
    balanced, whole = opened.judge("test"), opened.judge("test", balanced=False)
    assert 0 < len(balanced) < len(whole) == 20
    assert sum(balanced.labels) * 2 == len(balanced)
    for place, index in enumerate(balanced.ids):
        assert balanced.labels[place] == whole.labels[index]
        assert balanced.scores[place] == pytest.approx(whole.scores[index], abs=1e-5)


def test_another_draw_is_another_and_draw_0_the_same(opened: OpenedRun) -> None:
    judged = opened.judge("test")
    assert opened.evaluate("test", balanced=True, draw=0).decisions.tolist() == judged.scores
    other = opened.evaluate("test", balanced=True, draw=1).decisions
    assert other.tolist() != judged.scores
    assert len(other) == len(judged)
    assert np.frombuffer(packed_scores(other), "<f8").tolist() == other.tolist()


def test_a_portrait_is_the_image(opened: OpenedRun) -> None:
    files = one_image.png_files(opened, "test", [3, 17])
    images = opened.dataset.splits["test"].images
    for file, index in zip(files, (3, 17), strict=True):
        with Image.open(io.BytesIO(file)) as picture:
            assert picture.format == "PNG"
            assert np.array_equal(np.asarray(picture), images[index])
    assert files == one_image.png_files(opened, "test", [3, 17])


def test_progress_is_told(opened: OpenedRun) -> None:
    told: list[tuple[str, float | None]] = []
    opened.judge("val", on_progress=lambda what, done: told.append((what, done)))
    assert told[-1] == ("judging val", 1.0)
