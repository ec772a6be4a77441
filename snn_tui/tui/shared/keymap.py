"""Other keys for actions, as the user prefers: checked against the tables of keys before they hold."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence

from textual.keys import _character_to_key

from snn_tui.render.text import clean
from snn_tui.tui.shared.keys import APP, Key

Tables = Mapping[str, Sequence[Key]]
"""The keys of each screen by its name, and under `APP` those of every screen."""

_KEY = re.compile(r"((ctrl|shift|alt|super|meta|hyper)\+)*[a-zA-Z0-9_]+")


def checked_keymap(wanted: Mapping[str, str], tables: Tables) -> tuple[dict[str, str], list[str]]:
    """The keys that can be given to actions as wished, and a sentence for each that cannot.

    Args:
        wanted: Keys, separated by commas, by the name of an action such as `runs.mark`.
        tables: All tables of keys.

    Returns:
        Textual's keymap, and what is wrong with the rest of what is wanted.
    """
    known = {key.name_in(table): key for table, keys in tables.items() for key in keys}
    keymap: dict[str, str] = {}
    warnings: list[str] = []
    for name, text in wanted.items():
        keys = [_character_to_key(key) if len(key) == 1 else key for key in text.split(",")]
        wrong = [key for key in keys if not _KEY.fullmatch(key)]
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f": did you mean {near[0]}?" if near else ", see `snn-tui config keys`"
            warnings.append(f"keys.{clean(name, 60)}: there is no such action{hint}")
        elif wrong:
            warnings.append(f"keys.{name}: {clean(wrong[0], 30)!r} is no key's name, such as m, f8 or ctrl+e")
        else:
            keymap[name] = ",".join(keys)
    while clash := _clash(keymap, tables):
        key, first, second = clash
        dropped = [name for name in keymap if name in (first, second)][-1]
        other = second if dropped == first else first
        warnings.append(f"keys.{dropped}: {key} is the key of {other}; {dropped} keeps its own")
        del keymap[dropped]
    return keymap, warnings


def _clash(keymap: Mapping[str, str], tables: Tables) -> tuple[str, str, str] | None:
    """A key that two actions of one screen would have, and the two; None where there is none."""
    for table, own in tables.items():
        actions: dict[str, str] = {}
        pairs = [(key, table) for key in own] + [(key, APP) for key in tables[APP] if table != APP]
        for entry, name_of_table in pairs:
            name = entry.name_in(name_of_table)
            for key in keymap.get(name, entry.keys).split(","):
                if key in actions:
                    return key, actions[key], name
                actions[key] = name
    return None
