"""The inspector process: asked over real pipes, it answers, refuses, and lives on."""

from __future__ import annotations

import io
import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inspector.process import InspectorProcess
from snn_tui.inspector import messages, protocol, run_messages
from snn_tui.inspector.answers import Answers
from snn_tui.inspector.cache import Datasets, OpenedRuns
from snn_tui.inspector.run_messages import OccludeImage, PredictDraws, RecordLayers, RunRef, TraceImage
from snn_tui.inspector.server import serve
from snn_tui.runs.rundir import RunDir
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import weights_to_bytes
from snn_tui.training.evaluate import judgement_bytes
from snn_tui.values.image_ref import PictureFile, SplitImage

FIRST = SplitImage("test", 0)


@pytest.fixture(scope="module")
def inspector() -> Iterator[InspectorProcess]:
    """A process for the whole module."""
    made = InspectorProcess(SNN_TUI_DATA="")
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.fixture
def run(finished: RunDir) -> RunRef:
    """The finished run."""
    return RunRef(str(finished.path))


@pytest.fixture
def chest(tmp_path: Path) -> PictureFile:
    """A picture of the user's own."""
    path = tmp_path / "chest.png"
    Image.fromarray(np.tile(np.arange(0, 240, 4, dtype=np.uint8), (60, 1))).save(path)
    return PictureFile(str(path))


def traces(inspector: InspectorProcess, run: RunRef) -> bool:
    """Whether it still answers questions about a run."""
    return isinstance(inspector.ask(TraceImage(run, FIRST)), run_messages.TraceResult)


def test_the_facts_about_a_run(inspector: InspectorProcess, run: RunRef, finished: RunDir) -> None:
    facts = inspector.ask(run_messages.OpenRun(run))
    assert isinstance(facts, run_messages.RunFacts)
    assert facts.name == finished.name
    assert facts.sizes == {"train": 40, "val": 20, "test": 20}
    assert (facts.epoch, facts.synthetic, facts.stand_in) == (3, False, False)
    assert "not the official file" in facts.notice


def test_a_run_needs_not_be_opened_before_it_is_asked_about(run: RunRef) -> None:
    fresh = InspectorProcess()
    assert traces(fresh, run)
    assert fresh.end() == (0, b"", b"")


def test_questions_about_several_runs_alternate(
    inspector: InspectorProcess, finished: RunDir, tmp_path: Path
) -> None:
    """More runs than are kept; each answer is the one that its run alone gives."""
    runs = [RunRef(str(shutil.copytree(finished.path, tmp_path / f"run{number}"))) for number in range(5)]
    for number, run in enumerate(runs):
        weights = RunDir(Path(run.path)).weights
        network = SpikingNetwork(NetworkSpec(), number)
        weights.write_bytes(weights_to_bytes(network.state_dict(), {"epoch": str(number)}))
    alone = []
    for run in runs:
        fresh = InspectorProcess(SNN_TUI_DATA="")
        alone.append(fresh.ask(run_messages.PredictSplit(run, "test")))
        assert fresh.end() == (0, b"", b"")
    for number in (0, 1, 0, 1, 2, 3, 4, 0, 4, 1):
        scores, judged = (
            inspector.ask(question)
            for question in (
                run_messages.PredictSplit(runs[number], "test"),
                run_messages.JudgeSplit(runs[number], "test", balanced=False),
            )
        )
        assert scores == alone[number]
        assert isinstance(scores, run_messages.SplitPredictions)
        assert isinstance(judged, run_messages.JudgementResult)
        assert scores.epoch == judged.judgement.epoch == number
        assert list(map(abs, judged.judgement.scores)) == scores.margins
        assert [judged.judgement.predictions(index) for index in range(20)] == scores.predicted


def test_scores_and_traces_agree(inspector: InspectorProcess, run: RunRef) -> None:
    scores = inspector.ask(run_messages.PredictSplit(run, "test"))
    assert isinstance(scores, run_messages.SplitPredictions)
    assert (len(scores.truth), len(scores.margins), scores.epoch) == (20, 20, 3)
    for index in range(20):
        traced = inspector.ask(TraceImage(run, SplitImage("test", index)))
        assert isinstance(traced, run_messages.TraceResult)
        assert traced.trace.picture.labels == scores.truth[index]
        score = traced.trace.score(traced.trace.num_steps)
        assert abs(score) == pytest.approx(scores.margins[index], abs=1e-5)
        assert traced.trace.predicted(traced.trace.num_steps) == scores.predicted[index]


def test_the_first_draw_is_the_traced_one(
    inspector: InspectorProcess, run: RunRef, chest: PictureFile
) -> None:
    for image in (SplitImage("val", 4), chest):
        drawn = inspector.ask(PredictDraws(run, image, 9))
        traced = inspector.ask(TraceImage(run, image))
        assert isinstance(drawn, run_messages.DrawPredictions)
        assert isinstance(traced, run_messages.TraceResult)
        assert len(drawn.predicted) == 9
        assert drawn.predicted[0] == traced.trace.predicted(traced.trace.num_steps)
        assert (traced.trace.picture.label is None) is (image is chest)


