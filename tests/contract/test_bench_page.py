"""`docs/bench.md` and the report of the bench say the same: every field, type and default."""

from __future__ import annotations

import pytest

from contract.pages import Page, row, structs
from snn_tui.evaluation.bench import measure
from snn_tui.evaluation.bench.peers import PEERS
from snn_tui.snn.engines.registry import ENGINES
from snn_tui.values.bench import BenchReport

PAGE = Page.read("bench.md")
STRUCTS = structs(BenchReport)


@pytest.mark.parametrize("name", sorted(STRUCTS))
def test_every_field_stands_on_the_page(name: str) -> None:
    rows = PAGE.table(f"`{name}`")
    assert sorted(tuple(cells[:3]) for cells in rows) == sorted(map(row, STRUCTS[name].fields))
    assert all(cells[3] for cells in rows)


def test_the_page_describes_nothing_that_is_not_there() -> None:
    assert PAGE.structs() == set(STRUCTS)


def test_all_that_is_timed_stands_on_the_page() -> None:
    assert PAGE.first_column("What is timed") == set(measure.KINDS)
    rows = {name.strip("`") for cells in PAGE.table("With what") for name in cells[0].split(", ")}
    assert rows == {*ENGINES, *PEERS}


def test_budgets_on_the_page_are_those_of_the_code() -> None:
    first, second, third = (f"{kind.budget:g}" for kind in measure.KINDS.values())
    text = " ".join(PAGE.section("What is timed").split())
    assert f"({first}, {second} and {third} seconds for the three kinds of work)" in text
    assert measure.FEWEST_ROUNDS == 3
