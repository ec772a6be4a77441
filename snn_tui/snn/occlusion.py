"""Which parts of an image decide a prediction: what covering each of them does to its decision score."""

from __future__ import annotations

import torch
from torch import Tensor

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.values.decision import decision_score
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.task import Task

PATCH, STRIDE = 6, 2
"""Pixels a side of the patch that covers a part of the image, and pixels from one position to the next."""


def occlusion(engine: Engine, batch: Batch, task: Task) -> Evidence:
    """Slide a grey patch over an image and see how its decision score changes (Zeiler & Fergus 2014).

    The patch is as bright as the image on average, so that it adds no spikes of its own; the random numbers
    of every other pixel stay as they were. All positions are predicted in one batch.

    Args:
        engine: The network's engine.
        batch: One image.
        task: What is asked of it.
    """
    image = batch.images[0, 0]
    height, width = image.shape
    covered, masks = _covered(image)
    count = len(covered)
    prediction = engine.predict(
        Batch(
            torch.cat([image[None], covered])[:, None],
            batch.ids.expand(count + 1),
            torch.as_tensor(batch.draws, device=image.device).expand(count + 1),
            batch.stream,
        )
    )
    whole, *scores = _scores(prediction, task)
    falls = torch.tensor([whole - score for score in scores], dtype=torch.float64)
    weights = masks.cpu().to(torch.float64).flatten(1)
    pull = (falls @ weights) / weights.sum(0)
    return Evidence(height=height, width=width, patch=PATCH, score=whole, pull=pull.tolist())


def _covered(image: Tensor) -> tuple[Tensor, Tensor]:
    """The image with the patch at each position, `[positions, H, W]`, and the patch's masks, likewise."""
    height, width = image.shape
    corners = [(top, left) for top in _offsets(height) for left in _offsets(width)]
    masks = torch.zeros(len(corners), height, width, dtype=torch.bool, device=image.device)
    for mask, (top, left) in zip(masks, corners, strict=True):
        mask[top : top + PATCH, left : left + PATCH] = True
    grey = image.to(torch.float64).mean().round().to(image.dtype)
    return torch.where(masks, grey, image), masks


def _offsets(size: int) -> list[int]:
    """Where the patch begins along one side: every `STRIDE` pixels, and flush with both ends."""
    last = max(size - PATCH, 0)
    return sorted({*range(0, last, STRIDE), last})


def _scores(prediction: Prediction, task: Task) -> list[float]:
    counts, membranes = prediction.counts.tolist(), prediction.membranes.tolist()
    return [decision_score(count, membrane, task) for count, membrane in zip(counts, membranes, strict=True)]
