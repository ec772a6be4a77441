"""Other libraries for spiking networks, each with the network of a run as its own documentation writes one.

They share their initial synapses with the run's network (convolutions, pools, batch norm and the linear
map are torch's in all of them); neurons, encoding and the order of steps are the library's. What remains
different from the run's network is said by `PeerNetwork.differences`.

A further library is a module with a `PeerNetwork`, and a line in `PEERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from importlib import import_module

import torch
from torch import Tensor, nn

from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import SpikingNetwork

NOT_INSTALLED = "not installed, pip install '.[peers]' adds it"


class NotPossible(Exception):
    """A library cannot compute a network; the text says why."""


class PeerNetwork(nn.Module):
    """A network of another library.

    Args:
        network: The run's network, on its device; its initial synapses are copied.
        recipe: How images are encoded and the loss is computed.

    Raises:
        NotPossible: The library has no such neurons.
    """

    def __init__(self, network: SpikingNetwork, recipe: Recipe) -> None:
        super().__init__()
        self.spec, self.recipe = network.spec, recipe
        self.synapses = nn.ModuleList(deepcopy(layer.synapses) for _, layer in network.named_layers())

    def forward(self, images: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
        """All time steps of a batch, beginning with its encoding.

        Args:
            images: `[B, C, H, W]` float32 from 0 to 1.
            num_steps: Time steps, T.

        Returns:
            `[T, B, K]` input currents of the output neurons, and `[T, B, K]` their spikes.
        """
        raise NotImplementedError

    def loss(self, currents: Tensor, spikes: Tensor, labels: Tensor) -> Tensor:
        """The mean loss of a batch, from what `forward` returned and labels as of `Recipe.losses`."""
        return self.recipe.losses(currents, spikes, labels).mean()

    @property
    def differences(self) -> str:
        """What it computes otherwise than the reference engine, in a few words; empty for nothing."""
        raise NotImplementedError


@dataclass(frozen=True)
class PeerKind:
    """A library that can be measured.

    Args:
        package: The package it is installed as, and imported by that name.
        module: The module of its `PeerNetwork`, which imports it.
        class_name: The class in it.
    """

    package: str
    module: str
    class_name: str

    def load(self) -> Callable[[SpikingNetwork, Recipe], PeerNetwork]:
        """Import the library, and get what makes its network.

        Raises:
            NotPossible: It is not installed, or cannot be imported beside this torch.
        """
        threads = torch.get_num_threads()
        try:
            module = import_module(f"{__name__}.{self.module}")
        except ModuleNotFoundError as error:
            if error.name == self.package:
                raise NotPossible(NOT_INSTALLED) from error
            raise NotPossible(f"cannot be imported: {error}") from error
        except (ImportError, AttributeError, TypeError, OSError, RuntimeError) as error:
            raise NotPossible(f"cannot be imported: {error}") from error
        finally:
            torch.set_num_threads(threads)
        make: Callable[[SpikingNetwork, Recipe], PeerNetwork] = getattr(module, self.class_name)
        return make


PEERS: dict[str, PeerKind] = {
    "snntorch": PeerKind("snntorch", "snntorch_loop", "SnnTorchLoop"),
    "spikingjelly": PeerKind("spikingjelly", "spikingjelly_layers", "SpikingJellyLayers"),
    "norse": PeerKind("norse", "norse_cells", "NorseCells"),
}
"""The libraries by their names in the report."""

LOOP = "snntorch"
"""The one that speeds are compared with: what snnTorch's tutorials teach."""
