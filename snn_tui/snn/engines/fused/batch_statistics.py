"""The batch norm of one block between its torch module and the kernels."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from snn_tui.snn.batch_norm import BatchNorm
from snn_tui.snn.engines.fused import norm

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class Norm:
    """Statistics and parameters of a block's batch norm.

    Args:
        module: The module; its running statistics are updated as torch does, and shared with the processes
            that it shares them with.
    """

    def __init__(self, module: BatchNorm) -> None:
        self._module = module
        self._mean = self._deviation = np.zeros(0)
        self._count = 0

    def folded(self) -> tuple[Floats, Floats]:
        """Scale and shift of each channel by the running statistics."""
        mean, variance = self._module.running_mean, self._module.running_var
        assert mean is not None
        assert variance is not None
        scale = _numbers(self._module.weight) / np.sqrt(_numbers(variance) + self._module.eps)
        shift = _numbers(self._module.bias) - _numbers(mean) * scale
        return scale.astype(np.float32), shift.astype(np.float32)

    def forward(self, moments: Floats, count: int, parameters: Floats) -> None:
        """Take the statistics of a batch.

        Args:
            moments: `[B, 2, width]` means and sums of squares, as `norm.moments` leaves them.
            count: Currents of a channel in each image.
            parameters: `[5, width]` where scale, shift and mean go.
        """
        module, channels = self._module, self._module.num_features
        means, squares = moments[:, :, :channels].astype(np.float64).transpose(1, 0, 2)
        own = means.mean(0)
        self._count = count * len(means)
        variance = squares.sum(0) / self._count + ((means - own) ** 2).mean(0)
        rows = self._exchanged(own, variance)
        shares = rows[:, -1:] / rows[:, -1].sum()
        means, variances = rows[:, :channels], rows[:, channels:-1]
        mean = (shares * means).sum(0)
        variance = (shares * (variances + (means - mean) ** 2)).sum(0)
        self._mean, self._deviation = mean, np.sqrt(variance + module.eps)
        scale = _numbers(module.weight) / self._deviation
        parameters[norm.SCALE, :channels] = scale
        parameters[norm.SHIFT, :channels] = _numbers(module.bias) - mean * scale
        parameters[norm.MEAN, :channels] = mean
        total = rows[:, -1].sum()
        self._update(mean, variance * total / max(total - 1, 1))

    def backward(self, sums: Floats, parameters: Floats) -> None:
        """Set the gradients of the module's parameters, and what the errors by currents follow from.

        Args:
            sums: `[B, 2, width]` as `norm.sums` leaves them.
            parameters: `[5, width]` where the factors of errors go.
        """
        module, channels = self._module, self._module.num_features
        errors, products = sums[:, :, :channels].sum(0, dtype=np.float64)
        set_gradient(module.bias, errors.astype(np.float32))
        set_gradient(module.weight, (products / self._deviation).astype(np.float32))
        # The loss of each process is the mean over its own images, so its errors count by its share of them.
        rows = self._exchanged(errors, products)
        errors, products = (rows[:, :-1] * rows[:, -1:] / rows[:, -1].sum()).sum(0).reshape(2, channels)
        scale = _numbers(module.weight) / self._deviation
        by_current = -scale * products / (self._count * self._deviation**2)
        parameters[norm.BY_CURRENT, :channels] = by_current
        parameters[norm.OFFSET, :channels] = -scale * errors / self._count - self._mean * by_current

    def _exchanged(self, *vectors: Doubles) -> Doubles:
        """These vectors, and how many currents they are of, of each process that shares the batch."""
        own = torch.from_numpy(np.concatenate([*vectors, [float(self._count)]]))
        exchange = self._module.exchange
        return own[None].numpy() if exchange is None else exchange(own).numpy()

    @torch.no_grad()
    def _update(self, mean: Doubles, variance: Doubles) -> None:
        module = self._module
        states = (module.running_mean, module.running_var, module.num_batches_tracked)
        running_mean, running_variance, batches = (state for state in states if state is not None)
        share = 0.0 if module.momentum is None else module.momentum
        batches.add_(1)
        for running, now in ((running_mean, mean), (running_variance, variance)):
            running.mul_(1 - share).add_(torch.from_numpy(now.astype(np.float32)) * share)


def set_gradient(parameter: Tensor | None, gradient: Floats) -> None:
    """Set the `.grad` of a parameter, which there has to be."""
    assert parameter is not None
    parameter.grad = torch.from_numpy(np.ascontiguousarray(gradient)).view(parameter.shape)


def _numbers(values: Tensor) -> Doubles:
    return values.detach().numpy().astype(np.float64)
