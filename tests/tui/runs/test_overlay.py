"""Curves of several runs over each other, and what differs between runs."""

from __future__ import annotations

import math
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from render import runs
from render.terminals import ALL, BARE, FULL
from rich.cells import cell_len
from runs.samples import DATASET, ended, progress, started

from snn_tui.config.loop import of_loop
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw
from snn_tui.render.chart_view import ChartView
from snn_tui.render.series import Chart, Series
from snn_tui.render.smoothing import smoothed
from snn_tui.render.terminal import Terminal
from snn_tui.runs.history import History, history
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.tui.runs.draw.differences import differences_lines, run_differences
from snn_tui.tui.runs.draw.marks import MARKS
from snn_tui.tui.runs.draw.overlay import CURVES, Overlay, curve, curves_for, overlay_curves
from snn_tui.tui.runs.draw.run_facts import run_facts
from tui.runs.test_draw_run_list import entry

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6), st.just(math.nan)), max_size=40)


def made(name: str, state: RunState | None = None) -> History:
    return history(RunDir(Path("/nowhere") / name), state or runs.finished())


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("name", CURVES)
def test_every_curve_of_several_runs_is_drawn_with_their_letters(terminal: Terminal, name: str) -> None:
    falling = [(made("one"), 0), (made("two", runs.run(2)), 4)]
    shown = draw(overlay_curves(Overlay(falling, name, 0.5)), Canvas(70, 12, terminal)).plain
    assert shown.count("\n") == 11
    assert max(map(cell_len, shown.splitlines())) <= 70
    if name == "auc":  # undefined in all of them
        assert "nothing measured yet" in shown
        return
    assert f"{MARKS[0]} one" in shown
    assert f"{MARKS[4]} two" in shown
    drawn = "".join(shown.splitlines()[1:])
    assert MARKS[0] in drawn or MARKS[4] in drawn
    assert terminal.unicode or shown.isascii()


def test_a_run_alone_has_its_measured_curve_behind_the_smoothed_one() -> None:
    alone = [(made("one"), None)]
    assert "measured" in draw(overlay_curves(Overlay(alone, "loss", 0.9)), Canvas(70, 12, FULL)).plain
    assert "measured" not in draw(overlay_curves(Overlay(alone, "loss", 0.0)), Canvas(70, 12, FULL)).plain


def test_runs_without_epochs_and_no_runs_at_all_say_so() -> None:
    for chosen in ([], [(made("young", RunState()), None)]):
        assert (
            "nothing measured yet"
            in draw(overlay_curves(Overlay(chosen, "accuracy", 0.0)), Canvas(70, 12, BARE)).plain
        )


def test_curves_are_what_the_run_measured() -> None:
    one = made("one")
    assert curve(one, "accuracy", 0.0) == ([1.0, 2.0, 3.0, 4.0], [0.75] * 4)
    places, losses = curve(one, "loss", 0.0)
    assert places[:2] == [0.25, 0.5]
    assert losses == list(one.losses)


@given(VALUES)
def test_without_smoothing_nothing_changes(values: list[float | None]) -> None:
    for before, after in zip(values, smoothed(values, 0.0), strict=True):
        assert after == before or (math.isnan(after) and (before is None or math.isnan(before)))


@given(VALUES, st.floats(0.01, 0.99))
def test_a_smoothed_curve_stays_between_its_extremes(values: list[float | None], decay: float) -> None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    for before, after in zip(values, smoothed(values, decay), strict=True):
        if before is None or math.isnan(before):
            assert math.isnan(after)
        else:
            assert min(known) - 1e-6 <= after <= max(known) + 1e-6


def test_the_usual_smoothing_is_the_one_of_the_loss_chart() -> None:
    state = runs.finished()
    assert smoothed(state.losses, 0.9) == pytest.approx(list(state.ema))
    assert curve(made("one", state), "loss", 0.9)[1] == list(state.ema)


def test_where_batches_are_left_out_the_past_fades_all_the_same() -> None:
    whole = smoothed([1.0] * 5 + [0.0] * 20, 0.9)
    thinned = smoothed([1.0, 1.0, 0.0, 0.0], 0.9, [0, 4, 5, 24])
    assert thinned[-1] == pytest.approx(whole[-1], abs=0.02)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(30, 4), (46, 18), (74, 8), (150, 30)])
