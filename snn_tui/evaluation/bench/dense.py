"""What a network costs if no spike is left out, and how fast this machine multiplies matrices."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.operations import multiply_adds

_MATRIX = 1024
_PRODUCTS = 4
PRODUCT_FLOPS = _PRODUCTS * 2 * _MATRIX**3
"""Multiplications and additions of a call of `matrix_product`."""


def inference_flops(network: SpikingNetwork, recipe: Recipe) -> int:
    """Multiplications and additions of one image's forward pass.

    Direct coding gives the first layer the same input at each step, so that its currents are counted once.
    """
    first, others = _forward(network, recipe, recipe.num_steps)
    return 2 * (first + others)


def training_flops(network: SpikingNetwork, recipe: Recipe) -> int:
    """Multiplications and additions of one image's forward and backward pass.

    Each multiply-add is done forward, for the gradient by the weights, and (but for the first layer) for the
    gradient by the layer's input.
    """
    first, others = _forward(network, recipe, recipe.learning_steps)
    return 2 * (2 * first + 3 * others)


def _forward(network: SpikingNetwork, recipe: Recipe, num_steps: int) -> tuple[int, int]:
    """Multiply-adds of the first layer and of all others, over all steps."""
    first, *others = multiply_adds(network).values()
    return first * (1 if recipe.encoding == "direct" else num_steps), sum(others) * num_steps


def matrix_product(device: torch.device) -> Callable[[], None]:
    """Float32 products of two matrices so large that each is as fast as the machine can make it."""
    factors = [torch.ones(_MATRIX, _MATRIX, device=device) for _ in range(2)]

    def multiply() -> None:
        out: Tensor = factors[0]
        for _ in range(_PRODUCTS):
            out = factors[0] @ factors[1]
        del out

    return multiply
