"""Which engine computes a network."""

from __future__ import annotations

from dataclasses import dataclass

from snn_tui.errors import UsageError
from snn_tui.snn.engines import Engine, Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.fused.engine import FusedEngine, obstacle
from snn_tui.snn.engines.fused.jit import Store
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import SpikingNetwork


@dataclass(frozen=True)
class Chosen:
    """An engine, and why it is not the one that would have been faster."""

    engine: Engine
    note: str = ""


def choose(
    name: str,
    network: SpikingNetwork,
    recipe: Recipe,
    *,
    precision: str = "float32",
    store: Store | None = None,
) -> Chosen:
    """Make the engine of a name.

    Args:
        name: reference, fused, batched, or auto: the fused one on the CPU, where it covers network and
            recipe; else the batched one.
        network: The network, on its device.
        recipe: How images are shown and answers judged.
        precision: float32, or bfloat16 for the batched engine's convolutions.
        store: Where compiled kernels are kept.

    Raises:
        UsageError: The engine was named and cannot compute this network here.
    """
    if precision != "float32" and name not in ("auto", "batched"):
        raise UsageError(
            f"the {name} engine computes in float32 only",
            where="--precision",
            remedy="give --engine batched too, or leave it out",
        )
    on_cpu = next(network.parameters()).device.type == "cpu"
    half = precision == "bfloat16"
    if name == "batched" or half or (name == "auto" and not on_cpu):
        return Chosen(BatchedEngine(network, recipe, half=half))
    note = ""
    if name in ("auto", "fused"):
        note = obstacle(network, recipe)
        if not note:
            try:
                return Chosen(FusedEngine(network, recipe, store))
            except (RuntimeError, OSError) as error:  # LLVM knows no such processor, or may not make code
                note = f"its kernels cannot be compiled here ({error})"
        if name == "fused":
            raise UsageError(
                f"the fused engine does not cover this: {note}", where="--engine", remedy="give --engine auto"
            )
    if name == "auto":
        return Chosen(BatchedEngine(network, recipe), f"the fused engine does not cover this: {note}")
    return Chosen(ReferenceEngine(network, recipe))
