"""Sharp pictures: only where the extra is there and the terminal speaks a language for them."""

from __future__ import annotations

import importlib.util
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from textual.reactive import reactive
from textual.widget import Widget

from snn_tui.render.terminal import Terminal
from snn_tui.tui.shared import graphics
from snn_tui.values.dataset import Picture
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, REMOTE, opened


class Shown(Widget):
    """Stands in for textual-image's widget: says how its picture file begins."""

    image: reactive[BytesIO | None] = reactive(None)

    def render(self) -> str:
        """The words."""
        return f"a real picture {self.image.getvalue()[:2].decode()}" if self.image else ""


def install(monkeypatch: pytest.MonkeyPatch, speaks: str) -> None:
    """An extra whose terminal speaks that."""
    kinds = ModuleType("textual_image.renderable")
    kinds.TGPImage, kinds.SixelImage, kinds.HalfcellImage = "tgp", "sixel", "half"  # type: ignore[attr-defined]
    kinds.Image = speaks  # type: ignore[attr-defined]
    widget = ModuleType("textual_image.widget")
    widget.Image = Shown  # type: ignore[attr-defined]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: SimpleNamespace())
    monkeypatch.setitem(sys.modules, "textual_image", ModuleType("textual_image"))
    monkeypatch.setitem(sys.modules, "textual_image.renderable", kinds)
    monkeypatch.setitem(sys.modules, "textual_image.widget", widget)


@pytest.mark.parametrize(("speaks", "found"), [("tgp", True), ("sixel", True), ("half", False)])
def test_what_the_terminal_speaks_decides(speaks: str, found: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, speaks)
    assert (graphics.find(LOCAL) is Shown) is found


@pytest.mark.parametrize("terminal", [REMOTE, ASCII, Terminal("256", unicode=True, slow=False)], ids=str)
def test_other_terminals_are_not_even_asked(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "tgp")
    assert graphics.find(terminal) is None


def test_without_the_extra_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert graphics.find(LOCAL) is None


async def test_the_picture_is_shown_and_goes(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    app = new_app(LOCAL)
    app.graphics = Shown
    async with opened(app) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "a real picture P5")
        await user.press("m")
        await user.until_sees("a real picture P6", "pneumonia 6.0 spikes")
        await user.press("m", "n")
        await user.until_sees("1 of 40", "a real picture P5")
        assert len(user.app.screen.query(".graphics")) == 1


@pytest.mark.parametrize(("channels", "kind"), [(1, b"P5"), (3, b"P6")])
def test_a_picture_is_a_file_of_grey_or_of_colours(channels: int, kind: bytes) -> None:
    picture = Picture(pixels=bytes(6 * channels), height=2, width=3, channels=channels, labels=None)
    assert graphics.picture_file(picture).getvalue() == kind + b" 3 2 255\n" + picture.pixels
