"""Showing a whole split to the network, without learning from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Engine
from snn_tui.training.metrics import decision_scores, score
from snn_tui.values.scores import Scores

BATCH_SIZE = 256
EVALUATION_DRAW = 0


@dataclass(frozen=True)
class Images:
    """A split on the device.

    Args:
        images: `[N, 1, H, W]` uint8.
        labels: `[N]` int64.
        ids: `[N]` int64, each image's number in its file.
        stream: Which split it is.
    """

    images: Tensor
    labels: Tensor
    ids: Tensor
    stream: Stream

    @classmethod
    def of(
        cls,
        images: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        ids: NDArray[np.int64],
        stream: Stream,
        device: torch.device,
    ) -> Images:
        """Bring arrays `[N, H, W]`, `[N]` and `[N]` to the device."""
        return cls(
            torch.from_numpy(np.ascontiguousarray(images)).unsqueeze(1).to(device),
            torch.from_numpy(labels.astype(np.int64)).to(device),
            torch.from_numpy(ids.astype(np.int64)).to(device),
            stream,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, picks: Tensor, draw: int) -> tuple[Batch, Tensor]:
        """The batch of the images at `[B]` positions, in that draw of the coding, and its labels."""
        return Batch(self.images[picks], self.ids[picks], draw, self.stream), self.labels[picks]

    def batches(self, draw: int) -> Iterator[tuple[Batch, Tensor]]:
        """The whole split in order."""
        for picks in torch.split(torch.arange(len(self), device=self.labels.device), BATCH_SIZE):
            yield self.pick(picks, draw)


@dataclass(frozen=True)
class Answers:
    """What the network said to every image of a split.

    Args:
        labels: `[N]` true classes.
        decisions: `[N]` decision scores, above 0 for pneumonia.
        losses: `[N]` losses.
        rates: Mean firing rate of each layer.
    """

    labels: NDArray[np.int64]
    decisions: NDArray[np.float64]
    losses: NDArray[np.float32]
    rates: dict[str, float]

    def score(self) -> Scores:
        """The metrics of these answers."""
        loss = float(self.losses.mean(dtype=np.float64))
        return score(self.labels, self.decisions, loss=loss, rates=self.rates)


def answer(engine: Engine, split: Images, draw: int = EVALUATION_DRAW) -> Answers:
    """Show every image of a split once.

    Args:
        engine: The network's engine.
        split: The images; their answers come in the same order.
        draw: Which draw of the rate coding to use.
    """
    labels, decisions, losses = [], [], []
    rates: dict[str, float] = {}
    for batch, truth in split.batches(draw):
        seen = engine.predict(batch, truth)
        assert seen.losses is not None
        labels.append(truth.cpu().numpy())
        decisions.append(decision_scores(seen.counts.cpu().numpy(), seen.membranes.cpu().numpy()))
        losses.append(seen.losses.cpu().numpy())
        for name, rate in seen.rates.items():
            rates[name] = rates.get(name, 0.0) + rate * len(truth) / len(split)
    return Answers(np.concatenate(labels), np.concatenate(decisions), np.concatenate(losses), rates)
