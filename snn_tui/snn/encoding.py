"""From images to input spikes: rate, latency and direct coding.

Every spike of the rate coding is decided by a random number that is a pure function of (seed, stream, draw,
image, step, pixel), so an image is coded the same whatever batch it is in, in whatever order, on whatever
device: what the inspector draws is what the evaluation counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from snn_tui.snn.philox import WORD, philox4x32

_EPSILON = 1e-7
_PIXELS_A_BLOCK = 8  # four 32-bit words a call, two 16-bit numbers a word


class Stream(IntEnum):
    """The split of an image, or a picture file: streams never share random numbers."""

    TRAIN = 0
    VAL = 1
    TEST = 2
    PICTURE = 3


@dataclass(frozen=True)
class Batch:
    """Images on their way into the network.

    Args:
        images: `[B, C, H, W]` uint8.
        ids: `[B]` int64, each image's index within its stream.
        draws: `[B]` int64, or one number for all: which draw of the coding (the epoch, in training).
        stream: The split of the images.
    """

    images: Tensor
    ids: Tensor
    draws: Tensor | int
    stream: Stream


def rate(batch: Batch, num_steps: int, seed: int) -> Tensor:
    """Rate coding: at each step a pixel of value v spikes with probability v / 255.

    The distribution is that of `snntorch.spikegen.rate` on images scaled to [0, 1]; probabilities are
    rounded up to multiples of 2**-16.

    Args:
        batch: The images.
        num_steps: Time steps, T.
        seed: Seed of the run, 32 bits.

    Returns:
        `[T, B, C, H, W]` float32 of 0 and 1.
    """
    images, device = batch.images, batch.images.device
    size, pixels = images.shape[0], images[0].numel()
    blocks = torch.arange(-(-pixels // _PIXELS_A_BLOCK), device=device).view(1, 1, -1)
    steps = torch.arange(num_steps, device=device).view(-1, 1, 1)
    ids = batch.ids.view(1, -1, 1) & WORD
    draws = torch.as_tensor(batch.draws, device=device).view(1, -1, 1) & WORD
    words = philox4x32((blocks, steps, ids, draws), (seed, int(batch.stream)))
    shape = (num_steps, size, blocks.numel())
    numbers = torch.stack(
        [half.expand(shape) for word in words for half in (word & 0xFFFF, word >> 16)], dim=-1
    ).view(num_steps, size, -1)[..., :pixels]
    # ceil(v * 65536 / 255): 0 for black, 65536 (always) for white.
    thresholds = (images.to(torch.int64) * 65536 + 254) // 255
    return (numbers < thresholds.view(1, size, pixels)).to(torch.float32).view(num_steps, *images.shape)


def latency(
    images: Tensor,
    num_steps: int,
    *,
    linear: bool = False,
    tau: float | None = 5.0,
    threshold: float = 0.01,
    clip: bool = True,
) -> Tensor:
    """Latency coding: each pixel spikes once, brighter pixels earlier.

    As `snntorch.spikegen.latency(images / 255, bypass=True, ...)`: a pixel of brightness x spikes at
    `tau * log(x / (x - threshold))`, the time a leaky neuron takes to charge to the threshold, or, linearly,
    at `tau * (1 - x)`. Pixels below the threshold spike last, spikes after the last step are left out.

    Args:
        images: `[B, ...]` uint8.
        num_steps: Time steps, T.
        linear: Whether times are linear in the brightness.
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
    spike_steps = torch.round(times).to(torch.int64)
    steps = torch.arange(num_steps, device=images.device).view(-1, *[1] * images.dim())
    spikes = steps == spike_steps
    if clip:
        spikes = spikes & (brightness >= threshold)
    return spikes.to(torch.float32)


def direct(images: Tensor, num_steps: int) -> Tensor:
    """Direct coding: the brightness from 0 to 1 as an input current, the same at every step.

    Args:
        images: `[B, ...]` uint8.
        num_steps: Time steps, T.

    Returns:
        `[T, B, ...]` float32, whose stride along T is 0.
    """
    # Of two steps at least: a dimension that is expanded to a length of 1 gets another stride.
    return (images.to(torch.float32) / 255).expand(max(num_steps, 2), *images.shape)[:num_steps]
