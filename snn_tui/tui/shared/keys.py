"""What a key and a screen are: one table of keys a screen makes its bindings, footer, help and palette."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding, BindingType

APP = "app"
"""Name of the table of the keys that every screen has."""


@dataclass(frozen=True)
class Key:
    """A key, or several that do the same.

    Args:
        keys: Textual's names of the keys, separated by commas.
        action: The action it runs, on the screen the table belongs to.
        label: What the footer calls it.
        help: What `?` and the palette say it does.
        symbol: How the key is written; the first of `keys` if empty.
        footer: Whether the footer has it.
        rare: Whether it is the first to go where the footer is narrow.
        group: What the footer calls it together with the keys beside it of the same group.
        priority: Whether it works in dialogs and fields, too.
    """

    keys: str
    action: str
    label: str
    help: str
    symbol: str = ""
    footer: bool = True
    rare: bool = False
    group: str = ""
    priority: bool = False

    @property
    def display(self) -> str:
        """How the key is written for people."""
        return self.symbol or self.keys.split(",")[0]

    @property
    def action_name(self) -> str:
        """The action without its arguments."""
        return self.action.partition("(")[0]

    def name_in(self, table: str) -> str:
        """The name by which it can be given another key, such as `runs.mark` or `runs.sort.-1`.

        Args:
            table: The name of the screen, or `APP`.
        """
        return ".".join([table, *re.findall(r"[\w-]+", self.action)])

    def binding(self, table: str) -> Binding:
        """The key as Textual wants it, in the table of a screen or of `APP`."""
        return Binding(
            self.keys,
            self.action,
            self.label,
            show=self.footer,
            key_display=self.display,
            tooltip=self.help,
            priority=self.priority,
            id=self.name_in(table),
            group=Binding.Group(self.group, compact=True) if self.group else None,
        )


@dataclass(frozen=True)
class ScreenInfo:
    """An entry in the list of screens.

    Args:
        name: Its folder in `tui`, and Textual's name of its mode.
        digit: The key that leads to it from everywhere.
        title: Its name in the header.
        purpose: What the palette says it is for.
        help: What `?` says of it.
        keys: Its own keys.
    """

    name: str
    digit: str
    title: str
    purpose: str
    help: str
    keys: tuple[Key, ...]

    @property
    def bindings(self) -> list[BindingType]:
        """Its keys as Textual wants them."""
        return bindings(self.keys, self.name)

    @property
    def action_names(self) -> set[str]:
        """The actions of its own keys."""
        return {key.action_name for key in self.keys}


COMMON = (
    Key("question_mark", "help", "help", "Show or hide this help.", symbol="?"),
    Key("l", "choose_run", "runs", "Choose which run to look at, shipped ones included."),
    Key("ctrl+p", "command_palette", "palette", "Find any action by name.", symbol="^p", footer=False),
    Key(
        "ctrl+z",
        "suspend_process",
        "shell",
        "Go back to the shell for a while; fg there returns.",
        symbol="^z",
        footer=False,
        priority=True,
    ),
    Key("D", "toggle_theme", "theme", "Change between the dark and the light theme.", footer=False),
    Key("q", "leave", "quit", "Leave. A run that is going on is left running."),
)
"""Keys of every screen, beside those that lead to the screens."""


def bindings(keys: Iterable[Key], table: str) -> list[BindingType]:
    """The bindings of a table."""
    return [key.binding(table) for key in keys]
