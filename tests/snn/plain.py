"""The study's network a second time, in plain torch operations, to compare with. It shares no code."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F


class FastSigmoid(torch.autograd.Function):
    """A step forwards; backwards 1 / (1 + 25 |x|)^2."""

    @staticmethod
    def forward(context: Any, lead: Tensor) -> Tensor:
        context.save_for_backward(lead)
        return (lead > 0).float()

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> Tensor:
        (lead,) = context.saved_tensors
        return gradient / (1 + 25 * lead.abs()) ** 2


def leaky(membrane: Tensor, current: Tensor, beta: float) -> tuple[Tensor, Tensor]:
    """One step: the membrane that was above the threshold is lowered by it now, a step later."""
    reset = (membrane > 1).float()
    membrane = beta * membrane + current - reset
    return FastSigmoid.apply(membrane - 1), membrane


def forward(weights: dict[str, Tensor], spikes_in: Tensor, beta: float = 0.6) -> dict[str, Tensor]:
    """Every layer's spikes `[T, B, ...]`, and the output's membranes `[T, B, 2]` under `membranes`."""
    size = spikes_in.shape[1]
    one, two, out = torch.zeros(size, 12, 12, 12), torch.zeros(size, 32, 5, 5), torch.zeros(size, 2)
    seen: dict[str, list[Tensor]] = {name: [] for name in ("conv1", "conv2", "out", "membranes")}
    for spikes in spikes_in:
        current = F.max_pool2d(F.conv2d(spikes, weights["conv1.w"], weights["conv1.b"]), 2)
        fired, one = leaky(one, current, beta)
        seen["conv1"].append(fired)
        current = F.max_pool2d(F.conv2d(fired, weights["conv2.w"], weights["conv2.b"]), 2)
        fired, two = leaky(two, current, beta)
        seen["conv2"].append(fired)
        fired, out = leaky(out, F.linear(fired.flatten(1), weights["out.w"], weights["out.b"]), beta)
        seen["out"].append(fired)
        seen["membranes"].append(out)
    return {name: torch.stack(steps) for name, steps in seen.items()}


def loss(spikes_out: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of every step's spikes, averaged over steps and images."""
    chosen = spikes_out.gather(2, labels.expand(len(spikes_out), -1).unsqueeze(2)).squeeze(2)
    return (spikes_out.logsumexp(2) - chosen).mean()
