"""What is the same on every screen: help, palette, theme, and what is never imported."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from textual.color import Color
from textual.command import CommandList, CommandPalette
from textual.css.stylesheet import Stylesheet
from textual.screen import Screen
from textual.widgets import Input, OptionList, Select

from snn_tui.config.build import build
from snn_tui.errors import RunError
from snn_tui.runs.store import create, read_config
from snn_tui.runs.summary import summaries
from snn_tui.tui.screens import APP_KEYS, SCREENS
from snn_tui.tui.shared.choose_run import ChooseRun
from snn_tui.tui.shared.header import Header
from snn_tui.tui.shared.help import Help
from snn_tui.tui.shared.palette import Palette
from snn_tui.tui.shared.screen import AppScreen
from snn_tui.tui.shared.steady import SteadyModal
from snn_tui.tui.shared.too_small import TooSmall
from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, FAKE_INSPECTOR, NARROW, REMOTE, SMALLEST, WIDE, User, covers, opened

TABLES = {"app": APP_KEYS} | {name: info.keys for name, info in SCREENS.items()}


@covers("app", "question_mark")
@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_help_has_every_key_of_the_screen(new_app: NewApp, root: Path, size: tuple[int, int]) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE), size=size) as user:
        for mode, info in SCREENS.items():
            own = info.keys
            await user.press(info.digit)
            await user.press("question_mark")
            await user.until_sees(f"{mode.capitalize()}: esc closes")
            seen = user.sees
            box = user.widget("#help")
            while box.scroll_y < box.max_scroll_y:
                await user.press("pagedown")
                seen += user.sees
            words = " ".join(seen.split())
            for key in (*own, *APP_KEYS):
                assert key.display in words
                assert " ".join(key.help.split()[:4]) in words
            await user.press("l", "ctrl+p")  # no second dialog on top of the first
            await user.until_sees(f"{mode.capitalize()}: esc closes")
            await user.press("question_mark" if mode == "train" else "escape")
            await user.until_gone("esc closes")


@covers("app", "D")
async def test_the_theme_changes_and_changes_back(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("finished")
        dark = user.app.export_screenshot()
        await user.press("D")
        await user.until(lambda: not user.app.current_theme.dark)
        await user.until(lambda: "#0068a8" in user.app.export_screenshot())
        assert "#0068a8" not in dark
        await user.press("D")
        await user.until(lambda: user.app.current_theme.dark)


async def test_a_screen_is_styled_anew_only_where_it_can_look_different(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.press("6")
        await user.press("1")
        with mock.patch.object(Screen, "update_node_styles") as styled:
            await user.press("6")
            await user.until(lambda: user.app.current_mode == "runs")
            assert not styled.called
        shown = background(user.app.screen)
        await user.press("1")
        user.app.action_toggle_theme()
        await user.press("6")
        await user.until(lambda: background(user.app.screen) != shown)


async def test_opening_a_screen_parses_no_styles(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        with mock.patch.object(Stylesheet, "reparse") as parsed:
            for name in [*list(SCREENS)[1:], *SCREENS]:
                await user.press(SCREENS[name].digit)
                await user.until(lambda name=name: user.app.current_mode == name)  # type: ignore[misc]
            assert not parsed.called


async def test_a_screen_opened_after_the_theme_changed_has_it(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.press("D")
        await user.until(lambda: not user.app.current_theme.dark)
        light = background(user.app.screen)
        await user.press("3")
        await user.until(lambda: user.app.current_mode == "data")
        await user.until(lambda: background(user.app.screen) == light)


def background(screen: Screen[object]) -> Color:
    """The colour behind a screen."""
    return screen.background_colors[1]


async def test_a_click_on_a_screens_name_goes_there(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.pilot.click(Header, offset=(user.sees.index("Inspect") + 2, 0))
        await user.until_sees("No run has a checkpoint yet")
        await user.pilot.click(Header, offset=(user.sees.index("Train"), 0))
        await user.until_sees("New run")


async def until_gathered(user: User) -> None:
    """Wait until the palette has found all that fits what was typed."""
    group = CommandPalette._GATHER_COMMANDS_GROUP
    await user.until(lambda: all(work.is_finished for work in user.app.workers if work.group == group))


async def choose(user: User, words: str) -> None:
    """Type something into the palette, and take the first that it finds."""
    await user.type(words)
    await until_gathered(user)
    best = str(user.widget("CommandList", CommandList).options[0].prompt)
    assert words in best.lower()
    await user.press("enter")


async def palette(user: User) -> list[str]:
    """Open the palette, and give what it lists."""
    await user.press("ctrl+p")
    await user.until(
        lambda: user.app.screen.query(CommandList) and user.widget("CommandList", CommandList).option_count
    )
    await until_gathered(user)
    return [str(option.prompt) for option in user.widget("CommandList", CommandList).options]


@covers("app", "ctrl+p")
async def test_the_palette_lists_what_makes_sense_now_and_does_it(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        listed = "\n".join(await palette(user))
        sensible = {"start", "options", *(key.action for key in APP_KEYS)} - {"command_palette"}
        for key in (*TABLES["train"], *APP_KEYS):
            assert (key.help.rstrip(".") in listed) == (key.action in sensible), key
        await choose(user, "light theme")
        await user.until(lambda: user.app.theme == "textual-light")

        await user.press("2")
        await user.until_sees("X-ray 0 of 40", "spread")
        listed = "\n".join(await palette(user))
        for key in (*TABLES["inspect"], *APP_KEYS):
            hidden = key.action_name in ("command_palette", "back", "download", "channel", "membranes")
            assert (key.help.rstrip(".") in listed) != hidden, key
        await choose(user, "next image")
        await user.until_sees("X-ray 1 of 40")


async def test_the_palette_of_data_and_model(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("3")
        await user.until_sees("X-rays", "○ 5")
        listed = "\n".join(await palette(user))
        for key in TABLES["data"]:
            action = key.action.partition("(")[0]
            now = action in ("across", "down", "page", "move", "class", "jump", "split", "audit", "open")
            assert (key.help.rstrip(".") in listed) == now, key
        await choose(user, "code the chosen image")
        await user.until_sees("Raster", "coding    rate")
        listed = "\n".join(await palette(user))
        for words, now in (("Latency coding", False), ("Rate coding", True), ("Play the time steps", True)):
            assert (words in listed) == now
        await user.press("escape", "4")
        await user.until_sees("images of val")
        listed = "\n".join(await palette(user))
        for key in TABLES["model"]:
            assert (key.help.rstrip(".") in listed) == (key.action not in ("draw", "view")), key


@pytest.mark.parametrize("mode", ["train", "inspect", "data", "model"])
async def test_the_footer_fits_at_eighty_columns(new_app: NewApp, root: Path, held: Hold, mode: str) -> None:
    held(made_runs.make_run(root, made_runs.trained(3, 2)))
    async with opened(new_app(REMOTE), size=NARROW) as user:
        await user.until_sees("training", "x stop", "v chart")
        if mode == "inspect":
            await user.press("2")
            await user.until_sees("spread")
        if mode == "data":
            await user.press("3")
            await user.until_sees("X-rays")
            await user.until(lambda: user.sees.rstrip().endswith("q quit"))
            await user.press("enter")
            await user.until_sees("Raster", "space play")
        if mode == "model":
            await user.press("4")
            await user.until_sees("images of val")
            await user.press("v")
            await user.until_sees("m reset")
        await user.until(lambda: user.sees.splitlines()[-1].strip())
        footer = user.sees.splitlines()[-1]
        not_now = ("start", "options", "back", "resume", "open", "split", "audit", "membranes")
        for key in (*TABLES[mode], *APP_KEYS):
            if key.footer and key.action not in not_now:
                assert (
                    f"{key.display} {key.label}" in footer
                    or f"{key.display}{key.label}" in footer
                    or key.group
                )
        assert footer.rstrip().endswith("q quit")


@pytest.mark.parametrize("mode", ["train", "inspect", "data", "model"])
async def test_the_footer_leads_to_help_at_the_smallest_size(
    new_app: NewApp, root: Path, held: Hold, mode: str
) -> None:
    held(made_runs.make_run(root, made_runs.trained(3, 2)))
    async with opened(new_app(REMOTE), size=SMALLEST) as user:
        await user.until_sees("training", "? help")
        if mode == "inspect":
            await user.press("2")
            await user.until_sees("np image", "? help")
        if mode == "data":
            await user.press("3")
            await user.until_sees("X-rays", "? help")
            await user.press("enter")
            await user.until_sees("coding", "? help")
        if mode == "model":
            await user.press("4", "v")
            await user.until_sees("Leaky neuron", "? help")


async def test_without_unicode_every_dialog_is_ascii(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(ASCII), size=NARROW) as user:
        assert user.sees.isascii()
        user.app.notify("A notice.")
        await user.until_sees("A notice.")
        assert user.sees.isascii(), user.sees
        for keys_ in (
            ("question_mark", "escape"),
            ("2", "question_mark", "escape", "1"),
            ("3", "question_mark", "escape", "4", "question_mark", "escape", "1"),
            ("l", "enter", "n"),
        ):
            for key in keys_:
                await user.press(key)
                if key == "l":
                    await user.until_sees("enter opens")
                assert user.sees.isascii(), user.sees
        await palette(user)
        assert user.sees.isascii(), user.sees
        await user.press("escape", "escape", "2")
        await user.until_sees("0 of 40", "spread")
        await palette(user)
        await user.type("step")
        await user.until_sees("key <-", "key ->")
        assert user.sees.isascii(), user.sees


async def test_another_run_is_never_shown_unannounced(new_app: NewApp, root: Path) -> None:
    finished = made_runs.finished_run(root)
    without = made_runs.make_run(root, made_runs.trained(2, 3), seed=4, minute=5)
    without.weights.unlink(missing_ok=True)
    async with opened(new_app(REMOTE)) as user:
        user.app.watch_run(without)
        for mode in ("inspect", "model", "results"):
            await user.press(SCREENS[mode].digit)
            await user.until_sees(f"{without.name} has no checkpoint: this is {finished.name}.")
        await user.press("2")
        await user.until_sees("has no checkpoint")
        await user.press("l")
        await user.until_sees("enter opens")
        await user.press("home", "down", "enter")  # the other run was chosen: nothing stands in for it
        await user.until_gone("enter opens", "has no checkpoint")
        user.app.watch_run(without)
        without.weights.write_bytes(finished.weights.read_bytes())
        await user.press("1", "2")
        await user.until_gone("has no checkpoint")


async def test_images_that_the_run_was_not_trained_on_are_announced(new_app: NewApp, root: Path) -> None:
    run = made_runs.finished_run(root)
    (run.path / "differing").write_text("val test")
    async with opened(new_app(REMOTE)) as user:
        for mode in ("inspect", "results"):
            await user.press(SCREENS[mode].digit)
            await user.until_sees("Not the images the run was trained on: val and test differ")


async def test_a_run_that_never_began_has_the_images_of_its_own_configuration(
    new_app: NewApp, root: Path
) -> None:
    run = create(root, build({"dataset": "demo", "seed": 7}), datetime(2026, 11, 23, 12, 0))
    async with opened(new_app(REMOTE)) as user:
        user.app.watch_run(run)
        await user.press("3")
        screen = user.app.screen
        assert isinstance(screen, AppScreen)
        assert await screen.followed_config() == read_config(run)
        run.config.write_text("{")
        with pytest.raises(RunError):
            await screen.followed_config()


async def test_a_terminal_too_small_for_the_screens_has_the_run_in_a_few_lines(
    new_app: NewApp, root: Path, held: Hold
) -> None:
    held(made_runs.make_run(root, made_runs.trained(2, 3)))
    async with opened(new_app(REMOTE)) as user:
        await user.until_sees("● training")
        for size in ((50, 10), (30, 5), (20, 3)):
            await user.resize(*size)
            await user.until_sees("●", "3/20", "acc", "q leaves" if size[1] > 3 else "acc")
            assert "make it larger" not in user.sees
        await user.resize(*WIDE)
        await user.until_sees("● training", "Epochs (on val)")
        assert len(user.app.run_observers) == 1


@covers("app", "ctrl+z")
async def test_leaving_for_the_shell_says_so_where_there_is_none(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "getsid", lambda pid: os.getpid())
    async with opened(new_app(REMOTE)) as user:
        await user.press("ctrl+z")
        await user.until_told("no shell to go back to; q leaves")


async def test_ctrl_c_says_what_leaves(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("ctrl+c")
        await user.until_told("q leaves")


async def test_a_dialog_is_answered_once(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("l")
        await user.until_sees("enter opens")
        runs = user.widget("OptionList", OptionList)
        runs.action_select()  # two answers before the first one is heeded
        runs.action_select()
        await user.until_gone("enter opens")
        await user.until_sees("✓ finished")
        assert len(user.app.screen_stack) == 1


@pytest.mark.parametrize("kind", [ChooseRun, Palette, Help])
async def test_a_dialog_closed_before_it_is_there(
    new_app: NewApp, root: Path, kind: type[SteadyModal[Any]]
) -> None:
    run = made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        dialogs: dict[object, Callable[[], SteadyModal[Any]]] = {
            ChooseRun: lambda: ChooseRun(summaries(root), str(run.path)),
            Palette: Palette,
            Help: lambda: Help(SCREENS["train"], APP_KEYS),
        }
        dialog = dialogs[kind]()
        user.app.push_screen(dialog)
        dialog.dismiss(None)
        await user.until(lambda: len(user.app.screen_stack) == 1)
        await user.press("6")
        await user.until_sees("Runs ·")


async def test_the_palette_is_closed_once(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await palette(user)
        screen = user.app.screen
        assert isinstance(screen, CommandPalette)
        screen._action_escape()  # two clicks beside it, before the first one is heeded
        screen._action_escape()
        await user.until(lambda: len(user.app.screen_stack) == 1)


async def test_a_closed_palette_searches_no_more(new_app: NewApp, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(new_app(REMOTE)) as user:
        await palette(user)
        screen, field = user.app.screen, user.widget("CommandInput", Input)
        assert isinstance(screen, CommandPalette)
        searched: list[str] = []
        monkeypatch.setattr(screen, "_gather_commands", searched.append)
        screen._action_escape()
        screen.post_message(Input.Changed(field, "theme"))  # typed before, and only now heeded
        await user.until(lambda: not screen.is_attached)
        assert searched == []


async def test_the_palette_does_once_what_was_chosen_twice(new_app: NewApp) -> None:
    async with opened(new_app(REMOTE)) as user:
        await palette(user)
        await user.type("dark and the light")
        await until_gathered(user)
        before, commands = user.app.theme, user.widget("CommandList", CommandList)
        commands.highlighted = 0
        commands.action_select()  # two answers before the first one is heeded
        commands.action_select()
        await user.until(lambda: len(user.app.screen_stack) == 1)
        await user.handled()
        assert user.app.theme != before


async def test_a_page_key_right_after_a_list_was_filled_or_opened(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("1")
        field = user.widget("#field-preset", Select)
        field.action_show_overlay()
        await user.widget("#field-preset SelectOverlay", OptionList).run_action(
            "page_down"
        )  # not laid out yet
        await user.press("escape")
        await palette(user)
        commands = user.widget("CommandList", CommandList)
        commands.display = False
        await user.handled()
        commands._clear_caches()
        commands.highlighted = 3
        await commands.run_action("page_down")
        await commands.run_action("page_up")
        assert commands.highlighted == 3


async def test_of_very_many_runs_the_newest_can_be_chosen(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.tui.app.MOST_CHOICES", 3)
    for minute in range(5):
        made_runs.stopped_run(root, seed=minute, minute=minute)
    async with opened(new_app(REMOTE)) as user:
        await user.press("l")
        await user.until_sees("esc closes, 6 has all", "paper-s4", "paper-s2")
        assert "paper-s1" not in user.sees


async def test_words_find_a_run_to_look_at(new_app: NewApp, root: Path) -> None:
    runs = [made_runs.stopped_run(root, seed=minute, minute=minute) for minute in range(12)]
    async with opened(new_app(REMOTE)) as user:
        await user.press("l")
        await user.until_sees("/ filters", "paper-s11", "paper-s7")
        await user.press("slash")
        await user.type("lq")
        assert "paper-s7" not in user.sees  # keys of the dialog are letters here
        await user.press("ctrl+u")
        await user.type("paper-s7 stopped")
        assert "paper-s11" not in user.sees
        await user.press("enter")
        await user.until_gone("/ filters")
        assert user.app.followed is not None
        assert user.app.followed.run == runs[7]
        await user.press("l")
        await user.until_sees("/ filters")
        await user.burst("/s1/")
        await user.press("backspace")
        await user.press("down", "down", "enter")  # s11, s10, s1
        assert user.app.followed.run == runs[10]


async def test_the_list_of_runs_opens_on_the_one_that_is_looked_at(new_app: NewApp, root: Path) -> None:
    runs = [made_runs.stopped_run(root, seed=minute, minute=minute) for minute in range(3)]
    async with opened(new_app(REMOTE)) as user:
        user.app.watch_run(runs[1])
        await user.press("l")
        await user.until_sees("enter opens")
        await user.press("enter")
        await user.until_gone("enter opens")
        assert user.app.followed is not None
        assert user.app.followed.run == runs[1]


async def test_asking_twice_opens_one_dialog(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        for _ in range(3):
            user.app.action_choose_run()
        await user.until_sees("enter opens")
        await user.press("escape")
        await user.until_gone("enter opens")
        assert len(user.app.screen_stack) == 1


async def test_a_dialog_that_comes_when_the_window_is_too_small_is_not_opened(
    new_app: NewApp, root: Path
) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        user.app.action_choose_run()
        await user.resize(30, 5)
        await user.until(lambda: isinstance(user.app.screen, TooSmall))
        user.app.action_choose_run()
        await user.handled()
        assert isinstance(user.app.screen, TooSmall)
        await user.resize(*WIDE)
        await user.until(lambda: not isinstance(user.app.screen, TooSmall))
        await user.press("escape", "l")
        await user.until_sees("enter opens")


async def test_an_answer_under_another_screen_waits_for_its_dialog(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(REMOTE)) as user:
        await user.press("l")
        await user.until_sees("enter opens")
        dialog = user.app.screen
        assert isinstance(dialog, ChooseRun)
        await user.resize(30, 5)
        await user.until(lambda: isinstance(user.app.screen, TooSmall))
        dialog.dismiss(None)
        await user.handled()
        assert isinstance(user.app.screen, TooSmall)
        await user.resize(*WIDE)
        await user.until_sees("enter opens")
        await user.press("escape")
        await user.until_gone("enter opens")


def test_every_key_has_a_test() -> None:
    here = Path(__file__).parent
    for module in here.rglob("test_*.py"):
        importlib.import_module(".".join(("tui", *module.relative_to(here).with_suffix("").parts)))
    from tui.driving import COVERED

    table = {(name, key) for name, own in TABLES.items() for entry in own for key in entry.keys.split(",")}
    assert table == COVERED


def test_no_key_is_taken_twice() -> None:
    for own in (info.keys for info in SCREENS.values()):
        taken = [key for entry in (*own, *APP_KEYS) for key in entry.keys.split(",")]
        assert len(taken) == len(set(taken))
        assert not {"ctrl+a", "ctrl+b", "ctrl+s"} & set(taken)  # tmux, screen and flow control have them


def test_the_screens_never_import_torch(root: Path) -> None:
    made_runs.finished_run(root)
    script = f"""
        import asyncio, json, sys
        from pathlib import Path
        from snn_tui.config.build import build
        from snn_tui.render.terminal import Terminal
        from snn_tui.tui.app import SnnTuiApp
        from snn_tui.tui.shared.choose_run import ChooseRun
        from snn_tui.inspector.client import InspectorClient

        async def look():
            app = SnnTuiApp(build({{}}), Path({str(root)!r}), Terminal("truecolor", True, True))
            app.inspector = InspectorClient(app._inspector_restarted, (sys.executable, {FAKE_INSPECTOR!r}))
            async with app.run_test(size=(120, 40)) as pilot:
                await pilot.press("l")
                while not isinstance(app.screen, ChooseRun) or not app.screen.query("OptionList"):
                    await pilot.pause(0.02)
                await pilot.press("enter")
                while not app.followed or isinstance(app.screen, ChooseRun):
                    await pilot.pause(0.02)
                await pilot.press("2")
                while app.screen.query_one("#facts")._value is None:
                    await pilot.pause(0.02)
                await pilot.press("question_mark", "escape", "1", "q")

        asyncio.run(look())
        print(json.dumps(sorted(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    modules = set(json.loads(done.stdout))
    assert "plotext" in modules
    assert not modules & {"torch", "snntorch", "sklearn", "numpy", "medmnist", "PIL", "safetensors"}
