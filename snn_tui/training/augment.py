"""Training images as they might also have been taken: turned, scaled, shifted, mirrored, lit differently."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_GREYS = 255.0


@dataclass(frozen=True)
class Ranges:
    """How far an image may be changed at strength 1; every change is drawn evenly from its range.

    Args:
        turn: Degrees either way.
        scale: Share by which it grows or shrinks.
        stretch: Share by which its sides do so apart from each other.
        shift: Share of its side.
        gamma: Logarithm of the exponent.
        contrast: Share by which the distance to the mean grows or shrinks.
        brightness: Share of the range of greys.
        noise: Standard deviation at most, as a share of the range of greys.
        blur: Standard deviation at most, in pixels.
    """

    turn: float = 15.0
    scale: float = 0.15
    stretch: float = 0.08
    shift: float = 0.08
    gamma: float = 0.35
    contrast: float = 0.3
    brightness: float = 0.12
    noise: float = 0.03
    blur: float = 0.6


def augment(images: Tensor, generator: torch.Generator, strength: float, ranges: Ranges = Ranges()) -> Tensor:
    """Draw a likely variant of each image; half of them are mirrored left to right.

    Args:
        images: `[B, 1, H, W]` uint8.
        generator: Decides what is drawn; on the CPU, so that every device gets the same.
        strength: What all ranges are multiplied by; 0 gives the images back as they are.
        ranges: How far each image may be changed at strength 1.

    Returns:
        `[B, 1, H, W]` uint8.
    """
    if strength == 0:
        return images
    device, many = images.device, len(images)

    def drawn(reach: float) -> Tensor:
        return ((2 * torch.rand(many, generator=generator) - 1) * reach * strength).to(device)

    turn = drawn(math.radians(ranges.turn))
    size, ratio = torch.exp(drawn(ranges.scale)), torch.exp(drawn(ranges.stretch))
    mirror = torch.where(torch.rand(many, generator=generator) < 0.5, -1.0, 1.0).to(device)
    shift = 2 * ranges.shift
    across, down = drawn(shift), drawn(shift)
    cos, sin = turn.cos(), turn.sin()
    maps = torch.stack(
        [
            torch.stack([mirror * cos * size * ratio, -sin * size, across], dim=1),
            torch.stack([mirror * sin * size, cos * size / ratio, down], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    grey = F.grid_sample(images / _GREYS, grid, padding_mode="reflection", align_corners=False)
    grey = _blurred(grey, (torch.rand(many, generator=generator) * ranges.blur * strength).to(device))
    grey = grey.clamp(0, 1) ** torch.exp(drawn(ranges.gamma)).view(-1, 1, 1, 1)
    mean = grey.mean((1, 2, 3), keepdim=True)
    grey = mean + (grey - mean) * torch.exp(drawn(ranges.contrast)).view(-1, 1, 1, 1)
    grey = grey + drawn(ranges.brightness).view(-1, 1, 1, 1)
    noise = torch.randn(grey.shape, generator=generator).to(device)
    spread = (torch.rand(many, generator=generator) * ranges.noise * strength).to(device)
    grey = grey + noise * spread.view(-1, 1, 1, 1)
    return (grey * _GREYS).round().clamp(0, _GREYS).to(torch.uint8)


def _blurred(images: Tensor, sigma: Tensor) -> Tensor:
    """Each image `[B, 1, H, W]` under a Gaussian of its own width, of 5 by 5 pixels."""
    offsets = torch.arange(-2, 3, device=images.device)
    weights = torch.exp(-(offsets**2) / (2 * sigma.clamp(min=0.05).view(-1, 1) ** 2))
    weights = weights / weights.sum(1, keepdim=True)
    many = len(images)
    stacked = F.pad(images, (2, 2, 2, 2), mode="reflect").transpose(0, 1)
    stacked = F.conv2d(stacked, weights.view(many, 1, 1, 5), groups=many)
    return F.conv2d(stacked, weights.view(many, 1, 5, 1), groups=many).transpose(0, 1)
