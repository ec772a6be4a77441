"""Inside one decision: the output neurons over the time steps, and what it comes to in words."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from snn_tui.render import chart, meters, palette, picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import plain
from snn_tui.values.dataset import CLASSES
from snn_tui.values.trace import Trace, predicted_class

_LABEL_WIDTH = 12
_COUNT_WIDTH = 4
_CHART_LINES = 8
_SIDE_BY_SIDE = 74
_NAME_WIDTH = 9
_SHORTEST_BAR = 8
_ALL_LINES = 20


def outputs(trace: Trace, step: int, canvas: Canvas) -> RenderableType:
    """Both output neurons up to a step: firing meters, spike trains, membranes against the threshold.

    Where there is room for it the membranes are a chart, else a line a neuron; where there are only a few
    lines, each neuron's meter, train and membrane stand side by side.

    Args:
        trace: What the network did.
        step: Steps shown so far, from 0 to T.
        canvas: What it is drawn on.
    """
    height = canvas.height
    if height < 6 and canvas.width >= _SIDE_BY_SIDE:
        return Group(*_side_by_side(trace, step, canvas))
    lines = [*_meters(trace, step, canvas), Text()]
    lines += _trains(trace, step, canvas)
    room = height - len(lines) - 1
    if room >= _CHART_LINES:
        drawn = chart.membrane_chart(
            trace.membranes, trace.spikes_out, trace.threshold, step, canvas.resized(height=room)
        )
        return Group(*lines, Text(), drawn)
    lines += _membranes(trace, step, canvas)
    return Group(*lines[: max(height, 1)])


def inputs(trace: Trace, step: int, canvas: Canvas) -> RenderableType:
    """The input spikes of a step, and beside them, where there is room, their mean over the steps so far.

    Of direct coding the current, which is the same at every step.

    Args:
        trace: What the network did.
        step: Steps shown so far.
        canvas: What it is drawn on.
    """
    height, across = trace.picture.height, trace.picture.width
    style = canvas.style("second")
    spikes = trace.spikes_in[step - 1] if step else bytes(height * across)
    if trace.coding == "direct":
        return picture.grey(spikes, height, across, canvas, 1)
    now = picture.spikes(spikes, height, across, canvas.terminal, 1, style)
    if not mean_fits(trace, step, canvas):
        return now
    seen = trace.spikes_in[:step]
    mean = bytes(255 * sum(fired) // step for fired in zip(*seen, strict=True)) if step else spikes
    both = Table.grid(padding=(0, 2, 0, 0))
    both.add_row(now, picture.grey(mean, height, across, canvas, 1))
    return both


def mean_fits(trace: Trace, step: int, canvas: Canvas) -> bool:
    """Whether `inputs` has the mean beside the spikes.

    It changes everywhere at every step, so over a slow line only that of all steps is drawn; a constant
    current is its own mean.
    """
    wide = canvas.width >= 2 * trace.picture.width + 2
    return wide and trace.coding != "direct" and (step == trace.num_steps or not canvas.terminal.slow)


def facts(trace: Trace, step: int, spread: Sequence[float] | None, canvas: Canvas) -> Text:
    """Truth, verdict so far with its margin, the draw, and how the verdict spreads over draws.

    Where it is narrow, every value stands below its name.

    Args:
        trace: What the network did.
        step: Steps shown so far.
        spread: Decision scores of several draws, None while they are not known.
        canvas: What it is drawn on.
    """
    width = canvas.width
    muted, warn = (canvas.style(role) for role in ("muted", "warn"))
    rows = [("truth", _class(trace.picture.label, canvas)), *_verdict(trace, step, canvas)]
    counted = trace.draw == 0 and trace.picture.label is not None  # nobody evaluates pictures without a truth
    rows.append(("draw", Text(f"{trace.draw}{' (as evaluated)' if counted else ''}")))
    stacked = width < _NAME_WIDTH + len("pneumonia") + 2
    lines: list[Text] = []
    for name, value in rows:
        value = _shorter(value, width if stacked else width - _NAME_WIDTH)
        lines += [Text(name, muted), value] if stacked else [_pair(name, value, muted)]
    if spread:
        lines += _spread(spread, canvas, stacked)
    if trace.synthetic and len(lines) < canvas.height:
        mark = canvas.symbol("synthetic")
        lines.append(Text(f"{mark} synthetic" if stacked else f"{mark} synthetic picture, no x-ray", warn))
    return cropped(lines, canvas)


def inspection(trace: Trace, title: str, canvas: Canvas) -> RenderableType:
    """Everything about one picture at once, for printing: the picture, the neurons, the verdict."""
    if not canvas.unicode:
        title = title.replace(" · ", " - ")
    scale = 2 if canvas.width >= 2 * trace.picture.width + 4 else 1
    shown = trace.picture
    return Group(
        plain(title, canvas.terminal, Style(bold=True)),
        picture.grey(shown.pixels, shown.height, shown.width, canvas, scale),
        Text(),
        *_meters(trace, trace.num_steps, canvas),
        Text(),
        *_trains(trace, trace.num_steps, canvas),
        *_membranes(trace, trace.num_steps, canvas),
        Text(),
        facts(trace, trace.num_steps, None, canvas.resized(height=_ALL_LINES)),
    )


def _styles(canvas: Canvas) -> list[Style]:
    return [canvas.style(role, bold=True) for role in palette.CLASS_ROLES]


def _label(neuron: int, terminal: Terminal, style: Style, word: str = "") -> Text:
    name = f"{palette.symbol(CLASSES[neuron], terminal)} {word or CLASSES[neuron]}"
    return Text(f"{name:<{_LABEL_WIDTH}}", style)


def _meters(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    bar = max(4, min(canvas.width - _LABEL_WIDTH - _COUNT_WIDTH - 1, 2 * trace.num_steps))
    counts = trace.counts(step)
    lines = []
    for neuron, style in enumerate(_styles(canvas)):
        meter = meters.meter(counts[neuron], trace.num_steps, bar, canvas.terminal, style)
        number = Text(f"{counts[neuron]:>{_COUNT_WIDTH}}", style)
        lines.append(Text.assemble(_label(neuron, canvas.terminal, style), meter, number))
    return lines


def _trains(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    return [
        Text.assemble(
            _label(neuron, canvas.terminal, style),
            meters.spike_train(
                [pair[neuron] for pair in trace.spikes_out],
                step,
                canvas.terminal,
                style,
                canvas.width - _LABEL_WIDTH,
            ),
        )
        for neuron, style in enumerate(_styles(canvas))
    ]


def _membranes(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    return [
        Text.assemble(
            _label(neuron, canvas.terminal, style, "membrane"),
            meters.membrane_line(
                [pair[neuron] for pair in trace.membranes],
                trace.threshold,
                step,
                canvas.terminal,
                style,
                canvas.width - _LABEL_WIDTH,
            ),
        )
        for neuron, style in enumerate(_styles(canvas))
    ]


def _side_by_side(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    terminal = canvas.terminal
    each = min(trace.num_steps, (canvas.width - _LABEL_WIDTH - _COUNT_WIDTH - 4) // 3)
    muted = canvas.style("muted")
    head = f"{'':<{_LABEL_WIDTH}}{'fired':<{each + _COUNT_WIDTH + 2}}{'spikes':<{each + 2}}membrane"
    lines = [Text(head, muted)]
    counts = trace.counts(step)
    for neuron, style in enumerate(_styles(canvas)):
        spikes = [pair[neuron] for pair in trace.spikes_out]
        membrane = [pair[neuron] for pair in trace.membranes]
        train = meters.spike_train(spikes, step, terminal, style, each)
        train.pad_right(each - train.cell_len)
        lines.append(
            Text.assemble(
                _label(neuron, terminal, style),
                meters.firing_meter(counts[neuron], trace.num_steps, each, terminal, style),
                (f"{counts[neuron]:>{_COUNT_WIDTH}}", style),
                "  ",
                train,
                "  ",
                meters.membrane_line(membrane, trace.threshold, step, terminal, style, each),
            )
        )
    return lines


def _class(label: int | None, canvas: Canvas) -> Text:
    if label is None:
        return Text("not known")
    style = _styles(canvas)[label]
    return Text(f"{canvas.symbol(CLASSES[label])} {CLASSES[label]}", style)


def _shorter(value: Text, width: int) -> Text:
    """Without its last word where that does not fit: the mark before it says the same."""
    return value if value.cell_len <= width else value[: value.plain.rstrip().rfind(" ")]


def _pair(name: str, value: Text, muted: Style) -> Text:
    return Text.assemble((f"{name:<{_NAME_WIDTH}}", muted), value)


def _verdict(trace: Trace, step: int, canvas: Canvas) -> list[tuple[str, Text]]:
    if step == 0:
        return [("verdict", Text("no step shown")), ("margin", Text("0 spikes"))]
    said = predicted_class(trace.score(step))
    counts = trace.counts(step)
    truth = trace.picture.label
    value = _class(said, canvas)
    if truth is not None:
        outcome: palette.Role = "good" if said == truth else "bad"
        mark = canvas.symbol(outcome)
        style = canvas.style(outcome, bold=True)
        value.append(f" {mark} {'right' if said == truth else 'wrong'}", style)
    margin = abs(counts[1] - counts[0])
    why = f"{margin} spike{'s' if margin != 1 else ''}" if margin else "by membrane"
    return [("verdict" if step == trace.num_steps else "so far", value), ("margin", Text(why))]


def _spread(decisions: Sequence[float], canvas: Canvas, stacked: bool) -> list[Text]:
    """A bar of the share of draws for each class, and the number in words."""
    many, says = len(decisions), sum(predicted_class(decision) for decision in decisions)
    muted = canvas.style("muted")
    words = Text(f"{says}/{many} {'' if stacked else 'say '}{CLASSES[1]}")
    if not stacked and canvas.width < _NAME_WIDTH + _SHORTEST_BAR + 1 + words.cell_len:
        words = Text(f"{says}/{many} {canvas.symbol(CLASSES[1])}")
    bar = max(4, min(many, canvas.width - (0 if stacked else _NAME_WIDTH + words.cell_len + 1)))
    ones = round(bar * says / many)
    glyphs = ("▒", "█") if canvas.unicode else ("o", "#")
    normal, pneumonia = _styles(canvas)
    shares = Text.assemble((glyphs[0] * (bar - ones), normal), (glyphs[1] * ones, pneumonia))
    if stacked:
        return [Text("spread", muted), shares, words]
    return [_pair("spread", Text.assemble(shares, " ", words), muted)]
