"""How a run ended, in lines: its scores on test, why it failed, or that its trainer vanished."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render import palette
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, metric, plain
from snn_tui.runs.events import RunFailed
from snn_tui.values.scores import MAIN_METRICS, METRICS, PUBLISHED, Scores

_METRIC_WIDTH = 6
_LABEL_WIDTH = 6


def wrapped(words: str, width: int, terminal: Terminal, style: Style | str = "") -> list[Text]:
    """Cleaned words in as many lines as they need; what has no space is cut between letters."""
    shown = plain(words, terminal, limit=1000).plain
    return [Text(line, style) for line in textwrap.wrap(shown, max(width, 1), break_on_hyphens=False)]


def failed(
    failure: RunFailed,
    log: Sequence[str],
    width: int,
    terminal: Terminal,
    *,
    hint: str = "",
    light: bool = False,
) -> list[Text]:
    """What failed and where, what to do, and how the log ends; `hint` says how to go on, if it can."""
    bad = palette.style("bad", terminal, light=light, bold=True)
    muted = palette.style("muted", terminal, light=light)
    lines = [Text(f"failed{hint}", bad)]
    lines += wrapped(": ".join(part for part in (failure.where, failure.what) if part), width, terminal)
    if failure.remedy:
        lines += wrapped(f"try: {failure.remedy}", width, terminal, muted)
    return lines + (_log(log, width, terminal, muted) if log else [])


def crashed(
    log: Sequence[str], width: int, height: int, terminal: Terminal, *, light: bool = False
) -> list[Text]:
    """That the trainer is gone, and the last lines of its log, as many as fit."""
    bad = palette.style("bad", terminal, light=light, bold=True)
    muted = palette.style("muted", terminal, light=light)
    lines = [Text("the trainer vanished: r resumes it", bad)]
    if not log:
        said = "worker.log is empty: it was killed, or the machine went down"
        return lines + wrapped(said, width, terminal, muted)
    return lines + _log(log[-max(1, height - 2) :], width, terminal, muted)


def _log(log: Sequence[str], width: int, terminal: Terminal, muted: Style) -> list[Text]:
    return [Text("worker.log ends with:", muted), *(plain(line, terminal, "", max(width, 1)) for line in log)]


def final_scores(
    scores: Scores | None,
    synthetic: bool,
    width: int,
    height: int,
    terminal: Terminal,
    *,
    balanced: bool = True,
    light: bool = False,
) -> list[Text]:
    """The metrics on test over the published ones, in two blocks where they are too many for a line.

    Args:
        scores: The evaluation on test; None where there was none.
        synthetic: Whether the images were phantoms: then there is nothing to compare with, and it says so.
        balanced: Whether both classes were equally large, as in the study; else it says so, too.
        width: Cells a line at most.
        height: Lines there is room for; with few, the less important metrics go.
        terminal: What may be drawn.
        light: Whether the terminal's background is light.
    """
    muted = palette.style("muted", terminal, light=light)
    bold = palette.style("good", terminal, light=light, bold=True)
    if scores is None:
        return wrapped("test was never read, as it was told", width, terminal, muted)
    compared = balanced and not synthetic
    fields, half = tuple(METRICS), (len(METRICS) + 1) // 2
    blocks = (
        [fields] if width >= _LABEL_WIDTH + len(fields) * _METRIC_WIDTH else [fields[:half], fields[half:]]
    )
    lines_each = 3 if compared else 2
    if len(blocks) * lines_each + (not compared) > height:
        blocks = [MAIN_METRICS]
    lines = []
    for names in blocks:
        values = [getattr(scores, name) for name in names]
        lines.append(Text(_row("", [METRICS[name].short for name in names]), muted))
        lines.append(Text(_row("test", [metric(value, terminal).strip() for value in values]), bold))
        if compared:
            theirs = [PUBLISHED.get(name) for name in names]
            study = ["" if value is None else metric(value, terminal) for value in theirs]
            lines.append(Text(_row("study", study).rstrip(), muted))
    if synthetic:
        lines += wrapped("synthetic images: not comparable with the study", width, terminal, muted)
    elif not balanced:
        words = f"all {count(scores.images)} images: the study has as many of each class"
        lines += wrapped(words, width, terminal, muted)
    return lines


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<{_LABEL_WIDTH}}" + "".join(f"{cell:>{_METRIC_WIDTH}}" for cell in cells)
