"""What an image costs a network of the user's own, as far as its convolutions and linear maps tell."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from snn_tui.snn.operations import LayerTally, add_operations
from snn_tui.snn.own_network import OwnNetwork, over_steps
from snn_tui.snn.quantisation import stored_bytes
from snn_tui.snn.recording import Recording
from snn_tui.values.energy import Energy
from snn_tui.values.energy_constants import FLOAT_BITS, EnergyConstants


class OwnTally:
    """Adds up what recordings cost: the operations of modules of torch that have synapses.

    Args:
        network: The network that was recorded.
    """

    def __init__(self, network: OwnNetwork) -> None:
        self._network = network
        self.images = 0
        self._num_steps = 0
        self._silent, self._neurons = 0.0, 0.0
        self._layers: dict[str, LayerTally] = {}
        self._uncounted = _with_other_weights(network.module)

    @torch.no_grad()
    def add(self, recording: Recording) -> None:
        """Count a recording in; all have the same number of steps."""
        self._num_steps, images = recording.spikes_in.shape[:2]
        self.images += images
        for name, arriving in self._arriving(recording.spikes_in).items():
            module = self._network.module.get_submodule(name)
            assert isinstance(module, nn.Conv2d | nn.Linear)
            tally = self._layers.setdefault(name, LayerTally(self._num_steps))
            add_operations(tally, nn.Sequential(module), arriving, spiking=True)
        for fired in recording.spikes.values():
            self._neurons += fired.numel()
            self._silent += fired.numel() - float(fired.count_nonzero())

    def energy(self, constants: EnergyConstants | None = None, bits: int = FLOAT_BITS) -> Energy:
        """What one image costs on average, and what of it is known; the arguments are those of `Tally`."""
        counts = self._network.neuron_counts
        in_order = len(counts) == len(self._layers)
        for tally, neurons in zip(self._layers.values(), counts.values(), strict=False):
            tally.neurons = neurons if in_order else 0
        if self._layers and not in_order:
            list(self._layers.values())[-1].neurons = sum(counts.values())
        uncounted = f", not of {', '.join(sorted(self._uncounted))}" if self._uncounted else ""
        return Energy(
            images=self.images,
            num_steps=self._num_steps,
            layers={name: tally.operations(self.images) for name, tally in self._layers.items()},
            sparsity=self._silent / self._neurons,
            constants=constants or EnergyConstants(),
            parameter_bytes=stored_bytes(self._network.state_dict(), bits),
            weight_bits=bits,
            state_bytes=4 * sum(counts.values()),
            note=f"your own network: operations of its Conv2d and Linear modules{uncounted}; "
            f"neurons of {', '.join(counts)}, one membrane each; anything else is not known",
        )

    @property
    def dense_a_step(self) -> dict[str, int]:
        """Multiply-adds of each counted module in one time step of an image, if no spike is left out."""
        return {name: round(tally.dense / max(self.images, 1)) for name, tally in self._layers.items()}

    def _arriving(self, spikes_in: Tensor) -> dict[str, Tensor]:
        """`[T, B, ...]` inputs of each convolution and linear map by its path, in the order of calls."""
        names = [name for name, module in self._network.module.named_modules() if _countable(module)]
        with self._network.listening(names, inputs=True) as heard:
            self._network.over_time(spikes_in)
        arriving = {}
        for name, inputs in heard.items():
            frames = over_steps(inputs, *spikes_in.shape[:2])
            module = self._network.module.get_submodule(name)
            if frames is None or frames.dim() != (3 if isinstance(module, nn.Linear) else 5):
                self._uncounted.add(name)
            else:
                arriving[name] = frames
        return arriving


def _countable(module: nn.Module) -> bool:
    if isinstance(module, nn.Conv2d):
        return not isinstance(module.padding, str) and module.padding_mode == "zeros"
    return isinstance(module, nn.Linear)


def _with_other_weights(module: nn.Module) -> set[str]:
    """Paths of modules with weights of two or more dimensions that are not counted."""
    return {
        name or "the module itself"
        for name, part in module.named_modules()
        if not _countable(part) and any(weight.dim() > 1 for weight in part.parameters(recurse=False))
    }
