"""A trace to be stored, of what a training loop of the user's own gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from snn_tui.api import arrays
from snn_tui.errors import UsageError
from snn_tui.runs.traces import StoredTrace
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.task import MOST_CLASSES
from snn_tui.values.words import printable

OUTPUT = "out"
"""Name of the output layer where only that is given."""

MOST_OF_LAYERS = 20 << 20
"""Most values of all layers of a trace, which has to fit into `runs.traces.TRACE_LIMIT` as JSON."""

_TOO_LARGE = "{} of a trace has more than {} values and is left out"


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
    if isinstance(membranes, Mapping):
        membranes = {str(name): value for name, value in membranes.items()}
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
    others = dict(membranes) if isinstance(membranes, Mapping) else {}
    if charged is not None:
        others.pop(charged[0], None)
    longer, shorter = (hidden, others) if len(hidden) >= len(others) else (others, hidden)
    layers = []
    for layer_name in dict.fromkeys([*longer, *shorter]):
        kept = _kept(layer_name, hidden.get(layer_name), others.get(layer_name), steps, left_out)
        layers += [kept] if kept is not None else []
    given = _index(label)
    indices = _most_telling(trains, charges, given)
    return StoredTrace(
        name=printable(name, 100),
        epoch=epoch,
        outputs=[classes[index] if len(classes) == outputs else str(index) for index in indices],
        label=indices.index(given) if given in indices else None,
        picture=None if image is None else arrays.picture(image, None),
        input=None if input_spikes is None else _kept("input", input_spikes, None, steps, left_out),
        hidden=_few(layers, left_out),
        spikes=[
            [round(row[index]) if math.isfinite(row[index]) else 0 for index in indices] for row in trains
        ],
        membranes=[[row[index] for index in indices] for row in charges],
        threshold=float(threshold),
    )


def _index(label: Any) -> int | None:
    """The true output neuron; raises UsageError where it is not given by its number."""
    try:
        return None if label is None else int(label)
    except (TypeError, ValueError, OverflowError, RuntimeError):  # torch's is a RuntimeError
        raise UsageError(
            f"{printable(repr(label), 60)} is no index of an output neuron",
            where="trace: label",
            remedy="give a whole number, 0 for the first",
        ) from None


def _outputs(spikes: Any) -> tuple[tuple[str, Any] | None, dict[str, Any]]:
    """The output layer and its spikes, and those of the hidden layers; the last of several is the output."""
    if spikes is None:
        return None, {}
    if not isinstance(spikes, Mapping):
        return (OUTPUT, spikes), {}
    hidden = {str(name): value for name, value in spikes.items()}
    return (hidden.popitem() if hidden else None), hidden


def _of(membranes: Any, output: str | None, spiking: Sequence[str]) -> tuple[str, Any] | None:
    """The membranes of the output layer: the last ones where it does not spike, else those of its name.

    None where there are membranes of other layers that spike only.

    Args:
        membranes: The membranes, of several layers by name.
        output: The last layer that spikes.
        spiking: All that do.
    """
    if membranes is None:
        return None
    if not isinstance(membranes, Mapping):
        return output or OUTPUT, membranes
    last = next(reversed(membranes), None)
    if last in spiking:
        return (output, membranes[output]) if output is not None and output in membranes else None
    return None if last is None else (last, membranes[last])


def _alike(fired: tuple[str, Any], charged: tuple[str, Any]) -> bool:
    """Whether spikes and membranes can be of the same layer: of one name, and of as many neurons."""
    neurons = [arrays.shape_of(arrays.plain(value))[-1:] for _, value in (fired, charged)]
    return fired[0] == charged[0] and neurons[0] == neurons[1]


def _kept(
    name: str, spikes: Any, membranes: Any, steps: int, left_out: Callable[[str], None]
) -> LayerSpikes | None:
    """A layer's spikes and membranes, those that are not None; None where all of them are too large.

    Raises:
        UsageError: One has another shape than it should, or other steps than the output.
    """
    parts = {name: spikes, f"membranes of {name}": membranes}
    for part, value in parts.items():
        if value is None:
            continue
        parts[part] = value = arrays.plain(value)
        shape = arrays.shape_of(value)
        if math.prod(shape) > arrays.MOST_BYTES:
            left_out(_TOO_LARGE.format(printable(part, 60), arrays.MOST_BYTES))
            parts[part] = None
        elif shape[:1] != (steps,):
            raise arrays.refusal(part, shape, f"as many time steps as the output has, {steps}, time first")
    spikes, membranes = parts.values()
    return None if spikes is None and membranes is None else arrays.layer(name, spikes, membranes)


def _few(layers: list[LayerSpikes], left_out: Callable[[str], None]) -> list[LayerSpikes]:
    """The layers, without the largest membranes and then the largest spikes where they are more than fit."""
    kept = list(layers)

    def size(index: int) -> int:
        layer = kept[index]
        return layer.neurons * max(len(layer.spikes), len(layer.membranes))

    while sum(layer.neurons * (len(layer.spikes) + len(layer.membranes)) for layer in kept) > MOST_OF_LAYERS:
        both = [index for index, layer in enumerate(kept) if layer.spikes and layer.membranes]
        largest = max(both or range(len(kept)), key=size)
        part = f"membranes of {kept[largest].name}" if both else kept[largest].name
        left_out(f"the layers of a trace have more than {MOST_OF_LAYERS} values: {part} is left out")
        if both:
            kept[largest] = msgspec.structs.replace(kept[largest], membranes=[])
        else:
            del kept[largest]
    return kept


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
