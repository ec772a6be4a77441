"""The standard streams as rich's consoles, which honour FORCE_COLOR as `render.terminal` does."""

from __future__ import annotations

import os
import sys
from typing import Literal

from rich.console import Console

from snn_tui.render.terminal import Colour

_SYSTEMS: dict[Colour, Literal["truecolor", "256", "standard"] | None] = {
    "truecolor": "truecolor",
    "256": "256",
    "16": "standard",
    "none": None,
}


def console_of(colour: Colour, *, stderr: bool = False) -> Console:
    """The standard output, or the standard error.

    Rich takes any stream for a terminal where FORCE_COLOR is set, and would move the cursor in a file. Here
    the variable decides on colours alone.

    Args:
        colour: How many colours there are.
        stderr: Whether it is the standard error.
    """
    stream = sys.stderr if stderr else sys.stdout
    if "FORCE_COLOR" not in os.environ:
        return Console(stderr=stderr, highlight=False, no_color=colour == "none" or None)
    return Console(
        stderr=stderr, highlight=False, force_terminal=stream.isatty(), color_system=_SYSTEMS[colour]
    )