def test_hidden_layers_and_occlusion(
    inspector: InspectorProcess, run: RunRef, chest: PictureFile, tmp_path: Path
) -> None:
    for image, draw in ((SplitImage("test", 3), 1), (chest, 2)):
        traced, hidden, covered = (
            inspector.ask(question(run, image, draw)) for question in (TraceImage, RecordLayers, OccludeImage)
        )
        assert isinstance(traced, run_messages.TraceResult)
        assert isinstance(hidden, run_messages.HiddenLayers)
        assert [(layer.name, layer.neurons) for layer in hidden.layers] == [("conv1", 1728), ("conv2", 800)]
        assert {len(layer.spikes) for layer in hidden.layers} == {traced.trace.num_steps}
        assert isinstance(covered, run_messages.OcclusionResult)
        score = traced.trace.score(traced.trace.num_steps)
        assert covered.evidence.score == pytest.approx(score, abs=1e-5)
        assert len(covered.evidence.pull) == 28 * 28
    for image in (SplitImage("test", 99), PictureFile(str(tmp_path / "gone.png"))):
        for question in (RecordLayers, OccludeImage):
            assert isinstance(inspector.ask(question(run, image)), messages.Failed)
    assert traces(inspector, run)


def test_an_image_that_is_none_is_refused_and_it_lives_on(
    inspector: InspectorProcess, run: RunRef, tmp_path: Path
) -> None:
    broken = tmp_path / "chest.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    bad_index = inspector.ask(TraceImage(run, SplitImage("test", 20)))
    assert isinstance(bad_index, messages.Failed)
    assert "0 to 19" in bad_index.remedy
    for path in (broken, tmp_path / "no.png", tmp_path):
        image = PictureFile(str(path))
        for question in (TraceImage(run, image), PredictDraws(run, image, 3)):
            answer = inspector.ask(question)
            assert isinstance(answer, messages.Failed)
            assert answer.where == str(path)
            assert answer.remedy
    assert traces(inspector, run)


def test_a_run_that_is_none_is_refused_and_it_lives_on(
    inspector: InspectorProcess, run: RunRef, tmp_path: Path
) -> None:
    missing = RunRef(str(tmp_path / "no"))
    for question in (run_messages.OpenRun(missing), TraceImage(missing, FIRST)):
        assert isinstance(inspector.ask(question), messages.Failed)
    assert traces(inspector, run)


def test_the_file_a_run_was_trained_on_goes_before_another(inspector: InspectorProcess, run: RunRef) -> None:
    answer = inspector.ask(run_messages.OpenRun(RunRef(run.path, "/nowhere/x.npz")))
    assert isinstance(answer, run_messages.RunFacts)
    assert answer.differing == ()


def test_data_that_was_named_and_is_not_there_is_refused(
    inspector: InspectorProcess, run: RunRef, finished: RunDir, tmp_path: Path
) -> None:
    copy = RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))
    copy.config.write_text(json.dumps(json.loads(copy.config.read_text()) | {"data": None}))
    elsewhere = RunRef(str(copy.path), "/nowhere/x.npz")
    for question in (run_messages.OpenRun(elsewhere), TraceImage(elsewhere, FIRST)):
        answer = inspector.ask(question)
        assert isinstance(answer, messages.Failed)
        assert answer.where == "/nowhere/x.npz"
    assert traces(inspector, run)


def test_a_checkpoint_that_vanishes_is_missed_and_found_again(
    inspector: InspectorProcess, finished: RunDir, tmp_path: Path
) -> None:
    copy = RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))
    run = RunRef(str(copy.path))
    assert traces(inspector, run)
    content = copy.weights.read_bytes()
    copy.weights.unlink()
    answer = inspector.ask(TraceImage(run, FIRST))
    assert isinstance(answer, messages.Failed)
    assert "no checkpoint" in answer.what
    copy.weights.write_bytes(content)
    assert traces(inspector, run)


def test_a_run_that_was_replaced_by_another_is_opened_anew(
    inspector: InspectorProcess, finished: RunDir, tmp_path: Path
) -> None:
    copy = RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))
    run = RunRef(str(copy.path))
    assert traces(inspector, run)
    copy.config.write_text(copy.config.read_text().replace('"num_steps": 8', '"num_steps": 5'))
    traced = inspector.ask(TraceImage(run, FIRST))
    assert isinstance(traced, run_messages.TraceResult)
    assert traced.trace.num_steps == 5


