"""A panel's title where there is no room for all of it."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import pytest
from rich.console import Console
from rich.text import Text
from textual.app import App, ComposeResult

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.shared.panel import Panel


class OnePanel(App[None]):
    """An application that shows a title in a panel of 18 cells, and in one of 40."""

    CSS = "#narrow { width: 18; height: 4; } #wide { width: 40; height: 4; }"

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self.terminal = terminal

    def compose(self) -> ComposeResult:
        """The same title with and without room for it."""
        yield Panel(draw_words, "Spikes in · their mean", id="narrow")
        yield Panel(draw_words, "Spikes in · their mean", id="wide")


def draw_words(value: str, canvas: Canvas) -> Text:
    """A value that is words."""
    return Text(value)


@pytest.mark.parametrize(("unicode", "cut"), [(True, " Spikes in ·… "), (False, " Spikes in... ")])
async def test_a_long_title_is_cut_in_what_the_terminal_has(unicode: bool, cut: str) -> None:
    async with OnePanel(Terminal("16", unicode=unicode, slow=True)).run_test(size=(60, 20)) as pilot:
        with mock.patch.object(Console, "export_svg", lambda console, **options: console.export_text()):
            narrow, *_, wide = pilot.app.export_screenshot().splitlines()[0:5]
        assert cut in narrow
        assert "their mean" in wide
        assert "their mean" not in narrow


async def test_of_what_changes_only_its_lines_are_painted() -> None:
    async with OnePanel(Terminal("16", unicode=True, slow=True)).run_test(size=(60, 20)) as pilot:
        panel = pilot.app.query_one("#wide", Panel)
        panel.show("first\nsecond")
        await pilot.pause(0.2)
        changes: list[tuple[Callable[[], None], list[int]]] = [
            (lambda: panel.show("first\nother"), [1]),
            (lambda: panel.show("first\nother", "a title"), []),
            (lambda: panel.show_subtitle("below"), []),
        ]
        with mock.patch.object(Panel, "render_line", autospec=True, side_effect=Panel.render_line) as painted:
            for change, rows in changes:
                painted.reset_mock()
                change()
                await pilot.pause(0.1)
                assert [call.args[1] for call in painted.call_args_list if call.args[0] is panel] == rows
        with mock.patch.object(Console, "export_svg", lambda console, **options: console.export_text()):
            shown = pilot.app.export_screenshot()
        for words in ("first", "other", "a title", "below"):
            assert words in shown
