"""The columns of the list of runs: choosing them, and what is left of them where it is narrow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from render.terminals import ALL, FULL
from rich.cells import cell_len
from textual.widgets import OptionList

from snn_tui.config.build import build
from snn_tui.config.loop import of_loop
from snn_tui.config.run_config import RunConfig
from snn_tui.config.view_state import ViewMemory
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import metric
from snn_tui.runs.catalogue import Entry
from snn_tui.tui.app import SnnTuiApp
from snn_tui.tui.runs.draw.columns import COLUMNS, NAME, STARTED, indices_of, offered
from snn_tui.tui.runs.draw.layout import ListView, layout
from snn_tui.tui.runs.draw.run_axes import run_axes
from snn_tui.tui.runs.draw.run_list import run_list
from snn_tui.tui.runs.state import RunListState
from tui import made_runs, run_zoo
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, NARROW, REMOTE, SMALLEST, WIDE, User, covers, opened
from tui.runs.test_draw_run_list import entry


def run(name: str, **options: object) -> Entry:
    return entry(name, config=build(options))


SLOW, QUICK = run("slow", lr=1e-4, seed=3), run("quick", lr=0.01, seed=4)
CHOSEN = indices_of(["--lr", "name", "loss on val", "best accuracy on val", "tags"])


def head(view: ListView, width: int, terminal: Terminal = FULL) -> str:
    return run_list(view, Canvas(width, 9, terminal)).plain.splitlines()[0]


def test_names_of_columns_are_one_each_and_those_of_a_later_version_are_passed_over() -> None:
    assert len({column.name for column in COLUMNS}) == len(COLUMNS)
    assert indices_of(["name", "no such column", "name", "start"]) == (NAME, STARTED)


def test_chosen_columns_stand_in_their_order_and_say_what_they_are_of() -> None:
    view = ListView((SLOW, QUICK), chosen=CHOSEN, column=CHOSEN[0])
    text = run_list(view, Canvas(114, 9, FULL)).plain.splitlines()
    assert text[0].split() == ["lr▼", "run", "loss", "best", "acc", "tags"]
    assert SLOW.summary.val is not None
    loss = metric(SLOW.summary.val.loss, FULL)
    assert text[1].split() == ["▶", "0.0001", "slow", loss, "0.900"]


@pytest.mark.parametrize("terminal", ALL)
def test_where_it_is_narrow_the_last_ones_go_and_the_header_says_how_many(terminal: Terminal) -> None:
    view = ListView((SLOW, QUICK), chosen=CHOSEN, column=CHOSEN[0])
    for width in range(20, 120):
        laid_out = layout(view, Canvas(width, 9, terminal))
        kept = [index for index, _ in laid_out.columns]
        assert [index for index in CHOSEN if index in kept] == kept
        assert {NAME, view.column} <= set(kept)
        assert len(kept) + laid_out.dropped == len(CHOSEN)
        line = head(view, width, terminal)
        assert cell_len(line) <= width
        assert line.rstrip().endswith(f" +{laid_out.dropped}") is bool(laid_out.dropped)
        going = [index for index in CHOSEN if index not in (NAME, view.column)]
        assert [index for index in CHOSEN if index not in kept] == going[len(going) - laid_out.dropped :]


def test_the_name_and_the_column_that_sorts_are_there_though_not_chosen() -> None:
    kept = [index for index, _ in layout(ListView((SLOW,), chosen=CHOSEN[2:3]), Canvas(80, 9, FULL)).columns]
    assert kept == [NAME, CHOSEN[2], STARTED]


def test_options_in_which_runs_differ_are_offered_and_others_are_not() -> None:
    names = [COLUMNS[index].name for index in offered((SLOW, QUICK), CHOSEN)]
    assert names[: len(CHOSEN)] == [COLUMNS[index].name for index in CHOSEN]
    assert "--seed" in names
    assert "--beta" not in names
    assert "quadratic kappa on val" not in names  # a score of another kind of task
    assert "test loss" not in names
    assert {"loss on test", "best AUC on val"} <= set(names)
    assert len(set(names)) == len(names)


def test_a_loop_of_ones_own_has_the_options_that_it_says_and_no_defaults() -> None:
    loop = of_loop("mine", {"lr": 1, "seed": "three", "beta": True, "batch_size": 10**400})
    mine, plain = entry("mine", config=loop), entry("plain", config=RunConfig())
    values = {
        COLUMNS[index].name: (COLUMNS[index].value(mine), COLUMNS[index].cell(mine, FULL))
        for index in indices_of(["--lr", "--seed", "--beta", "--batch-size", "--preset"])
    }
    assert values.pop("--lr") == (1.0, "1")
    assert set(values.values()) == {(None, "")}
    lines = run_axes((mine, plain), {}, None, STARTED, 0)
    assert lines is not None
    assert {axis.name: list(axis.values) for axis in lines.axes}["lr"] == [1.0, 1e-3]
    assert {axis.name: list(axis.values) for axis in lines.axes}["batch size"] == [None, 128]


def test_the_list_sorts_by_an_option_and_goes_through_the_chosen_columns() -> None:
    book = RunListState()
    book.restore("start", False, ["--lr", "name", "--preset"])
    unread = replace(SLOW, summary=msgspec.structs.replace(SLOW.summary, path="/runs/x", config=None))
    book.take([SLOW, unread, QUICK])
    book.sort_next(1)
    assert COLUMNS[book.column].name == "--lr"
    assert list(book.visible) == [SLOW, QUICK, unread]
    seen = []
    for _ in range(3):
        book.sort_next(1)
        seen.append(COLUMNS[book.column].name)
    assert seen == ["name", "--preset", "--lr"]


def remembering(new_app: NewApp, kept: Path) -> SnnTuiApp:
    app = new_app(REMOTE)
    app.memory = ViewMemory(kept)
    return app


async def at_columns(user: User) -> None:
    await user.press("6")
    await user.until_sees("Runs", "paper-s7")
    await user.until_gone("reading", "looking for runs")
    await user.press("k")
    await user.until_sees("Columns, from left to right", "[x] state", "esc cancel")


@covers("runs", "k")
async def test_columns_are_chosen_moved_and_remembered(
    new_app: NewApp, root: Path, held: Hold, tmp_path: Path
) -> None:
    run_zoo.fill(root, held)
    kept = tmp_path / "view.json"
    async with opened(remembering(new_app, kept)) as user:
        await at_columns(user)
        await user.press("space", "down", "space", "J", "down")  # no state; the name stays, one further down
        await user.press("end")
        for _ in range(20):
            if "--lr" in pointed(user):
                break
            await user.press("up")
        await user.press("space", "K", "enter")
        await user.until_gone("Columns, from")
        assert header(user)[1:4] == ["epoch", "run", "trend"]
        assert "state" not in header(user)
        assert header(user)[-2] == "lr"
        await user.press("s", "s")
        await user.until_sees("by --lr")
    names = ViewMemory(kept).state.runs_columns
    assert names[:3] == ("epochs done", "name", "progress")
    assert names[-1] == "--lr"
    async with opened(remembering(new_app, kept)) as user:
        await user.press("6")
        await user.until_sees("by --lr")
        await user.until(lambda: header(user)[1:3] == ["epoch", "run"])
        await user.press("k", "u")
        await user.until(lambda: header(user)[1:3] == ["state", "run"])
    assert ViewMemory(kept).state.runs_columns == ()


def header(user: User) -> list[str]:
    """The words above the list, between the borders."""
    return user.sees.splitlines()[2].split()


def pointed(user: User) -> str:
    screen = user.app.screen
    dialog = screen.query_one(OptionList)
    assert dialog.highlighted is not None
    return str(dialog.get_option_at_index(dialog.highlighted).prompt)


async def test_a_list_that_was_left_folded_is_folded_the_next_time(
    new_app: NewApp, root: Path, tmp_path: Path
) -> None:
    for seed in (1, 2):
        made_runs.finished_run(root, seed=seed, minute=seed, epochs=2)
    kept = tmp_path / "view.json"
    for folded in (True, False):
        async with opened(remembering(new_app, kept)) as user:
            await user.press("6")
            await user.until_sees("paper-s2" if folded else "paper (2 seeds)")
            await user.press("f")
            await user.until_sees("paper (2 seeds)" if folded else "paper-s2")
        assert ViewMemory(kept).state.runs_folded is folded


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_choosing_columns_is_ascii_without_unicode(
    new_app: NewApp, root: Path, held: Hold, size: tuple[int, int]
) -> None:
    run_zoo.fill(root, held)
    async with opened(new_app(ASCII), size=size) as user:
        await at_columns(user)  # a dialog has no footer to settle for
        assert user.sees.isascii()
