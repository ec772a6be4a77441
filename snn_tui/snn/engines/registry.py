"""The engines there are, what each of them covers, and which one computes a network.

A further engine is a class with the methods of `Engine`, a line in `ENGINES`, and its name among the choices
of the option `engine`. The parity tests then compare it with the reference, and `snn-tui bench` times it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import torch
from torch import Tensor

from snn_tui.errors import UsageError
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.fused.engine import FusedEngine, obstacle
from snn_tui.snn.engines.fused.jit import Store
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.selfcheck import Candidate, first_right
from snn_tui.snn.layered import LayeredNetwork
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
    """An engine, and why auto did not choose one that it tries earlier.

    Args:
        engine: The engine.
        note: Why it is not a faster one; empty where none is.
        fault: What was wrong with faster ones when they were compared with the reference; part of the note.
    """

    engine: Engine
    note: str = ""
    fault: str = ""


def choose(
    name: str,
    network: LayeredNetwork,
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
    if not isinstance(network, SpikingNetwork):
        if or_another or name in ("auto", REFERENCE):
            return Chosen(ReferenceEngine(network, recipe))
        raise UsageError(
            f"the {name} engine computes networks of snn-tui only, not your own",
            where="--engine",
            remedy=f"give --engine {REFERENCE}",
        )
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


def ways(network: SpikingNetwork, recipe: Recipe, precision: str) -> list[Candidate]:
    """Ways of the batched engine on the network's device, the fastest first; none on the CPU.

    What a graph captures is right only if the kernels in it are, so the graph is given up before they are.
    """
    device = next(network.parameters()).device.type
    if device == "cpu":
        return []
    graphs = (True, False) if device == "cuda" else (False,)
    kernels = (True, False) if device == "cuda" and find_spec("triton") is not None else (False,)
    names = {
        (True, True): "Triton kernels in a captured graph",
        (True, False): "Triton kernels",
        (False, True): "a captured graph",
        (False, False): "the batched engine",
    }
    half = precision == "bfloat16"
    return [
        Candidate(
            names[kernel, graph],
            partial(BatchedEngine, network, recipe, half=half, kernels=kernel, graph=graph),
        )
        for kernel in kernels
        for graph in graphs
    ]


def checked(
    chosen: Chosen,
    network: LayeredNetwork,
    recipe: Recipe,
    precision: str,
    batches: Callable[[], Sequence[tuple[Batch, Tensor]]],
    largest: Callable[[], tuple[Batch, Tensor] | None] = lambda: None,
) -> Chosen:
    """The fastest way of the chosen engine that computes what the reference does on this device.

    Args:
        chosen: As `choose` returned it.
        network: The network, on its device; left as it was.
        recipe: How images are encoded and the loss is computed.
        precision: float32 or bfloat16.
        batches: Makes those of `first_right`; called where there is something to compare.
        largest: Makes that of `first_right`.
    """
    if not isinstance(network, SpikingNetwork) or chosen.engine.name != BatchedEngine.name:
        return chosen
    candidates = ways(network, recipe, precision)
    if not candidates:
        return chosen
    reference = ReferenceEngine(network, recipe)
    exact = precision == "float32"
    engine, notes = first_right(candidates, reference, network, batches(), largest=largest(), exact=exact)
    fault = "; ".join(notes)
    return Chosen(engine, "; ".join(filter(None, (chosen.note, fault))), fault)


def _not_covered(name: str, reason: NotCovered) -> str:
    return f"the {name} engine does not cover this: {reason}"


def for_device(name: str, device: torch.device) -> str:
    """`name` if that engine computes on the device, else auto: a run may be opened on another machine."""
    return name if name == "auto" or device.type in ENGINES[name].devices else "auto"
