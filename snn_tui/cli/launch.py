"""Opening the screens: their options, and the terminal they need. Imports little, so that they open soon."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from snn_tui.config.own_network import with_network
from snn_tui.config.preferences import Preferences, load_preferences
from snn_tui.config.view_state import view_memory
from snn_tui.errors import UsageError
from snn_tui.render.terminal import SLOW_FRAMES, Terminal, probe
from snn_tui.runs.rundir import RUNS_VARIABLE

if TYPE_CHECKING:
    from snn_tui.config.run_config import RunConfig
    from snn_tui.runs.rundir import RunDir


_COLOUR_SYSTEMS = {"truecolor": "truecolor", "256": "256", "16": "standard"}


@dataclass(frozen=True)
class LaunchOption:
    """An option that both parsers of the command line take: `main`'s own and the one with all commands.

    Args:
        flag: Its name on the command line.
        help: One line for `--help`.
        metavar: What stands for its value in `--help`; empty for a switch, which has none.
        variable: Environment variable that holds its value where the command line does not.
    """

    flag: str
    help: str
    metavar: str = ""
    variable: str = ""


DEMO = LaunchOption("--demo", "Use generated images: the demo, or with --dataset images of that set's kind.")
ASCII = LaunchOption("--ascii", "Draw with ASCII characters only.")
NO_MOUSE = LaunchOption("--no-mouse", "Leave the mouse to the terminal.")
SLOW_LINK = LaunchOption("--slow-link", "Save bytes, as under SSH: no animation, few frames.")
THEME = LaunchOption("--theme", "dark, light, or a theme of Textual's.", "NAME")
RUNS_DIR = LaunchOption("--runs-dir", "Where runs are kept. Default: ./checkpoints.", "FOLDER", RUNS_VARIABLE)
LAUNCH_OPTIONS = {option.flag: option for option in (DEMO, ASCII, NO_MOUSE, SLOW_LINK, THEME, RUNS_DIR)}

COMPLETION_VARIABLE = "_SNN_TUI_COMPLETE"
"""Set by a shell that asks for completions in place of a command."""


@dataclass(frozen=True)
class ScreenOptions:
    """How the screens are to be drawn and driven.

    Args:
        ascii: Draw in ASCII only.
        mouse: Take notice of the mouse.
        slow_link: Save bytes, as under SSH.
        theme: dark, light or a theme of Textual's; None for what suits the terminal.
    """

    ascii: bool = False
    mouse: bool = True
    slow_link: bool = False
    theme: str | None = None

    def with_preferences(self, preferences: Preferences) -> ScreenOptions:
        """These options, and what the user prefers where they say nothing."""
        return ScreenOptions(
            self.ascii or preferences.ascii,
            self.mouse and preferences.mouse,
            self.slow_link or preferences.slow_link,
            self.theme or preferences.theme,
        )


def open_closed_streams() -> None:
    """Give a program that was started without its standard streams (`>&-`) ones that lead nowhere.

    Otherwise the next file that is opened gets the number of the standard output, and what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            mode = "r" if number == 0 else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def ignore_empty_size() -> None:
    """Drop `COLUMNS` and `LINES` of 0, as a terminal without a size has them: rich would write nothing."""
    for name in ("COLUMNS", "LINES"):
        if os.environ.get(name, "").isdigit() and not int(os.environ[name]):
            del os.environ[name]


def terminal_of(ascii: bool, slow_link: bool = False) -> Terminal:
    """What the standard output may be drawn with; from then on both streams are written in what arrives."""
    ascii = ascii or load_preferences().preferences.ascii
    terminal = probe(os.environ, sys.stdout.encoding or "ascii", sys.stdout.isatty(), ascii)
    for stream in (sys.stdout, sys.stderr):
        if not terminal.unicode and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="ascii", errors="replace")  # rich draws its bars by the encoding
    return replace(terminal, slow=terminal.slow or slow_link)


def refuse_without_terminal() -> None:
    """Raise UsageError where the screens cannot be shown."""
    if os.environ.get("TERM", "dumb") in ("", "dumb") or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "the screens need a terminal that can move its cursor",
            remedy="snn-tui --train-only works anywhere",
        )


def open_screens(config: RunConfig, root: Path, options: ScreenOptions, run: RunDir | None = None) -> int:
    """Show the screens until they are left.

    Args:
        config: What the form for a new run says at first.
        root: Folder of the run directories.
        options: How they are drawn and driven.
        run: The run to open on.

    Returns:
        The exit code.

    Raises:
        UsageError: The terminal cannot show them, there is no such theme, or the file of a network that the
            command line named cannot be read.
    """
    refuse_without_terminal()
    if url := os.environ.get("SNN_TUI_WEBHOOK"):  # which trainers inherit
        from snn_tui.worker.on_end.webhook import check

        check(url)
    if folder := os.environ.get("SNN_TUI_LOG_TENSORBOARD"):
        from snn_tui.worker.tensorboard import hand_to_trainers

        hand_to_trainers(folder)
    config = with_network(config)
    loaded = load_preferences()
    named = options.theme is not None
    options = options.with_preferences(loaded.preferences)
    terminal = terminal_of(options.ascii, options.slow_link)
    # Textual and rich find out by themselves what the terminal can show, with other rules. These variables,
    # which they read when they are imported, tell them.
    if terminal.slow:
        os.environ.setdefault("TEXTUAL_FPS", str(SLOW_FRAMES))
    if terminal.colour == "none":
        os.environ["NO_COLOR"] = "1"
    else:
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", _COLOUR_SYSTEMS[terminal.colour])
    from snn_tui.tui.app import SnnTuiApp
    from snn_tui.tui.shared.graphics import find
    from snn_tui.tui.shared.themes import choose

    warnings = list(loaded.warnings)
    memory = view_memory()
    try:
        theme = choose(options.theme or memory.state.theme or None, terminal)
    except UsageError as error:
        if named:
            raise
        theme = choose(None, terminal)
        warnings.append(f"preference {error}".replace("--theme", "theme"))
    warnings += filter(None, [memory.warning])
    screens = SnnTuiApp(
        config, root, terminal, run, theme=theme, preferences=loaded.preferences, memory=memory
    )
    screens.warnings = warnings
    screens.graphics = find(terminal)
    farewell = screens.run(mouse=options.mouse)
    if farewell:
        print(farewell)  # noqa: T201 - the last word on the terminal, once the screens are gone
    return screens.return_code or 0
