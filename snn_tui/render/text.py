"""Words and numbers, made fit for a terminal."""

from __future__ import annotations

import math
import re
import shlex
import unicodedata
from collections.abc import Iterable

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS: titles, links
    r"|\x1b[ -/]*[0-~]"
)
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_SHOWN_AS_SPACE = {"\t", "\n", "\v", "\f", "\r", "\x85", "\u2028", "\u2029"}
_SIZES = ("KiB", "MiB", "GiB", "TiB", "PiB")
_RAW_FACTOR = 20


MESSAGE_LIMIT = 1000
"""Characters of a message in many sentences, such as a notice."""


def clean(text: str, limit: int = 200) -> str:
    """Make a name, label or path from a file or a person harmless, as one line.

    Escape sequences, control characters and bidirectional overrides go, line breaks and tabs become a
    space. What is longer than `limit` characters ends in `...`.
    """
    raw = text[: limit * _RAW_FACTOR + 1]
    bare = _ESCAPES.sub("", raw)
    kept = "".join(
        " " if char in _SHOWN_AS_SPACE else char
        for char in bare
        if char in _SHOWN_AS_SPACE or unicodedata.category(char) not in _UNPRINTABLE
    )
    return kept if len(kept) <= limit else kept[: max(limit - 3, 0)] + "..."[:limit]


def shell_word(text: str) -> str:
    """A cleaned name or path as one word of a shell's command line, for commands that people copy."""
    return shlex.quote(clean(text, MESSAGE_LIMIT))


def plain(text: str, terminal: Terminal, style: Style | str = "", limit: int = 200) -> Text:
    """A cleaned text that is never read as markup.

    Without unicode a middle dot becomes `-` and any other character that is not ASCII `?`.
    """
    return Text(_in_ascii(clean(text, limit), terminal), style=style)


def note(words: str, terminal: Terminal) -> Text:
    """A line with a notice, whole: its last sentence may matter as much as its first."""
    return plain(f"note: {words}", terminal, "yellow", limit=MESSAGE_LIMIT)


def fit(text: str, width: int, terminal: Terminal) -> str:
    """A cleaned text cut to at most `width` cells, the cut marked."""
    shown = Text(_in_ascii(clean(text), terminal))
    if shown.cell_len <= width:
        return shown.plain
    mark = "…" if terminal.unicode else "..."
    shown.truncate(max(width - len(mark), 0))
    return (shown.plain.rstrip() + mark)[: max(width, 0)]


def _in_ascii(text: str, terminal: Terminal) -> str:
    return text if terminal.unicode else text.replace("·", "-").encode("ascii", "replace").decode("ascii")


def wrapped(
    words: str,
    canvas: Canvas,
    style: Style | str = "",
    *,
    most: int | None = None,
    limit: int = MESSAGE_LIMIT,
) -> list[Text]:
    """A cleaned text of at most `limit` characters in as many lines as it needs, or in at most `most`, the
    cut marked.

    Lines end at spaces; a word longer than a line is cut between letters. Only the canvas' width counts.
    """
    width = max(canvas.width, 1)
    remaining = plain(words, canvas.terminal, limit=limit).plain.strip()
    lines: list[str] = []
    while cell_len(remaining) > width and len(lines) + 1 != most:
        fitting = _fitting(remaining, width)
        space = remaining.rfind(" ", 1, fitting + 1)
        end = space if space > 0 else max(fitting, 1)
        lines.append(fit(remaining[:end].rstrip(), width, canvas.terminal))
        remaining = remaining[end:].lstrip()
    if remaining:
        lines.append(remaining if cell_len(remaining) <= width else fit(remaining, width, canvas.terminal))
    return [Text(line, style) for line in lines]


def _fitting(text: str, width: int) -> int:
    """How many of its first characters fit into a width in cells; some take two, and some none."""
    cells = 0
    for index, character in enumerate(text):
        cells += cell_len(character)
        if cells > width:
            return index
    return len(text)


def side_by_side(parts: Iterable[str], width: int, gap: str = "  ") -> list[str]:
    """Parts one after the other, in as many lines as they need; a part is never broken."""
    lines: list[str] = []
    for part in parts:
        if lines and cell_len(longer := f"{lines[-1]}{gap}{part}") <= width:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines


def first_that_fits(choices: Iterable[str], width: int) -> str:
    """The first of some wordings, longest first, that is at most `width` characters; empty without one."""
    return next((words for words in choices if len(words) <= width), "")


def dash(terminal: Terminal) -> str:
    """What stands for a value that is missing or undefined."""
    return "–" if terminal.unicode else "-"


def metric(value: float | None, terminal: Terminal) -> str:
    """A metric or loss with three decimals, `0.853`; a dash in the middle of five cells where undefined."""
    if value is None or not math.isfinite(value):
        return f"  {dash(terminal)}  "
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:.1e}"


def difference(value: float | None, terminal: Terminal) -> str:
    """A signed difference of two metrics, `+0.012`; no minus before a zero."""
    if value is None or not math.isfinite(value):
        return f"  {dash(terminal)}   "
    return f"{round(value, 3) + 0.0:+.3f}"


def seconds(value: float | None) -> str:
    """A time span in seconds as `0.4s`, `12.9s`, `12:34` or `1:02:03`; `-:--` where unknown."""
    if value is not None and value < 59.95:
        return f"{max(value, 0.0):.1f}s"
    return time_left(value)


def time_left(value: float | None) -> str:
    """An estimate of the seconds left as `0:12`, `12:34` or `1:02:03`; `-:--` where unknown."""
    if value is None or not math.isfinite(value):
        return "-:--"
    minutes, rest = divmod(max(int(value + 0.05), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def bytes_(value: float) -> str:
    """An amount of memory as `512 B` or `1.2 GiB`."""
    if abs(value) < 1024:
        return f"{value:.0f} B"
    power = 1
    # 1023.95 would be rounded to 1024.0 of the smaller unit.
    while abs(value) / 1024**power >= 1023.95 and power < len(_SIZES):
        power += 1
    return f"{value / 1024**power:.1f} {_SIZES[power - 1]}"


def rate(value: float | None) -> str:
    """A share of one as `12%`; `<1%` for what is more than nothing, `-` where undefined."""
    if value is None or not math.isfinite(value):
        return "-"
    return "<1%" if 0 < value < 0.005 else f"{100 * value:.0f}%"


def count(value: float) -> str:
    """A whole number in groups of three, `4 812`."""
    return f"{value:,.0f}".replace(",", " ")


def learning_rate(value: float) -> str:
    """A learning rate in few characters: `1e-3`, `2.5e-4`, `0.05`."""
    if value == 0 or not math.isfinite(value) or abs(value) >= 0.01:
        return f"{value:g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
