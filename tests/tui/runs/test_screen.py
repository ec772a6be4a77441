"""Runs: all of them in one list, to find, compare and tidy up."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.widgets import Input

from snn_tui.render.chart_view import ChartView
from snn_tui.runs import events
from snn_tui.runs.catalogue import Entry
from snn_tui.runs.lock import read_lock
from snn_tui.runs.store import list_runs
from snn_tui.runs.writer import EventWriter
from snn_tui.tui.runs import watching
from snn_tui.tui.runs.draw.overlay import CURVES
from snn_tui.tui.runs.keys import RUNS
from snn_tui.tui.runs.screen import RunsScreen
from tui import made_runs, run_zoo
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, NARROW, REMOTE, SMALLEST, WIDE, User, covers, opened


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "REFRESH_SECONDS", 0.1)
    monkeypatch.setattr(watching, "SLOW_REFRESH_SECONDS", 0.1)
    monkeypatch.setattr(watching, "STEADY_SECONDS", 0.0)


@pytest.fixture
def zoo(root: Path, held: Hold) -> Path:
    """A folder with runs of every kind."""
    run_zoo.fill(root, held)
    return root


def titles(user: User) -> list[str]:
    """Titles of the runs in the list, from the top."""
    names = [run.title for run in list_runs(user.app.root)]
    lines = user.sees.splitlines()[2:]
    end = next(place for place, line in enumerate(lines) if line.lstrip().startswith(("╰", "+-")))
    return [name for line in lines[:end] for name in names if f" {name} " in line]


def pointed(user: User) -> str:
    """The line of the list that the cursor is on."""
    return next(line for line in user.sees.splitlines() if "▶" in line or "> " in line[:4])


async def at_runs(user: User, *sees: str) -> None:
    """Go to Runs, and wait until all of them are read."""
    await user.press("6")
    await user.until_sees("Runs · ", *sees)
    await user.until_gone("reading", "looking for runs")


async def point_at(user: User, title: str) -> None:
    """Move the cursor to a run."""
    await user.press("home")
    for _ in range(len(titles(user))):
        if f" {title} " in pointed(user):
            return
        await user.press("down")
    raise AssertionError(f"no {title} in\n{user.sees}")


@covers("app", "6")
async def test_every_run_is_listed_with_state_scores_and_what_is_wrong(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "paper-demo-s5", "paper-s4")
        assert titles(user) == [
            "paper-s9",
            "broken",
            "paper-s8",
            "paper-s7",
            "paper-s6",
            "paper-demo-s5",
            "paper-s4",
        ]
        for words in (
            "● training paper-s9",
            "✗ broken   broken",
            "config.json: not a run configuration",
            "✗ crashed  paper-s8",
            "■ stopped  paper-s7",
            "the file ends in the middle of an image",
            "✓ finished paper-s4",
            "◇ Phantoms",
            "the one…",
            "20/20",
        ):
            assert words in user.sees


@covers("runs", "up", "down", "home", "end", "pageup", "pagedown")
async def test_the_cursor_moves_and_curves_and_facts_follow(new_app: NewApp, root: Path) -> None:
    for seed in range(40):
        made_runs.finished_run(root, seed=seed, minute=seed, epochs=2)
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "Runs · 40", "paper-s39")
        await user.press("down")
        await user.until_sees("━ paper-s38", "2026-11-23T1238-paper-s38", "seed 38")
        await user.press("up")
        await user.until_sees("━ paper-s39", "seed 39")
        await user.press("end")
        await user.until_sees("━ paper-s0", "2026-11-23T1200-paper-s0")
        assert "paper-s39 " not in user.sees
        await user.press("pageup")
        assert " paper-s16 " in pointed(user)
        await user.press("pageup", "pagedown", "pagedown")
        assert " paper-s0 " in pointed(user)
        await user.press("home")
        await user.until_sees("━ paper-s39")


@covers("runs", "slash", "escape")
async def test_typing_filters_by_name_state_and_note(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "paper-s4")
        await user.press("slash")
        await user.type("demo")
        assert titles(user) == ["paper-demo-s5"]
        await user.until_sees("1 of 7", 'with "demo"', "━ paper-demo-s5")
        await user.press("enter")  # the words stay, and keys reach the list again
        assert user.app.focused is None
        await user.press("escape")
        assert len(titles(user)) == 7
        assert " paper-demo-s5 " in pointed(user)  # the run that was found
        await user.press("slash")
        await user.type("paper crash")
        assert titles(user) == ["paper-s8"]
        await user.press("escape", "slash")
        await user.type("report")
        assert titles(user) == ["paper-s4"]
        await user.type(" s9")
        assert "no run has all of this" in user.sees
        await user.press("escape")
        assert len(titles(user)) == 7
        assert not user.app.screen.query_one("#filter", Input).value


async def test_words_that_come_with_the_slash_are_the_filters(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "paper-s4")
        await user.burst("/scnd/")
        await user.until(lambda: user.app.screen.query_one("#filter", Input).value == "scnd/")
        assert user.app.screen.query_one("#filter", Input).has_focus
        await user.press("escape")
        await user.burst("/demo")
        await user.until_sees("1 of 7", 'with "demo"')


@covers("runs", "s", "S", "t")
async def test_the_list_sorts_by_every_column_both_ways(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "by start", "started▼", "paper-s4")
        newest = titles(user)
        await user.press("t")
        await user.until_sees("started▲")
        assert titles(user) == newest[::-1]
        await user.press("s")
        await user.until_sees("by data", "data▲")
        await user.press("s")
        await user.until_sees("by state", "state▲")
        assert titles(user)[0] == "paper-s9"
        assert titles(user)[-1] in ("paper-s4", "paper-demo-s5")
        await user.press("S", "S", "S", "S")
        await user.until_sees("by accuracy on test", "test▼")
        assert titles(user)[:2] == ["paper-s4", "paper-demo-s5"]
        await user.press("t")
        await user.until_sees("test▲")
        assert titles(user)[:2] == ["paper-demo-s5", "paper-s4"]


@covers("runs", "space", "u")
async def test_marked_runs_are_drawn_together_and_compared(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s4")
        await user.press("space")
        await user.until_sees("━ A paper-s4", "1 marked")
        assert "What differs" not in user.sees
        await point_at(user, "paper-s7")
        await user.press("space")
        await user.until_sees("━ A paper-s4", "━ B paper-s7", "What differs · A B")
        facts = " ".join(user.sees.split())
        for words in ("lr 0.001 0.0005", "beta 0.6 0.9", "seed 4 7"):
            assert words in facts
        assert "batch size" not in facts
        await user.press("space")
        await user.until_gone("What differs", "B paper-s7")
        await user.press("space", "u")
        await user.until_gone("A paper-s4", " marked ")
        await user.press("space")
        await user.until_sees("1 marked")
        await user.press("escape")
        await user.until_gone(" marked ")


@covers("runs", "J", "K")
async def test_what_differs_has_its_scores_first_and_scrolls(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s4")
        await user.press("space")
        await point_at(user, "paper-s7")
        await user.press("space")
        await user.until_sees("What differs · A B", "val acc")
        await user.press("e")
        await user.resize(120, 24)
        await user.until_sees("val acc", "more lines: J and K scroll")
        for _ in range(90):
            await user.press("J")
        await user.until_sees("host", "lines above")
        await user.press("K")
        await user.until_sees("1 below")
        for _ in range(90):
            await user.press("K")
        await user.until_sees("epoch reached", "more lines")


@covers("runs", "e")
async def test_options_that_are_equal_are_listed_when_asked_for(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s4")
        await user.press("space")
        await point_at(user, "paper-s7")
        await user.press("space")
        await user.until_sees("What differs · A B", "beta")
        assert "preset" not in user.sees
        await user.press("e")
        await user.until_sees("All options · A B", "preset")
        await user.press("e")
        await user.until_sees("What differs · A B")
        await user.until_gone("preset")


async def test_more_runs_than_letters_cannot_be_marked(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        await user.press("home")
        for _ in range(7):
            await user.press("space", "down")
        await user.until_told("At most 6 runs")
        await user.until_sees("6 marked")


@covers("runs", "c", "C", "plus", "minus", "equals_sign")
async def test_every_curve_can_be_chosen_and_smoothed(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "Train loss · ", "smoothing 0.9", "measured")
        for words in [*list(CURVES.values())[1:], "train loss"]:
            await user.press("c")
            await user.until_sees(f"{words[0].upper()}{words[1:]} · ")
        await user.press("C")
        await user.until_sees("Val AUC · ", "smoothing 0 ")
        await user.press("minus")
        assert "smoothing 0 " in user.sees
        await user.press("plus")
        await user.until_sees("smoothing 0.5", "measured")
        await user.press("equals_sign")
        await user.until_sees("smoothing 0.8")
        await user.press(*["plus"] * 9)
        await user.until_sees("smoothing 0.99")
        await user.press("c", "minus")
        await user.until_sees("Train loss · ", "smoothing 0.8")  # each curve has its own


@covers("runs", "left", "right", "z", "Z", "less_than_sign", "greater_than_sign", "0")
@covers("runs", "X", "g", "o", "left_square_bracket", "right_square_bracket")
async def test_curves_are_looked_into_by_the_keys_of_charts(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app()) as user:
        await at_runs(user, "Train loss · ", "smoothing 0.9", "measured")
        await user.press("right")
        await user.until_sees("─ epoch ")
        await user.press("left", "z")
        await user.until_sees("smoothing 0.9 · zoomed")
        await user.press("less_than_sign", "greater_than_sign", "Z")
        await user.until_gone("zoomed")
        await user.press("g", "o")
        await user.until_sees("smoothing 0.9 · log y · outliers clipped")
        await user.press("g", "o", "right_square_bracket")
        await user.until_sees("smoothing 0.9 · zoomed")
        await user.press("left_square_bracket", "0")
        await user.until_gone("zoomed")
        await user.press("X")
        await user.until_sees(" step ")
        await user.press("X")
        await user.until_sees("time in s")
        await user.press("X")
        await user.until_gone("time in s")
        screen = user.app.screen
        assert isinstance(screen, RunsScreen)
        screen.set_view(ChartView(x=(500.0, 600.0)))  # as after a much longer run
        await user.until_sees("nothing in the part that is zoomed into: zoom out")
        await user.press("Z")
        await user.until_sees("measured")


@covers("runs", "v")
async def test_where_there_is_room_for_one_panel_v_changes_it(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE), size=NARROW) as user:
        await at_runs(user, "paper-s4", "Train loss", "v facts")
        await user.press("v")
        await user.until_sees("─ Run ─")
        assert "Train loss" not in user.sees
        await user.resize(*WIDE)
        await user.until_sees("Train loss", "─ Run ─")
        await user.until_gone("v facts")
        await user.press("v")
        await user.resize(*SMALLEST)
        await user.until_sees("─ Run ─")
        await user.press("v")
        await user.until_sees("Train loss")


@covers("runs", "enter")
async def test_enter_opens_a_run_on_train(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s4")
        await user.press("enter")
        await user.until_sees("✓ finished", "Epochs (on val)", "Run 2026-11-23T1200-paper-s4")


@covers("runs", "i")
async def test_i_opens_a_run_that_has_weights_in_inspect(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s6")
        await user.press("i")
        assert user.app.current_mode == "runs"
        await point_at(user, "paper-s4")
        await user.press("i")
        await user.until_sees("X-ray 0 of 40", "paper-s4")
        await at_runs(user)
        assert " paper-s4 " in pointed(user)


@covers("runs", "m")
async def test_m_opens_a_run_on_results_where_there_is_such_a_screen(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s4")
        await user.press("m")
        assert user.app.current_mode == "results"


@covers("runs", "R")
async def test_a_run_is_renamed_and_stays_under_the_cursor(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        await point_at(user, "paper-s4")
        await user.press("space", "enter")
        await user.until_sees("✓ finished", "Epochs (on val)")
        await at_runs(user, "A paper-s4")
        await user.press("R")
        await user.until_sees("Another name for paper-s4:")
        await user.press("ctrl+u")
        await user.type("no/good")
        await user.press("enter")
        await user.until_told("'no/good' is not allowed")
        assert (zoo / "2026-11-23T1200-paper-s4").exists()
        await user.press("R")
        await user.until_sees("Another name")
        await user.press("ctrl+u")
        await user.type("for-report")
        await user.press("enter")
        await user.until_sees("━ A for-report", "2026-11-23T1200-for-report", "for-report · PneumoniaMNIST")
        assert " for-report " in pointed(user)
        assert (zoo / "2026-11-23T1200-for-report" / "events.jsonl").exists()
        assert not (zoo / "2026-11-23T1200-paper-s4").exists()
        await point_at(user, "paper-s9")  # it goes on
        await user.press("R")
        assert not user.app.screen.is_modal


@covers("runs", "d")
async def test_a_run_is_deleted_after_asking_and_no_other_is(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s8")
        await point_at(user, "paper-s8")
        await user.press("enter")
        await user.until_sees("✗ crashed")
        await at_runs(user)
        before = sorted(os.listdir(zoo))
        for no in ("n", "escape"):
            await user.press("d")
            await user.until_sees("Delete 2026-11-23T1204-paper-s8?", "for good")
            await user.press(no)
        assert sorted(os.listdir(zoo)) == before
        await user.press("d")
        await user.until_sees("Delete 2026-11-23T1204-paper-s8?")
        await user.press("y")
        await user.until_sees("Runs · 6")
        await user.until(lambda: "paper-s8" not in user.sees)
        assert sorted(os.listdir(zoo)) == [name for name in before if not name.endswith("s8")]
        await user.press("1")
        await user.until_sees("New run")  # it was the one that Train showed
        await at_runs(user)
        await point_at(user, "paper-s9")
        await user.press("d")
        assert not user.app.screen.is_modal


async def test_a_shipped_run_is_listed_last_and_left_alone(
    new_app: NewApp, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snn_tui.runs import summary

    shipped = made_runs.finished_run(tmp_path / "package", seed=1)
    shipped.card.write_text("# card")
    monkeypatch.setattr(summary, "shipped_runs", lambda: [shipped])
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s1 ◆")
        for key in ("d", "R", "n", "r"):
            await user.press(key)
            assert not user.app.screen.is_modal
        await user.until_told("d delete: not possible here now")
        footer = user.sees.splitlines()[-1]
        assert not any(words in footer for words in ("n note", "d delete", "R rename", "r resume"))
    assert shipped.weights.exists()


async def test_a_run_that_cannot_be_deleted_says_why(new_app: NewApp, root: Path) -> None:
    run = made_runs.finished_run(root)
    (run.path / "thesis.tex").write_text("all of it")
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s0")
        await user.press("d")
        await user.until_sees("Delete ")
        await user.press("y")
        await user.until_told("holds what is not a run's: thesis.tex", "move that elsewhere")
    assert run.weights.exists()


@covers("runs", "r")
async def test_an_interrupted_run_is_continued_from_the_list(new_app: NewApp, root: Path) -> None:
    run = made_runs.stopped_run(root)
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "■ stopped", "r resume")
        await user.press("r")
        await user.until_sees("✓ finished", "20/20")
        await user.until_gone("r resume", "■ stopped")
        assert user.app.current_mode == "runs"
    assert read_lock(run) is None


async def test_runs_that_go_on_come_and_go_are_seen_to(new_app: NewApp, root: Path, held: Hold) -> None:
    run = held(made_runs.make_run(root, made_runs.trained(2, 3), seed=4))
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "● training", "2/20")
        more = [event for event in made_runs.trained(4) if event.t > 12.5]
        with EventWriter(run) as writer:
            writer.write(*more)
        await user.until_sees("4/20", "best     epoch 4")
        with EventWriter(run) as writer:
            writer.write(events.RunStopped(t=99.0, signal="SIGTERM"))
        await user.until_sees("■ stopped paper-s4", "r resume")
        made_runs.finished_run(root, seed=5, minute=1)
        await user.until_sees("Runs · 2", "paper-s5")
        assert " paper-s4 " in pointed(user)
        run.lock.unlink()
        run.path.rename(root.parent / "away")
        await user.until_sees("Runs · 1")


async def test_the_mouse_points_opens_sorts_and_scrolls(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        lines = user.sees.splitlines()
        row = next(place for place, line in enumerate(lines) if " paper-s7 " in line)
        await user.pilot.click(offset=(30, row))
        await user.until_sees("━ paper-s7")
        await user.pilot.click(offset=(lines[2].index("run") + 1, 2))
        await user.until_sees("by name")
        await user.pilot.click(offset=(lines[2].index("run") + 1, 2))
        await user.until_sees("run▼")
        await user.app.run_action("point(100)", user.app.screen)
        await user.until(lambda: titles(user)[-1] in pointed(user))
        name = titles(user)[0]
        await user.pilot.click(offset=(30, 3), times=2)
        await user.until_sees("Epochs (on val)", name)


async def test_no_runs_at_all_are_said_and_nothing_breaks(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "no run yet: n on Train starts one")
        for key in RUNS.keys:
            for name in key.keys.split(","):
                await user.press(name)
        await user.press("escape")
        assert user.app.current_mode == "runs"
        assert not user.app.screen.is_modal
        made_runs.finished_run(root)
        await user.until_sees("Runs · 1", "paper-s0")


async def test_two_hundred_runs_are_all_read_while_keys_are_answered(new_app: NewApp, root: Path) -> None:
    for seed in range(200):
        made_runs.make_run(root, made_runs.trained(1, of=1), seed, minute=seed % 60)
    async with opened(new_app(REMOTE)) as user:
        await user.press("6")
        await user.until_sees("Runs · 200")
        await user.press("end", "home", "down")
        await user.press("slash")
        await user.type("s199")
        await user.until_sees("1 of 200", "━ paper-s199")
        await user.press("escape")
        screen = user.app.screen
        assert isinstance(screen, RunsScreen)
        await user.until(lambda: screen._catalogue and screen._catalogue.complete)
        await user.until_gone("reading")


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_without_unicode_everything_is_ascii(new_app: NewApp, zoo: Path, size: tuple[int, int]) -> None:
    async with opened(new_app(ASCII), size=size) as user:
        await user.press("6")
        await user.until_sees("Runs - 7", "paper-s7")
        await user.until_gone("reading")
        for key in ("space", "down", "space", "c", "v", "slash", "x", "escape", "s", "n", "escape"):
            await user.press(key)
            assert user.sees.isascii(), user.sees


async def test_what_takes_long_to_show_is_shown_less_often(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s4")
        screen, budgets = user.app.screen, []
        assert isinstance(screen, RunsScreen)
        assert screen._catalogue is not None
        refresh = screen._catalogue.refresh

        def watched(budget: float) -> list[Entry]:
            budgets.append(budget)
            return refresh(budget)

        screen._catalogue.refresh = watched  # type: ignore[method-assign,assignment] # a probe
        screen._showing_seconds = 1.0
        await user.until(lambda: len(budgets) > 2)
        assert budgets[0] >= 8.0
        assert budgets[-1] < 8.0  # as soon as it takes less


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_help_and_footer_tell_the_keys(new_app: NewApp, zoo: Path, size: tuple[int, int]) -> None:
    async with opened(new_app(REMOTE), size=size) as user:
        await at_runs(user, "paper-s7")
        await point_at(user, "paper-s7")
        await user.settle()
        footer = user.sees.splitlines()[-1]
        assert "space mark" in footer
        assert "? help" in footer
        if size == WIDE:
            own = ("s sort", "c curve", "+- smooth", "n note", "d delete", "r resume")
            assert all(words in footer for words in own)
        await user.press("question_mark")
        await user.until_sees("Runs: esc closes")
        seen = user.sees
        box = user.widget("#help")
        while box.scroll_y < box.max_scroll_y:
            await user.press("down")
            seen += user.sees
        words = " ".join(seen.split())
        for key in RUNS.keys:
            assert " ".join(key.help.split()[:4]) in words


async def test_the_palette_knows_what_can_be_done_with_this_run(new_app: NewApp, zoo: Path) -> None:
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user, "paper-s7")

        def possible() -> set[str]:
            return {command.title for command in user.app.get_system_commands(user.app.screen)}

        def named(action: str) -> str:
            return next(key.help.rstrip(".") for key in RUNS.keys if key.action == action)

        await point_at(user, "paper-s9")
        assert {named("note"), named("inspect"), named("mark")} <= possible()
        assert not {named("delete"), named("rename"), named("resume"), named("unmark")} & possible()
        await point_at(user, "paper-s7")
        await user.press("space")
        assert {named("delete"), named("rename"), named("resume"), named("unmark")} <= possible()
        await point_at(user, "broken")
        assert named("delete") in possible()
        assert not {named("resume"), named("inspect")} & possible()
