"""The other two ways to show a picture to spiking neurons: by the time of one spike, and as a current.

Rate coding, which the network is trained with, is in `encoding`.
"""

from __future__ import annotations

import torch
from torch import Tensor

_EPSILON = 1e-7


def latency(
    images: Tensor,
    num_steps: int,
    *,
    linear: bool = False,
    tau: float | None = 5.0,
    threshold: float = 0.01,
    clip: bool = True,
) -> Tensor:
    """Latency coding: each pixel spikes once, the brighter the earlier.

    What `snntorch.spikegen.latency(images / 255, bypass=True, ...)` gives: with brightness x, at
    `tau * log(x / (x - threshold))`, the time a leaky neuron takes to charge to the threshold, or, linearly,
    at `tau * (1 - x)`. Pixels below the threshold spike last, spikes after the last step are left out.

    Args:
        images: `[B, ...]` uint8.
        num_steps: Time steps, T.
        linear: Which of the two.
        tau: Time constant in steps; None stretches the times to end with the last step (`normalize`).
        threshold: Brightness, above 0 and below 1.
        clip: Whether pixels below the threshold do not spike at all.

    Returns:
        `[T, B, ...]` float32 of 0 and 1.
    """
    brightness = images.to(torch.float32) / 255
    if linear:
        slope = float(num_steps - 1) if tau is None else tau
        times = torch.clamp_max(-slope * (brightness - 1), -slope * (threshold - 1))
    else:
        charging = torch.clamp(brightness, threshold + _EPSILON)
        times = (1.0 if tau is None else tau) * torch.log(charging / (charging - threshold))
        if tau is None:
            times = times * (num_steps - 1) / times.max()
    when = torch.round(times).to(torch.int64)
    steps = torch.arange(num_steps, device=images.device).view(-1, *[1] * images.dim())
    spikes = steps == when
    if clip:
        spikes = spikes & (brightness >= threshold)
    return spikes.to(torch.float32)


def direct(images: Tensor, num_steps: int) -> Tensor:
    """Direct coding: the brightness from 0 to 1 as an input current, the same at every step.

    Args:
        images: `[B, ...]` uint8.
        num_steps: Time steps, T.

    Returns:
        `[T, B, ...]` float32.
    """
    return (images.to(torch.float32) / 255).expand(num_steps, *images.shape)
