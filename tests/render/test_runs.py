"""Runs in a list."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest

from render import runs
from render.terminals import ALL, BARE, FULL
from snn_tui.render.canvas import Canvas
from snn_tui.render.runs import marks, run_line, run_row
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


@pytest.mark.usefixtures("utc")
def test_a_row_has_what_the_table_shows() -> None:
    row = run_row(SUMMARY)
    assert row.epoch == "20/20"
    assert (row.val_accuracy, row.test_accuracy) == (0.875, 0.852)
    assert row.started == "2026-11-23 12:00"


def test_a_row_of_a_run_that_never_started_has_blanks() -> None:
    row = run_row(msgspec.structs.replace(SUMMARY, epochs=0, val=None, test=None, started_at=None))
    assert (row.epoch, row.val_accuracy, row.test_accuracy, row.started) == ("", None, None, "")


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
