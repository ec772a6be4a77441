"""What a network makes of an image, in one panel: its verdict above its output neurons."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from snn_tui.render import currents, inspection, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.values.trace import Trace

_ROOMY = 12  # lines from which on the true class is repeated, and a blank line is left
_FACTS = 3


def outputs(trace: Trace, step: int, scrolled: int, canvas: Canvas) -> RenderableType:
    """The output neurons up to a step, of a network with spikes or without."""
    if not trace.spiking:
        return currents.outputs(trace, step, canvas, scrolled)
    return neurons.outputs(trace, step, canvas, scrolled)


def decided(trace: Trace, step: int, canvas: Canvas) -> RenderableType:
    """Truth, prediction, margin and where it fell early, up to a step, and the output neurons below them."""
    lines = _FACTS + (trace.exit_rule is not None and step >= trace.verdict_step)
    facts = inspection.facts(trace, step, None, canvas.resized(height=lines))
    roomy = canvas.height >= _ROOMY
    head = [*list(facts.split("\n"))[0 if roomy else 1 :], *([Text()] if roomy else [])]
    below = canvas.resized(height=canvas.height - len(head))
    return Group(*head, outputs(trace, step, 0, below))
