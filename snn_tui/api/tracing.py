"""A trace to be stored, of what a training loop of the user's own gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from snn_tui.api import arrays
from snn_tui.errors import UsageError
from snn_tui.runs.traces import StoredTrace
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.task import MOST_CLASSES
from snn_tui.values.words import printable

OUTPUT = "out"
"""Name of the output layer where only that is given."""


def stored_trace(
    *,
    name: str,
    epoch: int,
    image: Any,
    input_spikes: Any,
    spikes: Any,
    membranes: Any,
    label: int | None,
    classes: Sequence[str],
    threshold: float,
    left_out: Callable[[str], None],
) -> StoredTrace:
    """A trace to be stored; the arguments are those of `Run.trace`.

    Args:
        left_out: Called with a sentence for each part that is too large.

    Raises:
        UsageError: Something has another shape than it should, or there is nothing of the output neurons.
    """
    fired, hidden = _outputs(spikes)
    charged = _of(membranes, fired[0] if fired else None, [*hidden, *([fired[0]] if fired else [])])
    if fired and charged and isinstance(spikes, Mapping) and not _alike(fired, charged):
        fired, hidden = None, dict(spikes)  # all of them are hidden, and the output does not spike
    if fired is None and charged is None:
        raise UsageError(
            "there is nothing of the output neurons",
            where="trace",
            remedy="give their spikes or their membranes, [T, K]",
        )
    trains = arrays.rows(*fired) if fired else []
    charges = arrays.rows(*charged) if charged else []
    steps, outputs = len(trains or charges), len((trains or charges)[0])
    if trains and charges and (len(charges), len(charges[0])) != (steps, outputs):
        shape = (len(charges), len(charges[0]))
        raise arrays.refusal("membranes", shape, f"the shape of the output's spikes, [{steps}, {outputs}]")
    layers = []
    for layer_name, value in hidden.items():
        kept = _kept(layer_name, value, steps, left_out)
        layers += [kept] if kept is not None else []
    given = None if label is None else int(label)
    indices = _most_telling(trains, charges, given)
    return StoredTrace(
        name=printable(name, 100),
        epoch=epoch,
        outputs=[classes[index] if len(classes) == outputs else str(index) for index in indices],
        label=indices.index(given) if given in indices else None,
        picture=None if image is None else arrays.picture(image, None),
        input=None if input_spikes is None else _kept("input", input_spikes, steps, left_out),
        hidden=layers,
        spikes=[
            [round(row[index]) if math.isfinite(row[index]) else 0 for index in indices] for row in trains
        ],
        membranes=[[row[index] for index in indices] for row in charges],
        threshold=float(threshold),
    )


def _whole(value: float) -> int:
    return round(value) if math.isfinite(value) else 0


def _outputs(spikes: Any) -> tuple[tuple[str, Any] | None, dict[str, Any]]:
    """The output layer and its spikes, and those of the hidden layers; the last of several is the output."""
    if spikes is None:
        return None, {}
    if not isinstance(spikes, Mapping):
        return (OUTPUT, spikes), {}
    hidden = dict(spikes)
    return (hidden.popitem() if hidden else None), hidden


def _of(membranes: Any, output: str | None, spiking: Sequence[str]) -> tuple[str, Any] | None:
    """The membranes of the output layer: the last ones where it does not spike, else those of its name.

    Args:
        membranes: The membranes, of several layers by name.
        output: The last layer that spikes.
        spiking: All that do.
    """
    if membranes is None:
        return None
    if not isinstance(membranes, Mapping):
        return output or OUTPUT, membranes
    last = list(membranes.items())[-1:]
    if output is not None and output in membranes and last[0][0] in spiking:
        return output, membranes[output]
    return (str(last[0][0]), last[0][1]) if last else None


def _alike(fired: tuple[str, Any], charged: tuple[str, Any]) -> bool:
    """Whether spikes and membranes can be of the same layer: of one name, and of as many neurons."""
    neurons = [arrays.shape_of(arrays.plain(value))[-1:] for _, value in (fired, charged)]
    return fired[0] == charged[0] and neurons[0] == neurons[1]


def _kept(name: str, value: Any, steps: int, left_out: Callable[[str], None]) -> LayerSpikes | None:
    """A layer's spikes; None where it is too large.

    Raises:
        UsageError: It has another shape than it should, or other steps than the output.
    """
    value = arrays.plain(value)
    shape = arrays.shape_of(value)
    if math.prod(shape) > arrays.MOST_BYTES:
        left_out(f"{printable(name, 60)} of a trace has more than {arrays.MOST_BYTES} values and is left out")
        return None
    if shape[:1] != (steps,):
        raise arrays.refusal(name, shape, f"as many time steps as the output has, {steps}, time first")
    return arrays.layer(name, value)


def _most_telling(
    trains: Sequence[Sequence[float]], charges: Sequence[Sequence[float]], label: int | None
) -> list[int]:
    """Indices of the outputs that are stored: of more than may be, those that lead, and the true one."""
    outputs = range(len((trains or charges)[0]))
    if len(outputs) <= MOST_CLASSES:
        return list(outputs)

    def score(index: int) -> tuple[bool, float, float]:
        last = charges[-1][index] if charges else 0.0
        return index == label, sum(row[index] for row in trains), last

    return sorted(sorted(outputs, key=score, reverse=True)[:MOST_CLASSES])