def test_differences_fit_and_name_their_runs(terminal: Terminal, width: int, height: int) -> None:
    other = made("two-with-a-long-name", runs.finished(dataset=runs.dataset(synthetic=True), device="cpu"))
    third = made("three")
    shown = run_differences([(made("one"), 0), (other, 1), (third, 2)], Canvas(width, height, terminal)).plain
    rows = shown.splitlines()
    assert len(rows) <= height
    assert max(map(cell_len, rows)) <= width
    assert "A" in rows[0]
    assert width < 150 or "A one" in rows[0]
    assert terminal.unicode or shown.isascii()
    assert not any(row.startswith("epochs ") for row in rows)  # the same in all
    assert width < 150 or any(row.startswith("device used") for row in rows)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(30, 6), (44, 14), (46, 18), (74, 8), (56, 9), (150, 30)])
def test_every_line_of_the_differences_can_be_reached_and_no_value_is_cut(
    terminal: Terminal, width: int, height: int
) -> None:
    other = made("two-with-a-long-name", runs.finished(dataset=runs.dataset(synthetic=True), device="cpu"))
    compared = [(made("one"), 0), (other, 1), (made("three"), 2)]
    canvas = Canvas(width, height, terminal)
    seen = [
        run_differences(compared, canvas, first).plain for first in range(differences_lines(compared, canvas))
    ]
    assert all(len(page.splitlines()) <= height for page in seen)
    assert "epoch reached" in seen[0]
    everything = "\n".join(seen)
    for words in ("two-with-a-long-name", "val acc", "val AUC", "device used", "val loss"):
        assert words in everything
    assert ("…" in everything or "..." in everything) == (width < 24)
    assert ("lines" in seen[0]) == (len(set(seen)) > 1)


def test_facts_of_one_run_can_be_scrolled_to_their_end() -> None:
    canvas = Canvas(40, 5, FULL)
    pages = [run_facts(entry("one"), made("one"), canvas, first).plain for first in (0, 1, 99)]
    assert "more lines" in pages[0]
    assert "folder" not in pages[0]
    assert "folder" in pages[2]


def test_facts_of_one_run_are_not_cut() -> None:
    shown = run_facts(entry("one"), made("one"), Canvas(34, 60, FULL)).plain
    assert "…" not in shown
    assert "false alarms of" in " ".join(shown.split())


def test_no_name_in_a_runs_files_steers_the_terminal() -> None:
    evil = "\x1b]0;title\x07\u202e"
    split = msgspec.structs.replace(DATASET, after={evil: {"a": 1}})
    begun = msgspec.structs.replace(started(), dataset=split, versions={evil: evil}, host=evil, device=evil)
    hostile = made("hostile", replay([begun, ended(8.0, 1)]))
    shown = run_differences([(made("one"), 0), (hostile, 1)], Canvas(118, 90, FULL), everything=True).plain
    assert "title" in shown
    assert not set(evil[:1] + evil[-2:]) & set(shown)


def test_the_best_score_stands_out_where_there_is_one() -> None:
    better, worse = runs.run(1), runs.run(1)
    worse.epochs_ended = [
        msgspec.structs.replace(end, val=msgspec.structs.replace(end.val, accuracy=0.5, loss=0.9))
        for end in worse.epochs_ended
    ]
    text = run_differences([(made("one", worse), 0), (made("two", better), 1)], Canvas(74, 20, FULL))
    lines = {line.plain.split("  ")[0]: line for line in text.split("\n")}
    for name, good in (("val acc", "0.750"), ("val loss", "0.500")):
        spans = [span for span in lines[name].spans if "bold" in str(span.style)]
        assert [lines[name].plain[span.start : span.end].strip() for span in spans] == [good]
    assert not any("bold" in str(span.style) for span in lines["val sens"].spans)


def test_runs_that_are_alike_are_said_to_be_and_what_is_equal_is_listed_when_asked_for() -> None:
    alike, canvas = [(made("one"), 0), (made("two"), 1)], Canvas(74, 100, FULL)
    differing = run_differences(alike, canvas).plain
    assert "nothing that decides them differs" in differing
    assert "engine used" not in differing
    everything = run_differences(alike, canvas, everything=True).plain
    assert "nothing that decides them differs" in everything
    for words in ("engine used", "parameters", "host"):
        assert words in everything
    assert differences_lines(alike, canvas, everything=True) > differences_lines(alike, canvas)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(20, 3), (46, 18), (74, 8), (150, 30)])
