"""A panel's title where there is no room for all of it."""

from __future__ import annotations

import pytest
from rich.text import Text
from textual.app import App, ComposeResult

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.shared.panel import Panel


class OnePanel(App[None]):
    """An application that shows a panel of 16 cells."""

    CSS = "Panel { width: 16; height: 4; } #wide { width: 40; height: 4; }"

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self.terminal = terminal

    def compose(self) -> ComposeResult:
        """The same title with and without room for it."""
        yield Panel(draw_nothing, "Spikes in · their mean", id="narrow")
        yield Panel(draw_nothing, "Spikes in · their mean", id="wide")


def draw_nothing(value: object, canvas: Canvas) -> Text:
    """An empty drawing."""
    return Text()


@pytest.mark.parametrize(("unicode", "cut"), [(True, "Spikes in · their mean"), (False, "Spikes in...")])
async def test_without_unicode_a_long_title_is_cut_in_ascii(unicode: bool, cut: str) -> None:
    async with OnePanel(Terminal("16", unicode=unicode, slow=True)).run_test(size=(60, 20)) as pilot:
        narrow, wide = pilot.app.query_one("#narrow", Panel), pilot.app.query_one("#wide", Panel)
        assert str(narrow.border_title) == cut
        assert str(wide.border_title).startswith("Spikes in")
        assert str(wide.border_title).endswith("their mean")
        assert unicode or (str(narrow.border_title) + str(wide.border_title)).isascii()
