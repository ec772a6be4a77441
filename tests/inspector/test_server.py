"""The inspector's process: asked over real pipes, it answers, refuses, and lives on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from snn_tui.inspector import protocol
from snn_tui.runs.rundir import RunDir
from snn_tui.values.trace import verdict


class InspectorProcess:
    """An inspector process, asked one question at a time."""

    def __init__(self, **environment: str) -> None:
        import os

        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "snn_tui.inspector"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self._number = 0

    def ask(self, question: protocol.Question) -> protocol.Answer:
        """The answer; replies that it is working are passed over."""
        assert self.process.stdin is not None
        self._number += 1
        self.process.stdin.write(protocol.frame(protocol.Request(self._number, question)))
        self.process.stdin.flush()
        while True:
            reply = self._reply()
            assert reply.number == self._number
            if not isinstance(reply.answer, protocol.Working):
                return reply.answer

    def _reply(self) -> protocol.Reply:
        assert self.process.stdout is not None
        header = self.process.stdout.read(protocol.HEADER_BYTES)
        assert header, self.process.communicate()[1].decode()
        return protocol.parse_reply(self.process.stdout.read(protocol.body_length(header)))

    def end(self) -> tuple[int, bytes, bytes]:
        """Close its input; gives the exit code and what else it wrote."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def inspector() -> Iterator[InspectorProcess]:
    """A process for the whole room; each test opens its run."""
    made = InspectorProcess(SNN_TUI_DATA="")
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.fixture
def opened(inspector: InspectorProcess, finished: RunDir) -> InspectorProcess:
    """The same with the finished run opened."""
    assert isinstance(inspector.ask(protocol.Open(str(finished.path))), protocol.Opened)
    return inspector


def alive(inspector: InspectorProcess) -> bool:
    """Whether it still answers."""
    return isinstance(inspector.ask(protocol.Look("test", 0)), protocol.Seen)


def test_nothing_can_be_seen_before_a_run_is_open() -> None:
    fresh = InspectorProcess()
    for question in (protocol.Look("test", 0), protocol.Survey("test"), protocol.FetchData()):
        answer = fresh.ask(question)
        assert isinstance(answer, protocol.Failed)
        assert "no run is open" in answer.what
    assert fresh.end() == (0, b"", b"")


def test_opening_tells_what_there_is(inspector: InspectorProcess, finished: RunDir) -> None:
    answer = inspector.ask(protocol.Open(str(finished.path)))
    assert isinstance(answer, protocol.Opened)
    assert answer.name == finished.name
    assert answer.sizes == {"train": 40, "val": 20, "test": 20}
    assert (answer.epoch, answer.synthetic, answer.stand_in) == (3, False, False)
    assert "not the official file" in answer.notice


def test_a_survey_and_every_look_agree(opened: InspectorProcess) -> None:
    survey = opened.ask(protocol.Survey("test"))
    assert isinstance(survey, protocol.Surveyed)
    assert (len(survey.labels), len(survey.decisions), survey.epoch) == (20, 20, 3)
    for index in range(20):
        seen = opened.ask(protocol.Look("test", index))
        assert isinstance(seen, protocol.Seen)
        assert seen.trace.picture.label == survey.labels[index]
        score = seen.trace.score(seen.trace.num_steps)
        assert score == pytest.approx(survey.decisions[index], abs=1e-5)
        assert verdict(score) == verdict(survey.decisions[index])


def test_a_spread_begins_with_the_look(opened: InspectorProcess) -> None:
    spread = opened.ask(protocol.Spread(protocol.Look("val", 4), 9))
    seen = opened.ask(protocol.Look("val", 4))
    assert isinstance(spread, protocol.SpreadOut)
    assert isinstance(seen, protocol.Seen)
    assert len(spread.decisions) == 9
    assert spread.decisions[0] == pytest.approx(seen.trace.score(seen.trace.num_steps), abs=1e-5)


