"""Between the network's parameters and the arrays of the kernels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from snn_tui.snn.batch_norm import BatchNorm
from snn_tui.snn.engines.fused.batch_statistics import Norm, set_gradient
from snn_tui.snn.engines.fused.block import GROUP, LANES, SUBS, Block, rounded
from snn_tui.snn.engines.fused.events import input_parts
from snn_tui.snn.engines.fused.plan import Plan
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.neurons import Leaky

Floats = NDArray[np.float32]


class Weights:
    """The parameters of a network, as the kernels read them and as they add up gradients.

    Args:
        network: The network.
        plan: Its plan.
    """

    def __init__(self, network: SpikingNetwork, plan: Plan) -> None:
        self._plan = plan
        self._global_pool = network.spec.layers.global_pool
        modules = [module for module in network.modules() if isinstance(module, (nn.Conv2d, nn.Linear))]
        *self._convolutions, self._linear = modules
        self.norms = [Norm(module) for module in network.modules() if isinstance(module, BatchNorm)]
        hidden = [layer.neurons for _, layer in network.named_layers()][:-1]
        self._betas: list[Tensor] = [neurons.beta for neurons in hidden if isinstance(neurons, Leaky)]

    def read(self, arrays: dict[str, Floats], *, folded: bool = True) -> None:
        """Copy the parameters into the arrays that the kernels read.

        Args:
            arrays: The arrays by name.
            folded: Whether weights and biases have batch norm in them, with its running statistics.
        """
        for number, (block, layer) in enumerate(zip(self._plan.blocks, self._convolutions, strict=True)):
            weight = _with_pool(block, layer.weight.detach().numpy())
            if layer.bias is not None:
                bias = layer.bias.detach().numpy()
            elif folded:
                scale, bias = self.norms[number].folded()
                weight = weight * scale[:, None, None, None]
            else:
                bias = np.zeros(block.channels, np.float32)
            arrays[f"table{number}"][: block.table] = _table(block, weight, bias).ravel()
            if number:
                rows = _rows(block, weight) if block.by_winners else _transposed(block, weight)
                arrays[f"weights{number}"][: rows.size] = rows
            arrays["betas"][number] = min(max(float(self._betas[number].detach()), 0.0), 1.0)
        weight, bias = (value.detach().numpy() for value in self._linear.parameters())
        last, classes = self._plan.blocks[-1], self._plan.classes
        grid = weight.reshape(classes, last.channels, -1)
        if self._global_pool:  # the average of a channel is a sum over its pixels
            grid = np.repeat(grid / last.size**2, last.size**2, axis=2)
        flat = grid.transpose(0, 2, 1).reshape(classes, -1)
        arrays["readout"].reshape(classes, -1)[:, : last.neurons] = flat
        arrays["readout_bias"][:] = bias

    def write(self, parts: dict[str, Floats]) -> None:
        """Set the parameters' `.grad` from the parts of a gradient."""
        for number, (block, layer) in enumerate(zip(self._plan.blocks, self._convolutions, strict=True)):
            set_gradient(layer.weight, _without_pool(block, _taps(block, parts[f"weights{number}"])))
            if layer.bias is not None:
                set_gradient(layer.bias, parts[f"bias{number}"][: block.channels])
            if self._plan.learn_beta:
                beta = self._betas[number]
                inside = 0.0 <= float(beta.detach()) <= 1.0  # elsewhere it is clamped
                set_gradient(beta, parts[f"beta{number}"][:1] * inside)
        last, classes = self._plan.blocks[-1], self._plan.classes
        rows = parts["readout"].reshape(classes, -1)[:, : last.neurons]
        grid = rows.reshape(classes, -1, last.channels).transpose(0, 2, 1)
        if self._global_pool:
            grid = grid.mean(2)
        set_gradient(self._linear.weight, grid)
        set_gradient(self._linear.bias, parts["readout_bias"][:classes])


