"""The cost of a prediction: energy in its forms, when spikes pay, synaptic operations by layer, footprint."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, dash, wrapped
from snn_tui.values.energy import Energy, Operations
from snn_tui.values.energy_constants import FLOAT_BITS

_NAME, _COLUMN, _SHARE = 7, 8, 7
_FORM, _CELL = 12, 8
_FORMS, _GAP = _FORM + 3 * _CELL, 2
_BOTH = _FORMS + _GAP + _NAME + 3 * _COLUMN + _SHARE
_FEWEST_LAYERS = 3  # lines of the table of layers: its head, a layer, and all


def amount(number: float) -> str:
    """A large number in three digits: `12.3M`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.3g}"


def microjoules(nanojoules: float) -> str:
    """An energy in µJ, in three digits and without an exponent."""
    value = nanojoules / 1e3
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.01 else f"{value:.2g}"


def energy(measured: Energy, canvas: Canvas) -> Text:
    """What one image costs beside dense networks of the same shape, and the operations of each layer.

    Where lines are few, the layers stand beside the energy if there are columns for both, else the notes go
    first, then the layers that cost least; where columns are few, the matched network and the operations
    that there are at most.

    Args:
        measured: Operations of each layer and of all.
        canvas: What it is drawn on.
    """
    lines = _forms(measured, canvas)
    room = canvas.height - len(lines)
    if room < len(measured.layers) + 2 and canvas.width >= _BOTH:
        lines = _beside(lines, _layers(measured, canvas, canvas.height))
    elif room >= _FEWEST_LAYERS:
        lines += _layers(measured, canvas, room)
    for words in _notes(measured, canvas.width):
        note = wrapped(words, canvas, canvas.style("muted"))
        if len(lines) + len(note) > canvas.height:
            break  # half a sentence says less than none
        lines += note
    return cropped(lines, canvas)


def _forms(measured: Energy, canvas: Canvas) -> list[Text]:
    """Energy of the network, of the dense one and the matched one, and the rates below which spikes pay."""
    muted, bits, terminal = canvas.style("muted"), measured.matched_bits, canvas.terminal
    spikes = bool(measured.acs)
    columns = 3 if spikes and canvas.width >= _FORM + 3 * _CELL else 2
    unit = "µJ an image" if canvas.unicode else "uJ an image"

    def row(name: str, cells: Sequence[tuple[str, Style]]) -> Text:
        line = Text(f"{name:<{_FORM}}", muted)
        for words, style in cells[:columns]:
            line.append(f"{words:>{_CELL}}", style)
        return line

    def costs(name: str, own: float, dense: float, matched: float) -> Text:
        others = [(microjoules(value), muted) for value in (dense, matched)]
        style = canvas.style("good" if own <= dense else "bad", bold=True)
        return row(name, [(microjoules(own), style), *others])

    def rates(name: str, *below: float | None) -> Text:
        cells = [(f"{measured.share:.1%}", Style.null())]
        for limit in below:
            if limit is None:
                cells.append((dash(terminal), muted))
                continue
            words = f"<{limit:.1%}" if limit > 0 else "never"
            words = "always" if limit > 1 else words  # no more than all synapses can get a spike
            cells.append((words, canvas.style("good" if measured.share <= limit else "bad")))
        return row(name, cells)

    lines = [
        row(unit, [("spikes" if spikes else "itself", muted), ("dense", muted), (f"{bits} bit", muted)]),
        costs(
            "arithmetic", measured.nanojoules, measured.dense_nanojoules(), measured.dense_nanojoules(bits)
        ),
    ]
    if spikes:
        lines.append(rates("  pays below", measured.break_even(), measured.break_even(bits)))
    lines.append(
        costs(
            "with memory",
            measured.memory_nanojoules,
            measured.dense_memory_nanojoules(),
            measured.dense_memory_nanojoules(bits),
        )
    )
    if spikes:
        lines.append(rates("  pays below", measured.memory_break_even(), measured.memory_break_even(bits)))
        if columns > 2:
            lines.append(rates("  bits moved", None, measured.moved_bits_break_even))
    if measured.neurobench_nanojoules != measured.nanojoules:
        lines.append(row("every step", [(microjoules(measured.neurobench_nanojoules), muted)]))
        lines[-1].append("  as NeuroBench" if columns > 2 else "", muted)
    return lines


