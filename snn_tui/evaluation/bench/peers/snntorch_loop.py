"""The network as snnTorch's tutorials write it: a loop over time steps, and autograd."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import snntorch
import torch
from snntorch import functional, spikegen
from torch import Tensor, nn

from snn_tui.evaluation.bench.peers import PeerNetwork
from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import SpikingNetwork, surrogate_of


class SnnTorchLoop(PeerNetwork):
    """See `PeerNetwork`. Neurons are `snntorch.Leaky`, as in the reference engine."""

    def __init__(self, network: SpikingNetwork, recipe: Recipe) -> None:
        super().__init__(network, recipe)
        spec = self.spec
        hidden = [
            snntorch.Leaky(
                beta=spec.beta,
                threshold=spec.threshold,
                spike_grad=surrogate_of(spec).function(),
                learn_beta=spec.learn_beta,
                reset_mechanism="subtract",
            )
            for _ in self.synapses[:-1]
        ]
        readout = snntorch.Leaky(
            beta=1.0 if spec.integrate else spec.beta,
            threshold=spec.threshold,
            spike_grad=surrogate_of(spec).function(),
            reset_mechanism="subtract",
        )
        self.neurons: Iterable[Any] = nn.ModuleList([*hidden, readout])

    def forward(self, images: Tensor, num_steps: int) -> tuple[Tensor, Tensor]:
        """See `PeerNetwork.forward`."""
        encoded = spikegen.rate(images, num_steps) if self.recipe.encoding == "rate" else None
        membranes = [neurons.reset_mem() for neurons in self.neurons]
        currents_out, spikes_out = [], []
        for step in range(num_steps):
            spikes = images if encoded is None else encoded[step]
            for layer, (synapses, neurons) in enumerate(zip(self.synapses, self.neurons, strict=True)):
                currents = synapses(spikes)
                spikes, membranes[layer] = neurons(currents, membranes[layer])
            currents_out.append(currents)
            spikes_out.append(spikes)
        return torch.stack(currents_out), torch.stack(spikes_out)

    def loss(self, currents: Tensor, spikes: Tensor, labels: Tensor) -> Tensor:
        """See `PeerNetwork.loss`; the tutorials' own where it is that."""
        recipe = self.recipe
        if recipe.loss == "rate" and not recipe.several_labels and not recipe.label_smoothing:
            loss: Tensor = functional.ce_rate_loss()(spikes, labels)
            return loss.mean()  # of shape (1,) in snnTorch 1.0.0
        return super().loss(currents, spikes, labels)

    @property
    def differences(self) -> str:
        """See `PeerNetwork.differences`."""
        return "batch norm's statistics are of one step at a time" if self.spec.norm else ""
