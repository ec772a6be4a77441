"""The `snn-tui` command. Most often it only opens the screens, and then what parses options is not loaded.

The library that parses the command line takes longer to import than Textual; who opens the screens should
not wait for it. Anything but the few options below goes to `cli`, which knows all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from snn_tui.cli.launch import Wishes
from snn_tui.errors import SnnTuiError

_SWITCHES = ("--demo", "--ascii", "--no-mouse", "--slow-link")
_VALUES = ("--theme", "--runs-dir")


@dataclass(frozen=True)
class Simple:
    """A command line that opens the screens and says little more."""

    demo: bool
    root: Path
    wishes: Wishes


def simple(arguments: Sequence[str]) -> Simple | None:
    """What a command line says, if it is one of those that need no more than this; None otherwise."""
    said: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        name, given, value = rest.pop(0).partition("=")
        if name in said or name not in (*_SWITCHES, *_VALUES) or (given and name in _SWITCHES):
            return None
        if name in _VALUES and not given:
            if not rest or rest[0].startswith("-"):
                return None
            value = rest.pop(0)
        said[name] = value
    root = said.get("--runs-dir") or os.environ.get("SNN_TUI_RUNS_DIR") or "checkpoints"
    wishes = Wishes(
        ascii="--ascii" in said,
        mouse="--no-mouse" not in said,
        slow_link="--slow-link" in said,
        theme=said.get("--theme"),
    )
    return Simple("--demo" in said, Path(root), wishes)


def main() -> None:
    """The `snn-tui` command."""
    asked = simple(sys.argv[1:])
    if asked is not None and _terminal():
        from snn_tui.cli.launch import open_screens
        from snn_tui.config.build import build
        from snn_tui.config.run_config import DEMO

        config = build({"dataset": DEMO if asked.demo else None})
        try:
            sys.exit(open_screens(config, asked.root, asked.wishes))
        except (SnnTuiError, OSError, KeyboardInterrupt) as error:
            from snn_tui.cli.app import tell

            sys.exit(tell(error))
    from snn_tui.cli.app import main as with_all_options

    with_all_options()


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
