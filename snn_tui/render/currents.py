"""The output neurons of a network without spikes: the probability and the logit of each class or label."""

from __future__ import annotations

from rich.text import Text

from snn_tui.render import meters, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_style
from snn_tui.render.frame import cropped
from snn_tui.render.text import rate, wrapped
from snn_tui.values.decision import probabilities
from snn_tui.values.trace import Trace

_PROBABILITY, _LOGIT = 6, 8
_LONGEST_METER = 40


def outputs(trace: Trace, step: int, canvas: Canvas, scrolled: int = 0) -> Text:
    """A line for each output neuron; of more neurons than lines as many as fit, see `neurons.fitting`.

    Args:
        trace: The image's trace.
        step: 1; before the image has gone through the network, 0, there are no values.
        canvas: What it is drawn on.
        scrolled: As for `neurons.outputs`.
    """
    drawn, left_out = neurons.fitting(trace, step, canvas.height - 1, scrolled)
    blank = neurons.label_width(trace, canvas)
    bar = max(min(canvas.width - blank - _PROBABILITY - _LOGIT, _LONGEST_METER), 0)
    values = probabilities((), trace.membranes[-1], 1, trace.task)
    logits, lines = trace.scores(1), []
    for neuron in drawn:
        style = class_style(neuron, canvas)
        meter = meters.meter(values[neuron] if step else 0.0, 1.0, bar, canvas.terminal, style)
        numbers = f"{rate(values[neuron]):>{_PROBABILITY}}{logits[neuron]:>+{_LOGIT}.2f}" if step else ""
        lines.append(Text.assemble(meter, (numbers, style)))
    head = f"{'':<{blank}}{'probability':<{bar + _PROBABILITY}}{'logit':>{_LOGIT}}"
    if bar + _PROBABILITY < len("probability"):
        head = f"{'':<{blank + bar}}{'p':>{_PROBABILITY}}{'logit':>{_LOGIT}}"
    muted = canvas.style("muted")
    table = [Text(head, muted), *neurons.labelled(trace, drawn, lines, canvas, marked=step)]
    if left_out:
        table.append(Text(f"   {len(left_out)} more", muted))
    note = wrapped("Without spikes an image goes through the network once.", canvas, muted)
    if len(table) + 1 + len(note) <= canvas.height:
        table += [Text(), *note]
    return cropped(table, canvas)


def printed(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """All output neurons, in as many lines as they need, and what their marks mean."""
    whole = outputs(trace, step, canvas.resized(height=trace.task.outputs + 1))
    marks = neurons.marks(trace, canvas)
    return [*whole.split("\n"), *([Text(marks, canvas.style("muted"))] if marks else [])]
