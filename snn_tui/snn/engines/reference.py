"""The reference engine: snnTorch, step by step. It defines what every other engine has to compute."""

from __future__ import annotations

import torch
from torch import Tensor

from snn_tui.snn.encoding import Batch, rate
from snn_tui.snn.engines import Prediction, Recording
from snn_tui.snn.loss import rate_cross_entropy
from snn_tui.snn.network import SpikingNetwork


class ReferenceEngine:
    """Steps a `SpikingNetwork` through time by its own modules and torch's autograd.

    Args:
        network: The network, on its device.
        num_steps: Time steps an image is shown for, T.
        seed: Seed of the rate coding.
    """

    name = "reference"

    def __init__(self, network: SpikingNetwork, num_steps: int, seed: int) -> None:
        self._network = network
        self._num_steps = num_steps
        self._seed = seed

    def learn(self, batch: Batch, labels: Tensor) -> float:
        """See `Engine.learn`."""
        spikes_in = rate(batch, self._num_steps, self._seed)
        membranes = self._network.silent(len(labels))
        out = []
        for spikes in spikes_in:
            fired, membranes = self._network(spikes, membranes)
            out.append(fired[-1])
        loss = rate_cross_entropy(torch.stack(out), labels).mean()
        self._network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    @torch.no_grad()
    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """See `Engine.predict`."""
        membranes = self._network.silent(len(batch.images))
        totals = [torch.zeros((), device=batch.images.device) for _ in membranes]
        out, membranes_out = [], []
        for spikes in rate(batch, self._num_steps, self._seed):
            fired, membranes = self._network(spikes, membranes)
            totals = [total + layer.mean() for total, layer in zip(totals, fired, strict=True)]
            out.append(fired[-1])
            membranes_out.append(membranes[-1])
        spikes_out = torch.stack(out)
        return Prediction(
            counts=spikes_out.sum(0).to(torch.int64),
            membranes=membranes[-1],
            spikes_out=spikes_out,
            membranes_out=torch.stack(membranes_out),
            losses=None if labels is None else rate_cross_entropy(spikes_out, labels),
            rates={
                name: float(total) / self._num_steps
                for name, total in zip(self._network.layers, totals, strict=True)
            },
        )

    @torch.no_grad()
    def record(self, batch: Batch) -> Recording:
        """See `Engine.record`."""
        spikes_in = rate(batch, self._num_steps, self._seed)
        membranes = self._network.silent(len(batch.images))
        steps, membranes_out = [], []
        for spikes in spikes_in:
            fired, membranes = self._network(spikes, membranes)
            steps.append(fired)
            membranes_out.append(membranes[-1])
        layers = {
            name: torch.stack(list(layer))
            for name, layer in zip(self._network.shapes, zip(*steps, strict=True), strict=True)
        }
        return Recording(spikes_in, layers, torch.stack(membranes_out))
