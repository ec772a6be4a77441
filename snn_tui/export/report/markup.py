"""The templates of the page, which escape whatever is no markup, and how numbers stand in them."""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from markupsafe import Markup

from snn_tui.values.task import Task

if TYPE_CHECKING:
    from jinja2 import Environment


def render(template: str, values: Mapping[str, object]) -> str:
    """A template of this package, filled in; a value that it needs and does not get is an error."""
    return _environment().get_template(template).render(values)


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # the screens open without it

    environment = Environment(
        loader=PackageLoader("snn_tui.export.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": number,
        "share": share,
        "percent": percent,
        "symbol": symbol,
        "base64": lambda file: base64.b64encode(file).decode("ascii"),
    }
    return environment


def number(value: float | None) -> str:
    """A metric with three decimals, or a dash where it is undefined."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def between(ends: tuple[float, float] | None) -> str:
    """An interval, or a dash where there is none."""
    return f"{number(ends[0])} – {number(ends[1])}" if ends else "–"


def share(part: int, total: int) -> str:
    """A part of a total as a percentage."""
    return f"{part / total:.0%}" if total else "–"


def percent(value: float) -> str:
    """A share with one decimal."""
    return f"{value:.1%}"


def microjoules(nanojoules: float) -> str:
    """An energy in µJ."""
    return f"{nanojoules / 1e3:.3g}"


def symbol(label: int, task: Task) -> str:
    """The symbol or letter of a class, which distinguishes it without colour."""
    positive = 1 if task.positive is None else task.positive
    circle = "●" if label == positive else "○"
    return circle if task.outputs == 2 else task.letters[label]


def bold(text: str) -> Markup:
    """A text as a cell that stands out."""
    return Markup("<b>{}</b>").format(text)
