"""An average of a network's weights during training, which generalises better than the last weights."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from snn_tui.snn.layered import LayeredNetwork


class Average:
    """An exponential moving average of weights and of batch norm's statistics (Polyak & Juditsky 1992).

    The first steps count more, so that the initial weights fade quickly.

    Args:
        network: The network whose weights are averaged.
        decay: Share of the average that stays at each step.
    """

    def __init__(self, network: LayeredNetwork, decay: float) -> None:
        self._decay = decay
        self._steps = 0
        self.weights = copy_of(network)

    @torch.no_grad()
    def update(self, network: LayeredNetwork) -> None:
        """Add the network's current weights to the average."""
        self._steps += 1
        stays = min(self._decay, self._steps / (self._steps + 9))
        for name, value in network.state_dict().items():
            if value.is_floating_point():
                self.weights[name].lerp_(value, 1 - stays)
            else:
                self.weights[name].copy_(value)

    def state(self) -> dict[str, Any]:
        """The average and its number of steps, of tensors and plain values; the tensors are not copies."""
        return {"steps": self._steps, "weights": self.weights}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state` returned."""
        self._steps = state["steps"]
        for name, value in state["weights"].items():
            self.weights[name].copy_(value)


def copy_of(network: LayeredNetwork) -> dict[str, Tensor]:
    """A copy of the network's weights and buffers by their names."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
