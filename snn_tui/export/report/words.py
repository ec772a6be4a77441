"""Numbers, names and small tables of the page."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape

from snn_tui.values.dataset import CLASSES


def number(value: float | None) -> str:
    """A metric with three decimals, a dash where undefined."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def share(part: int, total: int) -> str:
    """A part of a total in per cent."""
    return f"{part / total:.0%}" if total else "–"


def class_name(label: int) -> str:
    """A class with its symbol, which tells it apart without colour."""
    return f"{'●' if label else '○'} {CLASSES[label]}"


def facts_table(facts: Mapping[str, object]) -> str:
    """Names and values, a row each; all of it is text."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>" for name, value in facts.items()
    )
    return f'<table class="facts"><tbody>{rows}</tbody></table>'


def facts_list(facts: Mapping[str, object]) -> str:
    """Many short names and values, side by side."""
    entries = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts.items()
    )
    return f'<dl class="list">{entries}</dl>'
