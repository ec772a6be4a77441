"""Time steps that play by themselves."""

from __future__ import annotations

from collections.abc import Callable

from textual.screen import Screen
from textual.timer import Timer

SPEEDS = (1, 2, 5, 10, 20)
"""Time steps a second, when playing."""


class Player:
    """The present time step of what is played, which goes on by itself or is held.

    Args:
        screen: The screen it is on; it plays only while that is the present one.
        show: Called when the step or the speed has changed.
        speed: Steps a second, one of `SPEEDS`.
    """

    def __init__(self, screen: Screen[None], show: Callable[[], None], speed: int = 10) -> None:
        self.num_steps = 0
        self.step = 0
        self._screen = screen
        self._show = show
        self._speed = SPEEDS.index(speed)
        self._timer: Timer | None = None

    @property
    def speed(self) -> int:
        """Steps a second."""
        return SPEEDS[self._speed]

    @property
    def playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer is not None

    def begin(self, num_steps: int, *, play: bool) -> None:
        """Take something new: play it from before its first step, or show its last."""
        self.hold()
        self.num_steps = num_steps
        self.step = 0 if play else num_steps
        if play:
            self._play()
        self._show()

    def go_to(self, step: int) -> None:
        """Hold at a step."""
        self.hold()
        self._set(step)

    def toggle(self) -> None:
        """Play, from the beginning if at the end; or hold."""
        if self.playing:
            self.hold()
        elif self.num_steps:
            self._play()
            if self.step >= self.num_steps:
                self.step = 0
        self._show()

    def faster(self, by: int) -> None:
        """Play faster or slower."""
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        if self.playing:
            self._play()
        self._show()

    def hold(self) -> None:
        """Stop playing."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def _play(self) -> None:
        self.hold()
        self._timer = self._screen.set_interval(1 / self.speed, self._tick)

    def _tick(self) -> None:
        if self.step >= self.num_steps:
            self.hold()
            self._show()
        elif self._screen.is_current:
            self._set(self.step + 1)

    def _set(self, step: int) -> None:
        self.step = min(max(step, 0), self.num_steps)
        self._show()
