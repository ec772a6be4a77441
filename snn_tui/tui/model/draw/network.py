"""The network as a diagram, and below each layer its size, its cost and its firing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.inspector.model_messages import Activity, LayerActivity, LayerFacts, ModelFacts
from snn_tui.render import meters
from snn_tui.render.canvas import Canvas
from snn_tui.render.energy import amount
from snn_tui.render.frame import cropped
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, dash, plain, rate, side_by_side
from snn_tui.values.early_exit import OFF
from snn_tui.values.energy_constants import FLOAT_BITS
from snn_tui.values.words import counted

_WIDE, _MIDDLE = 100, 70
_METER = 8
_TENTHS = 10
_MANY = 5  # layers that need the room for themselves

Cell = Callable[[LayerFacts, LayerActivity], Text]


def network(facts: ModelFacts, activity: Activity | None, canvas: Canvas) -> Text:
    """Boxes of layers from input to output, a table below them, and the totals of the network.

    Where there are few lines, the least important rows of the table are left out.

    Args:
        facts: The network.
        activity: How its neurons fire; None where that is not known, or it was never trained.
        canvas: What it is drawn on.
    """
    width = canvas.width
    name_width = 15 if width >= _WIDE else 12 if width >= _MIDDLE else 11
    gap = 3 if width >= _WIDE and len(facts.layers) < _MANY else 1 if width >= _MIDDLE else 0
    layers = len(facts.layers)
    wide = width >= _WIDE and layers < _MANY
    source = 13 if wide else 9 if width >= (_MIDDLE if layers < _MANY else _WIDE) else 0  # the input's box
    across = max((width - name_width - source - gap * (layers if source else layers - 1)) // layers, 4)
    start = name_width + (source + gap if source else 0)
    lines = _boxes(facts, name_width, source, gap, across, canvas)
    rows = _rows(facts, activity, width >= _WIDE, across, canvas)
    total = _total(facts, activity, canvas)
    room = max(canvas.height - len(lines) - len(total), 0)
    kept = sorted(rows, key=lambda row: row[0])[:room]
    muted = canvas.style("muted")
    for row in rows:
        if row not in kept:
            continue
        _, name, cells = row
        line = Text.assemble((f"{name:<{name_width}}"[:name_width], muted))
        line.pad_right(start - line.cell_len)
        if source and name == "firing" and activity is not None:
            line = _with_input(line, activity.input_rate, name_width, source)
        for index, cell in enumerate(cells):
            cell.truncate(across - 1)
            line.pad_right(start + index * (across + gap) + (1 if gap else 0) - line.cell_len)
            line.append_text(cell)
        lines.append(line)
    lines += total
    return cropped(lines, canvas)


def _with_input(line: Text, share: float, name_width: int, source: int) -> Text:
    line = line[:name_width]
    line.append(f" {rate(share)}")
    line.pad_right(name_width + source - line.cell_len)
    return line


def _boxes(
    facts: ModelFacts, name_width: int, source: int, gap: int, across: int, canvas: Canvas
) -> list[Text]:
    """A box for each layer, in the order in which spikes pass them."""
    terminal = canvas.terminal
    shape = _shape(facts.input, terminal)
    most = max(2, *(len(layer.synapses) for layer in facts.layers))
    source_box = ["input", shape, *[""] * (most - 1), facts.input_kind]
    boxes = [_box(source_box, canvas.resized(source))] if source else []
    for layer in facts.layers:
        words = [_synapses(word, canvas.resized(across - 2)) for word in layer.synapses]
        kind = "LIF" if facts.neuron == "leaky" else "ReLU" if layer is not facts.layers[-1] else ""
        kind = "" if facts.own else kind  # which neurons they are, only the user's file says
        neurons = f"{_shape(layer.shape, terminal)} {kind}".rstrip()
        if len(neurons) > across - 2:
            neurons = _shape(layer.shape, terminal)
        for begin in (0, 1):  # channels and side, then the side alone
            if len(neurons) > across - 2:
                neurons = _shape(layer.shape[begin:2], terminal) + ("²" if canvas.unicode else "^2")
        boxes.append(_box([layer.name, *words, *[""] * (most - len(words)), neurons], canvas.resized(across)))
    arrow = {3: ("──►", "-->"), 1: ("►", ">")}.get(gap, ("", ""))[not canvas.unicode]
    lines = []
    for row in range(len(boxes[0])):
        line = Text(" " * name_width)
        for index, box in enumerate(boxes):
            if index:
                line.append(arrow if row == 2 else " " * gap, canvas.style("accent"))
            line.append_text(box[row])
        lines.append(line)
    return lines


def _box(content: Sequence[str], canvas: Canvas) -> list[Text]:
    corners, bar, wall = (("╭", "╮", "╰", "╯"), "─", "│") if canvas.unicode else (("+",) * 4, "-", "|")
    edge = canvas.style("accent")
    inner = canvas.width - 2
    lines = [Text(corners[0] + bar * inner + corners[1], edge)]
    for index, words in enumerate(content):
        style = Style(bold=True) if index == 0 else Style.null()
        line = Text(f"{words[:inner]:^{inner}}", style)
        lines.append(Text.assemble((wall, edge), line, (wall, edge)))
    return [*lines, Text(corners[2] + bar * inner + corners[3], edge)]


def _synapses(word: str, canvas: Canvas) -> str:
    """`conv 1>12, 5x5` with an arrow and a cross where the terminal has them, shortened to the canvas."""
    width = canvas.width
    if canvas.unicode:
        word = re.sub(r"(\d)>(\d)", r"\1→\2", re.sub(r"(\d)x(\d)", r"\1×\2", word))
    if len(word) > width:
        word = word.partition(" ")[2]
    if len(word) > width:
        word = word.replace(", ", ",")
    if len(word) > width:  # a kernel without its channels, which the shapes tell; a pool without its size
        word = next(filter(str.isalpha, word.split()), word.rpartition(",")[2])
    return word


def _shape(shape: Sequence[int], terminal: Terminal) -> str:
    return ("×" if terminal.unicode else "x").join(map(str, shape))


def _rows(
    facts: ModelFacts, activity: Activity | None, wide: bool, across: int, canvas: Canvas
) -> list[tuple[int, str, list[Text]]]:
    """Rows of the table: how soon they are left out (late ones first), name, and a cell a layer."""
    style = canvas.style("accent")
    warn = canvas.style("warn")

    def number(value: float) -> str:
        """A count, rounded where it would be cut: half a number is a wrong one."""
        exact = count(round(value))
        return exact if len(exact) < across else amount(value)

    def neurons(layer: LayerFacts) -> int:
        product = 1
        for size in layer.shape:
            product *= size
        return product

    rows = [
        (5, "neurons", [Text(number(neurons(layer))) for layer in facts.layers]),
        (
            1,
            "parameters",
            [Text(number(layer.parameters)) for layer in facts.layers],
        ),
        (6, "MACs a step" if wide else "MAC/step", [Text(number(layer.macs)) for layer in facts.layers]),
        (
            2,
            "MACs all steps" if wide else "all steps",  # a dense network takes those of one step
            [Text(number(_macs(facts, layer))) for layer in facts.layers],
        ),
    ]
    none = Text(dash(canvas.terminal))

    def cells_of(draw: Cell, *, counted: bool = True) -> list[Text]:
        active = activity.layers if activity else {}
        if counted:
            active = {name: fired for name, fired in active.items() if fired.rate_histogram}
        return [
            draw(layer, active[layer.name]) if layer.name in active else none.copy() for layer in facts.layers
        ]

    def done(layer: LayerFacts, fired: LayerActivity) -> Text:
        share = fired.operations / max(_macs(facts, layer), 1)
        return Text(number(fired.operations) + (f"  {rate(share)}" if across > 16 else ""))

    def firing(layer: LayerFacts, fired: LayerActivity) -> Text:
        bar = meters.meter(fired.rate, 1.0, _METER if across > 16 else 4, canvas.terminal, style)
        share = f"{100 * fired.rate:.1f}%"
        return Text.assemble(bar, f" {share}") if len(share) + 6 <= across else Text(share, style)

    def few(counted: Callable[[LayerActivity], int]) -> Cell:
        def draw(layer: LayerFacts, fired: LayerActivity) -> Text:
            affected = counted(fired)
            share = affected / neurons(layer)
            words = number(affected) + (f"  {rate(share)}" if share >= 0.01 else "")
            return Text(words if len(words) < across else number(affected), warn if affected else "")

        return draw

    def spread(layer: LayerFacts, fired: LayerActivity) -> Text:
        top = max(fired.rate_histogram) or 1
        # The lowest bar is for no neuron at all.
        shares = (max(size / top, 1 / 8) if size else 0.0 for size in fired.rate_histogram)
        return Text(meters.bars(shares, canvas.terminal), style)

    noun = "rates" if facts.neuron == "leaky" else "shares"
    tenths = [(7, f"{noun} 0 to 1" if wide else f"{noun} 0-1", cells_of(spread))]
    if facts.neuron != "leaky":
        return [
            *rows[:2],
            (2, "MACs an image" if wide else "MAC/image", rows[3][2]),
            (4, "of them done" if wide else "done", cells_of(done, counted=False)),
            (0, "above 0", cells_of(firing)),
            (3, "dead", cells_of(few(lambda fired: fired.dead))),
            *(tenths if across > _TENTHS else []),
        ]
    return [
        *rows,
        (4, "of them done" if wide else "done", cells_of(done, counted=False)),
        (0, "firing", cells_of(firing)),
        (3, "dead", cells_of(few(lambda fired: fired.dead))),
        (3, "saturated", cells_of(few(lambda fired: fired.saturated))),
        *(tenths if across > _TENTHS else []),  # without its last bars it would hide saturated neurons
    ]


def _total(facts: ModelFacts, activity: Activity | None, canvas: Canvas) -> list[Text]:
    """The network in numbers, and what the firing was counted over."""
    muted = canvas.style("muted")
    macs, dense = sum(_macs(facts, layer) for layer in facts.layers), sum(one.macs for one in facts.layers)
    several = facts.num_steps > 1
    parts = [
        f"{count(sum(layer.parameters for layer in facts.layers))} parameters",
        *([f"weights of {facts.bits} bits"] if facts.bits < FLOAT_BITS else []),
        counted(facts.num_steps, "step"),
        f"{_millions(macs)} {'operations in all steps' if several else 'multiply-adds an image'}",
    ]
    if activity is not None:
        done = sum(fired.operations for fired in activity.layers.values())
        parts.append(f"{_millions(done)} of them done")
    if several:
        parts.append(f"{_millions(dense)} in a dense network")
    if facts.exit != OFF:
        parts.append(f"verdicts fall early: --exit {facts.exit}")
    if activity is not None:
        images = "synthetic phantoms" if activity.synthetic else "images"
        parts.append(f"{activity.images} {images} of val")
    elif not facts.name:
        parts.append("not trained: nothing fires yet" if facts.neuron == "leaky" else "not trained yet")
    return [plain(line, canvas.terminal, muted) for line in side_by_side(parts, canvas.width, " · ")]


def _macs(facts: ModelFacts, layer: LayerFacts) -> int:
    """Multiply-adds an image of a layer, none left out; a constant input current is computed once."""
    once = facts.input_kind == "current" and layer is facts.layers[0]
    return layer.macs * (1 if once else facts.num_steps)


def _millions(number: float) -> str:
    return f"{number / 1e6:.1f} M" if number >= 1e6 else count(number)