def test_where_the_images_are_missing_phantoms_stand_in_and_say_so(finished: RunDir, tmp_path: Path) -> None:
    copy = RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))
    config = copy.config.read_text()
    own = config[config.index('"data"') : config.index('"balance"')]
    copy.config.write_text(config.replace(own, '"data": "/gone/x.npz", '))
    inspector, run = InspectorProcess(HOME=str(tmp_path), SNN_TUI_DATA=""), RunRef(str(copy.path))
    facts = inspector.ask(run_messages.OpenRun(run))
    assert isinstance(facts, run_messages.RunFacts)
    assert (facts.stand_in, facts.synthetic) == (True, True)
    assert "not x-rays" in facts.notice
    traced = inspector.ask(TraceImage(run, FIRST))
    assert isinstance(traced, run_messages.TraceResult)
    assert traced.trace.synthetic
    assert inspector.end() == (0, b"", b"")


def test_a_ctrl_c_in_the_screens_terminal_is_not_for_it(inspector: InspectorProcess, run: RunRef) -> None:
    assert traces(inspector, run)  # it has begun
    inspector.process.send_signal(signal.SIGINT)
    assert traces(inspector, run)


def test_a_question_that_nobody_waits_for_any_more_is_dropped_at_work(run: RunRef) -> None:
    first = protocol.Request(1, run_messages.PredictSplit(run, "test"))
    second = protocol.Request(2, run_messages.PredictSplit(run, "val"))
    looks = iter([False, True])  # the second request comes at the second look
    replies = io.BytesIO()
    serve(io.BytesIO(protocol.frame(first) + protocol.frame(second)), replies, lambda: next(looks, False))
    replies.seek(0)
    numbers, answers = set(), []
    while header := replies.read(protocol.HEADER_BYTES):
        reply = protocol.parse_reply(replies.read(protocol.body_length(header)))
        numbers.add(reply.number)
        if not isinstance(reply.answer, messages.Working):
            answers.append((reply.number, type(reply.answer)))
    assert numbers == {1, 2}
    assert answers == [(2, run_messages.SplitPredictions)]


def test_a_question_that_is_cancelled_gets_no_answer_nor_does_the_cancelling(run: RunRef) -> None:
    looks, replies = iter([False, False, True]), io.BytesIO()
    asked = protocol.Request(1, run_messages.JudgeSplit(run, "test", balanced=False))
    cancelled = protocol.Request(1, messages.Cancel())
    serve(io.BytesIO(protocol.frame(asked) + protocol.frame(cancelled)), replies, lambda: next(looks, False))
    replies.seek(0)
    while header := replies.read(protocol.HEADER_BYTES):
        reply = protocol.parse_reply(replies.read(protocol.body_length(header)))
        assert isinstance(reply.answer, messages.Working)


def test_of_questions_that_came_while_it_was_busy_only_the_last_is_answered(
    inspector: InspectorProcess, run: RunRef
) -> None:
    answers = inspector.ask_at_once(
        run_messages.JudgeSplit(run, "test", balanced=False),
        messages.Cancel(),
        run_messages.JudgeSplit(run, "val", balanced=False),
    )
    assert [answer.judgement.split for answer in answers] == ["val"]


@pytest.mark.parametrize("seen_before", [True, False])
def test_an_answer_that_is_too_large_says_so(
    run: RunRef, monkeypatch: pytest.MonkeyPatch, seen_before: bool
) -> None:
    """A judgement is not even made; of other answers the frame is measured."""
    monkeypatch.setattr(protocol, "FRAME_LIMIT", 200)
    replies = io.BytesIO()
    question = run_messages.JudgeSplit(run, "test", balanced=False) if seen_before else TraceImage(run, FIRST)
    serve(io.BytesIO(protocol.frame(protocol.Request(1, question))), replies)
    monkeypatch.undo()
    replies.seek(0)
    answers = []
    while header := replies.read(protocol.HEADER_BYTES):
        answers.append(protocol.parse_reply(replies.read(protocol.body_length(header))).answer)
    last = answers[-1]
    assert isinstance(last, messages.Failed)
    assert "the screens take" in last.what
    judged = any("judging" in one.what for one in answers if isinstance(one, messages.Working))
    assert not judged


def test_the_size_of_a_judgement_is_about_that_of_its_frame(run: RunRef) -> None:
    opened = OpenedRuns(Datasets()).get(run, lambda what, share: None)
    judgement = opened.judge("test", balanced=False)
    framed = protocol.reply_frame(1, run_messages.JudgementResult(judgement))
    arrays = judgement_bytes(opened.engine, opened.dataset.task, len(judgement))
    assert arrays <= len(framed) + 8 * len(judgement) < arrays + 5000


def test_an_occlusion_and_another_draw_say_how_far_they_are(run: RunRef) -> None:
    answers, done = Answers(), []
    answers.answer(run_messages.RedrawSplit(run, "test", 1), lambda what, share: done.append((what, share)))
    assert ("judging test", 1.0) in done
    answers.answer(OccludeImage(run, FIRST), lambda what, share: done.append((what, share)))
    assert done[-1] == ("covering the image", 1.0)
