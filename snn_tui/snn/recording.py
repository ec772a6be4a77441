"""What a network did with a batch of images: spikes of every layer at every step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from snn_tui.values.layer_spikes import LayerSpikes


@dataclass(frozen=True)
class Recording:
    """Input spikes, every layer's spikes and the output membranes of a batch, step by step.

    Args:
        spikes_in: `[T, B, C, H, W]` input spikes.
        spikes: `[T, B, *shape]` spikes of each layer by its name, first to last; the last is the readout. Of
            neurons that do not spike the outputs, of which the readout has none, `[1, B, 0]`.
        membranes: `[T, B, K]` output membranes.
    """

    spikes_in: Tensor
    spikes: dict[str, Tensor]
    membranes: Tensor

    @property
    def spikes_out(self) -> Tensor:
        """`[T, B, K]` output spikes."""
        return list(self.spikes.values())[-1]

    def hidden_layers(self) -> list[LayerSpikes]:
        """The spikes or outputs of each hidden layer for the first image, first layer first."""
        layers, spiking = [], self.spikes_out.shape[-1] > 0
        for name, spikes in list(self.spikes.items())[:-1]:
            channels, height, width = _as_image(tuple(spikes.shape[2:]))
            levels, most = spikes[:, 0], None
            if not spiking:
                most = float(levels.max())
                levels = (levels * (255 / most if most else 0.0)).round()
            steps = [step.to(torch.uint8).cpu().numpy().tobytes() for step in levels]
            layers.append(
                LayerSpikes(name=name, channels=channels, height=height, width=width, spikes=steps, most=most)
            )
        return layers


def _as_image(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """Channels, height and width of a layer; neurons in a row are laid out as a nearly square picture."""
    if len(shape) == 3:
        return shape[0], shape[1], shape[2]
    number = math.prod(shape)
    height = next(side for side in range(math.isqrt(number), 0, -1) if number % side == 0)
    return 1, height, number // height
