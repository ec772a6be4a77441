"""The time-batched engine: each layer computes all its time steps at once, on the CPU or a GPU.

Synapses know no time, so one convolution takes all T x B images; only the leak from step to step goes in
order, and its gradient has a closed form that needs no more than the membranes. On CUDA a whole training
step is captured as a graph once and replayed, so that no kernel waits for Python.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

import torch
from torch import Tensor

from snn_tui.snn.batch_norm import shares_statistics
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Prediction, Recipe, chunks, images_at_once
from snn_tui.snn.engines.batched.graph import CapturedStep
from snn_tui.snn.layered import LayerOverTime, SpikingLayer
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.neurons import Leaky
from snn_tui.snn.operations import spike_costs
from snn_tui.snn.recording import Recording

CPU_CHUNK = 16
"""Images at a time on the CPU: larger temporaries leave the cache, and are paged in anew at every step.

Without spikes there is but one step, and a batch goes at once."""


class BatchedEngine:
    """Computes what `ReferenceEngine` defines with one call a layer, instead of one a layer and step.

    Args:
        network: The network, on its device.
        recipe: How images are encoded and the loss is computed.
        half: Compute convolutions in bfloat16; membranes stay float32. Faster on GPUs, but the spikes are not
            exactly the same.
        kernels: Compute spikes and neurons by Triton's kernels, which are for CUDA.
        graph: Capture a training step as a graph of CUDA; None for where the device is of CUDA.
    """

    name = "batched"

    def __init__(
        self,
        network: SpikingNetwork,
        recipe: Recipe,
        *,
        half: bool = False,
        kernels: bool = False,
        graph: bool | None = None,
    ) -> None:
        self._network = network
        self._recipe = recipe
        self._half = half
        self._kernels = import_module("snn_tui.snn.engines.batched.kernels") if kernels else None
        self._device = next(network.parameters()).device
        self.num_steps = recipe.num_steps
        self.spiking = network.spec.spiking
        self._captures = self._device.type == "cuda" if graph is None else graph
        self._spike_costs = spike_costs(network) if recipe.spike_penalty else {}
        self._captured: dict[tuple[torch.Size, Stream, int], CapturedStep] = {}

    def learn(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        """See `Engine.learn`."""
        return float(self.learn_ahead(batch, labels, num_steps))

    def learn_ahead(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> Tensor:
        """As `learn`, but the loss stays on the device, which is not waited for.

        Returns:
            The mean loss, a tensor that the next call may overwrite.
        """
        self._network.train()
        steps = num_steps or self._recipe.learning_steps
        if self._captures and not shares_statistics(self._network):
            key = labels.shape, batch.stream, steps
            if key not in self._captured:
                step = partial(self.gradients, num_steps=steps)
                self._captured[key] = CapturedStep(step, self._statistics(), batch, labels)
            loss, gradients = self._captured[key].replay(batch, labels)
        else:
            loss, gradients = self.gradients(batch, labels, steps)
        for parameter, gradient in zip(self._network.parameters(), gradients, strict=True):
            parameter.grad = gradient
        return loss

    @torch.no_grad()
    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """See `Engine.predict`."""
        self._network.eval()
        parts, rates = [], dict.fromkeys(self._network.active_layers, 0.0)
        for part, indices in chunks(batch, self._images_at_once(batch, self._recipe.num_steps)):
            layers = self._forward(self._encode(part, self._recipe.num_steps))
            parts.append(layers["out"])
            share = len(batch.images[indices]) / len(batch.images)
            # One list for all layers: the device is waited for once.
            means = torch.stack([self._network.activity(layers[name].spikes) for name in rates]).tolist()
            for name, mean in zip(rates, means, strict=True):
                rates[name] += mean * share
        currents, spikes, membranes_out = (
            torch.cat([getattr(part, name) for part in parts], dim=1)
            for name in ("currents", "spikes", "membranes")
        )
        return Prediction(
            spikes_out=spikes,
            membranes_out=membranes_out,
            losses=None if labels is None else self._recipe.losses(currents, spikes, labels),
            rates=rates,
        )

    @torch.no_grad()
    def record(self, batch: Batch) -> Recording:
        """See `Engine.record`."""
        self._network.eval()
        spikes_in = self._encode(batch, self._recipe.num_steps)
        layers = self._forward(spikes_in)
        spikes = {name: layer.spikes for name, layer in layers.items()}
        return Recording(spikes_in, spikes, layers["out"].membranes)

    def _statistics(self) -> list[Tensor]:
        """Batch norm's: they change in training but are not learned."""
        return [buffer for name, buffer in self._network.named_buffers() if "synapses" in name]

    def gradients(self, batch: Batch, labels: Tensor, num_steps: int) -> tuple[Tensor, list[Tensor]]:
        """The mean loss of so many steps, and its gradients by the network's parameters, on the device."""
        parameters = list(self._network.parameters())
        total = torch.zeros((), device=self._device)
        sums = [torch.zeros_like(parameter) for parameter in parameters]
        # Batch norm's statistics are those of the whole batch.
        whole = self._device.type != "cpu" or self._network.spec.norm
        at_once = len(labels) if whole else self._images_at_once(batch, num_steps)
        for part, indices in chunks(batch, at_once):
            layers = self._forward(self._encode(part, num_steps))
            spikes = {name: layer.spikes for name, layer in layers.items()}
            losses = self._recipe.training_losses(
                layers["out"].currents, spikes, labels[indices], self._spike_costs
            )
            loss = losses.sum() / len(labels)
            total += loss.detach()
            for running, gradient in zip(sums, torch.autograd.grad(loss, parameters), strict=True):
                running += gradient
        return total, sums

    def _forward(self, spikes: Tensor) -> dict[str, LayerOverTime]:
        """All steps of each layer by its name, from `[T, B, C, H, W]` input spikes or currents."""
        layers = {}
        for name, layer in self._network.named_layers():
            # Weights are cast once a call anyway, and a cache of them would not survive a captured graph.
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half, cache_enabled=False):
                currents = layer.currents(spikes, memory_format=torch.channels_last)
            currents = currents.float()
            spikes, membranes = self._fire(layer, currents)
            layers[name] = LayerOverTime(currents, spikes, membranes)
        return layers

    def _encode(self, batch: Batch, num_steps: int) -> Tensor:
        """See `Recipe.encode`."""
        if self._kernels is not None and self._recipe.encoding == "rate":
            spikes: Tensor = self._kernels.rate(batch, num_steps, self._recipe.seed)
            return spikes
        return self._recipe.encode(batch, num_steps)

    def _fire(self, layer: SpikingLayer, currents: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes and membranes of a layer's neurons, see `Neuron.over_time`."""
        if self._kernels is not None and type(layer.neurons) is Leaky:
            spikes, membranes = self._kernels.leaky_over_time(layer.neurons, currents)
            return spikes, membranes
        return layer.neurons.over_time(currents)

    def _images_at_once(self, batch: Batch, num_steps: int) -> int:
        """Images of a batch to compute at a time: as many as memory is set aside for, and few on the CPU."""
        most = CPU_CHUNK if self._device.type == "cpu" and self.spiking else len(batch.images)
        return min(most, images_at_once(self._network, num_steps, self._device))