def test_facts_fit(terminal: Terminal, width: int, height: int) -> None:
    one = entry("2026-11-23T1206-paper-s4", "failed", note="[b]beta[/b] " * 9)
    shown = run_facts(one, made("one"), Canvas(width, height, terminal)).plain.splitlines()
    assert len(shown) <= height
    assert max(map(cell_len, shown)) <= width
    assert terminal.unicode or "".join(shown).isascii()


def test_facts_have_scores_mistakes_options_and_trouble() -> None:
    one = entry("2026-11-23T1206-paper-s4", note="[b]beta[/b]")
    shown = run_facts(one, made("one"), Canvas(60, 30, FULL)).plain
    for words in (
        one.run.name,
        "[b]beta[/b]",
        "0.875",
        "0.852",
        "1 missed, 1 false alarms of 270",
        "epochs 4",
    ):
        assert words in shown
    for words in ("PneumoniaMNIST, 3 166 images", "reference on cuda:0 · H200", "best     epoch 1", "conv1"):
        assert words in shown
    wrong = run_facts(entry("x", "broken", "config.json: broken"), None, Canvas(60, 30, FULL)).plain
    assert "trouble  config.json: broken" in wrong


def test_curves_are_those_of_the_kinds_of_the_runs() -> None:
    assert list(curves_for(["binary"])) == list(CURVES)
    assert list(curves_for(["ordinal"]))[2:] == ["accuracy", "quadratic_kappa", "balanced_accuracy", "auc"]
    mixed = list(curves_for(["binary", "multilabel"]))[2:]
    assert mixed == ["accuracy", "sensitivity", "specificity", "balanced_accuracy", "macro_f1", "auc"]


def test_steps_of_a_loop_that_did_not_tell_its_batches_are_those_it_trained() -> None:
    begun = msgspec.structs.replace(started(batches=0), config=of_loop("mine", {}))
    state = replay([begun, *(progress(float(n), 1, n, 0.5) for n in range(1, 8)), ended(8.0, 1)])
    one = Overlay([(made("mine", state), None)], "loss", 0.0)
    (line,) = overlay_curves(one, ChartView(unit="step")).series
    assert list(line.xs) == [1, 2, 3, 4, 5, 6, 7]


def test_a_run_without_a_metric_has_no_curve_of_it() -> None:
    grades, study = made("grades", runs.of_task(runs.GRADES)), made("study")
    assert curve(grades, "quadratic_kappa", 0.0)[1] == [0.62, 0.62]
    assert all(map(math.isnan, curve(study, "quadratic_kappa", 0.0)[1]))
    shown = draw(
        overlay_curves(Overlay([(grades, 0), (study, 1)], "quadratic_kappa", 0.0)), Canvas(70, 12, FULL)
    )
    assert f"{MARKS[0]} grades" in shown.plain


def test_runs_of_several_kinds_are_compared_by_what_each_has() -> None:
    compared = [(made("study"), 0), (made("grades", runs.of_task(runs.GRADES)), 1)]
    words = run_differences(compared, Canvas(70, 60, FULL)).plain
    for row in (
        r"val sens +0.900 +–",
        r"val kappa +– +0.620",
        r"val acc +0\.\d+ +0.700",
        r"val AUC +– +0.810",
    ):
        assert re.search(row, words), row
    assert re.search(r"task +binary, 2 classes +ordinal, 3 classes", words)
    assert "30+30+30" in words


def test_facts_speak_of_labels_and_classes_as_the_task_has_them() -> None:
    for task, mistakes in (
        (runs.GRADES, "30 wrong of 90"),
        (runs.FINDINGS, "15 labels missed, 30 false ones"),
    ):
        state = runs.of_task(task)
        one = entry("x", kind=task.kind, val=runs.task_scores(task), test=None)
        words = run_facts(one, made("x", state), Canvas(60, 40, FULL)).plain
        assert mistakes in words
        assert f"{task.kind}, 3 " in words
    assert "180 images" in words


def test_letters_of_runs_that_end_at_the_same_value_stand_side_by_side() -> None:
    ends = [
        Series("", [10.0], [1.0], marker="points", symbol=letter, apart=True) for letter in ("A", "B", "C")
    ]
    line = Series("a", [0.0, 10.0], [0.0, 1.0])
    assert "CBA" in draw(Chart([line, *ends], "epoch", ""), Canvas(40, 10, FULL)).plain
