"""What the panels of Inspect draw their values with."""

from __future__ import annotations

from rich.console import RenderableType

from snn_tui.render import inspection, picture
from snn_tui.render.terminal import Terminal
from snn_tui.tui.inspect.draw import evidence, layers
from snn_tui.tui.inspect.insides import INPUT, Insides
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace


def xray(
    value: tuple[Trace, Evidence | None], width: int, height: int, terminal: Terminal, light: bool
) -> RenderableType:
    """The picture, or what moved its verdict over it."""
    trace, found = value
    shown = trace.picture
    scale = max(1, min(width // shown.width, 2 * height // shown.height))
    if found is not None:
        return evidence.overlay(shown, found, terminal, scale)
    return picture.grey(shown.pixels, shown.height, shown.width, terminal, scale, light=light)


def spikes(
    value: tuple[Trace, int, LayerSpikes, Insides], width: int, height: int, terminal: Terminal, light: bool
) -> RenderableType:
    """The input, or the chosen layer, channel by channel or against time."""
    trace, step, layer, insides = value
    if insides.raster and (insides.place != INPUT or trace.coding == "rate"):
        return layers.raster(layer, step, width, height, terminal, light=light)
    if insides.place == INPUT:
        return inspection.inputs(trace, step, width, terminal, light=light)
    return layers.channels(layer, step, width, height, terminal, light=light)


def outputs(
    value: tuple[Trace, int], width: int, height: int, terminal: Terminal, light: bool
) -> RenderableType:
    """Both output neurons."""
    return inspection.outputs(*value, width, height, terminal, light=light)


def facts(
    value: tuple[Trace, int, list[float] | None], width: int, height: int, terminal: Terminal, light: bool
) -> RenderableType:
    """Truth and verdict."""
    trace, step, spread = value
    return inspection.facts(trace, step, spread, width, height, terminal, light=light)
