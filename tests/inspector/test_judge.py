"""The inspector's process judges whole splits, and its answers survive the pipe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.made_tasks import TASKS
from inspector.process import InspectorProcess
from snn_tui.analysis.judgement import Judgement, unpacked
from snn_tui.analysis.results import Results
from snn_tui.inspector import messages, protocol, run_messages
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_metrics
from snn_tui.values.scores import MATRIX_FORMULAS

text = st.text(st.characters(codec="utf-8"), max_size=20)
runs = st.builds(run_messages.RunRef, text, st.none() | text)
judgements = st.builds(
    Judgement,
    split=text,
    balanced=st.booleans(),
    task=TASKS,
    synthetic=st.booleans(),
    notice=text,
    source=text,
    epoch=st.integers(0, 2**40),
    engine=text,
    num_steps=st.integers(1, 1000),
    ids=st.lists(st.integers(0, 2**40), max_size=4),
    labels=st.binary(max_size=4),
    counts=st.binary(max_size=16),
    decisions=st.binary(max_size=16),
    membranes=st.binary(max_size=16),
    loss=st.none() | st.floats(allow_nan=False),
    rates=st.dictionaries(text, st.floats(0, 1), max_size=3),
)
answers = (
    st.builds(run_messages.JudgementResult, judgements)
    | st.builds(run_messages.RedrawResult, st.binary(max_size=16), st.integers(0, 2**40))
    | st.builds(run_messages.PngFiles, st.lists(st.binary(max_size=8), max_size=3))
)
questions = (
    st.builds(run_messages.JudgeSplit, runs, text, st.booleans())
    | st.builds(run_messages.RedrawSplit, runs, text, st.integers(0, 2**40), st.booleans())
    | st.builds(run_messages.ExportImages, runs, text, st.lists(st.integers(0, 2**40), max_size=3))
)


@given(answers, questions)
def test_what_goes_in_comes_out(answer: protocol.AnyAnswer, question: protocol.AnyQuestion) -> None:
    reply, request = protocol.Reply(4, answer), protocol.Request(5, question)
    assert protocol.parse_reply(protocol.frame(reply)[protocol.HEADER_BYTES :]) == reply
    assert protocol.parse_request(protocol.frame(request)[protocol.HEADER_BYTES :]) == request


@pytest.fixture(scope="module")
def inspector() -> Iterator[InspectorProcess]:
    """A process for the whole module."""
    made = InspectorProcess(SNN_TUI_DATA="")
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.fixture(scope="module")
def run(finished: RunDir) -> run_messages.RunRef:
    """The finished run."""
    return run_messages.RunRef(str(finished.path))


def test_a_judgement_is_the_runs_own_scores(
    inspector: InspectorProcess, run: run_messages.RunRef, finished: RunDir
) -> None:
    metrics = read_metrics(finished)
    assert metrics is not None
    answer = inspector.ask(run_messages.JudgeSplit(run, "test"))
    assert isinstance(answer, run_messages.JudgementResult)
    values = Results(answer.judgement).values(0.0)
    assert {field: values[field] for field in MATRIX_FORMULAS} == {
        field: getattr(metrics.test, field) for field in MATRIX_FORMULAS
    }
    whole = inspector.ask(run_messages.JudgeSplit(run, "test", balanced=False))
    assert isinstance(whole, run_messages.JudgementResult)
    assert len(answer.judgement) < len(whole.judgement) == 20


def test_draws_follow_the_judgement(inspector: InspectorProcess, run: run_messages.RunRef) -> None:
    judged, again, other = (
        inspector.ask(question)
        for question in (
            run_messages.JudgeSplit(run, "val"),
            run_messages.RedrawSplit(run, "val", 0),
            run_messages.RedrawSplit(run, "val", 1),
        )
    )
    assert isinstance(judged, run_messages.JudgementResult)
    assert isinstance(again, run_messages.RedrawResult)
    assert isinstance(other, run_messages.RedrawResult)
    assert list(unpacked("d", again.scores)) == judged.judgement.scores
    assert list(unpacked("d", other.scores)) != judged.judgement.scores
    assert again.epoch == judged.judgement.epoch == 3


def test_exported_images_are_png_files_and_wrong_ones_are_refused(
    inspector: InspectorProcess, run: run_messages.RunRef
) -> None:
    answer = inspector.ask(run_messages.ExportImages(run, "test", [0, 19]))
    assert isinstance(answer, run_messages.PngFiles)
    assert [file[:4] for file in answer.files] == [b"\x89PNG"] * 2
    refused = inspector.ask(run_messages.ExportImages(run, "test", [20]))
    assert isinstance(refused, messages.Failed)
    assert "0 to 19" in refused.remedy
