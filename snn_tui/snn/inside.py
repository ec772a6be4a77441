"""The inside of one decision: every hidden layer's spikes, and which places of the picture decided it."""

from __future__ import annotations

import torch
from torch import Tensor

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import decision_score

PATCH, STRIDE = 6, 2
"""Pixels a side of the patch that covers a place, and pixels it is moved on by."""


def hidden_layers(engine: Engine, batch: Batch) -> list[LayerSpikes]:
    """What each hidden layer does with a batch of one picture, first layer first."""
    recording = engine.record(batch)
    layers = []
    for name, spikes in list(recording.spikes.items())[:-1]:
        channels, height, width = spikes.shape[2:]
        steps = [step.to(torch.uint8).cpu().numpy().tobytes() for step in spikes[:, 0]]
        layers.append(LayerSpikes(name=name, channels=channels, height=height, width=width, spikes=steps))
    return layers


def occlusion(engine: Engine, batch: Batch) -> Evidence:
    """Slide a grey patch over a picture and see how its decision score changes (Zeiler & Fergus 2014).

    The patch is as bright as the picture on average, so that it adds no spikes of its own; the random
    numbers of every other pixel stay as they were. All places are shown to the network in one batch.

    Args:
        engine: What computes.
        batch: One picture.
    """
    picture = batch.images[0, 0]
    height, width = picture.shape
    covered, masks = _covered(picture)
    many = len(covered)
    seen = engine.predict(
        Batch(
            torch.cat([picture[None], covered])[:, None],
            batch.ids.expand(many + 1),
            torch.as_tensor(batch.draws, device=picture.device).expand(many + 1),
            batch.stream,
        )
    )
    whole, *scores = _scores(seen)
    falls = torch.tensor([whole - score for score in scores], dtype=torch.float64)
    weights = masks.cpu().to(torch.float64).flatten(1)
    pull = (falls @ weights) / weights.sum(0)
    return Evidence(height=height, width=width, patch=PATCH, score=whole, pull=pull.tolist())


def _covered(picture: Tensor) -> tuple[Tensor, Tensor]:
    """The picture with each place covered, `[places, H, W]`, and where: the same shape, of True and False."""
    height, width = picture.shape
    places = [(top, left) for top in _places(height) for left in _places(width)]
    masks = torch.zeros(len(places), height, width, dtype=torch.bool, device=picture.device)
    for mask, (top, left) in zip(masks, places, strict=True):
        mask[top : top + PATCH, left : left + PATCH] = True
    grey = picture.to(torch.float64).mean().round().to(picture.dtype)
    return torch.where(masks, grey, picture), masks


def _places(size: int) -> list[int]:
    """Where the patch begins along one side: everywhere, and flush with both ends."""
    last = max(size - PATCH, 0)
    return sorted({*range(0, last, STRIDE), last})


def _scores(seen: Prediction) -> list[float]:
    counts, membranes = seen.counts.tolist(), seen.membranes.tolist()
    return [decision_score(count, membrane) for count, membrane in zip(counts, membranes, strict=True)]