def _with_pool(block: Block, weight: Floats) -> Floats:
    """`[channel, input, row, column]` weights of a convolution and the average pool behind it, in one."""
    if block.pool != "average":
        return weight
    size = weight.shape[2]
    whole = np.zeros((*weight.shape[:2], size + 1, size + 1), np.float32)
    for row, column in SUBS:
        whole[:, :, row : row + size, column : column + size] += weight / len(SUBS)
    return whole


def _without_pool(block: Block, gradient: Floats) -> Floats:
    """The gradient by the weights of a convolution, from that by those of `_with_pool`."""
    if block.pool != "average":
        return gradient
    size = gradient.shape[2] - 1
    parts = [gradient[:, :, row : row + size, column : column + size] for row, column in SUBS]
    return np.asarray(sum(parts) / len(SUBS), np.float32)


def _rows(block: Block, weight: Floats) -> Floats:
    """`[channel, row, column, input]` weights, rows in whole vectors, as `backward.errors` reads them."""
    rows = np.zeros((block.channels, block.kernel, block.row), np.float32)
    taps = weight.transpose(0, 2, 3, 1)
    rows[:, :, : block.kernel * block.inputs] = taps.reshape(block.channels, block.kernel, -1)
    return rows.ravel()


def _transposed(block: Block, weight: Floats) -> Floats:
    """`[parity, inputs, row, column, channel, input]` weights, as `events.errors` reads them."""
    inputs = np.zeros((*weight.shape[2:], block.channels, rounded(block.inputs)), np.float32)
    inputs[..., : block.inputs] = weight.transpose(2, 3, 0, 1)
    return np.concatenate(
        [
            inputs[row :: block.stride, column :: block.stride, :, first : first + vectors * LANES].ravel()
            for row, column in block.parities
            for first, vectors in input_parts(block)
        ]
    )


def _taps(block: Block, gradient: Floats) -> Floats:
    """`[channel, input, row, column]` gradient, from the one that the kernels add up."""
    kernel = block.kernel
    if not block.by_winners:
        grid = gradient.reshape(kernel, kernel, block.inputs, block.width)[..., : block.channels]
        return grid.transpose(3, 2, 0, 1)
    rows = gradient.reshape(-1, block.row)[:, : kernel * block.inputs]
    grid = rows.reshape(block.channels, block.planes, kernel, kernel, block.inputs)
    return grid.transpose(0, 1, 4, 2, 3).reshape(block.channels, -1, kernel, kernel)


def _table(block: Block, weight: Floats, bias: Floats) -> Floats:
    """Sums of weights of every pattern of spikes, `[..., pattern, channel]`; the first have the bias too.

    A pattern is of a row of the kernel in the first block, of `GROUP` input channels of a tap in the others.
    For direct coding it is the weights, `[plane, row, column, channel]`, and then the biases; for events
    `[row, column, input, channel]`.
    """
    if block.direct or block.event_driven:
        order = (1, 2, 3, 0) if block.direct else (2, 3, 1, 0)
        rows = np.zeros((block.table // block.width, block.width), np.float32)
        rows[:-1, : block.channels] = weight.transpose(order).reshape(-1, block.channels)
        rows[-1, : block.channels] = bias
        return rows
    if block.first:
        taps = weight.transpose(1, 2, 3, 0)  # [plane, row, column, channel]
        taps = taps.reshape(-1, block.kernel, block.channels)
    else:
        grid = np.zeros((block.kernel, block.kernel, block.groups * GROUP, block.channels), np.float32)
        grid[:, :, : block.inputs] = weight.transpose(2, 3, 1, 0)
        taps = grid.reshape(-1, GROUP, block.channels)
    bits = taps.shape[1]
    patterns = (np.arange(2**bits)[:, None] >> np.arange(bits) & 1).astype(np.float32)
    table = np.zeros((len(taps), 2**bits, block.width), np.float32)
    table[:, :, : block.channels] = patterns @ taps
    table[0, :, : block.channels] += bias
    return table
