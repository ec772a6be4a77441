"""The list of all runs as it is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from render import runs
from render.terminals import ALL, BARE, FULL
from rich.cells import cell_len
from rich.console import Console

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import RunSummary
from snn_tui.tui.runs.draw.columns import COLUMNS, NAME, USUAL, trend
from snn_tui.tui.runs.draw.layout import ListView, layout
from snn_tui.tui.runs.draw.marks import MARKS
from snn_tui.tui.runs.draw.run_list import run_list


def entry(name: str, state: str = "finished", problem: str = "", **facts: Any) -> Entry:
    """A run with scores, unless it has a problem."""
    summary = RunSummary(
        name=name,
        path=f"/runs/{name}",
        state=state,
        epoch=20,
        epochs=20,
        val=None if problem else runs.scores(0.875),
        test=None if problem else runs.scores(0.852),
        started_at=None,
        dataset="PneumoniaMNIST",
        synthetic=False,
        shipped=False,
        trained=True,
        seconds=101.0,
        best={} if problem else {"accuracy": 0.9},
    )
    summary = msgspec.structs.replace(summary, **facts)
    return Entry(RunDir(Path(summary.path)), summary, 1.0, (0.5, 0.7, None, 0.9), problem)


ENTRIES = (
    entry("2026-11-23T1206-paper-s4", note="the one for the report"),
    entry("2026-11-22T1206-demo", dataset="Phantoms", synthetic=True),
    entry("2026-11-21T1206-wrong", "broken", "config.json: not a run configuration"),
    entry("pneumonia-paper", shipped=True),
)


def lines(view: ListView, width: int, height: int = 12, terminal: Terminal = FULL) -> list[str]:
    return run_list(view, Canvas(width, height, terminal)).plain.splitlines()


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [44, 54, 74, 114, 200])
def test_every_line_fits_and_has_name_and_state(terminal: Terminal, width: int) -> None:
    shown = lines(ListView(ENTRIES, marks={"/runs/pneumonia-paper": 2}), width, terminal=terminal)
    assert len(shown) == 5
    for line, one in zip(shown[1:], ENTRIES, strict=True):
        assert cell_len(line) <= width
        assert one.run.title[:4] in line
        assert one.summary.state in line or width < 54
        assert terminal.unicode or line.isascii()


def test_a_wide_list_has_everything() -> None:
    head, first = lines(ListView(ENTRIES), 150)[:2]
    assert head.split()[:8] == ["state", "run", "epoch", "trend", "acc", "best", "sens", "spec"]
    assert head.split()[8:] == ["AUC", "test", "time", "started▼", "data"]
    for words in ("▶", "✓ finished", "paper-s4", "the one for the report", "20/20", "▁▄ ▇", "0.875", "0.900"):
        assert words in first
    for words in ("0.600", "–", "0.852", "1:41", "11-23 12:06", "PneumoniaMNIST"):
        assert words in first


def test_a_broken_run_says_what_is_wrong_where_others_have_scores() -> None:
    shown = lines(ListView(ENTRIES), 114)
    assert shown[3].rstrip().endswith("config.json: not a run configuration")
    assert shown[3].index("config.json") == shown[0].index("epoch")


def test_shipped_synthetic_and_marked_runs_are_told_without_colour() -> None:
    shown = lines(
        ListView(ENTRIES, cursor=1, marks={"/runs/2026-11-23T1206-paper-s4": 3}), 114, terminal=BARE
    )
    assert shown[1].startswith(f" {MARKS[3]} ")
    assert shown[2].startswith(">")
    assert "~ Phantoms" in shown[2]
    assert "pneumonia-paper @" in shown[4]


def test_the_cursor_is_a_bar_or_turned_round_where_there_are_few_colours() -> None:
    view = ListView(ENTRIES, cursor=1)
    assert any("on #" in str(span.style) for span in run_list(view, Canvas(100, 9, FULL)).spans)
    assert any("reverse" in str(span.style) for span in run_list(view, Canvas(100, 9, BARE)).spans)


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_the_column_that_sorts_is_always_there_and_says_which_way(column: int) -> None:
    for width in (44, 74):
        view = ListView(ENTRIES, column=column, rising=True)
        assert column in [place for place, _ in layout(view, Canvas(width, 24, FULL)).columns]
        assert f"{COLUMNS[column].header}▲" in lines(view, width)[0] or column == NAME


def test_columns_without_anything_in_them_are_left_out() -> None:
    young = [entry("a", "preparing", val=None, test=None, epochs=0, seconds=0.0, dataset="")]
    head = lines(ListView(young), 114)[0]
    assert "data" not in head
    assert "time" not in head


def test_a_click_finds_the_column_it_was_meant_for() -> None:
    view = ListView(ENTRIES)
    head = lines(view, 114)[0]
    drawn = run_list(view, Canvas(114, 24, FULL))
    for place, _ in layout(view, Canvas(114, 24, FULL)).columns:
        x = head.index(COLUMNS[place].header)
        assert drawn.get_style_at_offset(Console(), x).meta == {"click": f"sort_by({place})"}
    assert not drawn.get_style_at_offset(Console(), 0).meta


def test_only_the_window_is_drawn() -> None:
    many = tuple(entry(f"run-{place:03}") for place in range(300))
    shown = lines(ListView(many, cursor=120, top=100), 100, height=31)
    assert len(shown) == 31
    assert "run-100" in shown[1]
    assert "run-129" in shown[-1]
    assert shown[21].startswith("▶")


def test_a_hostile_name_and_note_are_shown_not_obeyed() -> None:
    strange = "[red]\x1b[2Jx\ny\u202e"
    for width in (54, 114):
        text = run_list(ListView([entry(strange, note=strange, dataset=strange)]), Canvas(width, 3, FULL))
        assert "\x1b" not in text.plain
        assert "\u202e" not in text.plain
        assert text.plain.count("\n") == 1
        assert "[red]x" in text.plain


def test_a_trend_spans_lowest_to_highest() -> None:
    assert trend([0.5, 0.7, None, 0.9], FULL) == "▁▄ ▇"
    assert trend([0.5, 0.7, None, 0.9], BARE) == "_~ *"
    assert trend([0.5, 0.5], FULL) == "▄▄"
    assert trend([None], FULL) == ""


GRADES = entry(
    "2026-11-20T1206-grades",
    dataset="Grades",
    kind="ordinal",
    val=runs.task_scores(runs.GRADES),
    test=runs.task_scores(runs.GRADES, 0.71),
)
FINDINGS = entry(
    "2026-11-19T1206-findings",
    dataset="Findings",
    kind="multilabel",
    val=runs.task_scores(runs.FINDINGS, 0.92),
    test=None,
)


def test_runs_of_one_kind_have_the_metrics_of_their_kind() -> None:
    head = lines(ListView((GRADES,)), 150)[0]
    assert head.split()[4:10] == ["acc", "best", "kappa", "bal", "F1", "AUC"]
    head, first = lines(ListView((FINDINGS,)), 150)[:2]
    assert head.split()[4:9] == ["acc", "best", "bal", "F1", "AUC"]
    assert "0.920" in first
    assert "0.660" in first


def test_a_mix_of_runs_has_accuracy_and_auc_of_all_and_the_others_where_they_exist() -> None:
    mixed = ListView((ENTRIES[0], GRADES, FINDINGS))
    head, binary, grades, findings = lines(mixed, 170)
    names = ["acc", "best", "sens", "spec", "kappa", "bal", "F1", "AUC"]
    assert head.split()[4:12] == names
    at = {name: head.index(f" {name}") for name in ("acc", "sens", "kappa", "bal")}
    assert [line[at["acc"] - 2 :][:6].split() for line in (binary, grades, findings)] == [
        ["0.875"],
        ["0.750"],
        ["0.920"],
    ]
    assert grades[at["sens"] :][:5].strip() == ""
    assert grades[at["kappa"] :][:6].strip() == "0.620"
    assert binary[at["bal"] - 2 :][:6].strip() == ""


@pytest.mark.parametrize("width", [74, 114])
def test_where_data_sets_differ_their_names_stay_longer_than_other_columns(width: int) -> None:
    mixed = lines(ListView((ENTRIES[0], GRADES, FINDINGS)), width)
    alike = lines(ListView(ENTRIES[:1]), 60)
    assert "Grades" in mixed[2]
    assert "Findings" in mixed[3]
    assert "data" not in alike[0]


def test_in_the_room_that_is_left_a_part_of_the_data_sets_name_tells_runs_of_one_name_apart() -> None:
    sets = ("RetinaMNIST", "PneumoniaMNIST of a hospital")
    entries = [entry(f"2026-11-23T120{place}-opt", dataset=name) for place, name in enumerate(sets)]
    drawn = lines(ListView(tuple(entries)), 64)
    assert "data" in drawn[0]
    assert "RetinaMNIST" in drawn[1]
    assert drawn[2].rstrip().endswith("…")
    assert all(len(line.rstrip()) <= 64 for line in drawn)
    assert "data" not in lines(ListView(tuple(entries)), 40)[0]


def test_the_best_value_of_the_score_that_sorts_stands_beside_the_latest() -> None:
    summary = msgspec.structs.replace(ENTRIES[0].summary, best={"accuracy": 0.912, "auc": 0.987})
    best = (replace(ENTRIES[0], summary=summary),)
    headers = {COLUMNS[index].header: index for index in USUAL}
    header, line = lines(ListView(best), 200)
    assert re.search(r"acc▼? +best +sens", header)
    assert "0.912" in line
    header, line = lines(ListView(best, column=headers["AUC"]), 200)
    assert re.search(r"AUC▼ +best +test", header)
    assert "0.987" in line
