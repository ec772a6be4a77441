"""How a network decides on one image: its input, its output neurons step by step, and the prediction."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.style import Style
from rich.table import Table
from rich.text import Text

from snn_tui.render import chart, meters, picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol, class_word
from snn_tui.render.frame import cropped
from snn_tui.render.palette import Role
from snn_tui.render.text import plain, wrapped
from snn_tui.values.decision import predicted_class
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace

_MOST_NAME = 16  # cells of a class's name beside its neuron
_COUNT_WIDTH = 4
_CHART_LINES = 8
_SIDE_BY_SIDE = 74
_CHART_BESIDE = 90
_NAME_WIDTH = 9
_SHORTEST_BAR = 8
_FACTS_LINES = 20


def outputs(trace: Trace, step: int, canvas: Canvas) -> RenderableType:
    """Both output neurons up to a step: firing meters, spike trains, membranes against the threshold.

    Where there is room for it the membranes are a chart, below the rest or beside it, else a line a neuron;
    where there are only a few lines, each neuron's meter, train and membrane stand side by side.

    Args:
        trace: Activity of the network for an image.
        step: Number of the last step drawn, from 0 to T.
        canvas: What it is drawn on.
    """
    if canvas.height < 6 and canvas.width >= _SIDE_BY_SIDE:
        return Group(*_side_by_side(trace, step, canvas))
    beside = canvas.width >= _CHART_BESIDE and _CHART_LINES <= canvas.height < _CHART_LINES + 6
    left = canvas.resized(width=canvas.width // 2 - 2) if beside else canvas
    width = left.width - _label_width(trace, canvas)
    lines = [*_meters(trace, step, left), Text(), *_labelled(trace, _trains(trace, step, width, left), left)]
    remaining = canvas.height - len(lines) - 1
    if beside:
        both = Table.grid(padding=(0, 2, 0, 0))
        both.add_row(Group(*lines), _membrane_chart(trace, step, canvas.resized(width=canvas.width // 2)))
        return both
    if remaining >= _CHART_LINES:
        return Group(*lines, Text(), _membrane_chart(trace, step, canvas.resized(height=remaining)))
    lines += _labelled(trace, _membranes(trace, step, width, canvas), canvas, "membrane")
    return Group(*lines[: max(canvas.height, 1)])


def _membrane_chart(trace: Trace, step: int, canvas: Canvas) -> Text:
    """The membranes of both output neurons up to a step as a chart."""
    names = [class_word(label, trace.task, canvas, _MOST_NAME) for label in range(trace.task.outputs)]
    return chart.membrane_chart(
        trace.membranes, trace.spikes_out, trace.threshold, step, names, trace.task.letters, canvas
    )


def inputs(trace: Trace, step: int, canvas: Canvas) -> RenderableType:
    """The input spikes of a step, and beside them, where there is room, their mean over the steps up to it.

    With direct coding it is the input current, which is the same at every step.

    Args:
        trace: Activity of the network for an image.
        step: Number of the step, from 1 to T; nothing has fired at step 0.
        canvas: What it is drawn on.
    """
    height, width = trace.picture.height, trace.picture.width
    spikes = trace.spikes_in[step - 1] if step else bytes(height * width)
    if trace.coding == "direct":
        return picture.grey(spikes, height, width, canvas)
    drawn = picture.spikes(spikes, height, width, canvas.terminal, 1, canvas.style("second"))
    if not mean_fits(trace, step, canvas):
        return drawn
    steps = zip(*trace.spikes_in[:step], strict=True)
    mean = bytes(255 * sum(pixel) // step for pixel in steps) if step else spikes
    both = Table.grid(padding=(0, 2, 0, 0))
    both.add_row(drawn, picture.grey(mean, height, width, canvas))
    return both


def mean_fits(trace: Trace, step: int, canvas: Canvas) -> bool:
    """Whether `inputs` draws the mean beside the spikes.

    The mean changes everywhere at every step, so over a slow line only that of all steps is drawn; a constant
    current is its own mean.
    """
    wide = canvas.width >= 2 * trace.picture.width + 2
    return wide and trace.coding != "direct" and (step == trace.num_steps or not canvas.terminal.slow)


def facts(trace: Trace, step: int, redraws: Sequence[float] | None, canvas: Canvas) -> Text:
    """True class, prediction up to a step with its margin, the draw, and the predictions of other draws.

    Where it is narrow, every value stands below its name.

    Args:
        trace: Activity of the network for an image.
        step: Number of the last step counted, from 0 to T.
        redraws: Decision scores of further draws of the rate coding, None while they are not known and with
            direct coding, whose draws are all the same.
        canvas: What it is drawn on.
    """
    width = canvas.width
    muted, warn = canvas.style("muted"), canvas.style("warn")
    label = trace.picture.label
    # An image without a label is in no split.
    evaluated = trace.draw == 0 and label is not None and not trace.inverted
    coding = ("draw", Text(f"{trace.draw}{' (as evaluated)' if evaluated else ''}"))
    if trace.coding == "direct":
        coding = ("coding", Text("direct, not random"))
    stacked = width < _NAME_WIDTH + max(map(len, trace.task.classes)) + 2
    room = width if stacked else width - _NAME_WIDTH
    truth = Text("not known") if label is None else class_name(label, trace.task, canvas, width=room)
    lines: list[Text] = []
    for name, value in [("truth", truth), *_prediction(trace, step, canvas, room), coding]:
        value = _shorter(value, room)
        lines += [Text(name, muted), value] if stacked else [_pair(name, value, muted)]
        if name in ("verdict", "so far"):
            lines += _doubts(trace, canvas)
    if redraws:
        lines += _share_of_draws(redraws, trace.task, canvas, stacked)
    if trace.synthetic and len(lines) < canvas.height:
        mark = canvas.symbol("synthetic")
        lines.append(Text(f"{mark} synthetic" if stacked else f"{mark} synthetic picture, no x-ray", warn))
    return cropped(lines, canvas)


def inspection(trace: Trace, title: str, canvas: Canvas) -> RenderableType:
    """All about one image, for printing: the image, the output neurons, the prediction.

    It is as long as it needs to be, whatever the height of the canvas.
    """
    if not canvas.unicode:
        title = title.replace(" · ", " - ")
    image, step, width = trace.picture, trace.num_steps, canvas.width - _label_width(trace, canvas)
    scale = 2 if canvas.width >= 2 * image.width + 4 else 1
    last = facts(trace, step, None, canvas.resized(height=_FACTS_LINES))
    last.end = "\n"  # in a panel nothing follows; printed, a shell's prompt does
    return Group(
        plain(title, canvas.terminal, Style(bold=True)),
        picture.grey(image.pixels, image.height, image.width, canvas, scale),
        Text(),
        *_meters(trace, step, canvas),
        Text(),
        *_labelled(trace, _trains(trace, step, width, canvas), canvas),
        *_labelled(trace, _membranes(trace, step, width, canvas), canvas, "membrane"),
        Text(),
        last,
        *(line for words in _remarks(trace) for line in wrapped(words, canvas, canvas.style("warn"))),
    )


def _remarks(trace: Trace) -> list[str]:
    """The warnings and notes about an image, each in a sentence."""
    inverted = ["note: the picture was inverted"] if trace.inverted else []
    warnings = [f"warning: {warning.text}" for warning in trace.warnings]
    return [*inverted, *(f"note: {note}" for note in trace.notes), *warnings]


def _label_width(trace: Trace, canvas: Canvas) -> int:
    """Cells of the longest name of a class, with its symbol and a gap, and of the words in its place."""
    names = (class_word(label, trace.task, canvas, _MOST_NAME) for label in range(trace.task.outputs))
    return max(len("membrane"), *map(cell_len, names)) + 3


def _labelled(trace: Trace, lines: Sequence[Text], canvas: Canvas, word: str = "") -> list[Text]:
    """A line of each output neuron behind its class's symbol, and its name or another word."""
    width, labelled = _label_width(trace, canvas), []
    for neuron, line in enumerate(lines):
        name = word or class_word(neuron, trace.task, canvas, _MOST_NAME)
        label = Text(f"{class_symbol(neuron, trace.task, canvas)} {name}", class_style(neuron, canvas))
        label.pad_right(width - label.cell_len)
        labelled.append(Text.assemble(label, line))
    return labelled


