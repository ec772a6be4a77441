"""The inspector's process judges whole splits, and its answers survive the pipe."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.test_server import InspectorProcess
from snn_tui.analysis.judgement import Judgement, unpacked
from snn_tui.analysis.results import Results
from snn_tui.inspector import protocol
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_metrics
from snn_tui.values.scores import MATRIX_FORMULAS

text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
judgements = st.builds(
    Judgement,
    split=text,
    balanced=st.booleans(),
    dataset=text,
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
    st.builds(protocol.Judged, judgements)
    | st.builds(protocol.Redrawn, st.binary(max_size=16), st.integers(0, 2**40))
    | st.builds(protocol.Portrayed, st.lists(st.binary(max_size=8), max_size=3))
)
questions = (
    st.builds(protocol.Judge, text, st.booleans())
    | st.builds(protocol.Redraw, text, st.integers(0, 2**40), st.booleans())
    | st.builds(protocol.Portraits, text, st.lists(st.integers(0, 2**40), max_size=3))
)


@given(answers, questions)
def test_what_goes_in_comes_out(answer: protocol.Answer, question: protocol.Question) -> None:
    reply, request = protocol.Reply(4, answer), protocol.Request(5, question)
    assert protocol.parse_reply(protocol.frame(reply)[protocol.HEADER_BYTES :]) == reply
    assert protocol.parse_request(protocol.frame(request)[protocol.HEADER_BYTES :]) == request


@pytest.fixture(scope="module")
def inspector(finished: RunDir) -> Iterator[InspectorProcess]:
    """A process with the finished run opened."""
    made = InspectorProcess(SNN_TUI_DATA="")
    assert isinstance(made.ask(protocol.Open(str(finished.path))), protocol.Opened)
    yield made
    made.process.kill()
    made.process.communicate()


def test_a_judgement_is_the_runs_own_scores(inspector: InspectorProcess, finished: RunDir) -> None:
    metrics = read_metrics(finished)
    assert metrics is not None
    answer = inspector.ask(protocol.Judge("test"))
    assert isinstance(answer, protocol.Judged)
    values = Results(answer.judgement).values(0.0)
    assert {field: values[field] for field in MATRIX_FORMULAS} == {
        field: getattr(metrics.test, field) for field in MATRIX_FORMULAS
    }
    whole = inspector.ask(protocol.Judge("test", balanced=False))
    assert isinstance(whole, protocol.Judged)
    assert len(answer.judgement) < len(whole.judgement) == 20


def test_draws_follow_the_judgement(inspector: InspectorProcess) -> None:
    judged, again, other = (
        inspector.ask(question)
        for question in (protocol.Judge("val"), protocol.Redraw("val", 0), protocol.Redraw("val", 1))
    )
    assert isinstance(judged, protocol.Judged)
    assert isinstance(again, protocol.Redrawn)
    assert isinstance(other, protocol.Redrawn)
    assert list(unpacked("d", again.decisions)) == judged.judgement.scores
    assert list(unpacked("d", other.decisions)) != judged.judgement.scores
    assert again.epoch == judged.judgement.epoch == 3


def test_portraits_are_png_files_and_wrong_ones_are_refused(inspector: InspectorProcess) -> None:
    answer = inspector.ask(protocol.Portraits("test", [0, 19]))
    assert isinstance(answer, protocol.Portrayed)
    assert [file[:4] for file in answer.files] == [b"\x89PNG"] * 2
    refused = inspector.ask(protocol.Portraits("test", [20]))
    assert isinstance(refused, protocol.Failed)
    assert "0 to 19" in refused.remedy
