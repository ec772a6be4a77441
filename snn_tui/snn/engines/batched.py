"""The time-batched engine: each layer computes all its time steps at once, on the CPU or a GPU.

Synapses know no time, so one convolution takes all T x B images; only the leak from step to step goes in
order, and its gradient has a closed form that needs no more than the membranes. On CUDA a whole training
step is captured as a graph once and replayed, so that no kernel waits for Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor, nn

from snn_tui.snn.encoding import Batch, Stream, rate
from snn_tui.snn.engines import Prediction, Recording
from snn_tui.snn.loss import rate_cross_entropy
from snn_tui.snn.network import SpikingNetwork

CPU_CHUNK = 16
"""Images at a time on the CPU: larger temporaries leave the cache, and are paged in anew at every step."""

_WARM_UP = 3


def membranes_over_time(currents: Tensor, beta: float, threshold: float) -> Tensor:
    """The membranes of leaky neurons, step by step as `snntorch.Leaky` (reset by subtraction) computes them.

    Args:
        currents: `[T, ...]` input currents.
        beta: Share of the membrane that is left a step later.
        threshold: Membrane above which a neuron fires.

    Returns:
        `[T, ...]` membranes, each before its reset.
    """
    membranes = torch.empty_like(currents)
    membranes[0] = currents[0]
    for step in range(1, len(currents)):
        before, now = membranes[step - 1], membranes[step]
        torch.mul(before, beta, out=now)
        now += currents[step]
        now -= (before > threshold).to(now.dtype) * threshold
    return membranes


class LeakyOverTime(torch.autograd.Function):
    """Spikes of leaky neurons over all steps, with the gradient of the fast sigmoid (slope k).

    With s(m) = 1 / (1 + k |m - threshold|)^2, the gradient by the current of step t is
    e[t] = d[t] s(m[t]) + beta e[t + 1], where d is the gradient by the spikes: the reset passes none on, as
    in snnTorch. Only the membranes are kept for it.
    """

    @staticmethod
    def forward(
        ctx: Any, currents: Tensor, beta: float, threshold: float, slope: float
    ) -> tuple[Tensor, Tensor]:
        """`[T, ...]` currents to `[T, ...]` spikes, and the membranes they were decided by."""
        membranes = membranes_over_time(currents, beta, threshold)
        ctx.save_for_backward(membranes)
        ctx.mark_non_differentiable(membranes)
        ctx.constants = beta, threshold, slope
        return (membranes > threshold).to(currents.dtype), membranes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        """`[T, ...]` gradients by the spikes to those by the currents."""
        (membranes,) = ctx.saved_tensors
        beta, threshold, slope = ctx.constants
        steep = (membranes - threshold).abs_().mul_(slope).add_(1.0)
        errors = gradients[0] / steep.square_()
        for step in range(len(errors) - 2, -1, -1):
            errors[step].add_(errors[step + 1], alpha=beta)
        return errors, None, None, None


class BatchedEngine:
    """Computes what `ReferenceEngine` defines with one call a layer, instead of one a layer and step.

    Args:
        network: The network, on its device.
        num_steps: Time steps an image is shown for, T.
        seed: Seed of the rate coding.
        half: Compute convolutions in bfloat16; membranes stay float32. Faster on GPUs, and not the same
            spikes any more.
    """

    name = "batched"

    def __init__(self, network: SpikingNetwork, num_steps: int, seed: int, *, half: bool = False) -> None:
        self._network = network
        self._num_steps = num_steps
        self._seed = seed
        self._half = half
        self._device = next(network.parameters()).device
        self._graphs: dict[tuple[int, Stream], _Graph] = {}

    def learn(self, batch: Batch, labels: Tensor) -> float:
        """See `Engine.learn`."""
        parameters = list(self._network.parameters())
        if self._device.type == "cuda":
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
        shown = [(len(part.images), *self._forward(part)) for part, _ in self._chunks(batch)]
        spikes = torch.cat([layers["out"] for _, layers, _ in shown], dim=1)
        membranes_out = torch.cat([membranes for _, _, membranes in shown], dim=1)
        return Prediction(
            counts=spikes.sum(0).to(torch.int64),
            membranes=membranes_out[-1],
            spikes_out=spikes,
            membranes_out=membranes_out,
            losses=None if labels is None else rate_cross_entropy(spikes, labels),
            rates={
                name: sum(size * float(layers[name].mean()) for size, layers, _ in shown) / len(batch.images)
                for name in self._network.shapes
            },
        )

    @torch.no_grad()
    def record(self, batch: Batch) -> Recording:
        """See `Engine.record`."""
        layers, membranes = self._forward(batch)
        return Recording(rate(batch, self._num_steps, self._seed), layers, membranes)

    def gradients(self, batch: Batch, labels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The mean loss, and its gradients by the network's parameters, both on the device."""
        parameters = list(self._network.parameters())
        total = torch.zeros((), device=self._device)
        sums = [torch.zeros_like(parameter) for parameter in parameters]
        for part, picks in self._chunks(batch):
            layers, _ = self._forward(part)
            loss = rate_cross_entropy(layers["out"], labels[picks]).sum() / len(labels)
            total += loss.detach()
            for into, gradient in zip(sums, torch.autograd.grad(loss, parameters), strict=True):
                into += gradient
        return total, sums

    def _forward(self, batch: Batch) -> tuple[dict[str, Tensor], Tensor]:
        """Spikes `[T, B, ...]` of each layer, and the output membranes `[T, B, C]`."""
        spec, fired = self._network.spec, {}
        spikes = rate(batch, self._num_steps, self._seed)
        membranes = spikes
        for name, layer in self._network.layers.items():
            spikes = spikes.flatten(0, 1)
            if spikes.dim() == 4:
                spikes = spikes.contiguous(memory_format=torch.channels_last)
            # Weights are cast once a call anyway, and a cache of them would not survive a captured graph.
            with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half, cache_enabled=False):
                currents = cast(nn.Module, layer.synapses)(spikes)
            currents = currents.float().unflatten(0, (self._num_steps, -1))
            spikes, membranes = LeakyOverTime.apply(currents, spec.beta, spec.threshold, spec.slope)
            fired[name] = spikes
        return fired, membranes

    def _chunks(self, batch: Batch) -> Iterator[tuple[Batch, slice]]:
        """On the CPU a few images at a time, elsewhere all of them."""
        size = len(batch.images)
        chunk = CPU_CHUNK if self._device.type == "cpu" else size
        draws = torch.as_tensor(batch.draws, device=self._device).expand(size)
        for begin in range(0, size, chunk):
            picks = slice(begin, begin + chunk)
            yield Batch(batch.images[picks], batch.ids[picks], draws[picks], batch.stream), picks


class _Graph:
    """One training step on CUDA, captured for batches of one size and replayed on new images.

    Weights are read, and gradients left, where they are: the optimizer's in-place updates are seen.
    """

    def __init__(self, engine: BatchedEngine, batch: Batch, labels: Tensor) -> None:
        draws = torch.as_tensor(batch.draws, device=labels.device).expand(len(labels)).clone()
        self._batch = Batch(batch.images.clone(), batch.ids.clone(), draws, batch.stream)
        self._labels = labels.clone()
        # Libraries choose their algorithms and workspaces at the first calls, which must not be captured.
        aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(_WARM_UP):
                engine.gradients(self._batch, self._labels)
        torch.cuda.current_stream().wait_stream(aside)
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
