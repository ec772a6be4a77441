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
    notes = [line for words in _footprint(measured) for line in wrapped(words, canvas, muted)]
    room = max(canvas.height - 1 - len(below), 0)
    by_cost = sorted(measured.layers, key=lambda name: measured.layers[name].dense, reverse=True)
    kept = [name for name in measured.layers if name in by_cost[:room]]
    layers = [_layer(name, measured.layers[name], dense, canvas.terminal) for name in kept]
    return cropped([Text(head, muted), *layers, *below, *notes], canvas)


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


def _footprint(measured: Energy) -> Sequence[str]:
    """Sparsity, memory and the assumptions, which only come where there is room for them."""
    return (
        f"silent {measured.sparsity:.1%} of neurons and steps",
        f"{count(measured.parameter_bytes)} B of weights, {count(measured.state_bytes)} B of membranes",
        f"{measured.num_steps} steps, {count(measured.images)} images; {PICOJOULES_A_MAC} pJ a MAC, "
        f"{PICOJOULES_AN_AC} pJ an AC (arithmetic at 45 nm, no memory); without: each synapse once, as a MAC",
    )
