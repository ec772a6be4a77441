"""Keys that come together go where the ones before them have led to."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.widgets import Input, OptionList

from snn_tui.tui.runs.note_dialog import NoteArea
from snn_tui.tui.shared import key_order
from snn_tui.tui.shared.key_order import KeyOrder
from snn_tui.tui.train.all_options import AllOptions
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import User, opened


async def send(user: User, *names: str) -> None:
    """Send keys at once, by their names."""
    for name in names:
        key = _character_to_key(name) if len(name) == 1 else name
        user.app.post_message(Key(key, name if len(name) == 1 else None))


async def test_what_comes_with_the_key_of_a_dialog_is_typed_there(new_app: NewApp, root: Path) -> None:
    run = made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("Runs · 1", run.title)
        await send(user, "n", *"quit d", "ctrl+o")
        await user.until(lambda: run.note.exists())
        assert run.note.read_text() == "quit d\n"
        await user.until(lambda: len(user.app.screen_stack) == 1)
        await send(user, "n", *"s", "escape", "escape", "R", *"x", "escape", "slash", *"zz")
        await user.until_sees('with "zz"')


async def test_a_list_that_is_read_first_gets_the_keys_behind_its_own(new_app: NewApp, root: Path) -> None:
    runs = [made_runs.stopped_run(root, seed=minute, minute=minute) for minute in range(3)]
    async with opened(new_app()) as user:
        await send(user, "l", "slash", *"s1", "enter")
        await user.until(lambda: user.app.followed is not None)
        assert user.app.followed is not None
        assert user.app.followed.run == runs[1]


async def test_a_burst_goes_through_the_options_and_back(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await send(user, "e", "slash", *"seed", "enter")
        await user.until(lambda: isinstance(user.app.screen, AllOptions))
        await user.until(lambda: user.widget("#search", Input).value == "seed")
        await user.until(lambda: user.widget("#options", OptionList).has_focus)
        await send(user, "enter", "backspace", *"17", "enter", "q", "6")
        await user.until(lambda: user.app.current_mode == "runs")
        assert user.app.config.seed != 17  # nothing was started
        await user.press("1")
        assert user.widget("#field-seed", Input).value == "17"


async def test_what_is_pasted_with_a_key_follows_it(new_app: NewApp, root: Path) -> None:
    run = made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("Runs · 1", run.title)
        user.app.post_message(Key("n", "n"))
        user.app.post_message(Paste("first\nsecond"))
        await user.until(lambda: bool(user.app.screen.query(NoteArea)))
        await user.until(lambda: user.widget("NoteArea", NoteArea).text == "first\nsecond")


async def test_a_key_whose_end_is_never_heard_of_holds_up_nobody(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unheard(*message: object) -> None:
        pass

    monkeypatch.setattr(key_order, "LONGEST_SECONDS", 0.05)
    monkeypatch.setattr(KeyOrder, "came_back", unheard)
    monkeypatch.setattr(KeyOrder, "follower_came_back", unheard)
    async with opened(new_app()) as user:
        await send(user, "6", "1", "4")
        await user.until(lambda: user.app.current_mode == "model")
