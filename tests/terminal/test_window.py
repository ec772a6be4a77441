"""The window: its size, and terminals that the screens cannot be shown on."""

from __future__ import annotations

import subprocess
from pathlib import Path

from terminal.conftest import Start
from terminal.harness import COMMAND, beyond_ascii, environment


def test_the_screens_follow_the_window(start: Start) -> None:
    terminal = start("--demo", size=(120, 40))
    terminal.until("synthetic images")
    terminal.resize(80, 24)
    terminal.until(lambda text: text.split("\n")[23].startswith(" s start") and "synthetic images" in text)
    terminal.resize(50, 10)
    terminal.until("This terminal is 50x10.")
    terminal.until("please make it larger")
    terminal.resize(120, 40)
    terminal.until(lambda text: text.split("\n")[39].startswith(" s start") and "synthetic images" in text)
    terminal.press("2")
    terminal.until("pneumonia-paper")


def test_a_window_too_small_can_be_left(start: Start) -> None:
    terminal = start(size=(50, 10))
    terminal.until("q leaves")
    terminal.press("q")
    assert terminal.end() == 0


def test_a_terminal_that_cannot_move_its_cursor_is_refused(start: Start) -> None:
    terminal = start(TERM="dumb")
    assert terminal.end() == 2
    assert "--train-only" in terminal.text
    assert b"\x1b" not in terminal.raw


def test_without_a_terminal_the_screens_are_refused(home: Path) -> None:
    told = subprocess.run(
        [COMMAND],
        env=environment(home),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert told.stdout == ""
    assert "--train-only" in told.stderr
    assert "Traceback" not in told.stderr


def test_on_request_the_screens_are_drawn_in_ascii(start: Start) -> None:
    terminal = start("--demo", "--ascii")
    terminal.until("synthetic images")
    terminal.press("?")
    terminal.until("Train starts a run")
    terminal.press("escape")
    terminal.until(lambda text: "Train starts a run" not in text)
    terminal.press("2")
    terminal.until("pneumonia-paper")
    terminal.press("q")
    assert terminal.end() == 0
    assert beyond_ascii(bytes(terminal.raw)) == ""
