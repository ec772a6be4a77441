"""The run that Inspect compares with: what it makes of the same image."""

from __future__ import annotations

from dataclasses import dataclass

from snn_tui.inspector.run_messages import RunFacts, RunRef
from snn_tui.render.text import clean
from snn_tui.values.trace import Trace


@dataclass
class SecondRun:
    """A second run beside the one that is open.

    Attributes:
        ref: What questions about it name it by.
        label: What to call it.
        trace: Its network's activity for the image, None while that is not known.
    """

    ref: RunRef
    label: str
    trace: Trace | None = None


def refusal(first: RunFacts, second: RunFacts) -> str:
    """Why two runs cannot be compared on an image, in a sentence; empty where they can."""
    name, one, other = clean(second.name, 60), first.task, second.task
    if (one.kind, one.classes) != (other.kind, other.classes):
        return f"{name} has other classes than this run."
    if (one.side, one.channels) != (other.side, other.channels):
        words = [
            f"{task.side}x{task.side} pixels{' in colour' if task.channels > 1 else ''}"
            for task in (other, one)
        ]
        return f"{name} takes images of {words[0]}, this run {words[1]}."
    if (first.sizes, first.synthetic) != (second.sizes, second.synthetic):
        return f"{name} has other images than this run."
    return ""


def other_image(first: Trace, second: Trace) -> bool:
    """Whether two traces are not of the same image."""
    one, other = first.picture, second.picture
    return (one.pixels, one.labels) != (other.pixels, other.labels)
