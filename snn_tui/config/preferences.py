"""What the user prefers on this machine: `config.toml` in the folder for configurations that XDG names.

A preference is a field of `Preferences`; the file, the environment (`SNN_TUI_` and its name in capitals),
`snn-tui config` and its help come from it. The command line goes before the environment, that before the
file, and the file before the default.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import msgspec

from snn_tui.config.user_files import read_small, user_folder, write_small
from snn_tui.errors import UsageError
from snn_tui.values.words import printable

VARIABLE = "SNN_TUI_"
"""What the name of a preference's variable in the environment begins with."""

KEYS = "keys"
"""The table of the file that gives actions other keys."""


_BY_HAND = "{} stands there in a form that only its author can change"


def _described(words: str) -> msgspec.Meta:
    return msgspec.Meta(description=words)


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What the user prefers. A new field needs a default and a description, which `snn-tui config` shows."""

    theme: Annotated[str | None, _described("dark, light, or a theme of Textual's")] = None
    ascii: Annotated[bool, _described("draw with ASCII characters only")] = False
    mouse: Annotated[bool, _described("take notice of the mouse")] = True
    slow_link: Annotated[bool, _described("save bytes, as under SSH")] = False
    notifications: Annotated[
        bool, _described("bell and desktop notification at the end of a run that is watched")
    ] = True
    smoothing: Annotated[
        Annotated[float, msgspec.Meta(ge=0.0, le=0.999)] | None,
        _described("how much curves are smoothed, from 0 to 0.999"),
    ] = None
    keys: Annotated[
        dict[str, str],
        _described("other keys for actions, as keys.runs.mark m; `snn-tui config keys` lists them"),
    ] = {}


@dataclass(frozen=True)
class Loaded:
    """The preferences that hold, and what is wrong with where they come from.

    Args:
        preferences: The preferences; the default for each that is not set, or set to what is not allowed.
        sources: Where each preference that is set comes from: `file`, or the name of a variable.
        warnings: A sentence for each name or value that is passed over.
        path: The file; None for a user without a home folder.
    """

    preferences: Preferences
    sources: Mapping[str, str]
    warnings: tuple[str, ...]
    path: Path | None


def preferences_file(environ: Mapping[str, str] = os.environ) -> Path | None:
    """Where the preferences lie; None for a user without a home folder."""
    folder = user_folder("config", environ)
    return folder and folder / "config.toml"


def load_preferences(environ: Mapping[str, str] = os.environ) -> Loaded:
    """The preferences of the file and of the environment; whatever is wrong there is a warning, no error."""
    path = preferences_file(environ)
    warnings: list[str] = []
    table: dict[str, Any] = {}
    if path is not None:
        where = printable(str(path))
        try:
            table = _parse(read_small(path) or "")
        except (OSError, ValueError, RecursionError) as error:
            warnings.append(f"{where} is left aside: {_reason(error)}")
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, value in table.items():
        field = name.replace("-", "_")
        if field not in KINDS:
            warnings.append(f"{where}: there is no preference {printable(name, 60)!r}; see snn-tui config")
            continue
        try:
            values[field] = flat_keys(value) if field == KEYS else _checked(field, value, typed=True)
            sources[field] = "file"
        except UsageError as error:
            warnings.append(f"{where}: {error}; {error.remedy}")
    for field in KINDS:
        variable = VARIABLE + field.upper()
        if field == KEYS or not environ.get(variable):
            continue
        try:
            values[field] = _checked(field, environ[variable])
            sources[field] = variable
        except UsageError as error:
            warnings.append(f"${variable}: {error}; {error.remedy}")
    return Loaded(Preferences(**values), sources, tuple(warnings), path)


def set_preference(name: str, value: str | None, environ: Mapping[str, str] = os.environ) -> object:
    """Set a preference in the file, or take it out; comments, and what this version does not know, stay.

    Args:
        name: The preference, `-` and `_` being the same; `keys.` and the name of an action for its key.
        value: Its value as typed; None takes it out.
        environ: The environment, which says where the file is.

    Returns:
        The value as it stands in the file, None where it was taken out.

    Raises:
        UsageError: There is no such preference, the value is not allowed, or the file is not TOML, cannot
            be written, or is laid out in a way that only its author can change.
    """
    section, _, entry = name.partition(".") if name.startswith(f"{KEYS}.") else ("", "", name)
    field = entry if section else entry.replace("-", "_")
    typed = None
    if not section and (field not in KINDS or field == KEYS):
        names = [known for known in KINDS if known != KEYS]
        remedy = f"give {', '.join(names)}, or keys. and an action"
        raise UsageError("there is no such preference", where=printable(name, 60), remedy=remedy)
    if value is not None:
        typed = flat_keys({field: value})[field] if section else _checked(field, value)
    path = preferences_file(environ)
    if path is None:
        raise UsageError("there is no home folder to keep preferences in", remedy="set XDG_CONFIG_HOME")
    where = printable(str(path))
    try:
        text = read_small(path) or ""
        changed = _edited(text, section, field, typed)
        if changed != text:
            write_small(path, changed)
    except OSError as error:
        raise UsageError(error.strerror or "cannot be written", where=where, remedy="see to it") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            _reason(error), where=where, remedy="mend the file by hand, it is as it was"
        ) from error
    return typed


def flat_keys(table: object, before: str = "") -> dict[str, str]:
    """Keys by actions such as `runs.mark`, from a table of the file in which dots make tables of their own.

    Raises:
        UsageError: It is no table, or an entry is no text.
    """
    if not isinstance(table, dict):
        raise UsageError(
            "not a table of keys", where=KEYS, remedy='write [keys] and lines like "runs.mark" = "m"'
        )
    flat: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, dict):
            flat |= flat_keys(value, f"{before}{name}.")
        elif isinstance(value, str) and value.strip():
            flat[before + name] = ",".join(key.strip() for key in value.split(","))
        else:
            raise UsageError(
                "not the name of a key",
                where=f"keys.{printable(before + name, 60)}",
                remedy='give one, as "m"',
            )
    return flat


def described() -> dict[str, str]:
    """What each preference is about, by name."""
    return {name: annotation.__metadata__[0].description for name, annotation in KINDS.items()}


KINDS: dict[str, Any] = get_type_hints(Preferences, include_extras=True)
"""The type of each preference, by name."""


def _checked(field: str, value: object, *, typed: bool = False) -> Any:
    """A preference's value, or a text of it, in its own type.

    Raises:
        UsageError: It is not allowed.
    """
    allowed = described()[field]
    if isinstance(value, str):
        value = value.strip()
    words = {"yes": True, "on": True, "no": False, "off": False}
    given = words.get(value.lower(), value) if isinstance(value, str) and field in _SWITCHES else value
    try:
        result = msgspec.convert(given, KINDS[field], strict=typed)
    except msgspec.ValidationError:
        given = None
    if given is None or (isinstance(result, str) and not result.isprintable()):
        kind = "true or false: " if field in _SWITCHES else ""
        raise UsageError(
            f"{printable(str(value), 60)!r} is not allowed", where=field, remedy=f"give {kind}{allowed}"
        )
    return result


_SWITCHES = {name for name, value in msgspec.structs.asdict(Preferences()).items() if isinstance(value, bool)}


def _parse(text: str) -> dict[str, Any]:
    import tomllib  # not before it is needed: most users have no such file, and the screens open sooner

    return tomllib.loads(text)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return printable(str(error), 120)


def _edited(text: str, section: str, name: str, value: object | None) -> str:
    """A TOML text with one value set, or taken out.

    Raises:
        ValueError: The text is not TOML, or has the value in a form that is not one line of its own.
    """
    expected = _parse(text)
    key = name if re.fullmatch(r"[\w-]+", name) else json.dumps(name, ensure_ascii=False)
    line = None if value is None else f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    headers = [index for index, each in enumerate(lines) if each.lstrip().startswith("[")] + [len(lines)]
    if section:
        own = [index for index in headers[:-1] if lines[index].split("#")[0].strip() == f"[{section}]"]
        if not own and line is not None:
            lines += ["\n"] * bool(lines) + [f"[{section}]\n"]
            own, headers = [len(lines) - 1], [*headers[:-1], len(lines) - 1, len(lines)]
        begin = own[0] + 1 if own else len(lines)
        end = min((index for index in headers if index >= begin), default=len(lines))
    else:
        begin, end = 0, headers[0]
    spellings = {key, json.dumps(name), f"'{name}'", name.replace("_", "-")}
    same = [index for index in range(begin, end) if lines[index].partition("=")[0].strip() in spellings]
    if same:
        lines[same[0] : same[0] + 1] = [] if line is None else [line]
    elif line is not None:
        while end > begin and not lines[end - 1].strip():
            end -= 1
        lines.insert(end, line)
    changed = "".join(lines)
    _set(expected, section, name, value)
    if _normal(_parse(changed)) != _normal(expected):
        raise ValueError(_BY_HAND.format(name))
    return changed


def _set(table: dict[str, Any], section: str, name: str, value: object | None) -> None:
    """Set a value of a parsed text, or take it out."""
    if section:
        table = table.setdefault(section, {})
        if name not in table and name in flat_keys(table):  # in a table of its own
            raise ValueError(_BY_HAND.format(name))
    for spelling in (name, name.replace("_", "-")):
        table.pop(spelling, None)
    if value is not None:
        table[name] = value


def _normal(table: dict[str, Any]) -> dict[str, Any]:
    """A parsed text in which empty tables do not count."""
    return {name: value for name, value in table.items() if value != {}}
