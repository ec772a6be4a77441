"""What a decision costs: synaptic operations by layer, sparsity, and the rate at which spikes stop to pay."""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from snn_tui.energy import PICOJOULES_A_MAC, PICOJOULES_AN_AC, Energy
from snn_tui.render import palette
from snn_tui.render.frame import joined
from snn_tui.render.tables import bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count

_BAR = 40
_NAME = 8


def amount(number: float) -> str:
    """A large number in three digits: `12.3 M`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= limit:
            return f"{number / limit:.3g} {unit}"
    return f"{number:.3g}"


def energy_table(energy: Energy, terminal: Terminal) -> RenderableType:
    """Synaptic operations of each layer for one image, and what is left of all there could be."""
    table = bare_table(terminal)
    title = f"One image costs, over {energy.num_steps} steps"
    for header in ("layer", "MACs", "ACs", "dense", "done"):
        table.add_column(header, justify="left" if header == "layer" else "right", no_wrap=True)
    for name, layer in energy.layers.items():
        done = (layer.macs + layer.acs) / layer.dense if layer.dense else 0.0
        table.add_row(name, amount(layer.macs), amount(layer.acs), amount(layer.dense), f"{done:.1%}")
    table.add_section()
    done = (energy.macs + energy.acs) / energy.dense
    table.add_row("all", amount(energy.macs), amount(energy.acs), amount(energy.dense), f"{done:.1%}")
    return framed(
        title,
        table,
        f"sparsity {energy.sparsity:.3f}, {count(energy.parameter_bytes)} bytes of parameters, "
        f"{count(energy.state_bytes)} of membranes",
        f"measured on {count(energy.images)} images",
    )


def break_even(energy: Energy, width: int, terminal: Terminal, *, light: bool = False) -> Text:
    """The firing rate that the spiking layers saw, on a scale, beside that at which spikes stop to pay.

    Args:
        energy: What was measured.
        width: Cells a line at most.
        terminal: What may be drawn.
        light: Whether the terminal's background is light.
    """
    muted = palette.style("muted", terminal, light=light)
    pays = energy.share <= energy.break_even
    style = palette.style("good" if pays else "bad", terminal, light=light, bold=True)
    sign, line, here, there = ("━", "─", "●", "┃") if terminal.unicode else ("=", "-", "o", "|")
    room = max(min(width - _NAME, _BAR), 8)
    most = max(energy.share, energy.break_even, 0.01) * 1.15

    def place(value: float) -> int:
        return min(max(round(value / most * (room - 1)), 0), room - 1)

    bar = Text(sign * (place(energy.share) + 1), style)
    bar.append(line * (room - len(bar)), muted)
    shown = list(bar.plain)
    shown[place(energy.share)] = here
    if energy.break_even > 0:
        shown[place(energy.break_even)] = there
    drawn = Text("".join(shown), muted)
    drawn.stylize(style, 0, place(energy.share) + 1)
    verdict = "fewer" if energy.nanojoules < energy.dense_nanojoules else "more"
    return joined(
        [
            Text.assemble(("rate    ", muted), drawn),
            Text.assemble(
                (f"{energy.share:.1%}", style),
                (" of synapses a step, break-even at ", muted),
                f"{max(energy.break_even, 0.0):.1%}",
            ),
            Text.assemble(
                (f"{energy.nanojoules:,.0f} nJ", style),
                (f" an image, {verdict} than {energy.dense_nanojoules:,.0f} without spikes", muted),
            ),
            Text(f"at {PICOJOULES_A_MAC} pJ a MAC, {PICOJOULES_AN_AC} an AC (45 nm, no memory)", muted),
        ]
    )
