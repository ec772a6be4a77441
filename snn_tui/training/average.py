"""An average of the weights a network had during training, which judges better than the last of them."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from snn_tui.snn.network import SpikingNetwork


class Average:
    """An exponential moving average of weights and of batch norm's statistics (Polyak & Juditsky 1992).

    Over the first steps it forgets faster, so that the initial weights do not linger.

    Args:
        network: What is averaged.
        decay: Share of the average that stays at each step.
    """

    def __init__(self, network: SpikingNetwork, decay: float) -> None:
        self._decay = decay
        self._steps = 0
        self.weights = copy_of(network)

    @torch.no_grad()
    def take(self, network: SpikingNetwork) -> None:
        """Count the weights as they are now in."""
        self._steps += 1
        stays = min(self._decay, self._steps / (self._steps + 9))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.weights[name].lerp_(value, 1 - stays)
            else:
                self.weights[name].copy_(value)

    def state(self) -> dict[str, Any]:
        """What there is to keep, of tensors and plain values; the tensors are the live ones."""
        return {"steps": self._steps, "weights": self.weights}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave."""
        self._steps = state["steps"]
        for name, value in state["weights"].items():
            self.weights[name].copy_(value)


def copy_of(network: SpikingNetwork) -> dict[str, Tensor]:
    """The network's weights and buffers, apart from it."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
