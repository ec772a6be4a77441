"""Torch modules of the nodes of a graph that compute input currents, each with the shape of what it gives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from snn_tui.evaluation.nir.graph import Node

Shape = tuple[int, ...]
_Pair = tuple[int, int]

MOST_VALUES = 1 << 24
"""Most values that a node may give for one image and time step."""


class SumPool2d(nn.AvgPool2d):
    """Sums over windows of `[B, C, H, W]`."""

    def __init__(self, kernel_size: Any, stride: Any, padding: Any) -> None:
        super().__init__(kernel_size, stride, padding, divisor_override=1)


class Scale(nn.Module):
    """Values times a number or a tensor that fits `[B, *shape]`."""

    scale: Tensor

    def __init__(self, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("scale", scale)

    def forward(self, values: Tensor) -> Tensor:
        """Scale `[B, *shape]` values."""
        return values * self.scale


def synapses_of(node: Node, shape: Shape) -> tuple[list[nn.Module], Shape]:
    """The modules of a node, and the shape that they make of a shape, without batch.

    Raises:
        RunError: The node does not fit what it gets, or holds what cannot be computed; it is named.
    """
    match node.type:
        case "Affine" | "Linear":
            return _linear(node, shape)
        case "Conv2d":
            return _convolution(node, shape)
        case "Flatten":
            return _flatten(node, shape)
        case "Scale":
            return [Scale(fitted(node, node.array("scale"), "scale", shape))], shape
    return _pool(node, shape)


def fitted(node: Node, values: NDArray[Any], name: str, shape: Shape) -> Tensor:
    """Numbers of a node for each value of a shape, `[*shape]` or broadcast to it, float32.

    Files have one number for all, one for each channel, or one for each value, in its shape or flat.

    Raises:
        RunError: They do not fit.
    """
    count = math.prod(shape)
    array: NDArray[Any]
    if values.size == 1 or (values.size == count > 1 and (values == values.flat[0]).all()):
        array = values.ravel()[0]
    elif values.size == count:
        array = values.reshape(shape)
    elif len(shape) == 3 and values.size == shape[0]:
        array = values.reshape(-1, 1, 1)
    else:
        raise node.refused(f"has a {name} of shape {words(values.shape)}, and what it gets is {words(shape)}")
    return torch.from_numpy(np.array(array, np.float32))


def words(shape: Shape) -> str:
    """A shape in a sentence."""
    return "x".join(map(str, shape)) if shape else "one number"


def _linear(node: Node, shape: Shape) -> tuple[list[nn.Module], Shape]:
    weight = node.array("weight")
    if weight.ndim != 2 or not weight.size:
        raise node.refused(f"has a weight of shape {words(weight.shape)}, not outputs by inputs")
    outputs, inputs = weight.shape
    if math.prod(shape) != inputs:
        raise node.refused(f"takes {inputs} values, and gets {words(shape)}")
    module = nn.Linear(inputs, outputs, bias=node.type == "Affine", device="meta")
    _fill(node, module, weight, outputs)
    return [*([nn.Flatten()] if len(shape) > 1 else []), module], (outputs,)


def _convolution(node: Node, shape: Shape) -> tuple[list[nn.Module], Shape]:
    weight = node.array("weight")
    if weight.ndim != 4 or not weight.size:
        raise node.refused(f"has a weight of shape {words(weight.shape)}, not of four dimensions")
    groups = node.integers("groups", (1,), length=1)[0]
    outputs, inputs = weight.shape[0], weight.shape[1] * groups
    if groups < 1 or outputs % groups:
        raise node.refused(f"has {groups} groups for {outputs} outputs")
    _check_image(node, shape)
    if shape[0] != inputs:
        raise node.refused(f"takes {inputs} channels, and gets {words(shape)}")
    kernel = weight.shape[2:]
    stride, dilation = _pair(node, "stride", (1, 1)), _pair(node, "dilation", (1, 1))
    modules: list[nn.Module] = []
    padding = _pair(node, "padding", (0, 0))
    sides = [(pad, pad) for pad in padding]
    match node.texts.get("padding"):
        case "same":
            if stride != (1, 1):
                raise node.refused("has the padding 'same' and a stride, which contradict each other")
            wide = [step * (size - 1) for step, size in zip(dilation, kernel, strict=True)]
            sides = [(pad // 2, pad - pad // 2) for pad in wide]
            if any(before != after for before, after in sides):
                padding = (0, 0)
                _out(node, shape, kernel, stride, dilation, sides)  # bounds it before it is made
                modules.append(nn.ZeroPad2d((*sides[1], *sides[0])))
            else:
                padding = sides[0][0], sides[1][0]
        case None | "valid":
            pass
        case other:
            raise node.refused(f"has the padding {other!r}")
    size = _out(node, shape, kernel, stride, dilation, sides)
    has_bias = "bias" in node.numbers
    module = nn.Conv2d(
        inputs,
        outputs,
        kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=has_bias,
        device="meta",
    )
    _fill(node, module, weight, outputs)
    return [*modules, module], _bounded(node, (outputs, *size))


def _fill(node: Node, module: nn.Linear | nn.Conv2d, weight: NDArray[Any], outputs: int) -> None:
    module.weight = nn.Parameter(torch.from_numpy(np.array(weight, np.float32)))
    if module.bias is None:
        return
    bias = node.array("bias", 0.0)
    if bias.size not in (1, outputs):
        raise node.refused(f"has a bias of shape {words(bias.shape)} for {outputs} outputs")
    full = np.broadcast_to(bias.ravel(), (outputs,))
    module.bias = nn.Parameter(torch.from_numpy(np.array(full, np.float32)))


def _flatten(node: Node, shape: Shape) -> tuple[list[nn.Module], Shape]:
    start = node.integers("start_dim", (0,), length=1)[0]
    end = node.integers("end_dim", (-1,), length=1)[0]
    first, last = (index + len(shape) if index < 0 else index for index in (start, end))
    last = min(last, len(shape) - 1)
    if not 0 <= first <= last:
        return [], shape  # of what is flat already
    flat = (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :])
    return [nn.Flatten(first + 1, last + 1)], flat


def _pool(node: Node, shape: Shape) -> tuple[list[nn.Module], Shape]:
    _check_image(node, shape)
    if "kernel_size" not in node.numbers:
        raise node.refused("has no kernel_size")
    kernel = _pair(node, "kernel_size", (1, 1))
    stride, padding = _pair(node, "stride", kernel), _pair(node, "padding", (0, 0))
    if any(2 * pad > size for pad, size in zip(padding, kernel, strict=True)):
        raise node.refused("has a padding of more than half of its kernel")
    size = _out(node, shape, kernel, stride, (1, 1), [(pad, pad) for pad in padding])
    make = SumPool2d if node.type == "SumPool2d" else nn.AvgPool2d
    return [make(kernel, stride, padding)], _bounded(node, (shape[0], *size))


def _pair(node: Node, name: str, default: _Pair) -> _Pair:
    """A size of rows and one of columns."""
    rows, columns = node.integers(name, default)
    return rows, columns


def _check_image(node: Node, shape: Shape) -> None:
    if len(shape) != 3:
        raise node.refused(f"takes channels of rows and columns, and gets {words(shape)}")


def _out(
    node: Node, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape, sides: list[tuple[int, int]]
) -> Shape:
    """Height and width that a window leaves of a shape."""
    if min(*kernel, *stride, *dilation) < 1 or min(min(side) for side in sides) < 0:
        raise node.refused("has a kernel, stride, dilation or padding that is no size")
    padded = [size + before + after for size, (before, after) in zip(shape[1:], sides, strict=True)]
    _bounded(node, (shape[0], *padded))
    reach = [step * (size - 1) + 1 for step, size in zip(dilation, kernel, strict=True)]
    if any(size < wide for size, wide in zip(padded, reach, strict=True)):
        raise node.refused(f"has a window of {words(tuple(reach))}, larger than the {words(shape)} it gets")
    return tuple((size - wide) // step + 1 for size, wide, step in zip(padded, reach, stride, strict=True))


def _bounded(node: Node, shape: Shape) -> Shape:
    if math.prod(shape) > MOST_VALUES:
        raise node.refused(f"makes {words(shape)} values of an image, more than {MOST_VALUES}")
    return shape
