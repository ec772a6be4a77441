"""Training images as they might also have been taken: turned, scaled, shifted, mirrored, lit differently."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

_GREYS = 255.0
_KNOTS = 5
_STEADINESS = 3  # exponential variables added up for each step of a curve: the more, the straighter


@dataclass(frozen=True)
class Ranges:
    """How far an image may be changed at strength 1.

    Args:
        turn: Degrees either way.
        scale: Logarithm of the factor by which it grows or shrinks.
        stretch: The same for its sides apart from each other.
        shift: Share of its side.
        curve: Share of a random rising curve in what greys become; the rest leaves them as they are.
        gamma: Logarithm of the exponent of greys.
        contrast: Logarithm of the factor of the distance to the mean.
        brightness: Share of the range of greys.
        blur: Standard deviation at most, in pixels; half of the images stay sharp.
        noise: Standard deviation at most, as a share of the range of greys.
    """

    turn: float = 20.0
    scale: float = 0.3
    stretch: float = 0.15
    shift: float = 0.12
    curve: float = 0.5
    gamma: float = 0.4
    contrast: float = 0.5
    brightness: float = 0.15
    blur: float = 0.8
    noise: float = 0.02


class _Draws:
    """Random numbers for a batch, drawn on the CPU so that every device gets the same."""

    def __init__(self, many: int, generator: torch.Generator, strength: float, device: torch.device) -> None:
        self._many, self._generator, self._device = many, generator, device
        self._strengths = strength * torch.rand(many, generator=generator)

    def either_way(self, reach: float) -> Tensor:
        """`[B]` evenly from -reach to reach, times each image's own strength."""
        drawn = 2 * torch.rand(self._many, generator=self._generator) - 1
        return (drawn * reach * self._strengths).to(self._device)

    def upwards(self, reach: float) -> Tensor:
        """`[B]` evenly from 0 to reach, times each image's own strength."""
        drawn = torch.rand(self._many, generator=self._generator)
        return (drawn * reach * self._strengths).to(self._device)

    def coin(self) -> Tensor:
        """`[B]` heads or tails."""
        return (torch.rand(self._many, generator=self._generator) < 0.5).to(self._device)

    def curves(self, share: float) -> Tensor:
        """`[B, _KNOTS + 1]` values of curves from 0 to 1 that rise, at evenly spaced places."""
        drawn = torch.rand(self._many, _KNOTS, _STEADINESS, generator=self._generator)
        heights = -drawn.clamp_min(1e-6).log().sum(2).cumsum(1)
        heights = F.pad(heights / heights[:, -1:], (1, 0))
        share_ = (share * self._strengths).clamp(max=1.0).view(-1, 1)
        return (torch.lerp(torch.linspace(0, 1, _KNOTS + 1), heights, share_)).to(self._device)

    def noise(self, shape: torch.Size) -> Tensor:
        """Gaussian noise of standard deviation 1."""
        return torch.randn(shape, generator=self._generator).to(self._device)


def augment(
    images: Tensor, generator: torch.Generator, strength: float, ranges: Ranges | None = None
) -> Tensor:
    """Draw a likely variant of each image; half of them are mirrored left to right.

    How strongly an image is changed is drawn evenly from 0 to `strength` for each: were all changed much, the
    network would never see an image as they are, and batch norm's statistics would be of others.

    Args:
        images: `[B, 1, H, W]` uint8.
        generator: Decides what is drawn.
        strength: What all ranges are multiplied by at most; 0 gives the images back as they are.
        ranges: How far each image may be changed at strength 1.

    Returns:
        `[B, 1, H, W]` uint8.
    """
    if strength == 0:
        return images
    ranges = ranges or Ranges()
    draws = _Draws(len(images), generator, strength, images.device)
    grey = _moved(images / _GREYS, draws, ranges)
    sigma = draws.upwards(ranges.blur) * draws.coin()
    grey = _blurred(grey, sigma)
    grey = _lit(grey.clamp(0, 1), draws, ranges)
    grey = grey + draws.noise(grey.shape) * draws.upwards(ranges.noise).view(-1, 1, 1, 1)
    return (grey * _GREYS).round().clamp(0, _GREYS).to(torch.uint8)


def _moved(grey: Tensor, draws: _Draws, ranges: Ranges) -> Tensor:
    """Turned, scaled, stretched, shifted and perhaps mirrored; what comes in at the edge is a reflection."""
    turn = draws.either_way(math.radians(ranges.turn))
    size, ratio = (torch.exp(draws.either_way(reach)) for reach in (ranges.scale, ranges.stretch))
    mirror = 1.0 - 2.0 * draws.coin()
    across, down = draws.either_way(2 * ranges.shift), draws.either_way(2 * ranges.shift)
    cos, sin = turn.cos(), turn.sin()
    maps = torch.stack(
        [
            torch.stack([mirror * cos * size * ratio, -sin * size, across], dim=1),
            torch.stack([mirror * sin * size, cos * size / ratio, down], dim=1),
        ],
        dim=1,
    )
    grid = F.affine_grid(maps, list(grey.shape), align_corners=False)
    # Bicubic: bilinear sampling would make every changed image softer than those judged.
    return F.grid_sample(grey, grid, mode="bicubic", padding_mode="reflection", align_corners=False)


def _blurred(grey: Tensor, sigma: Tensor) -> Tensor:
    """Each image `[B, 1, H, W]` under a Gaussian of its own width, of 5 by 5 pixels."""
    offsets = torch.arange(-2, 3, device=grey.device)
    weights = torch.exp(-(offsets**2) / (2 * sigma.clamp(min=0.05).view(-1, 1) ** 2))
    weights = weights / weights.sum(1, keepdim=True)
    many = len(grey)
    stacked = F.pad(grey, (2, 2, 2, 2), mode="reflect").transpose(0, 1)
    stacked = F.conv2d(stacked, weights.view(many, 1, 1, 5), groups=many)
    return F.conv2d(stacked, weights.view(many, 1, 5, 1), groups=many).transpose(0, 1)


def _lit(grey: Tensor, draws: _Draws, ranges: Ranges) -> Tensor:
    """Under another curve of greys, with another gamma, contrast and brightness."""
    curve = draws.curves(ranges.curve)
    places = grey.flatten(1) * _KNOTS
    below = places.floor().clamp(max=_KNOTS - 1).long()
    low, high = curve.gather(1, below), curve.gather(1, below + 1)
    grey = torch.lerp(low, high, places - below).view_as(grey)
    grey = grey.clamp(0, 1) ** torch.exp(draws.either_way(ranges.gamma)).view(-1, 1, 1, 1)
    mean = grey.mean((1, 2, 3), keepdim=True)
    grey = mean + (grey - mean) * torch.exp(draws.either_way(ranges.contrast)).view(-1, 1, 1, 1)
    return grey + draws.either_way(ranges.brightness).view(-1, 1, 1, 1)
