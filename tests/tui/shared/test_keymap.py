"""Actions can be given other keys, which help, footer and palette then show."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.config.preferences import Preferences
from snn_tui.tui.screens import KEY_TABLES
from snn_tui.tui.shared.keymap import checked_keymap
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, opened


@pytest.mark.parametrize(
    ("wanted", "keymap", "words"),
    [
        ({"runs.mark": "f8,M"}, {"runs.mark": "f8,M"}, ""),
        ({"runs.note": "!"}, {"runs.note": "exclamation_mark"}, ""),
        ({"runs.mark": "m", "runs.results": "space"}, {"runs.mark": "m", "runs.results": "space"}, ""),
        ({"runs.mark": "m"}, {}, "m is the key of runs.results"),
        ({"app.leave": "x"}, {}, "x is the key of train.stop"),
        ({"runs.makr": "f8"}, {}, "did you mean runs.mark?"),
        ({"runs.mark": "the m key"}, {}, "no key's name"),
    ],
)
def test_keys_are_checked_before_they_hold(
    wanted: dict[str, str], keymap: dict[str, str], words: str
) -> None:
    checked, warnings = checked_keymap(wanted, KEY_TABLES)
    assert checked == keymap
    assert words in "".join(warnings)
    assert bool(warnings) == bool(words)


def test_every_action_has_a_name_of_its_own() -> None:
    names = [key.name_in(table) for table, keys in KEY_TABLES.items() for key in keys]
    assert len(names) == len(set(names))


async def test_another_key_does_it_and_is_shown_and_the_usual_one_does_nothing(
    new_app: NewApp, root: Path
) -> None:
    made_runs.finished_run(root)
    app = new_app()
    app.preferences = Preferences(keys={"runs.mark": "f8", "app.help": "f1", "app.leave": "s"})
    async with opened(app) as user:
        await user.until_sees("keys.app.leave: s is the key of")
        await user.press("6")
        await user.until_sees("Runs · 1", "f8 mark", "f1 help")
        await user.press("space")
        assert "1 marked" not in user.sees
        await user.press("f8")
        await user.until_sees("1 marked")
        await user.press("f1")
        await user.until_sees("esc closes", "f8  Mark this run")
        await user.press("f1")
        await user.until_gone("esc closes")
        await user.press("ctrl+p")
        await user.type("Mark this")
        await user.until_sees("key f8")


async def test_sentences_name_the_key_that_an_action_has(new_app: NewApp, root: Path) -> None:
    app = new_app(ASCII)
    app.preferences = Preferences(
        keys={"train.start": "f5", "train.new": "f7", "app.go.inspect": "f2", "app.leave": "f10"}
    )
    async with opened(app) as user:
        await user.until_sees("Start training (f5)", "f5 starts training", "Meanwhile f2 looks")
        await user.press("l")
        await user.until_sees("There are no runs yet: f7 on Train")
        await user.press("escape", "6")
        await user.until_sees("no run yet: f7 on Train starts one")
        await user.resize(50, 10)
        await user.until_sees("(f10 leaves)")
