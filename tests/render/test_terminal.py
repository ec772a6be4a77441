from typing import Any

import pytest

from snn_tui.render.terminal import Terminal, probe

XTERM = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "en_US.UTF-8"}


def test_a_modern_terminal_has_everything() -> None:
    assert probe(XTERM, "utf-8", True) == Terminal("truecolor", True, False)


@pytest.mark.parametrize(
    ("changes", "colour"),
    [
        ({"COLORTERM": "24bit"}, "truecolor"),
        ({"COLORTERM": ""}, "256"),
        ({"COLORTERM": "", "TERM": "screen"}, "16"),
        ({"NO_COLOR": "1"}, "none"),
        ({"NO_COLOR": ""}, "truecolor"),
        ({"TERM": "dumb"}, "none"),
        ({"TERM": ""}, "none"),
    ],
)
def test_colours_follow_the_environment(changes: Any, colour: str) -> None:
    assert probe(XTERM | changes, "utf-8", True).colour == colour


def test_a_pipe_gets_no_colour() -> None:
    assert probe(XTERM, "utf-8", False).colour == "none"


@pytest.mark.parametrize(
    ("changes", "colour"),
    [
        ({"FORCE_COLOR": "1"}, "truecolor"),
        ({"FORCE_COLOR": "2"}, "256"),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, "16"),
        ({"FORCE_COLOR": "3", "TERM": ""}, "truecolor"),
        ({"FORCE_COLOR": "0"}, "none"),
        ({"FORCE_COLOR": ""}, "none"),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, "none"),
    ],
)
def test_a_pipe_gets_colours_that_are_forced(changes: Any, colour: str) -> None:
    assert probe(XTERM | changes, "utf-8", False).colour == colour


@pytest.mark.parametrize(
    ("changes", "encoding", "unicode"),
    [
        ({}, "utf-8", True),
        ({}, "UTF8", True),
        ({}, "ascii", False),
        ({}, "iso-8859-1", False),
        ({"LANG": "C"}, "utf-8", False),
        ({"LANG": "POSIX"}, "utf-8", False),
        ({"LANG": "C.UTF-8"}, "utf-8", True),
        ({"LANG": "C", "LC_ALL": "C.UTF-8"}, "utf-8", True),
        ({"LC_CTYPE": "C"}, "utf-8", False),
        ({"LC_ALL": "C", "LC_CTYPE": "en_US.UTF-8"}, "utf-8", False),
        ({"LANG": "de_DE.ISO-8859-1"}, "utf-8", False),
        ({"LANG": "de_DE.utf8@euro"}, "utf-8", True),
        ({"LANG": ""}, "utf-8", True),
        ({"TERM": "dumb"}, "utf-8", False),
    ],
)
def test_unicode_follows_locale_and_encoding(changes: Any, encoding: Any, unicode: bool) -> None:
    assert probe(XTERM | changes, encoding, True).unicode is unicode


def test_the_ascii_option_wins() -> None:
    assert not probe(XTERM, "utf-8", True, ascii=True).unicode


@pytest.mark.parametrize("name", ["SSH_CONNECTION", "SSH_TTY"])
def test_ssh_is_slow(name: str) -> None:
    assert probe(XTERM | {name: "x"}, "utf-8", True).slow
