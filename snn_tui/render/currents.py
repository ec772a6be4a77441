"""The output neurons of a network without spikes: the probability and the logit of each class or label."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render import meters, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_style
from snn_tui.render.frame import cropped
from snn_tui.render.text import rate, wrapped
from snn_tui.values.decision import probabilities
from snn_tui.values.trace import Trace

_PROBABILITY, _LOGIT = 6, 8
_GAP = 3
_LONGEST_BAR = 40
_BESIDE = 20  # cells of a bar, from which on two stand beside each other
_THICKEST = 3  # lines of a bar


def outputs(trace: Trace, step: int, canvas: Canvas, scrolled: int = 0) -> Text:
    """Probability and logit of each output neuron as bars; of more neurons than lines as many as fit.

    Where it is wide both bars stand beside each other, where it is high below each other, and as thick as
    there is room for; else the logits are numbers.

    Args:
        trace: The image's trace.
        step: 1; before the image has gone through the network, 0, there are no values.
        canvas: What it is drawn on.
        scrolled: As for `neurons.outputs`.
    """
    muted, space = canvas.style("muted"), canvas.width - neurons.label_width(trace, canvas)
    beside = (space - _GAP - _PROBABILITY - _LOGIT) // 2
    thickness = (canvas.height - 3) // (2 * trace.task.outputs)
    if beside >= _BESIDE:
        table = _table(trace, step, canvas, scrolled, min(beside, _LONGEST_BAR), signed=True)
    elif thickness and space >= _BESIDE:
        table = _stacked(trace, step, canvas, min(thickness, _THICKEST))
    else:
        bar = max(min(space - _PROBABILITY - _LOGIT, _LONGEST_BAR), 0)
        table = _table(trace, step, canvas, scrolled, bar, signed=False)
    note = wrapped("Without spikes an image goes through the network once.", canvas, muted)
    if len(table) + 1 + len(note) <= canvas.height:
        table += [Text(), *note]
    return cropped(table, canvas)


def _table(trace: Trace, step: int, canvas: Canvas, scrolled: int, bar: int, *, signed: bool) -> list[Text]:
    """A line for each output neuron: a bar of its probability, and its logit, as another bar if `signed`."""
    drawn, left_out = neurons.fitting(trace, step, canvas.height - 1, scrolled)
    values, muted = _probabilities(trace, step), canvas.style("muted")
    logits, limit = trace.scores(step), _limit(trace)
    lines = []
    for neuron in drawn:
        style = class_style(neuron, canvas)
        line = Text.assemble(
            meters.meter(values[neuron], 1.0, bar, canvas.terminal, style),
            (f"{rate(values[neuron]):>{_PROBABILITY}}" if step else "", style),
        )
        if signed:
            line.pad_right(bar + _PROBABILITY + _GAP - line.cell_len)
            line.append_text(_signed(logits[neuron], limit, bar, canvas, style))
        line.append(f"{logits[neuron]:>+{_LOGIT}.2f}" if step else "", style)
        lines.append(line)
    blank = " " * neurons.label_width(trace, canvas)
    head = f"{blank}{'probability':<{bar + _PROBABILITY}}"
    if bar + _PROBABILITY < len("probability"):
        head = f"{blank}{'':<{bar}}{'p':>{_PROBABILITY}}"
    if signed:
        head += f"{'':<{_GAP}}{_scale(limit, bar)}"
    head += f"{'logit':>{_LOGIT}}"
    table = [Text(head, muted), *neurons.labelled(trace, drawn, lines, canvas, marked=step)]
    return [*table, Text(f"   {len(left_out)} more", muted)] if left_out else table


def _stacked(trace: Trace, step: int, canvas: Canvas, thickness: int) -> list[Text]:
    """The bars of all probabilities above those of all logits, each `thickness` lines thick."""
    blank = neurons.label_width(trace, canvas)
    bar = min(canvas.width - blank - _LOGIT, _LONGEST_BAR)
    values, logits, limit = _probabilities(trace, step), trace.scores(step), _limit(trace)
    muted, terminal = canvas.style("muted"), canvas.terminal
    drawn: list[Text] = []
    for head, signed in (("probability", False), (f"{_scale(limit, bar)}{'logit':>{_LOGIT}}", True)):
        drawn += [Text()] if drawn else []
        drawn.append(Text(f"{'':<{blank}}{head}", muted))
        for neuron in range(trace.task.outputs):
            style = class_style(neuron, canvas)
            if signed:
                line, number = _signed(logits[neuron], limit, bar, canvas, style), f"{logits[neuron]:+.2f}"
            else:
                line = meters.meter(values[neuron], 1.0, bar, terminal, style)
                number = rate(values[neuron])
            whole = Text.assemble(line, (f"{number:>{_LOGIT}}" if step else "", style))
            labelled = neurons.labelled(trace, [neuron], [whole], canvas, marked=step)
            bare = Text.assemble(" " * blank, line)
            above = (thickness - 1) // 2
            drawn += [bare] * above + labelled + [bare] * (thickness - 1 - above)
    return drawn


def _probabilities(trace: Trace, step: int) -> Sequence[float]:
    if not step:
        return [0.0] * trace.task.outputs
    return probabilities((), trace.membranes[-1], 1, trace.task)


def _limit(trace: Trace) -> int:
    """The logit at either end of the bars: the largest there is, up to the next whole number."""
    largest = max((abs(logit) for logit in trace.scores(1) if math.isfinite(logit)), default=0.0)
    return max(math.ceil(largest), 1)


def _scale(limit: int, width: int) -> str:
    """What stands above a bar of logits: both ends, and the zero in the middle."""
    left, right = f"-{limit}", f"+{limit}"
    middle = width // 2
    line = f"{left:<{middle}}0"
    return f"{line}{right:>{width - len(line)}}"


def _signed(value: float, limit: int, width: int, canvas: Canvas, style: Style) -> Text:
    """A bar from the middle to the right or, below zero, to the left; exactly `width` cells wide."""
    left = width // 2
    right = width - 1 - left
    share = min(abs(value) / limit, 1.0) if math.isfinite(value) else 0.0
    halves = round(share * 2 * min(left, right))
    whole, half = divmod(halves, 2)
    full, ends = ("█", ("▐", "▌")) if canvas.unicode else ("#", ("", ""))
    bar = full * whole + (ends[value > 0] if half else "")
    zero = ("│" if canvas.unicode else "|", canvas.style("muted"))
    if value > 0:
        return Text.assemble(" " * left, zero, (bar, style), " " * (right - len(bar)), no_wrap=True)
    bar = bar[::-1]
    return Text.assemble(" " * (left - len(bar)), (bar, style), zero, " " * right, no_wrap=True)


def printed(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """All output neurons, in as many lines as they need, and what their marks mean."""
    whole = outputs(trace, step, canvas.resized(height=trace.task.outputs + 1))
    marks = neurons.marks(trace, canvas)
    return [*whole.split("\n"), *([Text(marks, canvas.style("muted"))] if marks else [])]
