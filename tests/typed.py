"""Values that a test knows more about than their types say."""

from __future__ import annotations

from typing import Any, TypeVar

from torch import nn

T = TypeVar("T")


def present(value: T | None) -> T:
    """A value that has to be there."""
    assert value is not None
    return value


def synapses(network: nn.Module, layer: str) -> Any:
    """The synapses of a layer by their positions; torch does not tell the types of submodules."""
    layers: Any = network.layers
    return layers[layer].synapses
