"""Layers that never fire, and what the activity of layers is called."""

from __future__ import annotations

from collections.abc import Mapping

from snn_tui.values.words import listed

_MOST_NAMED = 4


def silent_layers(rates: Mapping[str, float]) -> list[str]:
    """Names of the layers without a single spike, or output above 0.

    Args:
        rates: Mean firing rate of each layer, in spikes a neuron and time step.
    """
    return [name for name, rate in rates.items() if rate == 0]


def activity_word(rates: Mapping[str, float]) -> str:
    """What the rates of layers are called: of neurons that do not spike they are shares of outputs above 0.

    Args:
        rates: As for `silent_layers`; the readout is one of the layers only where neurons spike.
    """
    return "firing" if "out" in rates else "above 0"


def silence(rates: Mapping[str, float], norm: str | None, *, spiking: bool = False) -> str:
    """What to say of layers that never fire, and what helps; empty where all fire.

    Of many layers the first are named.

    A layer without spikes passes nothing on, and through it hardly any gradient comes back.

    Args:
        rates: As for `silent_layers`.
        norm: The option `norm` of the network; None where the network is the user's own.
        spiking: Whether the layers spike even if none has the name of a readout that does.
    """
    names = silent_layers(rates)
    if not names:
        return ""
    remedy = "a higher --lr or fewer layers" if norm == "batch" else "--norm batch or a higher --lr"
    if norm is None:
        remedy = "a higher --lr or larger initial weights"
    never = "never fired" if spiking or "out" in rates else "never had an output above 0"
    if len(names) > _MOST_NAMED:
        names = [*names[:_MOST_NAMED], f"{len(names) - _MOST_NAMED} other layers"]
    return f"{listed(names)} {never}: try {remedy}"