def test_the_inside_of_a_look(opened: InspectorProcess, tmp_path: Path) -> None:
    path = tmp_path / "chest.png"
    Image.fromarray(np.tile(np.arange(0, 240, 4, np.uint8), (60, 1))).save(path)
    for what in (protocol.Look("test", 3, 1), protocol.LookAt(str(path), 2)):
        seen, inside, covered = (
            opened.ask(question) for question in (what, protocol.LookInside(what), protocol.Cover(what))
        )
        assert isinstance(seen, protocol.Seen)
        assert isinstance(inside, protocol.Inside)
        assert [(layer.name, layer.neurons) for layer in inside.layers] == [("conv1", 1728), ("conv2", 800)]
        assert {len(layer.spikes) for layer in inside.layers} == {seen.trace.num_steps}
        assert isinstance(covered, protocol.Covered)
        assert covered.evidence.score == pytest.approx(seen.trace.score(seen.trace.num_steps), abs=1e-5)
        assert len(covered.evidence.pull) == 28 * 28
    for what in (protocol.Look("test", 99), protocol.LookAt(str(tmp_path / "gone.png"))):
        for question in (protocol.LookInside(what), protocol.Cover(what)):
            assert isinstance(opened.ask(question), protocol.Failed)
    assert alive(opened)


def test_a_picture_of_ones_own(opened: InspectorProcess, tmp_path: Path) -> None:
    path = tmp_path / "chest.png"
    Image.fromarray(np.tile(np.arange(0, 240, 4, np.uint8), (60, 1))).save(path)
    seen = opened.ask(protocol.LookAt(str(path)))
    spread = opened.ask(protocol.Spread(protocol.LookAt(str(path)), 4))
    assert isinstance(seen, protocol.Seen)
    assert isinstance(spread, protocol.SpreadOut)
    assert seen.trace.picture.label is None
    assert spread.decisions[0] == pytest.approx(seen.trace.score(seen.trace.num_steps), abs=1e-5)


def test_what_cannot_be_shown_is_refused_and_it_lives_on(opened: InspectorProcess, tmp_path: Path) -> None:
    broken = tmp_path / "chest.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    bad_index = opened.ask(protocol.Look("test", 20))
    assert isinstance(bad_index, protocol.Failed)
    assert "0 to 19" in bad_index.remedy
    for path in (broken, tmp_path / "no.png", tmp_path):
        for question in (protocol.LookAt(str(path)), protocol.Spread(protocol.LookAt(str(path)), 3)):
            answer = opened.ask(question)
            assert isinstance(answer, protocol.Failed)
            assert answer.where == str(path)
            assert answer.remedy
    assert alive(opened)


def test_a_run_that_is_none_is_refused_and_the_open_one_stays(
    opened: InspectorProcess, tmp_path: Path
) -> None:
    answer = opened.ask(protocol.Open(str(tmp_path / "no")))
    assert isinstance(answer, protocol.Failed)
    assert alive(opened)


def test_data_that_was_named_and_is_not_there_is_refused(opened: InspectorProcess, finished: RunDir) -> None:
    answer = opened.ask(protocol.Open(str(finished.path), "/nowhere/x.npz"))
    assert isinstance(answer, protocol.Failed)
    assert answer.where == "/nowhere/x.npz"
    assert alive(opened)


def test_a_checkpoint_that_vanishes_is_told_and_seen_again(
    inspector: InspectorProcess, finished: RunDir, tmp_path: Path
) -> None:
    run = RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))
    assert isinstance(inspector.ask(protocol.Open(str(run.path))), protocol.Opened)
    content = run.weights.read_bytes()
    run.weights.unlink()
    answer = inspector.ask(protocol.Look("test", 0))
    assert isinstance(answer, protocol.Failed)
    assert "no checkpoint" in answer.what
    run.weights.write_bytes(content)
    assert alive(inspector)


def test_where_the_images_are_missing_phantoms_stand_in_and_say_so(finished: RunDir, tmp_path: Path) -> None:
    run = RunDir(Path(shutil.copytree(finished.path, tmp_path / "copy")))
    config = run.config.read_text()
    own = config[config.index('"data"') : config.index('"balance"')]
    run.config.write_text(config.replace(own, '"data": "/gone/x.npz", '))
    inspector = InspectorProcess(HOME=str(tmp_path), SNN_TUI_DATA="")
    answer = inspector.ask(protocol.Open(str(run.path)))
    assert isinstance(answer, protocol.Opened)
    assert (answer.stand_in, answer.synthetic) == (True, True)
    assert "not x-rays" in answer.notice
    seen = inspector.ask(protocol.Look("test", 0))
    assert isinstance(seen, protocol.Seen)
    assert seen.trace.synthetic
    assert inspector.end() == (0, b"", b"")


def test_a_ctrl_c_in_the_screens_terminal_is_not_for_it(opened: InspectorProcess) -> None:
    import signal

    opened.process.send_signal(signal.SIGINT)
    assert alive(opened)
