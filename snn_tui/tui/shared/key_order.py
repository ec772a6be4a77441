"""Keys one after another: each goes to the screen that the one before it has led to.

Textual hands a key to the present screen as soon as it comes. Of keys that come together, of fast fingers, a
slow line or a script, those after one that opens a dialog would reach the screen below it.
"""

from __future__ import annotations

import asyncio
import functools
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from textual import events
from textual.app import App
from textual.message import Message
from textual.screen import Screen

LONGEST_SECONDS = 0.5
"""After which the next key goes on its way, whatever became of the one before."""

_LOOK_SECONDS = 0.02
_MOVES = {"left", "right", "up", "down", "pageup", "pagedown"}
"""Keys that open nothing. They come fast when they are held down: several may be drawn at once."""

Typed = events.Key | events.Paste


class KeyFollower(Message):
    """Is sent the way of a key, after it: when it comes back to the application, the key was handled.

    Args:
        lap: Which one it is.
    """

    def __init__(self, lap: int) -> None:
        super().__init__()
        self.lap = lap


class KeyOrder:
    """Keeps what is typed until what was typed before it was handled.

    Args:
        app: The application.
        send: Hands a key to the present screen.
    """

    def __init__(self, app: App[str], send: Callable[[Typed], Awaitable[None]]) -> None:
        self._app, self._send = app, send
        self._waiting: deque[Typed] = deque()
        self._sent: Typed | None = None  # the last one that went to a screen
        self._busy = False  # whether something may yet come of it
        self._lap = 0
        self._again = False  # whether another lap is needed: a worker that the key started may open a dialog
        self._screen: Screen[object] | None = None  # the one that this lap goes through
        self._until = 0.0
        self._holds = 0

    async def take(self, event: Typed) -> None:
        """Hand a key to the present screen, now or when those before it were handled."""
        self._waiting.append(event)
        await self._next()

    async def came_back(self, event: events.Key) -> None:
        """A key has come back to the application, which has done what it is bound to."""
        if self._busy and event is self._sent:
            await self._lap_ended()

    async def follower_came_back(self, follower: KeyFollower) -> None:
        """What was sent after a key has come back: the key was handled on its way."""
        if self._busy and follower.lap == self._lap:
            await self._lap_ended()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all keys while something is read that a dialog is made of, and until the dialog is there."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            if not self._busy:
                self._begin()
                self._app.call_later(self._follow)  # which is after the dialog was opened

    async def _next(self) -> None:
        while self._waiting and not self._busy and not self._holds and self._app.screen_stack:
            self._sent = self._waiting.popleft()
            if isinstance(self._sent, events.Key) and self._sent.key in _MOVES:
                await self._send(self._sent)
                continue
            self._begin()
            await self._send(self._sent)
            self._follow()

    def _begin(self) -> None:
        self._busy = self._again = True
        self._until = asyncio.get_running_loop().time() + LONGEST_SECONDS

    def _follow(self) -> None:
        """Send a follower the way that the key went."""
        self._lap += 1
        self._screen = self._app.screen
        (self._app.focused or self._screen).post_message(KeyFollower(self._lap))
        self._look_later()

    def _look_later(self) -> None:
        look = functools.partial(self._app.call_later, self._look, self._lap)
        asyncio.get_running_loop().call_later(_LOOK_SECONDS, look)

    async def _look(self, lap: int) -> None:
        """Followers are lost in widgets that are removed meanwhile: what they waited for has come then."""
        if not self._busy or lap != self._lap:
            return
        if asyncio.get_running_loop().time() > self._until:
            self._busy = False
            await self._next()
        elif self._app.screen_stack and self._app.screen is not self._screen:
            await self._lap_ended()
        else:
            self._look_later()

    async def _lap_ended(self) -> None:
        if self._app.screen_stack and (self._again or self._app.screen is not self._screen):
            self._again = False
            self._follow()
            return
        self._busy = False
        await self._next()
