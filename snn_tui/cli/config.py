"""`config`: what the user prefers, shown and set."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.text import Text

from snn_tui.cli import completing
from snn_tui.cli.common import Ascii, Json, print_json, streams
from snn_tui.config.preferences import (
    KEYS,
    VARIABLE,
    Loaded,
    described,
    load_preferences,
    preferences_file,
    set_preference,
)
from snn_tui.errors import UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.tables import bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, plain


def config(
    key: Annotated[
        str | None,
        typer.Argument(
            metavar="[KEY]",
            help="A preference; without it, all are shown.",
            autocompletion=completing.preferences,
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Argument(metavar="[VALUE]", help="Set it to this.", autocompletion=completing.preferred),
    ] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Take it out: the default holds again.")] = False,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Show or set preferences: theme, notifications, keys and others; a file of yours keeps them."""
    if unset and (key is None or value is not None):
        raise UsageError("it takes one preference and no value", where="--unset", remedy="give --unset KEY")
    if key == KEYS and value is None and not unset:
        return _show_keys(ascii_only)
    if key is not None and (unset or value is not None):
        if key.startswith(f"{KEYS}.") and value is not None:
            _check_key(key.removeprefix(f"{KEYS}."), value)
        if key == "theme" and value is not None:
            _check_theme(value)
        set_preference(key, value)
        _warn_of_variable(key)
        return 0
    loaded = load_preferences()
    for warning in loaded.warnings:
        typer.echo(f"note: {clean(warning, 400)}", err=True)
    values = _flat(loaded)
    if key is not None:
        name = key if key in values else key.replace("-", "_")
        if name not in values and not name.startswith(f"{KEYS}."):
            set_preference(key, None)  # says what there is
        values = {name: values.get(name)}
    if as_json:
        print_json(values)
    elif key is not None:
        typer.echo(_written(next(iter(values.values()))))
    else:
        terminal, console = streams(ascii_only)
        console.print(_table(loaded, values, terminal))
        console.print()
        console.print(plain(f"file  {preferences_file() or 'none: no home folder'}", terminal, limit=1000))
    return 0


def _flat(loaded: Loaded) -> dict[str, object]:
    """All preferences by name; those of keys one by one."""
    values: dict[str, object] = msgspec.structs.asdict(loaded.preferences)
    keys = values.pop(KEYS)
    assert isinstance(keys, dict)
    return values | {f"{KEYS}.{name}": key for name, key in sorted(keys.items())}


def _table(loaded: Loaded, values: dict[str, object], terminal: Terminal) -> object:
    table = bare_table(terminal)
    for header in ("preference", "value", "set by"):
        table.add_column(header, no_wrap=True)
    table.add_column("what it is")
    muted = Canvas(80, 24, terminal).style("muted")
    words = described()
    for name, value in values.items():
        source = loaded.sources.get(name.partition(".")[0], "default")
        table.add_row(
            plain(name, terminal),
            plain(_written(value), terminal),
            Text(source, muted if source == "default" else ""),
            plain("" if "." in name else words[name], terminal),
        )
    if not loaded.preferences.keys:
        table.add_row(f"{KEYS}.ACTION", "-", Text("default", muted), plain(words[KEYS], terminal))
    return table


def _written(value: object) -> str:
    """A value as it may be given on the command line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else str(value)


def _check_key(name: str, keys: str) -> None:
    """Raise UsageError where an action cannot have these keys."""
    from snn_tui.tui.screens import KEY_TABLES
    from snn_tui.tui.shared.keymap import checked_keymap

    given = {name: ",".join(key.strip() for key in keys.split(","))}
    _, warnings = checked_keymap(load_preferences().preferences.keys | given, KEY_TABLES)
    for warning in warnings:
        if warning.startswith(f"{KEYS}.{name}:"):
            raise UsageError(
                warning.partition(": ")[2], where=f"{KEYS}.{name}", remedy="see snn-tui config keys"
            )


def _show_keys(ascii_only: bool) -> int:
    """List all actions with their keys."""
    from snn_tui.tui.screens import KEY_TABLES
    from snn_tui.tui.shared.keymap import checked_keymap

    keymap, warnings = checked_keymap(load_preferences().preferences.keys, KEY_TABLES)
    for warning in warnings:
        typer.echo(f"note: {warning}", err=True)
    terminal, console = streams(ascii_only)
    table = bare_table(terminal)
    for header in ("action", "key"):
        table.add_column(header, no_wrap=True)
    table.add_column("what it does")
    for name_of_table, keys in KEY_TABLES.items():
        for entry in keys:
            name = entry.name_in(name_of_table)
            table.add_row(
                *(plain(words, terminal) for words in (name, keymap.get(name, entry.keys), entry.help))
            )
    console.print(table)
    return 0


def _check_theme(name: str) -> None:
    from snn_tui.cli.launch import terminal_of
    from snn_tui.tui.shared.themes import choose

    choose(name, terminal_of(False), where="theme")


def _warn_of_variable(key: str) -> None:
    variable = VARIABLE + key.replace("-", "_").upper()
    if load_preferences().sources.get(key.replace("-", "_")) == variable:
        typer.echo(f"note: ${variable} is set and goes before the file", err=True)
