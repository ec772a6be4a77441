"""Batch norm whose statistics may be of a batch that several processes share.

torch's own `SyncBatchNorm` is for GPUs only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

Exchange = Callable[[Tensor], Tensor]
"""From a vector `[V]` of this process to those of all that share the batch, `[processes, V]`."""


class BatchNorm(nn.BatchNorm2d):
    """`torch.nn.BatchNorm2d`, but for the batches of several processes, where `exchange` is set.

    In training, mean and variance are then those of the frames of all processes, in sum; gradients are as if
    one process had computed the mean loss over all of them.
    """

    exchange: Exchange | None = None

    def forward(self, values: Tensor) -> Tensor:
        """Normalise `[N, C, H, W]` values of each channel."""
        if self.exchange is None or not self.training:
            return super().forward(values)
        values = values.float()
        counts, mean, variance = _moments(values.detach(), self.exchange)
        total = counts.sum()
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean.float(), self.momentum or 0.0)
            self.running_var.lerp_((variance * total / (total - 1)).float(), self.momentum or 0.0)
        inverse = (variance + self.eps).rsqrt()
        normalised: Tensor = _Normalise.apply(
            values, self.weight, self.bias, mean.float(), inverse.float(), self.exchange
        )
        return normalised


def share_statistics(network: nn.Module, exchange: Exchange) -> None:
    """Let a network's batch norm take its statistics over the batches of several processes."""
    for module in network.modules():
        if isinstance(module, BatchNorm):
            module.exchange = exchange


def shares_statistics(network: nn.Module) -> bool:
    """Whether `share_statistics` was called on the network, and it has batch norm."""
    return any(isinstance(module, BatchNorm) and module.exchange is not None for module in network.modules())


def statistics_of(network: nn.Module) -> dict[str, Tensor]:
    """A copy of the running statistics of a network's batch norm, by their names in its `state_dict`."""
    return {
        f"{name}.{buffer}": value.clone()
        for name, module in network.named_modules()
        if isinstance(module, BatchNorm)
        for buffer, value in module.named_buffers()
    }


def _moments(values: Tensor, exchange: Exchange) -> tuple[Tensor, Tensor, Tensor]:
    """Values a channel of each process, `[processes, 1]`; mean and variance `[C]` over all, float64."""
    variance, mean = torch.var_mean(values, (0, 2, 3), correction=0)
    count = values.numel() // values.shape[1]
    channels = len(mean)
    own = torch.cat([mean.double(), variance.double(), mean.new_tensor([count], dtype=torch.float64)])
    rows = exchange(own)
    means, variances, counts = rows[:, :channels], rows[:, channels:-1], rows[:, -1:]
    shares = counts / counts.sum()
    mean = (shares * means).sum(0)
    return counts, mean, (shares * (variances + (means - mean).square())).sum(0)


class _Normalise(torch.autograd.Function):
    """Batch norm with statistics of all processes.

    Each process's loss is the mean over its own images, so its gradients count by its share of them.
    """

    @staticmethod
    def forward(
        ctx: Any,
        values: Tensor,
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        inverse: Tensor,
        exchange: Exchange,
    ) -> Tensor:
        ctx.save_for_backward(values, weight, mean, inverse)
        ctx.exchange = exchange
        scale = weight * inverse
        return torch.addcmul(_wide(bias - mean * scale), values, _wide(scale))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,) = gradients
        values, weight, mean, inverse = ctx.saved_tensors
        normalised = (values - _wide(mean)) * _wide(inverse)
        by_bias = gradient.sum((0, 2, 3))
        by_weight = (gradient * normalised).sum((0, 2, 3))
        count = values.numel() // values.shape[1]
        # The sum over processes of share times gradient, by this one's share, is that of count times
        # gradient, by this one's count; and each of its values has a part of `1 / count` of it.
        rows = ctx.exchange(torch.cat([by_bias, by_weight, by_bias.new_tensor([count])]))
        counts = rows[:, -1:]
        of_bias, of_weight = ((rows[:, :-1] * (counts / counts.sum())).sum(0) / count).chunk(2)
        by_values = _wide(weight * inverse) * (gradient - _wide(of_bias) - normalised * _wide(of_weight))
        return by_values, by_weight, by_bias, None, None, None


def _wide(channels: Tensor) -> Tensor:
    """`[C]` values for every pixel of a frame."""
    return channels.view(1, -1, 1, 1)
