"""Driving the application like a user: press keys, wait for what should show, read the screen."""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, overload
from unittest import mock

import pytest
import textual.app
import textual.pilot
from rich.console import Console
from textual.events import (
    Key,
    MouseDown,
    MouseEvent,
    MouseMove,
    MouseScrollDown,
    MouseScrollUp,
    MouseUp,
    Paste,
    Resize,
)
from textual.geometry import Size
from textual.keys import _character_to_key
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from snn_tui.render.terminal import Terminal
from snn_tui.tui.app import SnnTuiApp

LOCAL = Terminal("truecolor", unicode=True, slow=False)
REMOTE = Terminal("truecolor", unicode=True, slow=True)
"""Over SSH: a picture is shown at its last step at once, and nothing plays by itself."""
ASCII = Terminal("16", unicode=False, slow=True)

WIDE, NARROW, SMALLEST = (120, 40), (80, 24), (60, 20)

GENEROUS_SECONDS = 60.0
"""After which something that is waited for never comes. Only a broken program takes that long."""

LONGEST_TYPED = 12
"""Characters that are typed one by one; each is validated, completed and drawn."""

HOPS = 4
"""Queues that a message goes through at most, from a key to what comes of it."""

FAKE_INSPECTOR = str(Path(__file__).with_name("fake_inspector.py"))
FAKE_TRAINER = str(Path(__file__).with_name("fake_trainer.py"))

COVERED: set[tuple[str, str]] = set()
"""Table and key of every key that has a test, see `covers`."""

_pressed: list[str] = []

Wheel = type[MouseScrollDown | MouseScrollUp]
Mouse = type[MouseEvent]

