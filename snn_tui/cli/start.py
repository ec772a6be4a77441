"""What the `snn-tui` command does first: it opens the screens, or hands over to `cli.app`.

The library that parses the command line takes longer to import than Textual, and most often the screens are
opened with few options or none. So a command line of `LAUNCH_OPTIONS` alone is read here; any other goes to
`cli.app`, which knows all options and commands.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from snn_tui.cli import interrupt, launch
from snn_tui.config import own_network
from snn_tui.errors import SnnTuiError
from snn_tui.runs.rundir import RUNS_FOLDER


@dataclass(frozen=True)
class ScreensCommand:
    """A command line that only opens the screens.

    Args:
        demo: Whether the form for a new run begins with generated images.
        root: Folder of the run directories.
        options: How the screens are drawn and driven.
    """

    demo: bool
    root: Path
    options: launch.ScreenOptions


def parse_screens_command(arguments: Sequence[str]) -> ScreensCommand | None:
    """Read a command line that only opens the screens; None for any other, which `cli.app` reads."""
    values: dict[str, str] = {}
    remaining = list(arguments)
    while remaining:
        flag, equals, value = remaining.pop(0).partition("=")
        option = launch.LAUNCH_OPTIONS.get(flag)
        if option is None or flag in values or (equals and not option.metavar):
            return None
        if option.metavar and not equals:
            if not remaining or remaining[0].startswith("-"):
                return None
            value = remaining.pop(0)
        values[flag] = value
    root = values.get(launch.RUNS_DIR.flag) or os.environ.get(launch.RUNS_DIR.variable)
    options = launch.ScreenOptions(
        ascii=launch.ASCII.flag in values,
        mouse=launch.NO_MOUSE.flag not in values,
        slow_link=launch.SLOW_LINK.flag in values,
        theme=values.get(launch.THEME.flag),
    )
    return ScreensCommand(launch.DEMO.flag in values, Path(root) if root else RUNS_FOLDER, options)


def start() -> None:
    """Run the command line of this process, and exit."""
    launch.open_closed_streams()
    launch.ignore_empty_size()
    command = None if launch.COMPLETION_VARIABLE in os.environ else parse_screens_command(sys.argv[1:])
    own_network.hand_over(None)  # whatever the environment says: only a command line names code
    if command is not None and _has_terminal():
        from snn_tui.config.build import build
        from snn_tui.config.run_config import DEMO

        config = build({"dataset": DEMO if command.demo else None})
        try:
            interrupt.raise_it()
            sys.exit(launch.open_screens(config, command.root, command.options))
        except (SnnTuiError, OSError, KeyboardInterrupt) as error:
            interrupt.exit_on_it()
            from snn_tui.cli.app import report_error

            sys.exit(report_error(error))
    from snn_tui.cli.app import main as full_command_line

    if launch.COMPLETION_VARIABLE in os.environ:
        from typer._completion_classes import completion_init

        completion_init()  # as typer's own options for it would, which this program does without
    full_command_line()


def _has_terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
