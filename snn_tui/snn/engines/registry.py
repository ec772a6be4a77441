"""The engines there are, what each of them covers, and which one computes a network.

A further engine is a class with the methods of `Engine`, a line in `ENGINES`, and its name among the choices
of the option `engine`. The parity tests then compare it with the reference, and `snn-tui bench` times it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from snn_tui.errors import UsageError
from snn_tui.snn.engines import Engine, Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.fused.engine import FusedEngine, obstacle
from snn_tui.snn.engines.fused.jit import Store
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import SpikingNetwork


class NotCovered(Exception):
    """An engine cannot compute a network in such a way here; the text says why."""


def _reference(network: SpikingNetwork, recipe: Recipe, precision: str, store: Store | None) -> Engine:
    return ReferenceEngine(network, recipe)


def _batched(network: SpikingNetwork, recipe: Recipe, precision: str, store: Store | None) -> Engine:
    return BatchedEngine(network, recipe, half=precision == "bfloat16")


def _fused(network: SpikingNetwork, recipe: Recipe, precision: str, store: Store | None) -> Engine:
    if reason := obstacle(network, recipe):
        raise NotCovered(reason)
    try:
        return FusedEngine(network, recipe, store)
    except (RuntimeError, OSError) as error:  # LLVM knows no such processor, or may not make code
        raise NotCovered(f"its kernels cannot be compiled here ({error})") from error


@dataclass(frozen=True)
class EngineKind:
    """An engine that can be chosen.

    Args:
        make: Makes it of network, recipe, precision and a store of compiled kernels; raises `NotCovered`.
        devices: Types of `torch.device` that it computes on.
        precisions: Number formats of its convolutions.
    """

    make: Callable[[SpikingNetwork, Recipe, str, Store | None], Engine]
    devices: tuple[str, ...] = ("cpu", "cuda", "mps")
    precisions: tuple[str, ...] = ("float32",)


REFERENCE = ReferenceEngine.name
"""The engine that defines what the others compute."""

ENGINES: dict[str, EngineKind] = {
    REFERENCE: EngineKind(_reference),
    BatchedEngine.name: EngineKind(_batched, precisions=("float32", "bfloat16")),
    FusedEngine.name: EngineKind(_fused, devices=("cpu",)),
}

_AUTO = (FusedEngine.name, BatchedEngine.name)
"""In the order that auto tries them: the one that trains the networks of the presets fastest first; of wide
networks, batched can predict faster. The last covers everything."""


@dataclass(frozen=True)
class Chosen:
    """An engine, and why auto did not choose one that it tries earlier."""

    engine: Engine
    note: str = ""


def choose(
    name: str,
    network: SpikingNetwork,
    recipe: Recipe,
    *,
    precision: str = "float32",
    store: Store | None = None,
    or_another: bool = False,
) -> Chosen:
    """Make the engine of a name.

    Args:
        name: One of `ENGINES`, or auto: the first of `_AUTO` that covers all of the others.
        network: The network, on its device.
        recipe: How images are encoded and the loss is computed.
        precision: float32, or bfloat16 for the batched engine's convolutions.
        store: Where compiled kernels are kept.
        or_another: Whether any other engine will do where the named one cannot compute this network here:
            all give the same spikes, so a trained network can be judged by each.

    Raises:
        UsageError: The engine was named, no other will do, and it cannot compute this network here.
    """
    if name != "auto":
        if precision not in ENGINES[name].precisions:
            raise UsageError(
                f"the {name} engine computes in float32 only",
                where="--precision",
                remedy="give --engine batched too, or leave it out",
            )
        try:
            return Chosen(ENGINES[name].make(network, recipe, precision, store))
        except NotCovered as error:
            if or_another:
                return choose("auto", network, recipe, store=store)
            raise UsageError(
                _not_covered(name, error), where="--engine", remedy="give --engine auto"
            ) from error
    device = next(network.parameters()).device
    notes: list[str] = []
    for candidate in _AUTO:
        kind = ENGINES[candidate]
        if device.type in kind.devices and precision in kind.precisions:
            try:
                return Chosen(kind.make(network, recipe, precision, store), "; ".join(notes))
            except NotCovered as error:
                notes.append(_not_covered(candidate, error))
    raise UsageError("; ".join(notes), where="--engine", remedy=f"give --engine {REFERENCE}")


def _not_covered(name: str, reason: NotCovered) -> str:
    return f"the {name} engine does not cover this: {reason}"


def for_device(name: str, device: torch.device) -> str:
    """`name` if that engine computes on the device, else auto: a run may be opened on another machine."""
    return name if name == "auto" or device.type in ENGINES[name].devices else "auto"
