"""The run panel of Train."""

from __future__ import annotations

import io
import re

import msgspec
import pytest
from render import runs
from render.terminals import ALL, BARE, FULL
from rich.console import Console, RenderableType

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.runs import events
from snn_tui.runs.state import RunState, replay
from snn_tui.tui.train.draw import outcome
from snn_tui.tui.train.draw.outcome import RunKeys
from snn_tui.tui.train.draw.run_panel import run_panel
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import PUBLISHED, Scores, metrics_for
from snn_tui.values.task import Task
from snn_tui.values.task_scores import ClassScores


def drawn(renderable: RenderableType, width: int = 56) -> str:
    """The letters of a drawing."""
    console = Console(width=width, file=io.StringIO(), color_system=None, legacy_windows=False)
    console.print(renderable)
    return console.file.getvalue()  # type: ignore[attr-defined]


def panel(state: RunState, word: str = "training", log: tuple[str, ...] = (), **size: int) -> str:
    """The letters of a run panel."""
    width, height = size.get("width", 56), size.get("height", 9)
    return drawn(run_panel(state, word, log, RunKeys(), Canvas(width, height, FULL)), width)


def test_a_run_that_goes_on_shows_progress_speed_and_firing() -> None:
    beat = events.Heartbeat(t=9.0, cpu=100.0, memory=1 << 20, gpu=61.0, gpu_memory=3 << 29)
    text = panel(runs.run(2, beat))
    assert "epoch 2/4" in text
    assert " 50% ETA 0:08" in text
    assert "4 812 img/s  lr 1e-3  gpu 61%  1.5 GiB" in text
    assert "on cuda:0 · H200" in text
    assert "12%" in text
    assert "<1%" in text
    assert "train 2 428 · val 270 · test 468" in text


def test_before_the_first_batch_there_is_what_it_waits_for() -> None:
    assert "starting the trainer" in panel(RunState(), "preparing")
    loading = replay([events.Preparing(t=0.0, what="downloading\x1b[2J", done=0.25)])
    text = panel(loading, "preparing")
    assert "downloading" in text
    assert "25%" in text
    assert "\x1b" not in text
    assert "ETA -:--" in panel(replay([runs.started()]))


def test_a_run_in_a_queue_says_what_it_waits_for() -> None:
    assert "waits for its job's turn" in panel(RunState(), "queued", width=80)
    preempted = panel(runs.run(2), "queued", width=80)
    assert "epoch 2/4" in preempted
    assert "waits for its job's turn" in preempted


def test_a_finished_run_shows_its_scores_beside_the_published() -> None:
    text = panel(runs.finished(), "finished", width=100)
    assert "100% took" in text
    assert "img/s" not in text
    names, test, study = [line.split() for line in text.splitlines() if line][1:4]
    assert names == [metric.short for metric in metrics_for("binary").values()]
    assert test[:8] == ["test", "0.750", "0.900", "0.600", "0.700", "0.900", "0.787", "0.735"]
    assert test[-1] == "–"
    assert study == ["study", *(f"{value:.3f}" for value in PUBLISHED.values())]


def test_where_it_is_narrow_the_scores_are_in_two_blocks() -> None:
    lines = panel(runs.finished(), "finished", width=36, height=11).splitlines()
    names, below = lines[1].split(), lines[4].split()
    assert names + below == [
        metric.short for field, metric in metrics_for("binary").items() if field != "recall"
    ]
    assert {"0.787", "0.735"} <= set(lines[5].split())
    assert lines[6].split()[-2:] == ["0.857", "0.852"]
    low = panel(runs.finished(), "finished", width=36, height=6).splitlines()
    assert low[1].split() == ["acc", "sens", "spec", "AUC"]
    assert "study" in low[3]


def test_what_the_trainer_used_is_told_only_while_it_is_there() -> None:
    beat = events.Heartbeat(t=9.0, cpu=187.0, memory=1 << 30)
    for word in ("training", "paused"):
        assert "cpu 187%" in panel(runs.run(2, beat), word)
    stop = events.RunStopped(t=9.0, signal="SIGTERM")
    for state, word in ((runs.run(2, beat), "crashed"), (runs.run(2, beat, stop), "stopped")):
        assert "187%" not in panel(state, word)
        assert "img/s" not in panel(state, word)
        assert "50% r resumes" in panel(state, word)