def _beside(left: Sequence[Text], right: Sequence[Text]) -> list[Text]:
    """Lines of two tables next to each other."""
    lines = []
    for index in range(max(len(left), len(right))):
        line = left[index].copy() if index < len(left) else Text()
        if index < len(right):
            line.pad_right(_FORMS + _GAP - line.cell_len)
            line.append_text(right[index])
        lines.append(line)
    return lines


def _layers(measured: Energy, canvas: Canvas, room: int) -> list[Text]:
    """Operations of each layer and of all, and those there would be if no input were 0 at any step.

    What is the same at each step is counted once.
    """
    most = canvas.width >= _NAME + 3 * _COLUMN + _SHARE
    head = f"{'layer':<{_NAME}}{'MACs':>{_COLUMN}}{'ACs':>{_COLUMN}}"
    head += f"{'at most':>{_COLUMN}}" * most + f"{'done':>{_SHARE}}"
    once = {name: _once(layer, measured.num_steps) for name, layer in measured.layers.items()}
    whole = Operations(
        macs=sum(layer.macs for layer in once.values()),
        acs=sum(layer.acs for layer in once.values()),
        dense=sum(layer.dense for layer in once.values()),
    )
    by_cost = sorted(once, key=lambda name: once[name].dense, reverse=True)[: room - 2]
    return [
        Text(head, canvas.style("muted")),
        *(_layer(name, once[name], most, canvas.terminal) for name in once if name in by_cost),
        _layer("all", whole, most, canvas.terminal, "bold"),
    ]


def _once(layer: Operations, num_steps: int) -> Operations:
    """The operations that are really done."""
    macs, acs = layer.after(num_steps, num_steps)
    return Operations(macs=macs, acs=acs, dense=layer.dense / (num_steps if layer.constant else 1))


def _layer(name: str, layer: Operations, most: bool, terminal: Terminal, style: str = "") -> Text:
    cells = [amount(value) if value else dash(terminal) for value in (layer.macs, layer.acs)]
    cells += [amount(layer.dense)] * most
    done = (layer.macs + layer.acs) / layer.dense if layer.dense else 0.0
    line = f"{name:<{_NAME}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells) + f"{done:>{_SHARE}.0%}"
    return Text(line, style)


def _notes(measured: Energy, width: int) -> Sequence[str]:
    """Constants, sparsity, footprint and assumptions, each where there is room for it."""
    weights, membranes, constants = measured.parameter_bytes, measured.state_bytes, measured.constants
    bits, steps = measured.matched_bits, measured.num_steps
    of_bits = "" if measured.weight_bits == FLOAT_BITS else f" ({measured.weight_bits} bits each)"
    if not measured.spiking:
        return (
            f"{constants.mac:g} pJ a MAC, {constants.byte:g} a byte",
            f"{measured.sparsity:.1%} of hidden outputs are 0, and left out",
            f"weights {count(weights)} B{of_bits}",
            f"{count(measured.images)} images; dense: each synapse once, as a MAC of 32 bits",
        )
    footprint = f"weights {count(weights)} B{of_bits}, membranes {count(membranes)} B"
    if len(footprint) > width:
        footprint = f"weights {amount(weights)}B{of_bits}, membranes {amount(membranes)}B"
    return (
        f"{constants.mac:g} pJ a MAC, {constants.ac:g} an AC, {constants.byte:g} a byte",
        f"silent {measured.sparsity:.1%} of neurons and steps",
        footprint,
        f"{steps} steps, {count(measured.images)} images; dense: each synapse once, as a MAC of 32 bits, or "
        f"with activations of {bits} bits, which hold a count of 0 to {steps} spikes; at most: if all "
        "fired at every step",
        *filter(None, [measured.note]),
    )
