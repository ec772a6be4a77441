"""Filtering, sorting, marking, and a cursor that stays where it is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from render import runs as render_runs

from snn_tui.runs.catalogue import Entry
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import RunSummary
from snn_tui.tui.runs.draw.columns import COLUMNS, NAME, USUAL
from snn_tui.tui.runs.draw.marks import MARKS
from snn_tui.tui.runs.state import RunListState
from tui.made_runs import scores


def entry(name: str, **facts: Any) -> Entry:
    summary = RunSummary(
        name=name,
        path=f"/runs/{name}",
        state="finished",
        epoch=1,
        epochs=20,
        val=None,
        test=None,
        started_at=None,
        dataset="PneumoniaMNIST",
        synthetic=False,
        shipped=False,
        trained=True,
    )
    summary = msgspec.structs.replace(summary, **facts)
    return Entry(RunDir(Path(summary.path)), summary)


RUNS = (
    entry("2026-11-23T1203-beta", val=scores(3), note="too slow"),
    entry("2026-11-23T1202-gamma", val=scores(9), state="failed"),
    entry("2026-11-23T1201-alpha", dataset="Phantoms", synthetic=True),
    entry("shipped", val=scores(5), shipped=True),
)


def names(book: RunListState) -> list[str]:
    return [one.run.title for one in book.visible]


@pytest.fixture
def book() -> RunListState:
    """A book of four runs."""
    book = RunListState()
    book.take(RUNS)
    return book


def test_at_first_the_newest_run_is_on_top_and_under_the_cursor(book: RunListState) -> None:
    assert names(book) == ["beta", "gamma", "alpha", "shipped"]
    assert book.current is RUNS[0]


def test_every_column_sorts_both_ways_and_what_has_no_value_stays_last(book: RunListState) -> None:
    for column in range(len(COLUMNS)):
        book.sort_by(column)
        value = COLUMNS[column].value
        for _ in range(2):
            known = [value(one) for one in book.visible if value(one) is not None]
            assert known == sorted(known, reverse=not book.rising)
            assert all(value(one) is None for one in book.visible[len(known) :])
            assert len(book.visible) == 4
            book.turn()


def test_sorting_by_the_next_column_goes_round(book: RunListState) -> None:
    seen = []
    fitting = [index for index in USUAL if COLUMNS[index].fits(RUNS[0])]
    for _ in fitting:
        book.sort_next(1)
        seen.append(book.column)
    assert sorted(seen) == fitting
    book.sort_next(-1)
    assert book.column == seen[-2]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["beta", "gamma", "alpha", "shipped"]),
        ("AL", ["alpha"]),
        ("a m", ["beta", "gamma", "alpha", "shipped"]),
        ("gam fail", ["gamma"]),
        ("slow", ["beta"]),
        ("synthetic", ["alpha"]),
        ("pneumoniamnist 12", ["beta", "gamma"]),
        ("[red]", []),
    ],
)
def test_a_filter_wants_all_its_words(book: RunListState, words: str, found: list[str]) -> None:
    book.filter(words)
    assert names(book) == found


def test_the_cursor_stays_on_its_run_whatever_comes_and_goes(book: RunListState) -> None:
    book.move(2)
    book.sort_by(NAME)
    assert book.current is RUNS[2]
    book.take([entry("2026-11-24T1200-new"), *RUNS])
    assert book.current is RUNS[2]
    book.filter("beta")
    assert book.current is RUNS[0]
    book.filter("")
    assert book.current is RUNS[2]
    book.take([RUNS[0], RUNS[3]])
    assert book.current in (RUNS[0], RUNS[3])
    book.take([])
    assert not book.visible
    book.move(1)
    assert book.current is None


def test_the_cursor_goes_no_further_than_the_ends(book: RunListState) -> None:
    book.move(-1)
    assert book.current is RUNS[0]
    book.move(100)
    assert book.current is RUNS[3]


def test_marks_take_the_first_free_letter_and_end_with_the_last(book: RunListState) -> None:
    for one in RUNS[:3]:
        assert book.mark(one)
    assert book.mark(RUNS[0])
    assert book.mark(RUNS[3])
    assert [(one.run.title, MARKS[mark]) for one, mark in book.marked] == [
        ("shipped", "A"),
        ("gamma", "B"),
        ("alpha", "C"),
    ]
    many = [entry(f"run-{place}") for place in range(9)]
    book.take(many)
    assert not book.marks  # of runs that are gone
    assert [book.mark(one) for one in many] == [True] * len(MARKS) + [False] * (9 - len(MARKS))


def test_marks_outlast_a_filter(book: RunListState) -> None:
    book.mark(RUNS[0])
    book.filter("gamma")
    assert [one for one, _ in book.marked] == [RUNS[0]]


def test_a_renamed_run_keeps_mark_and_cursor(book: RunListState) -> None:
    book.move(1)
    book.mark(RUNS[1])
    renamed = entry("2026-11-23T1202-delta", val=scores(9))
    book.renamed(RUNS[1].summary.path, renamed.summary.path)
    assert book.take([RUNS[0], renamed, *RUNS[2:]])
    assert book.current is renamed
    assert [one for one, _ in book.marked] == [renamed]


def test_nothing_new_is_nothing_to_draw(book: RunListState) -> None:
    assert not book.take(list(RUNS))
    assert book.take(RUNS[1:])


def test_the_window_follows_the_cursor_and_scrolls_as_little_as_it_can() -> None:
    book = RunListState()
    book.take([entry(f"run-{place:02}") for place in range(50)])
    assert book.view(10).top == 0
    book.go(12)
    assert (book.view(10).top, book.view(10).cursor) == (3, 12)
    book.go(8)
    assert book.view(10).top == 3
    book.go(0)
    assert book.view(10).top == 0
    book.go(49)
    assert book.view(10).top == 40
    assert book.view(100).top == 0


def test_what_lacks_a_metric_stays_last_whichever_way_it_is_sorted() -> None:
    grades = (render_runs.task_scores(render_runs.GRADES, accuracy) for accuracy in (0.6, 0.8))
    mixed = [entry(f"grades{at}", kind="ordinal", val=scores) for at, scores in enumerate(grades)]
    book = RunListState()
    book.take([*RUNS, *mixed])
    kappa = next(index for index, column in enumerate(COLUMNS) if column.header == "kappa")
    while book.column != kappa:
        book.sort_next(1)
    for _ in range(2):
        assert {one.run.name for one in book.visible[:2]} == {"grades0", "grades1"}
        book.turn()


def test_a_query_finds_runs_and_a_wrong_one_leaves_those_of_the_one_before(book: RunListState) -> None:
    book.filter("state:failed")
    assert (names(book), book.problem) == (["gamma"], "")
    book.filter("state:failed acc>")
    assert names(book) == ["gamma"]
    assert "at position 18" in book.problem
    book.filter("")
    assert (len(names(book)), book.problem) == (4, "")


def test_runs_are_sorted_by_the_best_value_as_well_as_by_the_latest() -> None:
    book = RunListState()
    book.take(
        [
            entry("low-then-high", val=scores(9), best={"accuracy": 0.91}),
            entry("high-then-low", val=scores(1), best={"accuracy": 0.99}),
        ]
    )
    by_name = {column.name: index for index, column in enumerate(COLUMNS)}
    book.sort_by(by_name["accuracy on val"])
    assert names(book) == ["low-then-high", "high-then-low"]
    book.sort_by(by_name["best accuracy on val"])
    assert names(book) == ["high-then-low", "low-then-high"]


def test_the_order_is_as_it_was_left(book: RunListState) -> None:
    book.restore("name", True)
    assert names(book) == ["alpha", "beta", "gamma", "shipped"]
    book.restore("a column of a later version", False)
    assert (COLUMNS[book.column].name, book.rising) == ("name", True)
