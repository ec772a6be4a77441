"""What a decision costs: synaptic operations by layer, sparsity, and the rate at which spikes stop to pay."""

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


def energy(found: Energy, canvas: Canvas) -> Text:
    """Synaptic operations of each layer for one image, and what they add up to.

    Where lines are few, the layers that cost least go; where columns are, the dense operations.

    Args:
        found: What was measured.
        canvas: What it is drawn on.
    """
    width = canvas.width
    muted = canvas.style("muted")
    dense = width >= _NAME + 3 * _COLUMN + _SHARE
    head = f"{'layer':<{_NAME}}{'MACs':>{_COLUMN}}{'ACs':>{_COLUMN}}"
    head += f"{'dense':>{_COLUMN}}" * dense + f"{'done':>{_SHARE}}"
    whole = Operations(macs=found.macs, acs=found.acs, dense=found.dense)
    below = [_layer("all", whole, dense, canvas.terminal, "bold"), *_break_even(found, canvas)]
    more = [line for note in _footprint(found) for line in wrapped(note, canvas, muted)]
    room = canvas.height - 1 - len(below)
    kept = sorted(found.layers, key=lambda name: found.layers[name].dense)[-room:] if room > 0 else []
    lines = [Text(head, muted)]
    lines += [
        _layer(name, found.layers[name], dense, canvas.terminal) for name in found.layers if name in kept
    ]
    lines += below
    return cropped([*lines, *more], canvas)


def _layer(name: str, layer: Operations, dense: bool, terminal: Terminal, style: str = "") -> Text:
    cells = [amount(value) if value else dash(terminal) for value in (layer.macs, layer.acs)]
    cells += [amount(layer.dense)] * dense
    done = (layer.macs + layer.acs) / layer.dense if layer.dense else 0.0
    line = f"{name:<{_NAME}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells) + f"{done:>{_SHARE}.0%}"
    return Text(line, style)


def _break_even(found: Energy, canvas: Canvas) -> Sequence[Text]:
    """The firing rate that the spiking layers saw, beside that at which spikes stop to pay."""
    muted = canvas.style("muted")
    style = canvas.style("good" if found.share <= found.break_even else "bad", bold=True)
    drawn, empty, there = ("━", "─", "┃") if canvas.unicode else ("=", "-", "|")
    room = max(min(canvas.width - _NAME, _BAR), _SHORTEST_BAR)
    most = max(found.share, found.break_even, 0.01) * 1.15

    def place(value: float) -> int:
        return min(max(round(value / most * (room - 1)), 0), room - 1)

    bar = Text(drawn * (place(found.share) + 1) + empty * (room - place(found.share) - 1), muted)
    bar.stylize(style, 0, place(found.share) + 1)
    if found.break_even > 0:
        at = place(found.break_even)
        bar = Text.assemble(bar[:at], (there, "bold"), bar[at + 1 :])
    more = found.nanojoules > found.dense_nanojoules
    return [
        Text.assemble((f"{'rate':<{_NAME}}", muted), bar),
        Text.assemble(
            (f"{found.share:.1%}", style),
            (" spikes, pays below ", muted),
            f"{max(found.break_even, 0.0):.1%}",
        ),
        Text.assemble(
            (f"{found.nanojoules / 1e3:.3g} {'µ' if canvas.unicode else 'u'}J", style),
            (f", {'more' if more else 'less'} than {found.dense_nanojoules / 1e3:.3g} without", muted),
        ),
    ]


def _footprint(found: Energy) -> Sequence[str]:
    """What there is room for last."""
    return (
        f"silent {found.sparsity:.1%} of neurons and steps",
        f"{count(found.parameter_bytes)} B of weights, {count(found.state_bytes)} B of membranes",
        f"{found.num_steps} steps, {count(found.images)} images; {PICOJOULES_A_MAC} pJ a MAC, "
        f"{PICOJOULES_AN_AC} pJ an AC (arithmetic at 45 nm, no memory); without: each synapse once, as a MAC",
    )
