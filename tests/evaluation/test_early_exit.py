"""Early exit of an opened run: each image's verdict, score and steps, computed by hand of its trace."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from typed import present

from snn_tui.data.dataset import Dataset
from snn_tui.errors import DataError, UsageError
from snn_tui.evaluation import one_image
from snn_tui.evaluation.early_exit import early_exit
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.values.image_ref import SplitImage


@pytest.fixture(scope="module")
def images(finished: RunDir) -> Dataset:
    """The finished run's own images."""
    return images_for(read_config(finished))


@pytest.fixture(scope="module")
def opened(finished: RunDir, images: Dataset) -> OpenedRun:
    """The finished run, judged early at a loss that stops some images; for reading only."""
    return OpenedRun(finished, images, early_exit="0.2")


def test_verdict_score_and_steps_of_each_image_are_those_of_its_trace(opened: OpenedRun) -> None:
    rule = present(opened.exit_rule())
    judged, evaluation = opened.judge("test", balanced=False), opened.evaluate("test")
    for index in range(len(judged)):
        trace = one_image.trace(opened, SplitImage("test", index))
        steps = range(1, trace.num_steps + 1)
        by_hand = next(
            (step for step in steps if abs(trace.score(step)) / step >= rule.threshold), trace.num_steps
        )
        assert trace.verdict_step == judged.verdict_step(index) == evaluation.steps_taken[index] == by_hand
        assert judged.predictions(index) == trace.predicted(by_hand)
        score = trace.score(by_hand) * trace.num_steps / by_hand
        assert judged.scores[index] == pytest.approx(score, abs=1e-5)
        assert evaluation.decisions[index] == pytest.approx(score, abs=1e-5)
        assert judged.probabilities[index] == pytest.approx(
            evaluation.probabilities[index].tolist(), abs=1e-5
        )
        assert tuple(evaluation.counts[index]) == judged.spike_counts(index) == trace.counts(by_hand)
    assert one_image.draw_predictions(opened, SplitImage("test", 0), 1) == [judged.predictions(0)]
    assert max(map(abs, judged.scores)) <= judged.score_limit


def test_energy_is_the_mean_of_that_of_each_image_until_its_step(opened: OpenedRun) -> None:
    energy, judged = opened.energy("test"), opened.judge("test", balanced=False)
    exits = present(early_exit(opened, "test", energy, balanced=False))
    assert exits.stops == judged.stops
    steps = [judged.verdict_step(index) for index in range(len(judged))]
    for name in ("nanojoules", "neurobench_nanojoules", "memory_nanojoules"):
        total = sum(getattr(energy, f"{name}_after")(step) for step in steps)
        assert getattr(exits, name) == pytest.approx(total / len(steps)), name
        assert getattr(exits, f"full_{name}") == pytest.approx(getattr(energy, name))


def test_all_steps_can_be_asked_for(finished: RunDir, images: Dataset, opened: OpenedRun) -> None:
    plain = OpenedRun(finished, images)
    assert early_exit(plain, "test", plain.energy("test")) is None
    assert opened.evaluate("test", all_steps=True).score() == plain.evaluate("test").score()


def test_fewer_steps_are_the_first_ones(finished: RunDir, images: Dataset) -> None:
    all_steps, three = OpenedRun(finished, images), OpenedRun(finished, images, steps=3)
    judged = all_steps.judge("val")
    assert three.judge("val").scores == pytest.approx(list(judged.scores_after(3)), abs=1e-5)


def test_without_val_no_threshold_is_chosen(finished: RunDir, images: Dataset) -> None:
    nothing = images.splits["val"].take(np.array([], np.int64))
    without = dataclasses.replace(images, splits=images.splits | {"val": nothing})
    opened = OpenedRun(finished, without, early_exit="auto")
    with pytest.raises(DataError, match="no images of val"):
        opened.evaluate("test")


def test_one_step_and_early_exit_are_refused(finished: RunDir, images: Dataset) -> None:
    with pytest.raises(UsageError, match="no earlier step"):
        OpenedRun(finished, images, steps=1, early_exit="auto")
    assert OpenedRun(finished, images, steps=1).exit_rule() is None
