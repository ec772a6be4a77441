"""The time-batched engine: each layer computes all its time steps at once, on the CPU or a GPU.

Synapses know no time, so one convolution takes all T x B images; only the leak from step to step goes in
order, and its gradient has a closed form that needs no more than the membranes. On CUDA a whole training
step is captured as a graph once and replayed, so that no kernel waits for Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import torch
from torch import Tensor

from snn_tui.snn.batch_norm import shares_statistics
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Prediction, Recipe, Recording, chunks, images_at_once
from snn_tui.snn.network import LayerOverTime, SpikingNetwork

CPU_CHUNK = 16
"""Images at a time on the CPU: larger temporaries leave the cache, and are paged in anew at every step."""

_WARM_UP = 3


class BatchedEngine:
    """Computes what `ReferenceEngine` defines with one call a layer, instead of one a layer and step.

    Args:
        network: The network, on its device.
        recipe: How images are encoded and the loss is computed.
        half: Compute convolutions in bfloat16; membranes stay float32. Faster on GPUs, but the spikes are not
            exactly the same.
    """

    name = "batched"

    def __init__(self, network: SpikingNetwork, recipe: Recipe, *, half: bool = False) -> None:
        self._network = network
        self._recipe = recipe
        self._half = half
        self._device = next(network.parameters()).device
        self.num_steps = recipe.num_steps
        self._graphs: dict[tuple[int, Stream], _Graph] = {}

    def learn(self, batch: Batch, labels: Tensor) -> float:
        """See `Engine.learn`."""
        self._network.train()
        parameters = list(self._network.parameters())
        if self._device.type == "cuda" and not shares_statistics(self._network):
            key = len(labels), batch.stream
            if key not in self._graphs:
                self._graphs[key] = _Graph(self, batch, labels)
            loss, gradients = self._graphs[key].replay(batch, labels)
        else:
            loss, gradients = self.gradients(batch, labels)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        return float(loss)

    @torch.no_grad()
    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """See `Engine.predict`."""
        self._network.eval()
        parts, rates = [], dict.fromkeys(self._network.shapes, 0.0)
        for part, indices in chunks(batch, self._images_at_once(batch, self._recipe.num_steps)):
            layers = self._forward(self._recipe.encode(part, self._recipe.num_steps))
            parts.append(layers["out"])
            share = len(batch.images[indices]) / len(batch.images)
            for name, layer in layers.items():
                rates[name] += float(layer.spikes.mean()) * share
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
        spikes_in = self._recipe.encode(batch, self._recipe.num_steps)
        layers = self._forward(spikes_in)
        spikes = {name: layer.spikes for name, layer in layers.items()}
        return Recording(spikes_in, spikes, layers["out"].membranes)

    @property
    def buffers(self) -> Iterator[Tensor]:
        """Batch norm's statistics: they change in training but are not learned."""
        return (buffer for name, buffer in self._network.named_buffers() if "synapses" in name)

    def gradients(self, batch: Batch, labels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The mean loss, and its gradients by the network's parameters, both on the device."""
        parameters = list(self._network.parameters())
        total = torch.zeros((), device=self._device)
        sums = [torch.zeros_like(parameter) for parameter in parameters]
        # Batch norm's statistics are those of the whole batch.
        steps = self._recipe.learning_steps
        whole = self._device.type != "cpu" or self._network.spec.norm
        at_once = len(labels) if whole else self._images_at_once(batch, steps)
        for part, indices in chunks(batch, at_once):
            out = self._forward(self._recipe.encode(part, steps))["out"]
            loss = self._recipe.weighted_losses(out.currents, out.spikes, labels[indices]).sum() / len(labels)
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
            spikes, membranes = layer.neurons.over_time(currents)
            layers[name] = LayerOverTime(currents, spikes, membranes)
        return layers

    def _images_at_once(self, batch: Batch, num_steps: int) -> int:
        """Images of a batch to compute at a time: as many as memory is set aside for, and few on the CPU."""
        most = CPU_CHUNK if self._device.type == "cpu" else len(batch.images)
        return min(most, images_at_once(self._network, num_steps, self._device))


class _Graph:
    """One training step on CUDA, captured for batches of one size and replayed on new images.

    Weights are read, and gradients written, at fixed addresses: the optimizer has to update in place, as
    torch's do.
    """

    def __init__(self, engine: BatchedEngine, batch: Batch, labels: Tensor) -> None:
        draws = torch.as_tensor(batch.draws, device=labels.device).expand(len(labels)).clone()
        self._batch = Batch(batch.images.clone(), batch.ids.clone(), draws, batch.stream)
        self._labels = labels.clone()
        # Libraries choose their algorithms and workspaces at the first calls, which must not be captured, and
        # must not count in batch norm's statistics either.
        buffers = list(engine.buffers)
        before = [buffer.clone() for buffer in buffers]
        side_stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side_stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side_stream):
            for _ in range(_WARM_UP):
                engine.gradients(self._batch, self._labels)
        torch.cuda.current_stream().wait_stream(side_stream)
        for buffer, value in zip(buffers, before, strict=True):
            buffer.copy_(value)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._loss, self._gradients = engine.gradients(self._batch, self._labels)

    def replay(self, batch: Batch, labels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Loss and gradients of another batch; they are overwritten by the next."""
        self._batch.images.copy_(batch.images)
        self._batch.ids.copy_(batch.ids)
        cast(Tensor, self._batch.draws).copy_(
            torch.as_tensor(batch.draws, device=labels.device).expand(len(labels))
        )
        self._labels.copy_(labels)
        self._graph.replay()
        return self._loss, self._gradients
