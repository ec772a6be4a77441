"""The bell and notices for the desktop, for each kind of terminal."""

from __future__ import annotations

import pytest

from snn_tui.render.attention import notice

PLAIN = "\x1b]9;snn-tui: try1 finished\a"
WIDE = "\x1b]777;notify;snn-tui;try1 finished\a"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color"}, "\a" + PLAIN + WIDE),
        ({"TERM": "xterm-ghostty"}, "\a" + WIDE),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "\a" + WIDE),
        ({"TERM": "linux"}, "\a"),
        ({"TERM": "dumb"}, ""),
        ({}, ""),
        (
            {"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1/default,1,0"},
            "\a\x1bPtmux;\x1b" + PLAIN + "\x1b\\\x1bPtmux;\x1b" + WIDE + "\x1b\\",
        ),
        (
            {"TERM": "screen", "STY": "1.pts"},
            "\a\x1bP" + PLAIN + "\x1b\\\x1bP" + WIDE + "\x1b\\",
        ),
    ],
    ids=["any", "ghostty", "wezterm", "console", "dumb", "none", "tmux", "screen"],
)
def test_each_terminal_gets_what_it_knows(environ: dict[str, str], expected: str) -> None:
    assert notice("snn-tui", "try1 finished", environ) == expected


def test_a_name_cannot_end_the_sequence_or_add_a_field() -> None:
    sent = notice("snn-tui", "a\x1b\\\x07;b\n\x9c4;1", {"TERM": "xterm"})
    assert sent == "\a\x1b]9;snn-tui: a,b 4,1\a\x1b]777;notify;snn-tui;a,b 4,1\a"
