"""The animation of a decision: a frame a time step, as an asciinema cast or as an SVG picture that moves."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby, starmap
from operator import itemgetter

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME

from snn_tui.render.canvas import Canvas
from snn_tui.render.inspection import inspection_at
from snn_tui.render.text import plain
from snn_tui.values.trace import Trace

WIDTH = 80
"""Columns of the frames."""

SPEED = 5
"""Time steps a second, by default."""

HOLD = 3.0
"""Seconds that the last frame stays before the first follows again."""

Cell = tuple[str, Style]
"""A character with its style; the cell after a character of double width is empty."""

Frame = list[list[Cell]]
"""Lines of cells, all of the same length."""


def written(trace: Trace, title: str, canvas: Canvas, speed: int) -> dict[str, str]:
    """The animation of a decision in every format, by the ending of a file's name.

    Args:
        trace: Activity of the network for an image.
        title: What it is called.
        canvas: What it is drawn on.
        speed: Time steps a second.
    """
    drawn, name = frames(trace, title, canvas), plain(title, canvas.terminal).plain
    return {".cast": cast(drawn, name, speed), ".svg": svg(drawn, name, speed)}


def frames(trace: Trace, title: str, canvas: Canvas) -> list[Frame]:
    """A drawing for each time step up to the one at which the verdict falls, all of the same size.

    Args:
        trace: Activity of the network for an image.
        title: What stands above each drawing, before the number of the step.
        canvas: What they are drawn on; they are as long as they need to be.
    """
    console = _console(canvas.width)
    drawn = [
        [_cells(line, canvas.width) for line in console.render_lines(drawing, pad=False)]
        for drawing in (
            inspection_at(trace, step, title, canvas) for step in range(1, trace.verdict_step + 1)
        )
    ]
    height = max(map(len, drawn))
    return [frame + [_cells([], canvas.width)] * (height - len(frame)) for frame in drawn]


def _cells(line: Iterable[Segment], width: int) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, _ in line:
        for character in text:
            places = cell_len(character)
            if places:
                cells += [(character, style or _PLAIN), *[("", style or _PLAIN)] * (places - 1)]
            elif cells:  # an accent of the character before it
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
    return cells + [(" ", _PLAIN)] * (width - len(cells))


def cast(frames: Sequence[Frame], title: str, speed: int) -> str:
    """Frames as an asciinema recording, version 2: https://docs.asciinema.org/manual/asciicast/v2/.

    After the first frame only what changes is written. Times come from `speed` alone, so the same frames are
    always the same text.

    Args:
        frames: The frames.
        title: The recording's title.
        speed: Frames a second.
    """
    height, width = len(frames[0]), len(frames[0][0])
    header = {"version": 2, "width": width, "height": height, "title": title}
    events: list[list[object]] = [[0.0, "o", "\x1b[?25l\x1b[2J"]]
    before = [_cells([], width)] * height
    for number, frame in enumerate(frames):
        written = "".join(_change(row, before[row], frame[row]) for row in range(height))
        events.append([round(number / speed, 3), "o", written])
        before = frame
    end = round((len(frames) - 1) / speed + HOLD, 3)
    events.append([end, "o", f"\x1b[{height};1H\x1b[?25h"])
    return "".join(f"{json.dumps(part)}\n" for part in (header, *events))


def _change(row: int, before: list[Cell], after: list[Cell]) -> str:
    """What turns a line into another: the cells from the first that differs to the last."""
    differing = [column for column, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    if not differing:
        return ""
    first = differing[0]
    while not after[first][0]:  # the right half of a wide character
        first -= 1
    coded = (
        style.render(text, color_system=ColorSystem.TRUECOLOR)
        for text, style in _runs(after[first : differing[-1] + 1])
    )
    return f"\x1b[{row + 1};{first + 1}H{''.join(coded)}"


def svg(frames: Sequence[Frame], title: str, speed: int) -> str:
    """Frames as an SVG picture that goes through them again and again, by CSS alone.

    What is the same in all frames is drawn once. The rest of the frames lies in a strip, one below the other,
    which moves up by a frame a step. Where nothing moves, as in print or where less motion is preferred, the
    last frame is seen.

    Args:
        frames: The frames.
        title: The picture's title, for those who do not see it.
        speed: Frames a second.
    """
    height, width, last = len(frames[0]), len(frames[0][0]), len(frames) - 1
    rows = [list(zip(*(frame[row] for frame in frames), strict=True)) for row in range(height)]
    still = [[len(set(cells)) == 1 for cells in row] for row in rows]
    base = [_kept(frames[0][row], still[row], True) for row in range(height)]
    strip = [_kept(frame[row], still[row], False) for frame in frames for row in range(height)]
    seconds = last / speed + HOLD
    moves = "".join(
        f"{100 * number / speed / seconds:.4f}%{{transform:translateY({-number * height * _LINE:.6g}px)}}"
        for number in range(len(frames))
    )
    across, down = width * _CELL, height * _LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'viewBox="0 0 {across + 2 * _MARGIN:.6g} {down + 2 * _MARGIN:.6g}">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>text{{font-family:{_FONTS};font-size:20px;white-space:pre}}\n"
        f"@keyframes frames{{{moves}}}\n"
        f"#strip{{animation:frames {seconds:g}s step-end infinite}}\n"
        "@media print,(prefers-reduced-motion:reduce){#strip{animation:none}}</style>\n"
        f'<rect width="100%" height="100%" rx="8" fill="{SVG_EXPORT_THEME.background_color.hex}"/>\n'
        f'<clipPath id="frame"><rect width="{across:.6g}" height="{down + 2:.6g}"/></clipPath>\n'
        f'<g transform="translate({_MARGIN} {_MARGIN})">\n{_drawn(base, width, "still")}\n'
        f'<g clip-path="url(#frame)"><g id="strip" transform="translate(0 {-last * height * _LINE:.6g})">\n'
        f"{_drawn(strip, width, 'moving')}\n</g></g></g>\n</svg>\n"
    )


def _kept(cells: Sequence[Cell], still: Sequence[bool], wanted: bool) -> list[Cell]:
    """A line with blanks in place of those cells that are still, or of all others."""
    kept: list[Cell] = []
    whole = False  # whether the character to the left was kept, of which an empty cell is the right half
    for (character, style), same in zip(cells, still, strict=True):
        whole = same is wanted if character else whole
        kept.append((character, style) if whole else (" ", _PLAIN))
    return kept


# The size of a cell in the SVG of rich's export.
_CELL, _LINE = 12.2, 24.4
_MARGIN = 12
_PLAIN = Style.null()
_FONTS = "'Fira Code','DejaVu Sans Mono',Menlo,Consolas,monospace"  # none is fetched
_PARTS = "<style>{styles}</style>{backgrounds}{matrix}"
_LINE_ENDS = re.compile(r'<text [^>]*>\n</text>| clip-path="[^"]*"')
"""What the export adds to each line: its end as a character, and a frame around it."""


def _drawn(lines: Sequence[list[Cell]], width: int, name: str) -> str:
    """Lines as parts of an SVG picture, by rich's export."""
    console = _console(width, record=True)
    for line in lines:
        console.print(Segments([*starmap(Segment, _runs(line)), Segment.line()]), end="")
    return _LINE_ENDS.sub("", console.export_svg(title="", code_format=_PARTS, unique_id=name))


def _runs(cells: Iterable[Cell]) -> Iterator[tuple[str, Style]]:
    """Texts of one style each."""
    for style, run in groupby(cells, key=itemgetter(1)):
        yield "".join(character for character, _ in run), style


def _console(width: int, *, record: bool = False) -> Console:
    """A console that writes nowhere and knows nothing of the terminal that the program runs in."""
    return Console(
        width=width,
        file=io.StringIO(),
        color_system="truecolor",
        force_terminal=True,
        legacy_windows=False,
        highlight=False,
        record=record,
        _environ={},
    )