Test = Callable[..., Awaitable[None]]
W = TypeVar("W", bound=Widget)


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pilot wait for a moment only, and leave the waiting to `User`.

    It waits until the process is idle, a second at most: with a run that goes on it is never idle.
    """
    quick = functools.partial(asyncio.sleep, 0.005)
    monkeypatch.setattr(textual.app, "wait_for_idle", lambda *limits: quick())
    monkeypatch.setattr(textual.pilot, "wait_for_idle", lambda *limits: quick())


def covers(table: str, *names: str) -> Callable[[Test], Test]:
    """Say which keys of a table of `keys.py` a test is of; it fails if it does not press them."""
    COVERED.update((table, name) for name in names)

    def decorate(test: Test) -> Test:
        @functools.wraps(test)
        async def checked(*args: Any, **kwargs: Any) -> None:
            _pressed.clear()
            await test(*args, **kwargs)
            assert set(names) <= set(_pressed), "the test does not press what it says it covers"

        return checked

    return decorate


class User:
    """Someone in front of the application."""

    def __init__(self, pilot: Pilot[str]) -> None:
        assert isinstance(pilot.app, SnnTuiApp)
        self.pilot = pilot
        self.app = pilot.app

    @property
    def sees(self) -> str:
        """What is on the screen, line by line; a dialog only, where there is one."""
        with mock.patch.object(Console, "export_svg", lambda console, **options: console.export_text()):
            return self.app.export_screenshot()

    @overload
    def widget(self, selector: str) -> Widget: ...

    @overload
    def widget(self, selector: str, kind: type[W]) -> W: ...

    def widget(self, selector: str, kind: type[Widget] = Widget) -> Widget:
        """A widget of the present screen."""
        return self.app.screen.query_one(selector, kind)

    async def press(self, *names: str) -> None:
        """Press keys, and wait after each until it was handled. What a worker does then may come later."""
        _pressed.extend(names)
        await self._send(names)

    async def type(self, words: str) -> None:
        """Type a text."""
        await self._send(words)

    async def burst(self, words: str) -> None:
        """Send all characters of a text at once, as a paste or a fast link does."""
        for character in words:
            self.app.post_message(Key(_character_to_key(character), character))
        await self.handled()
        await self.pilot.pause()

    async def _send(self, names: Iterable[str]) -> None:
        for name in names:
            await self.pilot.press(name)
            await self.handled()
        await self.pilot.pause()

    async def handled(self) -> None:
        """Wait until every message that is on its way was handled, and what they sent in turn.

        A key goes from queue to queue before something comes of it: to the application, the screen, the
        widget with the focus, and back as a message.
        """
        for _ in range(HOPS):
            pumps = [self.app, *(node for screen in self.app.screen_stack for node in _all(screen))]
            await self._reached(*(pump.call_later for pump in pumps))
        await self._reached(self.app.screen.call_after_refresh)

    async def _reached(self, *schedules: Callable[[Callable[[], None]], bool]) -> None:
        """Wait until what these schedule was called, or the application has ended."""
        events = [asyncio.Event() for _ in schedules]
        asked = [event for event, schedule in zip(events, schedules, strict=True) if schedule(event.set)]
        async with asyncio.timeout(GENEROUS_SECONDS):
            while self.app.is_running and not all(event.is_set() for event in asked):
                await asyncio.sleep(0)

    async def fill(self, field: str, words: str) -> None:
        """Click on a field of the form and write something else into it; what is long is pasted."""
        self.widget(f"#field-{field}").scroll_visible(animate=False, immediate=True)
        await self.pilot.pause()
        await self.pilot.click(f"#field-{field}")
        await self.handled()
        await self._send(("end", "ctrl+u"))
        if len(words) <= LONGEST_TYPED:
            await self.type(words)
        else:
            self.widget(f"#field-{field}").post_message(Paste(words))
            await self.handled()

    async def open_run(self, down: int = 0) -> None:
        """Choose a run from the list, the newest if `down` is 0."""
        await self.press("l")
        await self.until_sees("enter opens")
        await self.press("home", *["down"] * down, "enter")
        await self.until_gone("enter opens")

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for a condition, however slow the machine; show the screen if it never comes."""
        end = time.monotonic() + GENEROUS_SECONDS
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"this never came, the screen is\n{self.sees}")
            await asyncio.sleep(0.02)

    async def until_sees(self, *words: str) -> None:
        """Wait until all of the words are on the screen."""
        try:
            await self.until(lambda: all(word in self.sees for word in words))
        except AssertionError as error:
            raise AssertionError(f"waited for {words}: {error}") from None

    async def until_told(self, *words: str) -> None:
        """Wait until there is a notice with all of the words."""

        def notices() -> list[str]:
            return [str(toast.render()) for toast in self.app.screen.query("Toast")]

        await self.until(lambda: any(all(word in notice for word in words) for notice in notices()))

    async def until_gone(self, *words: str) -> None:
        """Wait until none of the words is on the screen."""
        await self.until(lambda: not any(word in self.sees for word in words))

    def where(self, words: str) -> tuple[int, int]:
        """Column and row of the first cell of words on the screen."""
        for row, line in enumerate(self.sees.splitlines()):
            if words in line:
                return line.index(words), row
        raise AssertionError(f"no {words!r} in\n{self.sees}")

    async def click(self, words: str, *, times: int = 1) -> None:
        """Click on words on the screen."""
        await self.pilot.click(offset=self.where(words), times=times)
        await self.handled()

    async def wheel(self, words: str, kind: Wheel) -> None:
        """Turn the mouse wheel over words on the screen."""
        await self._mouse(kind, self.where(words), button=0)

    async def drag_slider(self, words: str, by: int) -> None:
        """Press the button on the last cell of words, move by so many columns, and release it."""
        x, y = self.where(words)
        x += len(words) - 1
        await self._mouse(MouseDown, (x, y), button=1)
        await self._mouse(MouseMove, (x + by, y), button=1)
        await self._mouse(MouseUp, (x + by, y), button=1)
        await self._mouse(MouseMove, (x, y), button=0)  # nothing is held any more

    async def _mouse(self, kind: Mouse, offset: tuple[int, int], *, button: int) -> None:
        await self.pilot._post_mouse_events([kind], None, offset, button)
        await self.handled()

    async def resize(self, width: int, height: int) -> None:
        """Make the terminal another size."""
        await self.pilot.resize_terminal(width, height)
        await self.handled()
        await self.pilot.pause()

    async def settle(self) -> None:
        """Wait until the screen has the terminal's size and a footer, and stays the same for a while.

        Time alone would not do: on a busy machine nothing at all may happen for long.
        """
        end, same, before = time.monotonic() + GENEROUS_SECONDS, 0, ""
        while same < 3:
            assert time.monotonic() < end, f"the screen does not settle:\n{self.sees}"
            await self.handled()
            await self.pilot.pause(0.05)
            now, screen = self.sees, self.app.screen
            steady = screen.size == self.app.size and now == before and now.splitlines()[-1].strip()
            same, before = (same + 1 if steady else 0), now

    async def drag(self, sizes: Iterable[tuple[int, int]]) -> None:
        """Drag the terminal's window through many sizes, faster than the screens can be drawn."""
        for width, height in sizes:
            size = Size(width, height)
            self.app.post_message(Resize(size, size))
            await asyncio.sleep(0.009)


def _all(screen: Screen[Any]) -> list[MessagePump]:
    return list(screen.walk_children(with_self=True))


@asynccontextmanager
async def opened(app: SnnTuiApp, size: tuple[int, int] = WIDE) -> AsyncIterator[User]:
    """The application, running without a terminal."""
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield User(pilot)
