"""All pixels over all steps: the raster of a coded picture."""

from __future__ import annotations

from rich.text import Text

from snn_tui.inspector.data_messages import EncodedImage
from snn_tui.render import picture
from snn_tui.render.axes import ticks
from snn_tui.render.canvas import Canvas
from snn_tui.render.dots import braille
from snn_tui.render.frame import joined
from snn_tui.render.palette import Role

_GUTTER = 4
_NOT_YET = 0.3  # brightness of a current that is still to come
_LEAST = 12
_NUMBERED = 8
_CHANNELS = ("R", "G", "B")
_CHANNEL_ROLES: tuple[Role, ...] = ("bad", "good", "accent")


def raster(encoded: EncodedImage, step: int, canvas: Canvas) -> Text:
    """All pixels from top to bottom, all steps from left to right, a dot a spike; currents are grey.

    Where there are more pixels than rows of dots, evenly chosen ones are shown; of latency coding, whose
    spikes are few, all of them, those of neighbours in one row. Steps after the present one
    stay in the background. Of a picture in colour the red of all pixels comes first, then green, then
    blue, each in its colour. Without unicode the number of dots in a cell is shown by its darkness.

    Args:
        encoded: What was coded.
        step: Steps shown so far.
        canvas: What it is drawn on.
    """
    gutter = _GUTTER if canvas.width >= _LEAST + _GUTTER else 0
    columns, rows = max(canvas.width - gutter, 1), _rows(canvas.height)
    if encoded.binary:
        drawn = _dots(encoded, step, columns, rows, canvas)
    else:
        drawn = _currents(encoded, step, columns, rows, canvas)
    muted = canvas.style("muted")
    inputs, channels = len(encoded.frames[0]), encoded.image.picture.channels
    wall = "│" if canvas.unicode else "|"
    labels = {0: "1", rows - 1: str(inputs)}
    if channels > 1:
        labels = {-(-channel * rows // channels): name for channel, name in enumerate(_CHANNELS)}
    lines = []
    for row, line in enumerate(drawn.split("\n", allow_blank=True)):
        label = labels.get(row, "")
        lines.append(Text(f"{label:>{gutter - 1}}{wall}" if gutter else "", muted) + line)
    lines += _axis(encoded.num_steps, step, columns, gutter, canvas)
    return joined(lines[: max(canvas.height, 1)])


def caption(encoded: EncodedImage, height: int) -> str:
    """How many pixels a raster of that height shows, or values of pixels in colour."""
    inputs = len(encoded.frames[0])
    noun = "pixels" if encoded.image.picture.channels == 1 else "values"
    if encoded.coding.kind == "latency":
        return f"{inputs} {noun}"
    return f"{min(inputs, _rows(height) * (4 if encoded.binary else 2))} of {inputs} {noun}"


def _rows(height: int) -> int:
    """Lines of dots: without the axis, and without its numbers where there is room for them."""
    return max(height - (2 if height >= _NUMBERED else 1), 1)


def _planes(encoded: EncodedImage) -> range | list[int]:
    """Indices of the values of a frame from top to bottom: channel after channel."""
    inputs, channels = len(encoded.frames[0]), encoded.image.picture.channels
    if channels == 1:
        return range(inputs)
    return [index for channel in range(channels) for index in range(channel, inputs, channels)]


def _places(many: int, among: int) -> list[int]:
    """Evenly chosen places, `many` of `among`."""
    return [min(int((row + 0.5) * among / many), among - 1) for row in range(many)]


def _dot(step: int, num_steps: int, dots: int) -> int:
    """The column of dots of a step, counted from 0: all equally far apart, where there are enough."""
    apart = dots // num_steps
    return step * apart + apart // 2 if apart else step * dots // num_steps


def _dots(encoded: EncodedImage, step: int, columns: int, rows: int, canvas: Canvas) -> Text:
    across, down = 2 * columns, 4 * rows
    planes, channels = _planes(encoded), encoded.image.picture.channels
    chosen = [planes[place] for place in _places(down, len(planes))]
    bits = bytearray(across * down)
    once = encoded.coding.kind == "latency"
    for at, frame in enumerate(encoded.frames):
        column = _dot(at, encoded.num_steps, across)
        if once:
            for place, index in enumerate(planes):
                if frame[index]:
                    bits[place * down // len(planes) * across + column] = 1
            continue
        for row, pixel in enumerate(chosen):
            if frame[pixel]:
                bits[row * across + column] = 1
    drawn = braille(bytes(bits), down, across, canvas.terminal)
    seen = _dot(step - 1, encoded.num_steps, across) // 2 + 1 if step else 0
    roles = _CHANNEL_ROLES if channels > 1 else ("second",)
    later = canvas.style("muted", dim=True)
    lines = []
    for row, line in enumerate(drawn.split("\n", allow_blank=True)):
        line.stylize(canvas.style(roles[row * len(roles) // rows]), 0, seen)
        line.stylize(later, seen)
        lines.append(line)
    return joined(lines)


def _currents(encoded: EncodedImage, step: int, columns: int, rows: int, canvas: Canvas) -> Text:
    down = 2 * rows
    planes = _planes(encoded)
    chosen = [planes[place] for place in _places(down, len(planes))]
    steps = [
        min(int(column * encoded.num_steps / columns), encoded.num_steps - 1) for column in range(columns)
    ]
    pixels = bytes(
        int(encoded.frames[at][pixel] * (1 if at < step else _NOT_YET)) for pixel in chosen for at in steps
    )
    return picture.grey(pixels, down, columns, canvas)


def _axis(num_steps: int, step: int, columns: int, gutter: int, canvas: Canvas) -> tuple[Text, Text]:
    """The axis with a mark at the present step, and the numbers of steps below it."""
    cells = [" "] * columns
    for value, label in ticks((1.0, float(max(num_steps, 2))), max(2, columns // 10), whole=True):
        if value <= num_steps:
            middle = _dot(int(value) - 1, num_steps, 2 * columns) // 2
            start = min(max(middle - len(label) // 2, 0), columns - len(label))
            if start >= 0 and not "".join(cells[max(start - 1, 0) : start + len(label) + 1]).strip():
                cells[start : start + len(label)] = label
    muted = canvas.style("muted")
    corner, bar, mark = ("└", "─", "▲") if canvas.unicode else ("+", "-", "^")
    line = Text(" " * (gutter - 1) + corner if gutter else "", muted)
    if step:
        at = _dot(step - 1, num_steps, 2 * columns) // 2
        now = canvas.style("second", bold=True)
        line.append(bar * at, muted).append(mark, now).append(bar * (columns - at - 1), muted)
    else:
        line.append(bar * columns, muted)
    return line, Text(" " * gutter + "".join(cells), muted)