def _meters(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """How often each output neuron fired, as a bar with the number behind it."""
    width = max(4, min(canvas.width - _label_width(trace, canvas) - _COUNT_WIDTH - 1, 2 * trace.num_steps))
    bars = []
    for neuron, count in enumerate(trace.counts(step)):
        style = class_style(neuron, canvas)
        bar = meters.meter(count, trace.num_steps, width, canvas.terminal, style)
        bars.append(Text.assemble(bar, (f"{count:>{_COUNT_WIDTH}}", style)))
    return _labelled(trace, bars, canvas)


def _trains(trace: Trace, step: int, width: int, canvas: Canvas) -> list[Text]:
    """The spike train of each output neuron in at most `width` columns."""
    return [
        meters.spike_train(
            [pair[neuron] for pair in trace.spikes_out],
            step,
            canvas.terminal,
            class_style(neuron, canvas),
            width,
        )
        for neuron in (0, 1)
    ]


def _membranes(trace: Trace, step: int, width: int, canvas: Canvas) -> list[Text]:
    """The membrane of each output neuron as a line in at most `width` columns."""
    return [
        meters.membrane_line(
            [pair[neuron] for pair in trace.membranes],
            trace.threshold,
            step,
            canvas.terminal,
            class_style(neuron, canvas),
            width,
        )
        for neuron in (0, 1)
    ]


def _side_by_side(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """Meter, spike train and membrane of each output neuron on one line."""
    each = min(trace.num_steps, (canvas.width - _label_width(trace, canvas) - _COUNT_WIDTH - 4) // 3)
    blank = " " * _label_width(trace, canvas)
    head = f"{blank}{'fired':<{each + _COUNT_WIDTH + 2}}{'spikes':<{each + 2}}membrane"
    trains, membranes = _trains(trace, step, each, canvas), _membranes(trace, step, each, canvas)
    lines = []
    for neuron, count in enumerate(trace.counts(step)):
        style = class_style(neuron, canvas)
        meter = meters.firing_meter(count, trace.num_steps, each, canvas.terminal, style)
        train = trains[neuron]
        train.pad_right(each - train.cell_len)
        number = (f"{count:>{_COUNT_WIDTH}}", style)
        lines.append(Text.assemble(meter, number, "  ", train, "  ", membranes[neuron]))
    return [Text(head, canvas.style("muted")), *_labelled(trace, lines, canvas)]


def _shorter(value: Text, width: int) -> Text:
    """A value without its last word where it does not fit; the mark before that word says the same."""
    return value if value.cell_len <= width else value[: value.plain.rstrip().rfind(" ")]


def _pair(name: str, value: Text, muted: Style) -> Text:
    return Text.assemble((f"{name:<{_NAME_WIDTH}}", muted), value)


def _prediction(trace: Trace, step: int, canvas: Canvas, room: int) -> list[tuple[str, Text]]:
    """Predicted class up to a step, whether it is right, and by how many spikes it leads."""
    if step == 0:
        return [("verdict", Text("no step shown")), ("margin", Text("0 spikes"))]
    predicted, label = predicted_class(trace.score(step), trace.task), trace.picture.label
    # The mark for right or wrong has its place, however long the name is.
    value = class_name(predicted, trace.task, canvas, width=room - 2)
    if label is not None:
        outcome: Role = "good" if predicted == label else "bad"
        word = "right" if predicted == label else "wrong"
        value.append(f" {canvas.symbol(outcome)} {word}", canvas.style(outcome, bold=True))
    counts = trace.counts(step)
    margin = abs(counts[1] - counts[0])
    lead = f"{margin} spike{'s' if margin != 1 else ''}" if margin else "by membrane"
    return [("verdict" if step == trace.num_steps else "so far", value), ("margin", Text(lead))]


def _doubts(trace: Trace, canvas: Canvas) -> list[Text]:
    """In which ways the image is not like the training images, and whether it was inverted."""
    words = [warning.kind for warning in trace.warnings]
    lines = (
        wrapped(f"{canvas.symbol('warn')} {', '.join(words)}", canvas, canvas.style("warn")) if words else []
    )
    return lines + ([Text("picture inverted", canvas.style("warn"))] if trace.inverted else [])


def _share_of_draws(scores: Sequence[float], task: Task, canvas: Canvas, stacked: bool) -> list[Text]:
    """The share of draws that each class was predicted for, as a bar and as a count of the positive class."""
    draws, positive = len(scores), sum(score > 0 for score in scores)
    one, other = task.signs
    words = Text(f"{positive}/{draws} {'' if stacked else 'say '}{class_word(one, task, canvas, _MOST_NAME)}")
    if not stacked and canvas.width < _NAME_WIDTH + _SHORTEST_BAR + 1 + words.cell_len:
        words = Text(f"{positive}/{draws} {class_symbol(one, task, canvas)}")
    cells = max(4, min(draws, canvas.width - (0 if stacked else _NAME_WIDTH + words.cell_len + 1)))
    filled = round(cells * positive / draws)
    light, full = ("▒", "█") if canvas.unicode else ("o", "#")
    bar = Text.assemble(
        (light * (cells - filled), class_style(other, canvas)), (full * filled, class_style(one, canvas))
    )
    muted = canvas.style("muted")
    if stacked:
        return [Text("spread", muted), bar, words]
    return [_pair("spread", Text.assemble(bar, " ", words), muted)]
