"""Values of the page on energy: its forms beside dense networks, and the operations of layers."""

from __future__ import annotations

from markupsafe import Markup

from snn_tui.export.report.markup import bold, microjoules
from snn_tui.values.energy import PUBLISHED_SPIKES, Energy
from snn_tui.values.energy_constants import EnergyConstants


def energy_values(energy: Energy) -> dict[str, object]:
    """What `energy.html` needs besides the energy itself."""
    bits = energy.matched_bits
    heads = ["this network", "dense, 32 bit", f"dense, activations of {bits} bit"]
    return {
        "energy_heads": ["µJ an image", *(heads if energy.spiking else [heads[0], "zeros not left out"])],
        "energy_rows": _forms(energy) if energy.spiking else _dense_forms(energy),
        "layer_rows": _layers(energy),
        "usual_byte": energy.constants.byte == EnergyConstants().byte,
        "published_spikes": PUBLISHED_SPIKES,
    }


def _forms(energy: Energy) -> list[list[str]]:
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
    return rows


def _dense_forms(energy: Energy) -> list[list[str]]:
    """The forms of a network without spikes: as it is, and with the zeros among its activations."""
    return [
        _costs("arithmetic", energy.nanojoules, energy.dense_nanojoules())[:3],
        _costs("with memory", energy.memory_nanojoules, energy.dense_memory_nanojoules())[:3],
    ]


def _costs(name: str, own: float, *dense: float) -> list[str]:
    return [name, bold(microjoules(own)), *map(microjoules, dense), *["–"] * (2 - len(dense))]


def _rates(energy: Energy, *limits: float) -> list[str]:
    cells = [
        Markup('<span class="{}">{}</span>').format(
            "up" if energy.share <= limit else "down",
            "always" if limit > 1 else f"below {limit:.1%}" if limit > 0 else "never",
        )
        for limit in limits
    ]
    return ["spikes at synapses a step, and where they pay", f"{energy.share:.1%}", *cells]


def _layers(energy: Energy) -> list[list[str]]:
    rows = []
    for name, layer in energy.layers.items():
        macs, acs = layer.after(energy.num_steps, energy.num_steps)
        each = "once" if layer.constant or energy.num_steps == 1 else f"{energy.num_steps} steps"
        rows.append([name, each, f"{macs:,.0f}", f"{acs:,.0f}", f"{layer.dense / energy.num_steps:,.0f}"])
    return rows
