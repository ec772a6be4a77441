"""What a page of `docs` says of structs, and what msgspec knows of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect

ROOT = Path(__file__).parents[2]


def structs(*kinds: Any) -> dict[str, inspect.StructType]:
    """All structs that types are made of, by name."""
    found: dict[str, inspect.StructType] = {}
    waiting = list(map(inspect.type_info, kinds))
    while waiting:
        part = waiting.pop()
        if isinstance(part, inspect.StructType):
            found[part.cls.__name__] = part
            waiting += [field.type for field in part.fields]
        waiting += getattr(part, "types", ())
        inner = (getattr(part, name, None) for name in ("item_type", "key_type", "value_type"))
        waiting += [one for one in inner if one is not None]
    return found


def word(kind: inspect.Type) -> str:
    """A type as the page calls it."""
    match kind:
        case inspect.UnionType():
            return " or ".join(sorted(map(word, kind.types), key="null".__eq__))
        case inspect.NoneType():
            return "null"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true/false"
        case inspect.IntType():
            return "count" if (kind.ge, kind.le) == (0, 2**53) else "integer"
        case inspect.FloatType():
            return "number"
        case inspect.LiteralType():
            return "text"
        case inspect.ListType() | inspect.VarTupleType():
            return f"list of {word(kind.item_type)}"
        case inspect.AnyType():
            return "any value"
        case inspect.BytesType():
            return "bytes"
        case inspect.NamedTupleType():
            return f"list of {word(kind.fields[0].type)}"
        case inspect.TupleType():
            assert len(kind.item_types) == 2
            return f"pair of {word(kind.item_types[0])}"
        case inspect.DictType():
            return f"map to {word(kind.value_type)}"
        case inspect.StructType():
            return kind.cls.__name__
    raise AssertionError(f"the page has no word for {kind}")


def row(field: inspect.Field) -> tuple[str, str, str]:
    """A field's name, type and default, as they stand in a row of the page."""
    value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    default = "" if field.required else f"`{json.dumps(msgspec.to_builtins(value))}`"
    return f"`{field.name}`", word(field.type), default


@dataclass(frozen=True)
class Page:
    """A page of `docs`.

    Args:
        text: Its Markdown.
    """

    text: str

    @classmethod
    def read(cls, name: str) -> Page:
        """The page of a file name."""
        return cls((ROOT / "docs" / name).read_text(encoding="utf-8"))

    def section(self, heading: str) -> str:
        """The text under a heading, up to the next one of any level."""
        match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert match, f"the page has no heading {heading}"
        return match[1]

    def table(self, heading: str) -> list[list[str]]:
        """Cells of the rows of the table under a heading; empty where there is none."""
        lines = [line for line in self.section(heading).splitlines() if line.startswith("|")]
        return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]

    def first_column(self, heading: str) -> set[str]:
        """The first cells of a table, without backticks."""
        return {cells[0].strip("`") for cells in self.table(heading)}

    def structs(self) -> set[str]:
        """Names of the structs that the page describes."""
        return set(re.findall(r"^### `(\w+)`$", self.text, re.MULTILINE))
