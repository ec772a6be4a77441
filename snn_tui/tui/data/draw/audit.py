"""What an audit found: a list of findings, and a pair of images of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render import picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.findings import Example, Finding, findings, not_found
from snn_tui.render.frame import cropped
from snn_tui.render.text import fit, plain, wrapped
from snn_tui.render.tiles import beside, stacked
from snn_tui.tui.shared.draw.click import clickable
from snn_tui.values.audit import Audit, AuditedImage
from snn_tui.values.dataset import Picture
from snn_tui.values.words import listed

_GAP = 4


def finding_list(audit: Audit, chosen: int, canvas: Canvas) -> Text:
    """Everything that makes a score too good, with what the chosen finding means; or that nothing does.

    Where not all lines fit those around the chosen finding are shown.

    Args:
        audit: The audit.
        chosen: Index of the chosen finding.
        canvas: What it is drawn on.
    """
    muted, warn = canvas.style("muted"), canvas.style("warn")
    lines: list[Text] = []
    at = 0
    for index, finding in enumerate(findings(audit)):
        is_chosen = index == chosen
        at = len(lines) if is_chosen else at
        mark = ("▸" if canvas.unicode else ">") if is_chosen else " "
        words = fit(f"{canvas.symbol('warn')} {finding.words}", canvas.width - 2, canvas.terminal)
        line = Text.assemble(f"{mark} ", (words, canvas.style("warn", bold=True) if is_chosen else warn))
        lines.append(clickable(line, f"finding({index})"))
        if is_chosen:
            meaning = wrapped(finding.meaning, canvas.resized(canvas.width - 4), muted)
            lines += [Text("    ") + part for part in meaning]
    lines += _remarks(audit, canvas)
    first = max(min(at - 1, len(lines) - canvas.height), 0)
    return cropped(lines[first:], canvas)


def _remarks(audit: Audit, canvas: Canvas) -> list[Text]:
    """What was not found, what could not be looked for, and what else there is to know of the source."""
    room, lines = canvas.resized(canvas.width - 4), []
    absent = not_found(audit)
    if absent:
        good = canvas.style("good")
        words = wrapped(f"not found: {', '.join(absent)}", room, good)
        lines += [Text("    ") + part for part in words]
        lines[0] = Text(f"  {canvas.symbol('good')} ", good) + words[0]
    unknown = [] if audit.grouped else ["whether splits share patients is not known: no file names say so"]
    for note in (*unknown, *audit.notes):
        lines += [Text("    ") + part for part in wrapped(note, room, canvas.style("muted"))]
    return lines


def list_lines(audit: Audit, chosen: int, canvas: Canvas) -> int:
    """Number of lines that the whole list has on a canvas of that width."""
    return finding_list(audit, chosen, canvas.resized(height=1000)).plain.count("\n") + 1


def pair(example: Example, pictures: Sequence[Picture], canvas: Canvas) -> Text:
    """Two images side by side, each with its split, index or file, and its classes.

    Args:
        example: The pair.
        pictures: The first and the second image; empty while they are being loaded.
        canvas: What it is drawn on.
    """
    width = max((canvas.width - _GAP) // 2, 1)
    room = canvas.resized(width, max(canvas.height - 2, 1))
    tiles = []
    for index, image in enumerate((example.first, example.second)):
        drawn = picture.drawn(pictures[index], room) if pictures else Text()
        tile = stacked([*_caption(image, canvas.resized(width)), drawn])
        tiles.append(tile)
    lines = beside(tiles, [_GAP]).split("\n", allow_blank=True)
    first = max(line.cell_len for line in tiles[0].split("\n", allow_blank=True))
    second = max(line.cell_len for line in tiles[1].split("\n", allow_blank=True))
    margin = " " * max((canvas.width - first - second - _GAP) // 2, 0)
    return cropped([Text(margin) + line for line in lines], canvas)


def _caption(image: AuditedImage, canvas: Canvas) -> list[Text]:
    """Where an image is, and below it its classes."""
    where = f"{image.split} {image.index}" + (f" · {image.name}" if image.name else "")
    labels = listed(image.labels) or "no label"
    return [
        plain(fit(where, canvas.width, canvas.terminal), canvas.terminal, "bold"),
        Text(fit(labels, canvas.width, canvas.terminal), canvas.style("muted")),
    ]


def pair_title(finding: Finding, index: int) -> str:
    """Which of a finding's pairs is in view, how many are listed, how many there are, and what they share."""
    if not finding.examples:
        return "Images"
    listed_ = len(finding.examples)
    of = f"{listed_}" if listed_ == finding.total else f"{listed_} listed of {finding.total}"
    return f"Pair {index + 1} of {of} · {finding.examples[index].note}"
