"""Answers about a run of a training loop of one's own, from the traces it stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import snn_tui
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.inspector import model_messages, run_messages
from snn_tui.inspector.answers import Answers
from snn_tui.values.image_ref import PictureFile, SplitImage
from snn_tui.values.trace import Trace

RNG = np.random.default_rng(0)
SPIKES = np.eye(3, dtype=int)[[0, 1, 1, 1]]
CONV = RNG.integers(0, 2, (4, 2, 3, 5))


def ask(question: Any) -> Any:
    """The answer to a question."""
    return Answers().answer(question, lambda what, share: None)


def run_of(folder: Path, *traces: dict[str, Any]) -> run_messages.RunRef:
    """A run with some traces."""
    with snn_tui.start("net", classes=["cat", "dog", "owl"], dataset="Pets", runs_dir=folder) as run:
        run.epoch(loss=1.0)
        for trace in traces:
            run.trace(**trace)
    return run_messages.RunRef(str(run.path))


def traced(folder: Path, **trace: Any) -> Trace:
    """The trace of one."""
    question = run_messages.TraceImage(run_of(folder, trace), SplitImage("traces", 0))
    answer: Trace = ask(question).trace
    return answer


def test_the_facts_are_those_of_the_traces(tmp_path: Path) -> None:
    facts = ask(run_messages.OpenRun(run_of(tmp_path, {"spikes": SPIKES}, {"spikes": SPIKES})))
    assert (facts.dataset, facts.sizes, facts.coding, facts.epoch) == ("Pets", {"traces": 2}, "stored", 1)
    assert facts.task.classes == ("cat", "dog", "owl")


def test_a_trace_has_all_that_was_stored(tmp_path: Path) -> None:
    image = RNG.integers(0, 256, (3, 5)).astype(np.uint8)
    ref = run_of(
        tmp_path,
        {
            "image": image,
            "input_spikes": CONV[:, 0],
            "spikes": {"conv": CONV, "out": SPIKES},
            "membranes": SPIKES * 0.5,
            "label": 1,
            "name": "a dog",
        },
    )
    question = run_messages.TraceImage(ref, SplitImage("traces", 0))
    trace = ask(question).trace
    assert trace.picture.pixels == image.tobytes()
    assert trace.picture.label == 1
    assert [list(step) for step in trace.spikes_in] == CONV[:, 0].reshape(4, -1).tolist()
    assert trace.counts(4) == (1, 3, 0)
    assert trace.predicted(4) == (1,)
    assert trace.membranes[3] == (0.0, 0.5, 0.0)
    assert (trace.coding, trace.stored, trace.warnings) == ("rate", "a dog, epoch 1", [])
    (layer,) = ask(run_messages.RecordLayers(ref, question.image)).layers
    assert [list(step) for step in layer.spikes] == CONV.reshape(4, -1).tolist()
    predictions = ask(run_messages.PredictSplit(ref, "traces"))
    assert (predictions.truth, predictions.predicted) == ([(1,)], [(1,)])
    assert ask(run_messages.ExportImages(ref, "traces", [0])).files[0][:4] == b"\x89PNG"


def test_what_was_not_stored_is_said(tmp_path: Path) -> None:
    trace = traced(tmp_path, spikes=SPIKES)
    assert [warning.kind for warning in trace.warnings] == [
        "membranes not stored",
        "image not stored",
        "input not stored",
    ]
    assert trace.predicted(4) == (1,)
    assert trace.picture.labels is None


def test_outputs_without_spikes_are_decided_by_their_membranes(tmp_path: Path) -> None:
    trace = traced(tmp_path, membranes=[[0.0, 5.0, 0.0], [1.0, 2.0, 3.0]], label=2)
    assert trace.predicted(1) == (1,)
    assert trace.predicted(2) == (2,)
    assert max(map(max, trace.membranes)) < trace.threshold
    assert not trace.threshold_known
    assert "outputs do not spike" in [warning.kind for warning in trace.warnings]


def test_membranes_that_are_no_numbers_are_said_to_be_drawn_as_0(tmp_path: Path) -> None:
    trace = traced(tmp_path, spikes=SPIKES, membranes=np.where(SPIKES, np.nan, 0.5))
    assert trace.membranes[0] == (0.0, 0.5, 0.5)
    assert "membranes not finite" in [warning.kind for warning in trace.warnings]


@pytest.mark.parametrize("shape", [(4, 15), (4, 3, 5), (4, 2, 3, 5), (4, 700)], ids=str)
def test_without_an_image_the_mean_of_the_input_is_drawn(shape: tuple[int, ...], tmp_path: Path) -> None:
    trace = traced(tmp_path, spikes=SPIKES, input_spikes=RNG.integers(0, 2, shape))
    pixels = trace.picture.height * trace.picture.width
    assert len(trace.picture.pixels) == pixels
    assert all(len(step) == pixels for step in trace.spikes_in)


def test_an_input_of_another_size_than_the_image_is_said(tmp_path: Path) -> None:
    trace = traced(tmp_path, spikes=SPIKES, image=np.ones((9, 9)), input_spikes=CONV)
    assert "input of another size" in [warning.kind for warning in trace.warnings]


NETWORK_ONLY = [
    lambda ref: run_messages.OccludeImage(ref, SplitImage("traces", 0)),
    lambda ref: run_messages.PredictDraws(ref, SplitImage("traces", 0), 3),
    lambda ref: run_messages.JudgeSplit(ref, "test"),
    lambda ref: run_messages.MeasureEnergy(ref, "test", 3),
    lambda ref: run_messages.MeasureExit(ref),
    lambda ref: run_messages.TraceImage(ref, PictureFile("x.png")),
    lambda ref: run_messages.TraceImage(ref, SplitImage("traces", 0, inverted=True)),
    lambda ref: model_messages.DescribeModel(RunConfig(), ref),
    lambda ref: model_messages.MeasureActivity(ref, 3),
]


@pytest.mark.parametrize("make", NETWORK_ONLY)
def test_what_only_a_network_can_answer_is_refused_in_a_sentence(make: Any, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="whose network snn-tui does not have"):
        ask(make(run_of(tmp_path, {"spikes": SPIKES})))


def test_a_run_without_traces_says_how_to_store_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="stored no trace") as refused:
        ask(run_messages.OpenRun(run_of(tmp_path)))
    assert "run.trace" in refused.value.remedy


def test_an_index_beyond_the_traces_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="traces has no image 5"):
        ask(run_messages.TraceImage(run_of(tmp_path, {"spikes": SPIKES}), SplitImage("traces", 5)))