def test_synthetic_scores_are_not_set_beside_the_published() -> None:
    text = panel(
        runs.finished(dataset=runs.dataset(True, "These images are synthetic.")), "finished", height=12
    )
    assert "study " not in text
    assert "not comparable with the study" in text
    assert "These images are synthetic." in text


def test_a_long_notice_is_shown_whole() -> None:
    notice = "not the official file: test has 312 images, not 624"
    text = panel(runs.run(2, dataset=runs.dataset(notice=notice)), width=36, height=11)
    assert notice in " ".join(text.split())


def test_a_notice_goes_before_what_is_on_other_screens_too() -> None:
    notice = "8 images of val are in train, too; not the official file: test has 312 images"
    rates = {f"conv{index}": 0.15 for index in range(1, 6)} | {"out": 0.13}
    state = runs.run(2, dataset=runs.dataset(notice=notice))
    last = state.epochs_ended[-1]
    state.apply(msgspec.structs.replace(last, val=msgspec.structs.replace(last.val, rates=rates)))
    text = panel(state, height=6)
    assert notice in " ".join(text.split())
    assert "out 13%" in text


def test_of_a_run_that_ended_warnings_go_before_the_machine() -> None:
    notice = "8 images of val are in train, too"
    state = runs.finished(dataset=runs.dataset(notice=notice))
    text = panel(state, "finished", width=36, height=8)
    assert notice in " ".join(text.split())
    assert "lr 1e-3" not in text
    assert "lr 1e-3" in panel(state, "finished", width=36, height=30)


def test_a_failed_run_shows_what_where_and_what_to_do() -> None:
    failure = events.RunFailed(t=2.0, what="out of [b]memory", where="gpu", remedy="halve it", exit_code=1)
    text = panel(replay([failure]), "failed")
    assert text.splitlines()[0] == "failed: r tries again"
    assert "gpu: out of [b]memory" in text
    assert "try: halve it" in text
    assert "worker.log" not in text
    text = panel(runs.run(1, failure), "failed", ("a line of the log",))
    assert "25% r resumes" in text.splitlines()[0]
    assert "worker.log ends with:" in text
    assert "a line of the log" in text


def test_a_failure_of_many_words_is_shown_whole() -> None:
    what, where = " ".join(["word"] * 40), "/a-very-long-folder-name" * 4
    failure = events.RunFailed(t=2.0, what=what, where=where, remedy="", exit_code=1)
    text = panel(replay([failure]), "failed", width=36, height=20)
    assert text.split().count("word") == 40
    assert where in "".join(text.split())


def test_a_crashed_run_shows_how_far_it_came_and_the_end_of_its_log() -> None:
    log = tuple(f"line {number}" for number in range(30))
    text = panel(runs.run(1), "crashed", log)
    assert "epoch 1/4" in text
    assert "vanished: r resumes it" in text
    assert "line 29" in text
    assert "line 10" not in text
    assert len(text.splitlines()) <= 9
    assert "worker.log is empty" in panel(runs.run(1), "crashed")
    assert "epoch" not in panel(RunState(), "crashed")


def test_a_run_whose_directory_is_gone_says_so_and_not_that_it_can_be_resumed() -> None:
    text = panel(runs.run(1), "gone")
    assert "epoch 1/4" in text
    assert "directory is gone" in text
    assert "resumes" not in text
    assert "ETA" not in text


def test_a_stopped_run_says_so() -> None:
    stop = events.RunStopped(t=5.0, signal="SIGTERM")
    assert "25% r resumes" in panel(runs.run(1, stop), "stopped")
    before = panel(replay([events.Preparing(t=0.1, what="loading torch"), stop]), "stopped")
    assert "stopped before the first batch" in before
    assert "loading torch" not in before


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [10, 36, 56, 120])
@pytest.mark.parametrize("height", [1, 5, 9])
def test_no_panel_leaves_its_box(terminal: Terminal, width: int, height: int) -> None:
    beat = events.Heartbeat(t=9.0, cpu=100.0, memory=1 << 30)
    for state, word in (
        (runs.run(2, beat), "training"),
        (runs.finished(), "finished"),
        (RunState(), "preparing"),
    ):
        text = drawn(run_panel(state, word, (), RunKeys(), Canvas(width, height, terminal)), width)
        assert len(text.splitlines()) <= height
        assert all(len(line) <= width for line in text.splitlines())
        assert terminal.unicode or text.isascii()


