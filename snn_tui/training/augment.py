"""Augmentation: variants of training images, turned, scaled, shifted, mirrored, with other greys."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from snn_tui.snn.device import copied

_GREYS = 255.0
_KNOTS = 5
_EXPONENTIALS = 3  # exponential variables added up for each step of a curve: the more, the straighter


@dataclass(frozen=True)
class Ranges:
    """The largest changes of an image at strength 1; those of a sign go either way.

    Args:
        turn: Rotation in degrees.
        scale: Logarithm of the factor of its size.
        stretch: Logarithm of the factor of its width, and of the inverse factor of its height.
        shift: Translation along each axis, as a share of the side.
        curve: Share of a random rising curve of greys that is mixed with the identity.
        gamma: Logarithm of the exponent of greys.
        contrast: Logarithm of the factor of each grey's distance to the mean.
        brightness: Offset of greys, as a share of their range.
        blur: Standard deviation, in pixels; half of the images stay sharp.
        noise: Standard deviation, as a share of the range of greys.
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

    def __init__(self, size: int, generator: torch.Generator, strength: float, device: torch.device) -> None:
        self._size, self._generator, self._device = size, generator, device
        self._strengths = strength * torch.rand(size, generator=generator)

    def either_way(self, reach: float) -> Tensor:
        """`[B]` uniform from -reach to reach, times each image's own strength."""
        drawn = 2 * torch.rand(self._size, generator=self._generator) - 1
        return copied(drawn * reach * self._strengths, self._device)

    def upwards(self, reach: float) -> Tensor:
        """`[B]` uniform from 0 to reach, times each image's own strength."""
        drawn = torch.rand(self._size, generator=self._generator)
        return copied(drawn * reach * self._strengths, self._device)

    def coin(self) -> Tensor:
        """`[B]` True or False, equally likely."""
        return copied(torch.rand(self._size, generator=self._generator) < 0.5, self._device)

    def curves(self, share: float) -> Tensor:
        """`[B, _KNOTS + 1]` values of rising curves from 0 to 1, at equally spaced greys."""
        drawn = torch.rand(self._size, _KNOTS, _EXPONENTIALS, generator=self._generator)
        heights = -drawn.clamp_min(1e-6).log().sum(2).cumsum(1)
        heights = F.pad(heights / heights[:, -1:], (1, 0))
        shares = (share * self._strengths).clamp(max=1.0).view(-1, 1)
        return copied(torch.lerp(torch.linspace(0, 1, _KNOTS + 1), heights, shares), self._device)

    def noise(self, shape: torch.Size) -> Tensor:
        """Gaussian noise of standard deviation 1."""
        return copied(torch.randn(shape, generator=self._generator), self._device)


def augment(
    images: Tensor, generator: torch.Generator, strength: float, ranges: Ranges | None = None
) -> Tensor:
    """Draw a variant of each image; half of them are mirrored left to right.

    How strongly an image is changed is drawn uniformly from 0 to `strength` for each: were all changed much,
    the network would never see an unchanged image, and batch norm's statistics would be of other images.

    Args:
        images: `[B, C, H, W]` uint8.
        generator: Source of all random numbers.
        strength: Largest factor of the ranges; 0 returns the images as they are.
        ranges: The largest changes at strength 1.

    Returns:
        `[B, C, H, W]` uint8; all channels of an image are changed alike.
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


def noisy(images: Tensor, generator: torch.Generator, most: float) -> Tensor:
    """Add Gaussian noise to half of the images, of a standard deviation drawn for each.

    Args:
        images: `[B, C, H, W]` uint8.
        generator: Source of all random numbers, on the CPU.
        most: Largest standard deviation, as a share of the range of greys; 0 returns the images as they are.

    Returns:
        `[B, C, H, W]` uint8.
    """
    if most == 0:
        return images
    deviations, coin = torch.rand(2, len(images), generator=generator)
    deviations = most * _GREYS * deviations * (coin < 0.5)
    noise = torch.randn(images.shape, generator=generator) * deviations.view(-1, 1, 1, 1)
    return (images + copied(noise, images.device)).round().clamp(0, _GREYS).to(torch.uint8)


def _moved(grey: Tensor, draws: _Draws, ranges: Ranges) -> Tensor:
    """The images turned, scaled, stretched, shifted and perhaps mirrored; the outside is a reflection."""
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
    """Each image `[B, C, H, W]` convolved with a Gaussian of its own `[B]` width, cut to 5 by 5 pixels."""
    offsets = torch.arange(-2, 3, device=grey.device)
    weights = torch.exp(-(offsets**2) / (2 * sigma.clamp(min=0.05).view(-1, 1) ** 2))
    weights = weights / weights.sum(1, keepdim=True)
    size = len(grey)
    stacked = F.pad(grey, (2, 2, 2, 2), mode="reflect").transpose(0, 1)
    stacked = F.conv2d(stacked, weights.view(size, 1, 1, 5), groups=size)
    return F.conv2d(stacked, weights.view(size, 1, 5, 1), groups=size).transpose(0, 1)


def _lit(grey: Tensor, draws: _Draws, ranges: Ranges) -> Tensor:
    """The images with another curve of greys, gamma, contrast and brightness."""
    curve = draws.curves(ranges.curve)
    positions = grey.flatten(1) * _KNOTS
    below = positions.floor().clamp(max=_KNOTS - 1).long()
    low, high = curve.gather(1, below), curve.gather(1, below + 1)
    grey = torch.lerp(low, high, positions - below).view_as(grey)
    grey = grey.clamp(0, 1) ** torch.exp(draws.either_way(ranges.gamma)).view(-1, 1, 1, 1)
    mean = grey.mean((1, 2, 3), keepdim=True)
    grey = mean + (grey - mean) * torch.exp(draws.either_way(ranges.contrast)).view(-1, 1, 1, 1)
    return grey + draws.either_way(ranges.brightness).view(-1, 1, 1, 1)
