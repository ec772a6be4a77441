"""Runs in a list."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from rich.console import Console

from render import runs
from render.terminals import ALL, BARE, FULL
from snn_tui.render.canvas import Canvas
from snn_tui.render.runs import broken_runs, marks, run_line, runs_table
from snn_tui.render.terminal import Terminal
from snn_tui.runs.summary import RunSummary

SUMMARY = RunSummary(
    name="2026-11-23T1200-paper-s4",
    path="/runs/2026-11-23T1200-paper-s4",
    state="finished",
    epoch=20,
    epochs=20,
    val=runs.scores(0.875),
    test=runs.scores(0.852),
    started_at=1_795_435_200.0,
    dataset="PneumoniaMNIST",
    synthetic=False,
    shipped=False,
    trained=True,
)


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


LONG = "a-run-with-a-name-as-long-as-a-name-of-a-run-may-be-0123456789ab"
RUNS = [
    msgspec.structs.replace(SUMMARY, name="2026-11-23T2150-paper-s4", state="training", epoch=7, test=None),
    msgspec.structs.replace(SUMMARY, name="paper", shipped=True),
    msgspec.structs.replace(
        SUMMARY, name=LONG, state="failed", val=None, test=None, dataset="phantoms", synthetic=True
    ),
]


def table(rows: Sequence[RunSummary], width: int = 200, terminal: Terminal = FULL) -> list[str]:
    """The lines of a table of runs."""
    console = Console(width=200, file=io.StringIO(), color_system=None)
    console.print(runs_table(rows, Canvas(width, 24, terminal)))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [54, 58, 74, 78, 100, 114, 118])
def test_runs_fit_and_keep_name_state_and_marks(width: int, terminal: Terminal) -> None:
    lines = table(RUNS, width, terminal)
    assert max(map(len, lines)) <= width
    assert terminal.unicode or "".join(lines).isascii()
    for run, line in zip(RUNS, lines[2:5], strict=True):
        assert run.name[:12] in line
        assert run.state in line
    assert "2026-11-23T2150-paper-s4" in lines[2] or width < 58


def test_shipped_and_synthetic_runs_are_marked_at_any_width() -> None:
    for width in (54, 118):
        lines = table(RUNS, width)[2:]
        marked = [("◆" in line, "◇" in line) for line in lines[:3]]
        assert marked == [(False, False), (True, False), (False, True)]
        assert lines[3].split() == ["◆", "shipped", "◇", "synthetic"]
    assert table(RUNS[1:2], 118, BARE)[-1].split() == ["@", "shipped"]
    assert len(table(RUNS[:1], 118)) == 3  # nothing to explain


@pytest.mark.usefixtures("utc")
def test_wide_runs_show_everything() -> None:
    lines = table(RUNS)
    assert LONG in lines[4]
    row = "2026-11-23T2150-paper-s4 ● training 7/20 0.875 – PneumoniaMNIST 2026-11-23 12:00"
    assert lines[2].split() == row.split()


def test_a_run_that_never_started_has_blanks() -> None:
    blank = msgspec.structs.replace(SUMMARY, epochs=0, val=None, test=None, started_at=None)
    assert table([blank])[2].split() == [SUMMARY.name, "✓", "finished", "–", "–", "PneumoniaMNIST"]


def test_a_hostile_name_in_the_table_is_shown_not_obeyed() -> None:
    hostile = msgspec.structs.replace(SUMMARY, name="[red]x\x1b[2J", dataset="d\x1b]0;t\x07")
    line = table([hostile], 118)[2]
    assert "[red]x" in line
    assert "\x1b" not in line


def test_no_runs_give_a_header() -> None:
    assert "run" in table([], 78)[0].split()


def test_notes_have_a_column_where_there_are_any_and_are_cut_last() -> None:
    noted = [msgspec.structs.replace(RUNS[0], note="beta as in the paper, and more words\nsecond line")]
    wide = table(noted)
    assert not any("second" in line for line in wide)
    assert "note" in wide[0].split()
    assert "beta as in the paper, and more words" in wide[2]
    narrow = table(noted, 80)
    assert "beta as in" in narrow[2]
    assert max(map(len, narrow)) <= 80
    assert RUNS[0].name in narrow[2]
    long = msgspec.structs.replace(noted[0], name="2026-11-28T1010-paper-demo-s12")
    assert all(words in table([long], 80)[2] for words in (long.name, "0.875"))
    assert "note" not in table(RUNS)[0].split()


def test_a_line_has_name_state_and_accuracies() -> None:
    line = run_line(SUMMARY, Canvas(96, 24, FULL)).plain
    assert line.split() == [SUMMARY.name, "✓", "finished", "val", "0.875", "test", "0.852"]


def test_marks_are_words_where_there_is_room_and_symbols_where_not() -> None:
    both = msgspec.structs.replace(SUMMARY, shipped=True, synthetic=True)
    assert run_line(both, Canvas(96, 24, FULL)).plain.endswith("shipped synthetic")
    assert run_line(both, Canvas(64, 24, FULL)).plain.endswith("◆ ◇")
    assert run_line(both, Canvas(64, 24, BARE)).plain.endswith("@ ~")


def test_strange_names_are_harmless() -> None:
    strange = msgspec.structs.replace(SUMMARY, name="[red]\x1b[31mx\n" * 9)
    line = run_line(strange, Canvas(80, 24, FULL))
    assert "\x1b" not in line.plain
    assert "\n" not in line.plain
    assert line.plain.startswith("[red]x [red]x")


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [52, 64, 78, 96])
def test_lines_of_one_width_have_their_columns_below_each_other(terminal: Terminal, width: int) -> None:
    places = set()
    for state in ("finished", "training", "preparing", "crashed", "broken"):
        line = run_line(msgspec.structs.replace(SUMMARY, state=state), Canvas(width, 24, terminal)).plain
        assert len(line.rstrip()) <= width
        assert terminal.unicode or line.isascii()
        places.add((line.find("val "), line.find("test ")))
    assert len(places) == 1
    assert (-1 in next(iter(places))) == (width == 52)


@pytest.mark.parametrize("width", [42, 52, 64, 78, 96])
def test_a_name_is_whole_as_long_as_there_is_any_room(width: int) -> None:
    words = run_line(SUMMARY, Canvas(width, 24, FULL)).plain.split()
    assert words[:3] == [SUMMARY.name, "✓", "finished"]
    assert len(words) == {42: 3, 52: 5}.get(width, 7)


def test_symbols_are_explained_where_they_stand_for_words() -> None:
    assert marks(Canvas(96, 24, FULL)) == ""
    assert marks(Canvas(64, 24, FULL)) == "◆ shipped  ◇ synthetic"
    assert marks(Canvas(64, 24, BARE)) == "@ shipped  ~ synthetic"


def test_what_is_wrong_with_broken_runs_is_said_below_the_table() -> None:
    problem = "/runs/r3/events.jsonl: a link, which is not followed"
    broken = [
        msgspec.structs.replace(
            SUMMARY, name=f"r{number}\x1b[31m", path=f"/runs/r{number}", state="broken", problem=problem
        )
        for number in range(9)
    ]
    lines = broken_runs([SUMMARY, *broken], Canvas(40, 24, FULL)).plain.splitlines()
    assert lines[3] == "✗ r3: events.jsonl: a link, which is not followed"
    assert (len(lines), lines[-1]) == (7, "and 3 other broken runs")
    assert not broken_runs([SUMMARY], Canvas(40, 24, FULL))


def test_runs_of_other_tasks_have_an_auc_too() -> None:
    grades = msgspec.structs.replace(
        SUMMARY, name="grades", dataset="Grades", kind="ordinal", test=runs.task_scores(runs.GRADES, 0.7)
    )
    head, _, study, other = table([SUMMARY, grades])[:4]
    assert "test AUC" in head
    assert other.split()[-5:] == ["0.700", "0.810", "Grades", *other.split()[-2:]]
    assert "PneumoniaMNIST" in study
    assert "test AUC" not in table([SUMMARY])[0]
