"""`completion`: what a shell needs to complete commands, options and names of runs."""

from __future__ import annotations

from typing import Annotated

import typer
from typer._completion_shared import get_completion_script

from snn_tui.cli.launch import COMPLETION_VARIABLE
from snn_tui.errors import UsageError

PROGRAM = "snn-tui"
_INSTALL = {
    "bash": "~/.local/share/bash-completion/completions/snn-tui",
    "zsh": "a file _snn-tui in a folder of $fpath",
    "fish": "~/.config/fish/completions/snn-tui.fish",
}


def completion(
    shell: Annotated[
        str,
        typer.Argument(
            metavar="bash|zsh|fish",
            help="The script goes to the standard output: "
            + "; ".join(f"for {shell} into {place}" for shell, place in _INSTALL.items())
            + ".",
            autocompletion=lambda: list(_INSTALL),
        ),
    ],
) -> int:
    """Print a script that completes commands, options and names of runs in your shell."""
    if shell not in _INSTALL:
        raise UsageError(f"{shell!r} is no shell that this knows", remedy=f"give {', '.join(_INSTALL)}")
    typer.echo(get_completion_script(prog_name=PROGRAM, complete_var=COMPLETION_VARIABLE, shell=shell))
    return 0