@pytest.mark.parametrize("width", [36, 40, 56])
def test_the_firing_rates_of_many_layers_are_all_there(width: int) -> None:
    rates = {"conv1": 0.12, "conv2": 0.06, "conv3": 0.051, "dense": 0.333, "out": 0.41}
    state = runs.run(2)
    last = state.epochs_ended[-1]
    state.apply(msgspec.structs.replace(last, val=msgspec.structs.replace(last.val, rates=rates)))
    text = panel(state, width=width, height=10)
    words = text.replace("▇", "").replace("▁", "")
    for name, share in zip(rates, ("12%", "6%", "5%", "33%", "41%"), strict=True):
        assert re.search(f"{name} +{share}", words)


def ended(task: Task, **changes: object) -> RunState:
    """A run of a task that has ended, with its scores on test."""
    state = runs.of_task(task)
    test = msgspec.structs.replace(runs.task_scores(task), **changes)
    state.apply(events.RunFinished(t=9.0, test=test, kept_epoch=2, seconds=9.0))
    return state


@pytest.mark.parametrize("task", [runs.GRADES, runs.FINDINGS])
def test_scores_of_another_task_are_its_own_and_say_nothing_of_the_study(task: Task) -> None:
    lines = panel(ended(task), "finished", width=60, height=12).splitlines()
    assert lines[2].split() == [metric.short for metric in metrics_for(task.kind).values()]
    assert not re.search("study|Pneumonia|never predicted", "\n".join(lines))
    size = 60 if task.kind == "multilabel" else 90
    assert f"train {size} · val {size} · test {size}" in "\n".join(lines)


def test_classes_that_were_never_predicted_are_named() -> None:
    rows = runs.task_scores(runs.FINDINGS).classes
    silent = [msgspec.structs.replace(row, matrix=ConfusionMatrix(60, 0, 30, 0)) for row in rows]
    some = panel(ended(runs.FINDINGS, classes=(rows[0], *silent[1:])), "finished", height=12)
    assert "never predicted: nodule and edema" in some
    assert "no label was ever predicted" in panel(
        ended(runs.FINDINGS, classes=tuple(silent)), "finished", height=12
    )


@pytest.mark.parametrize("terminal", [FULL, BARE])
def test_labels_that_were_never_predicted_take_a_line_and_leave_room_for_notes(terminal: Terminal) -> None:
    task = Task(name="x", classes=tuple(f"label {number}" for number in range(14)), kind="multilabel")
    rows = tuple(
        ClassScores(name=name, matrix=ConfusionMatrix(10, 0 if index < 12 else 5, 5, 0))
        for index, name in enumerate(task.classes)
    )
    scores = Scores(images=25, classes=rows, rates={})
    dots = "…" if terminal.unicode else "..."
    head = "12 of 14 labels never predicted"
    for width, line in (
        (58, f"{head}: label 0, label 1, {dots}"),
        (48, f"{head}: label 0, {dots}"),
        (38, head),
    ):
        drawn = outcome.final_scores(scores, False, Canvas(width, 10, terminal), task=task)
        assert drawn[-1].plain == line
    wide = outcome.final_scores(scores, False, Canvas(200, 10, terminal), task=task)
    assert wide[-1].plain.endswith("label 10 and label 11")


def test_scores_below_zero_stand_apart() -> None:
    task = Task(name="x", classes=("0", "1", "2"), kind="ordinal")
    scores = Scores(images=9, rates={}, accuracy=0.25, quadratic_kappa=-0.125, mcc=-0.5)
    test = outcome.final_scores(scores, False, Canvas(60, 10, FULL), task=task)[1].plain
    assert {"0.250", "-0.125", "-0.500"} <= set(test.split())
