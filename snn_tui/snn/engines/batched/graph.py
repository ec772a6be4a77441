"""A training step on CUDA, captured as a graph once and replayed, so that no kernel waits for Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, cuda

from snn_tui.snn.encoding import Batch

WARM_UP = 3
"""Steps before the capture, in which libraries choose algorithms and workspaces, and Triton compiles."""

Step = Callable[[Batch, Tensor], tuple[Tensor, list[Tensor]]]
"""Computes the mean loss of a batch and its labels, and the gradients."""


class CapturedStep:
    """One training step, captured for batches of one size and stream, and replayed on new images.

    Weights are read, and gradients written, at fixed addresses: the optimizer has to update in place, as
    torch's do, and weights have to be loaded in place, as `load_state_dict` does.

    Args:
        step: What is captured. It may not wait for the device, nor make tensors of numbers of Python's.
        statistics: Tensors that the step changes, besides those it returns.
        batch: A batch of that size, on the device.
        labels: Its labels.
    """

    def __init__(self, step: Step, statistics: Sequence[Tensor], batch: Batch, labels: Tensor) -> None:
        draws = torch.as_tensor(batch.draws, device=labels.device).expand(len(labels)).clone()
        self._batch = Batch(batch.images.clone(), batch.ids.clone(), draws, batch.stream)
        self._labels = labels.clone()
        before = [statistic.clone() for statistic in statistics]
        # Streams are of the current device, which need not be the one that is computed on; torch's own stream
        # for captures is of whatever device was current at the first of them.
        with cuda.device(labels.device):
            stream = cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(cuda.current_stream())
            with cuda.stream(stream):
                for _ in range(WARM_UP):
                    step(self._batch, self._labels)
            cuda.current_stream().wait_stream(stream)
            for statistic, value in zip(statistics, before, strict=True):
                statistic.copy_(value)
            self._graph = cuda.CUDAGraph()
            # What other threads ask of CUDA meanwhile does not end the capture.
            with cuda.graph(self._graph, stream=stream, capture_error_mode="thread_local"):
                self._loss, self._gradients = step(self._batch, self._labels)

    def replay(self, batch: Batch, labels: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Loss and gradients of another batch; they are overwritten by the next."""
        self._batch.images.copy_(batch.images)
        self._batch.ids.copy_(batch.ids)
        draws = cast(Tensor, self._batch.draws)
        if isinstance(batch.draws, int):
            draws.fill_(batch.draws)
        else:
            draws.copy_(batch.draws)
        self._labels.copy_(labels)
        self._graph.replay()
        return self._loss, self._gradients
