"""The section of the page on energy: its forms beside dense networks, the operations of layers, the rules."""

from __future__ import annotations

from snn_tui.export.report.markup import table
from snn_tui.values.energy import PUBLISHED_SPIKES, Energy
from snn_tui.values.energy_constants import FLOAT_BITS, EnergyConstants


def energy_sections(energy: Energy | None) -> dict[str, str]:
    """The section by title; none where energy was not measured."""
    if energy is None:
        return {}
    return {"What one image costs": _forms(energy) + _layers(energy) + _rules(energy)}


def _forms(energy: Energy) -> str:
    if not energy.spiking:
        return _dense_forms(energy)
    bits, spikes = energy.matched_bits, bool(energy.acs)
    rows = [
        _costs("arithmetic", energy.nanojoules, energy.dense_nanojoules(), energy.dense_nanojoules(bits)),
        _costs(
            "with memory",
            energy.memory_nanojoules,
            energy.dense_memory_nanojoules(),
            energy.dense_memory_nanojoules(bits),
        ),
    ]
    if energy.neurobench_nanojoules != energy.nanojoules:
        rows.append(_costs("arithmetic, every step counted (NeuroBench)", energy.neurobench_nanojoules))
    if spikes:
        rows.insert(1, _rates(energy, energy.break_even(), energy.break_even(bits)))
        rows.insert(3, _rates(energy, energy.memory_break_even(), energy.memory_break_even(bits)))
    heads = ["µJ an image", "this network", "dense, 32 bit", f"dense, activations of {bits} bit"]
    return table(heads, rows)


def _dense_forms(energy: Energy) -> str:
    """The forms of a network without spikes: as it is, and with the zeros among its activations."""
    rows = [
        _costs("arithmetic", energy.nanojoules, energy.dense_nanojoules())[:3],
        _costs("with memory", energy.memory_nanojoules, energy.dense_memory_nanojoules())[:3],
    ]
    return table(["µJ an image", "this network", "zeros not left out"], rows)


def _costs(name: str, own: float, *dense: float) -> list[str]:
    others = [f"{value / 1e3:.3g}" for value in dense]
    return [name, f"<b>{own / 1e3:.3g}</b>", *others, *["–"] * (2 - len(others))]


def _rates(energy: Energy, *limits: float) -> list[str]:
    cells = []
    for limit in limits:
        way = "up" if energy.share <= limit else "down"
        cells.append(f'<span class="{way}">{f"below {limit:.1%}" if limit > 0 else "never"}</span>')
    return ["spikes at synapses a step, and where they pay", f"{energy.share:.1%}", *cells]


def _layers(energy: Energy) -> str:
    rows = []
    for name, layer in energy.layers.items():
        macs, acs = layer.after(energy.num_steps, energy.num_steps)
        each = "once" if layer.constant or energy.num_steps == 1 else f"{energy.num_steps} steps"
        rows.append([name, each, f"{macs:,.0f}", f"{acs:,.0f}", f"{layer.dense / energy.num_steps:,.0f}"])
    return table(["layer", "computed", "MACs", "ACs", "synapses"], rows)


def _rules(energy: Energy) -> str:
    constants, steps, bits = energy.constants, energy.num_steps, energy.matched_bits
    if not energy.spiking:
        return (
            f'<p class="muted">Measured on {energy.images} images. Arithmetic: {constants.mac:g} pJ a MAC of '
            "32 bit (Horowitz 2014, 45 nm, unless set otherwise), synapses alone; an input of 0 costs "
            f"nothing. With memory: {_byte(constants)}, for weight and input of "
            f"each MAC, and each output once; nothing is used twice. {_few_bits(energy)}</p>"
        )
    spikes_a_synapse = energy.share * steps
    limits = (
        f"Where each spike moves a word of 8 bits, spikes move fewer bits than an activation of {bits} below "
        f"⌈log2(T + 1)⌉ / (8 T) = {energy.moved_bits_break_even:.1%} at synapses a step; in papers, with "
        f"memory an integrate-and-fire network pays below {PUBLISHED_SPIKES[0]} to {PUBLISHED_SPIKES[1]} "
        f"spikes a synapse and image (Dampfhoffer et al. 2023), and here there are {spikes_a_synapse:.2f}. "
    )
    return (
        f'<p class="muted">Measured on {energy.images} images over T = {steps} steps. Arithmetic: '
        f"{constants.mac:g} pJ a MAC and {constants.ac:g} pJ an AC of 32 bit (Horowitz 2014, 45 nm, unless "
        "set otherwise), synapses alone; an input that is the same at each step is computed once. With "
        f"memory: {_byte(constants)}, for the weight of each operation, the "
        "input of each MAC, membranes (read and written at each step), a constant current (read at each "
        "step) and spikes (a bit each), and a MAC for each neuron and step; nothing is used twice. Dense: "
        "each synapse once; with activations of fewer bits, a multiplication takes energy as their width. "
        f"{_few_bits(energy)}{limits if energy.acs else ''}</p>"
    )


def _few_bits(energy: Energy) -> str:
    """What a weight of few bits changes; empty for floats."""
    if energy.weight_bits == FLOAT_BITS:
        return ""
    return f"Weights have {energy.weight_bits} bits in memory; arithmetic is that of floats all the same. "


def _byte(constants: EnergyConstants) -> str:
    """What a byte takes, and which memory that is, where it is the published one."""
    memory = " (1 MB on the chip, Horowitz 2014)" if constants.byte == EnergyConstants().byte else ""
    return f"{constants.byte:g} pJ a byte{memory}"
