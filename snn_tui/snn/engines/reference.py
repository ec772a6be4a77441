"""The reference engine: snnTorch's neurons, step by step. It defines what every other engine computes."""

from __future__ import annotations

import torch
from torch import Tensor

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Prediction, Recipe, chunks, images_at_once
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.operations import spike_costs
from snn_tui.snn.recording import Recording


class ReferenceEngine:
    """Computes one time step at a time by the network's own modules and torch's autograd.

    Where batch norm or the loss needs all of a layer's currents together, it computes layer by layer, and in
    each layer one time step at a time.

    Args:
        network: The network, on its device.
        recipe: How images are encoded and the loss is computed.
    """

    name = "reference"

    def __init__(self, network: LayeredNetwork, recipe: Recipe) -> None:
        self._network = network
        self._recipe = recipe
        self.num_steps = recipe.num_steps
        self.spiking = network.spiking
        self._spike_costs = spike_costs(network) if recipe.spike_penalty else {}
        self._by_layer = network.by_layer or recipe.loss == "current"

    def learn(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        """See `Engine.learn`."""
        self._network.train()
        spikes_in = self._recipe.encode(batch, num_steps or self._recipe.learning_steps)
        currents, spikes, _ = self._forward(spikes_in)
        loss = self._recipe.training_losses(currents, spikes, labels, self._spike_costs).mean()
        self._network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    @torch.no_grad()
    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """See `Engine.predict`."""
        self._network.eval()
        outs, rates = [], dict.fromkeys(self._network.active_layers, 0.0)
        for part, _ in chunks(batch, images_at_once(self._network, self.num_steps, batch.images.device)):
            currents, layers, membranes = self._forward(self._recipe.encode(part, self.num_steps))
            outs.append((currents, layers["out"], membranes))
            share = len(part.images) / len(batch.images)
            for name in rates:
                rates[name] += float(self._network.activity(layers[name])) * share
        currents, spikes_out, membranes = (torch.cat(parts, dim=1) for parts in zip(*outs, strict=True))
        return Prediction(
            spikes_out=spikes_out,
            membranes_out=membranes,
            losses=None if labels is None else self._recipe.losses(currents, spikes_out, labels),
            rates=rates,
        )

    @torch.no_grad()
    def record(self, batch: Batch) -> Recording:
        """See `Engine.record`."""
        self._network.eval()
        spikes_in = self._recipe.encode(batch, self._recipe.num_steps)
        _, layers, membranes = self._forward(spikes_in)
        return Recording(spikes_in, layers, membranes)

    def _forward(self, spikes_in: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """Currents of the readout, spikes of each layer by its name, membranes of the readout, `[T, ...]`."""
        if self._by_layer:
            over_time = self._network.over_time(spikes_in)
            out = over_time["out"]
            return out.currents, {name: layer.spikes for name, layer in over_time.items()}, out.membranes
        states = self._network.initial_state(spikes_in.shape[1])
        steps, membranes_out = [], []
        for spikes in spikes_in:
            layer_spikes, states = self._network(spikes, states)
            steps.append(layer_spikes)
            membranes_out.append(states[-1][0])
        layers = {
            name: torch.stack(list(layer))
            for name, layer in zip(self._network.shapes, zip(*steps, strict=True), strict=True)
        }
        return layers["out"], layers, torch.stack(membranes_out)  # no currents: `rate` needs none
