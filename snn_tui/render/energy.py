"""The cost of a prediction: synaptic operations by layer, sparsity, and when spikes stop to pay."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, dash, wrapped
from snn_tui.values.energy import PICOJOULES_A_MAC, PICOJOULES_AN_AC, Energy, Operations

_NAME, _COLUMN, _SHARE = 7, 8, 7
_BAR = 40
_SHORTEST_BAR = 8


def amount(number: float) -> str:
    """A large number in three digits: `12.3M`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.3g}"


def energy(measured: Energy, canvas: Canvas) -> Text:
    """Synaptic operations of each layer for one image, and what they add up to.

    Where lines are few, the layers that cost least go; where columns are, the dense operations.

    Args:
        measured: Operations of each layer and of all.
        canvas: What it is drawn on.
    """
    width = canvas.width
    muted = canvas.style("muted")
    dense = width >= _NAME + 3 * _COLUMN + _SHARE
    head = f"{'layer':<{_NAME}}{'MACs':>{_COLUMN}}{'ACs':>{_COLUMN}}"
    head += f"{'dense':>{_COLUMN}}" * dense + f"{'done':>{_SHARE}}"
    whole = Operations(macs=measured.macs, acs=measured.acs, dense=measured.dense)
    below = [_layer("all", whole, dense, canvas.terminal, "bold"), *_break_even(measured, canvas)]
    room = max(canvas.height - 1 - len(below), 0)
    by_cost = sorted(measured.layers, key=lambda name: measured.layers[name].dense, reverse=True)
    kept = [name for name in measured.layers if name in by_cost[:room]]
    layers = [_layer(name, measured.layers[name], dense, canvas.terminal) for name in kept]
    lines = [Text(head, muted), *layers, *below]
    for words in _footprint(measured, width):
        note = wrapped(words, canvas, muted)
        if len(lines) + len(note) > canvas.height:
            break  # half a sentence says less than none
        lines += note
    return cropped(lines, canvas)


def _layer(name: str, layer: Operations, dense: bool, terminal: Terminal, style: str = "") -> Text:
    cells = [amount(value) if value else dash(terminal) for value in (layer.macs, layer.acs)]
    cells += [amount(layer.dense)] * dense
    done = (layer.macs + layer.acs) / layer.dense if layer.dense else 0.0
    line = f"{name:<{_NAME}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells) + f"{done:>{_SHARE}.0%}"
    return Text(line, style)


def _break_even(measured: Energy, canvas: Canvas) -> Sequence[Text]:
    """The firing rate at the inputs of spiking layers, and the rate at which spikes stop to pay."""
    muted = canvas.style("muted")
    style = canvas.style("good" if measured.share <= measured.break_even else "bad", bold=True)
    drawn, empty, mark = ("━", "─", "┃") if canvas.unicode else ("=", "-", "|")
    room = max(min(canvas.width - _NAME, _BAR), _SHORTEST_BAR)
    most = max(measured.share, measured.break_even, 0.01) * 1.15

    def column(value: float) -> int:
        return min(max(round(value / most * (room - 1)), 0), room - 1)

    end = column(measured.share) + 1
    bar = Text(drawn * end + empty * (room - end), muted)
    bar.stylize(style, 0, end)
    if measured.break_even > 0:
        at = column(measured.break_even)
        bar = Text.assemble(bar[:at], (mark, "bold"), bar[at + 1 :])
    more = measured.nanojoules > measured.dense_nanojoules
    return [
        Text.assemble((f"{'rate':<{_NAME}}", muted), bar),
        Text.assemble(
            (f"{measured.share:.1%}", style),
            (" spikes, pays below ", muted),
            f"{max(measured.break_even, 0.0):.1%}",
        ),
        Text.assemble(
            (f"{measured.nanojoules / 1e3:.3g} {'µ' if canvas.unicode else 'u'}J", style),
            (f", {'more' if more else 'less'} than {measured.dense_nanojoules / 1e3:.3g} without", muted),
        ),
    ]


def _footprint(measured: Energy, width: int) -> Sequence[str]:
    """Sparsity, memory and the assumptions, which only come where there is room for them."""
    weights, membranes = measured.parameter_bytes, measured.state_bytes
    memory = f"weights {count(weights)} B, membranes {count(membranes)} B"
    if len(memory) > width:
        memory = f"weights {amount(weights)}B, membranes {amount(membranes)}B"
    return (
        f"{PICOJOULES_A_MAC} pJ a MAC, {PICOJOULES_AN_AC} pJ an AC (45 nm)",
        f"silent {measured.sparsity:.1%} of neurons and steps",
        memory,
        f"{measured.num_steps} steps, {count(measured.images)} images; arithmetic alone, no memory; "
        "without: each synapse once, as a MAC",
    )
