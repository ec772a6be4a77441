"""Copying to the clipboard of the terminal, which may be on another machine (OSC 52)."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.text import Text
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from snn_tui.render.attention import passed_through
from snn_tui.render.copied import run_command
from snn_tui.render.text import bytes_, clean
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.shared.steady import SteadyModal

MOST_TERMINALS = 74_994
"""Bytes that every terminal with OSC 52 takes; xterm's and others' limit is 100,000 characters of base64."""


@dataclass(frozen=True)
class Copyable:
    """Something that can be copied.

    Args:
        key: The key that chooses it.
        name: What it is.
        text: Makes the text, when it is chosen.
    """

    key: str
    name: str
    text: Callable[[], str]


def of_run(run: RunDir, resumable: bool, more: Sequence[str] = ()) -> list[Copyable]:
    """What can be copied of any run: its path, and the command that goes on with it or opens it.

    Args:
        run: The run.
        resumable: Whether the command goes on with it.
        more: Further words of the command.
    """
    path, does = str(run.path.absolute()), "resumes" if resumable else "opens"
    return [
        Copyable("p", "path", lambda: clean(path, 4096)),
        Copyable("c", f"command that {does} it", lambda: run_command(path, resumable, more)),
    ]


class ChooseCopy(SteadyModal[Copyable | None]):
    """Asks what is to be copied.

    Args:
        choices: What there is.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS = [Binding("escape,q,y", "dismiss(None)", "close")]  # noqa: RUF012

    def __init__(self, choices: Sequence[Copyable]) -> None:
        super().__init__()
        self._choices = choices
        for index, choice in enumerate(choices):
            self._bindings.bind(choice.key, f"choose({index})", choice.name)

    def compose(self) -> ComposeResult:
        """The choices."""
        box = Vertical(classes="dialog")
        box.border_title = "Copy: esc closes"
        with box:
            yield OptionList(*(Option(Text(f"{choice.key}  {choice.name}")) for choice in self._choices))

    def action_choose(self, index: int) -> None:
        """Take a choice."""
        self.dismiss(self._choices[index])

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.action_choose(event.option_index)


async def choose_and_copy(app: App[str], choices: Sequence[Copyable]) -> None:
    """Let the user choose what is copied, copy it, and say what it was."""
    chosen: Copyable | None = await app.push_screen_wait(ChooseCopy(choices))
    if chosen is not None:
        copy(app, chosen.name, chosen.text())


def copy(app: App[str], name: str, text: str) -> None:
    """Copy a text, and say what it was.

    Whether the terminal took it cannot be known: it does not answer. tmux hands it on if `set-clipboard` is
    on, and hands the sequence itself on if `allow-passthrough` is.
    """
    app.copy_to_clipboard(text)
    tmux, screen = bool(os.environ.get("TMUX")), bool(os.environ.get("STY"))
    if (tmux or screen) and app._driver is not None:
        encoded = base64.b64encode(text.encode()).decode()
        app._driver.write(passed_through(f"\x1b]52;c;{encoded}\a", tmux, screen))
    size = len(text.encode())
    words = f"Copied the {name}, {bytes_(size)}, if the terminal allows it (OSC 52)."
    if tmux:
        words += " tmux does with: set -g set-clipboard on"
    if size > MOST_TERMINALS:
        words += f" Many terminals take {bytes_(MOST_TERMINALS)} at most."
    app.notify(words, markup=False)
