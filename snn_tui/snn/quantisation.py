"""Weights of few bits: integers of a symmetric range, times a scale for each output channel.

Training follows the straight-through estimator (Bengio et al., "Estimating or propagating gradients through
stochastic neurons", 2013): a batch is computed with quantised weights, and their gradients change the weights
of full precision that they were made of.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from snn_tui.values.energy_constants import FLOAT_BITS

FEW_BITS = 2, 4, 8
"""Bits of quantised weights."""

SCALE = ".scale"
"""What the name of a weight has behind it where its scales are stored."""

_TERNARY_THRESHOLD = 0.7  # times the mean magnitude: nearly the best for normal and for uniform weights


def largest(bits: int) -> int:
    """The largest integer of so many bits; the smallest is its negative: 1, 7 and 127 for 2, 4 and 8 bits."""
    return (1 << bits - 1) - 1


def quantise(weight: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """A weight as integers and scales.

    With 2 bits both are those of ternary weight networks (Li et al. 2016): magnitudes above 0.7 of their mean
    are kept, and the scale is the mean of those. With more, the largest magnitude of a channel is the largest
    integer.

    A scale is a number that bfloat16 has, too. So an integer times a scale is exact in float32, and weights
    that were quantised are the same when quantised again.

    Args:
        weight: `[out, ...]` floats.
        bits: 2, 4 or 8.

    Returns:
        `[out, ...]` integers and `[out]` scales, float32; not finite where weights are not.
    """
    rows = weight.detach().flatten(1)
    magnitudes = rows.abs()
    if bits == 2:
        kept = (magnitudes > _TERNARY_THRESHOLD * magnitudes.mean(1, keepdim=True)).to(rows.dtype)
        scales = _in_bfloat16((magnitudes * kept).sum(1) / kept.sum(1).clamp(min=1))
        integers = rows.sign() * kept
    else:
        scales = _in_bfloat16(magnitudes.amax(1) / largest(bits))
        integers = _quotients(rows, scales).round().clamp(-largest(bits), largest(bits))
    return integers.view_as(weight) + 0.0, scales  # no zero is negative


def _quotients(rows: Tensor, scales: Tensor) -> Tensor:
    """`[out, N]` weights by `[out]` scales; where a scale is 0, so are they."""
    return rows / torch.where(scales == 0, 1.0, scales)[:, None]


def _in_bfloat16(values: Tensor) -> Tensor:
    """The nearest numbers of 8 significant bits."""
    return values.to(torch.bfloat16).to(torch.float32)


def masters_of(network: nn.Module, bits: int) -> dict[str, Tensor]:
    """A copy of a network's weights that are quantised with so many bits, by name; none with 32."""
    if bits == FLOAT_BITS:
        return {}
    state = network.state_dict()
    return {name: value.detach().clone() for name, value in state.items() if is_quantised(value)}


def is_quantised(weight: Tensor) -> bool:
    """Whether `bits` is for a tensor of a network: weights of convolutions and linear maps, and no others."""
    return weight.dim() > 1


def product(integers: Tensor, scales: Tensor) -> Tensor:
    """Weights from `[out, ...]` integers and `[out]` scales."""
    return integers * scales.view(-1, *[1] * (integers.dim() - 1))


def quantised(weights: Mapping[str, Tensor], bits: int) -> dict[str, Tensor]:
    """A network's tensors by name, with quantised weights in place of those of full precision.

    Biases, batch norm and what neurons learn stay as they are.

    Args:
        weights: By their names in the network's `state_dict`, or some of these.
        bits: 2, 4 or 8; 32 for all tensors as they are.
    """
    if bits == FLOAT_BITS:
        return dict(weights)
    return {
        name: product(*quantise(value, bits)) if is_quantised(value) else value
        for name, value in weights.items()
    }


def scales_of(weights: Mapping[str, Tensor], bits: int) -> dict[str, Tensor]:
    """Scales of quantised weights, `[out]` each, by the weights' names with `SCALE` behind them.

    Args:
        weights: As `quantised` returned them, with the same number of bits.
        bits: 2, 4 or 8; 32 for no scales.
    """
    if bits == FLOAT_BITS:
        return {}
    return {name + SCALE: quantise(value, bits)[1] for name, value in weights.items() if is_quantised(value)}


def are_products(weight: Tensor, scales: Tensor, bits: int) -> bool:
    """Whether a weight is exactly its scales times integers of so many bits."""
    if scales.shape != weight.shape[:1] or not scales.dtype == weight.dtype == torch.float32:
        return False
    integers = _quotients(weight.flatten(1), scales).round().view_as(weight)
    within = bool((integers.abs() <= largest(bits)).all())
    return within and torch.equal(product(integers, scales), weight)


def stored_bytes(weights: Mapping[str, Tensor], bits: int) -> int:
    """Memory that a network's tensors take, by name, if quantised weights are packed beside their scales."""
    scales = scales_of(weights, bits)
    total = sum(scale.numel() * scale.element_size() for scale in scales.values())
    for name, value in weights.items():
        width = bits if name + SCALE in scales else 8 * value.element_size()
        total += -(-value.numel() * width // 8)
    return total
