"""Write `docs/snn-tui.1`, the manual page, from the options of the program: `python docs/man_page.py`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from snn_tui import __version__
from snn_tui.cli.app import app

PAGE = Path(__file__).with_name("snn-tui.1")


def page() -> str:
    """The manual page, in roff."""
    command: Any = typer.main.get_command(app)
    lines = [
        '.\\" Made by docs/man_page.py from the options of the program; do not change it by hand.',
        f'.TH SNN-TUI 1 "" "snn-tui {__version__}" "User Commands"',
        ".SH NAME",
        "snn-tui \\- train a spiking neural network in the terminal and look inside each decision",
        ".SH SYNOPSIS",
        ".B snn-tui",
        "[OPTION]...",
        ".br",
        ".B snn-tui",
        "COMMAND [OPTION]... [ARGUMENT]...",
        ".SH DESCRIPTION",
        _roff(command.help),
        ".SH OPTIONS",
        *_parameters(command),
        ".SH COMMANDS",
    ]
    for name, sub in command.commands.items():
        arguments = [
            each.metavar or each.name.upper() for each in sub.params if not each.opts[0].startswith("-")
        ]
        lines += [f".SS {' '.join(['snn-tui', name, *map(_roff, arguments)])}", _roff(sub.help or "")]
        lines += _parameters(sub)
        for inner, further in getattr(sub, "commands", {}).items():
            words = [
                "snn-tui",
                name,
                inner,
                *(
                    each.metavar
                    for each in further.params
                    if each.metavar and not each.opts[0].startswith("-")
                ),
            ]
            lines += [f".SS {' '.join(map(_roff, words))}", _roff(further.help or ""), *_parameters(further)]
    lines += [
        ".SH EXIT STATUS",
        "0 if all went well; 2 a wrong option, 3 a fault in the data, 4 a fault in a run,",
    ]
    lines += ["128 and the number of a signal that stopped it, 1 the rest."]
    return "\n".join(lines) + "\n"


def _parameters(command: Any) -> Iterator[str]:
    for each in command.params:
        if getattr(each, "hidden", False) or not getattr(each, "help", None):
            continue
        flags = [flag for flag in each.opts if flag.startswith("-")]
        value = (
            "" if getattr(each, "is_flag", False) else f" \\fI{_roff(each.metavar or each.name.upper())}\\fR"
        )
        written = ", ".join(f"\\fB{_roff(flag)}\\fR" for flag in flags)
        variable = f" Environment: {each.envvar}." if each.envvar else ""
        yield ".TP"
        yield (written + value).strip()
        yield _roff(inspect.cleandoc(each.help) + variable)


def _roff(text: str) -> str:
    """A text in which nothing is a request or an escape of roff."""
    bare = " ".join(text.split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{bare}" if bare.startswith((".", "'")) else bare


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
