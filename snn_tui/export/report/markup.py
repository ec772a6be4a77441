"""Numbers, names and tables of the page, as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from snn_tui.values.task import Task


def number(value: float | None) -> str:
    """A metric with three decimals, or a dash where it is undefined."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def share(part: int, total: int) -> str:
    """A part of a total as a percentage."""
    return f"{part / total:.0%}" if total else "–"


def class_name(label: int, task: Task) -> str:
    """The name of a class, escaped, after its symbol or letter, which distinguishes it without colour."""
    positive = 1 if task.positive is None else task.positive
    circle = "●" if label == positive else "○"
    symbol = circle if task.outputs == 2 else escape(task.letters[label])
    return f"{symbol} {escape(task.classes[label])}"


def facts_table(facts: Mapping[str, object]) -> str:
    """A table with a row for each name and value, which are escaped."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in facts.items()
    )
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def facts_list(facts: Mapping[str, object]) -> str:
    """A list of many short names and values in columns; they are escaped."""
    entries = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts.items()
    )
    return f'<dl class="list">{entries}</dl>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are markup already; it scrolls sideways where the page is narrow."""
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def side_by_side(*parts: str) -> str:
    """Parts of the page next to each other, or below each other where it is narrow."""
    return '<div class="pair">' + "".join(f"<div>{part}</div>" for part in parts) + "</div>"
