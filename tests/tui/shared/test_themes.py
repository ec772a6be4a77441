"""Themes by name and by what the terminal can show."""

from __future__ import annotations

import pytest
from textual.theme import BUILTIN_THEMES

from snn_tui.errors import UsageError
from snn_tui.render.terminal import Colour, Terminal
from snn_tui.tui.shared.themes import choose, opposite
from tui.conftest import NewApp
from tui.driving import LOCAL, opened


@pytest.mark.parametrize(
    ("wanted", "colour", "name"),
    [
        (None, "truecolor", "textual-dark"),
        (None, "256", "textual-dark"),
        (None, "16", "ansi-dark"),
        ("light", "none", "ansi-light"),
        ("light", "truecolor", "textual-light"),
        ("nord", "16", "nord"),
    ],
)
def test_what_is_chosen(wanted: str | None, colour: Colour, name: str) -> None:
    assert choose(wanted, Terminal(colour, unicode=True, slow=False)) == name


def test_a_wrong_name_is_refused_with_all_that_there_are() -> None:
    with pytest.raises(UsageError, match="did you mean 'gruvbox'") as refused:
        choose("gruvbocks", LOCAL)
    assert all(name in refused.value.remedy for name in ("dark", "light", *BUILTIN_THEMES))


async def test_the_other_theme_is_of_the_same_kind(new_app: NewApp) -> None:
    for terminal, dark, light in (
        (LOCAL, "textual-dark", "textual-light"),
        (Terminal("16", unicode=True, slow=True), "ansi-dark", "ansi-light"),
    ):
        async with opened(new_app(terminal)) as user:
            assert user.app.theme == dark
            await user.press("D")
            assert user.app.theme == light
            assert user.app.memory.state.theme == "light"
            assert choose(user.app.memory.state.theme, terminal) == light
            assert opposite(user.app.current_theme) == dark
