"""Terminals of all kinds: what is sent to each, and what is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from terminal.conftest import Start
from terminal.harness import COMMAND, beyond_ascii, colours, environment, wait_until

MOUSE = b"\x1b[?1000h"


def test_no_colour_means_none_at_all(start: Start) -> None:
    terminal = start("--demo", NO_COLOR="1")
    terminal.until("synthetic images")
    terminal.press("2")
    terminal.until("say pneumonia")
    terminal.press("q")
    assert terminal.end() == 0
    assert colours(bytes(terminal.raw)) == set()


def test_sixteen_colours_are_the_terminals_own(start: Start) -> None:
    terminal = start("--demo", TERM="xterm", COLORTERM="")
    terminal.until("synthetic images")
    terminal.press("2")
    terminal.until("say pneumonia")
    terminal.press("m", "c")
    terminal.until("conv1")
    terminal.press("q")
    assert terminal.end() == 0
    sent = colours(bytes(terminal.raw))
    assert sent
    for sequence in sent:
        codes = [int(code) for code in re.findall(rb"\d+", sequence)]
        assert 38 not in codes, sequence  # neither one of 256 nor red, green and blue
        assert 48 not in codes, sequence


def test_256_colours_are_no_more(start: Start) -> None:
    terminal = start("--demo", TERM="xterm-256color", COLORTERM="")
    terminal.until("synthetic images")
    terminal.press("q")
    assert terminal.end() == 0
    sent = colours(bytes(terminal.raw))
    assert any(b"38;5;" in sequence or b"48;5;" in sequence for sequence in sent)
    assert not any(b"38;2;" in sequence or b"48;2;" in sequence for sequence in sent)


@pytest.mark.parametrize("changes", [{"LANG": "C"}, {"LC_ALL": "C"}, {"LANG": "POSIX"}], ids=str)
def test_a_locale_without_unicode_gets_ascii(start: Start, changes: dict[str, str]) -> None:
    terminal = start("--demo", **changes)
    terminal.until("synthetic images")
    terminal.press("q")
    assert terminal.end() == 0
    assert beyond_ascii(bytes(terminal.raw)) == ""


def test_letters_of_a_terminal_set_to_latin_1_end_nothing(start: Start) -> None:
    terminal = start("--demo")
    terminal.until("synthetic images")
    terminal.press("é".encode("latin-1"), b"\xff\xfe", "6")
    terminal.until("Runs ·")
    terminal.press("/")
    terminal.until("words in name")
    terminal.press(b"na\xefve")
    terminal.until('with "na\N{REPLACEMENT CHARACTER}ve"')
    terminal.press("\r")
    terminal.until("/ filter")
    terminal.press("q")
    assert terminal.end() == 0


def test_the_mouse_is_left_alone_on_request(start: Start) -> None:
    with_it, without = start("--demo"), start("--demo", "--no-mouse")
    for terminal in (with_it, without):
        terminal.until("synthetic images")
        terminal.press("q")
        assert terminal.end() == 0
    assert MOUSE in with_it.raw
    assert MOUSE not in without.raw


def test_themes_by_name(start: Start) -> None:
    dark, light = start("--demo"), start("--demo", "--theme", "light")
    for terminal in (dark, light):
        terminal.until("synthetic images")
        terminal.press("q")
        assert terminal.end() == 0
    assert colours(bytes(dark.raw)) != colours(bytes(light.raw))


def test_a_wrong_theme_is_refused_with_the_list(start: Start) -> None:
    terminal = start("--theme", "midnight")
    assert terminal.end() == 2
    for name in ("dark", "light", "nord", "gruvbox"):
        assert name in terminal.text
    assert b"\x1b[?1049h" not in terminal.raw


def test_inside_tmux_inside_ssh(home: Path) -> None:
    if not shutil.which("tmux"):
        pytest.skip("no tmux")
    environ = environment(
        home, TERM="screen-256color", COLORTERM="", SSH_CONNECTION="192.0.2.1 1 192.0.2.2 22"
    )

    def tmux(*arguments: str) -> str:
        told = subprocess.run(
            ["tmux", "-S", str(home / "tmux"), "-f", "/dev/null", *arguments],
            env=environ,
            cwd=home,
            capture_output=True,
            text=True,
            check=True,
        )
        return told.stdout

    tmux("new-session", "-d", "-x", "100", "-y", "30", f"{COMMAND} --demo; echo left with $?; sleep 60")
    try:
        wait_until(lambda: "synthetic images" in tmux("capture-pane", "-p"))
        tmux("send-keys", "2")
        wait_until(lambda: "spread" in tmux("capture-pane", "-p"))
        tmux("resize-window", "-x", "60", "-y", "20")
        wait_until(lambda: "q quit" in tmux("capture-pane", "-p").splitlines()[19])
        tmux("resize-window", "-x", "50", "-y", "10")
        wait_until(lambda: "please make it larger" in tmux("capture-pane", "-p"))
        tmux("send-keys", "q")
        wait_until(lambda: "left with 0" in tmux("capture-pane", "-p"))
    finally:
        tmux("kill-server")
