"""Which parts of an image decide a prediction: what covering each of them does to its decision score."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.values.decision import class_score, decision_score
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.task import Task

SIDE, PATCH, STRIDE = 28, 6, 2
"""The side of an image, that of the patch that covers a part of it, and the pixels from one position to the
next; for images of other sides in proportion."""


def occlusion(engine: Engine, batch: Batch, task: Task, label: int | None = None) -> Evidence:
    """Slide a plain patch over an image and see how a score changes (Zeiler & Fergus 2014).

    The patch is as bright as the image on average, in each channel, so that it adds no spikes of its own; the
    random numbers of every other pixel stay as they were.

    Args:
        engine: The network's engine.
        batch: One image.
        task: What is asked of it.
        label: Index of the class whose score it is, `values.decision.class_score`; None for the decision
            score of a binary task, and of others for the class of the largest output.
    """
    image = batch.images[0]
    _, height, width = image.shape
    patch, stride = patch_of(height)
    covered, masks = _covered(image, patch, stride)
    count = len(covered)
    prediction = engine.predict(
        Batch(
            torch.cat([image[None], covered]),
            batch.ids.expand(count + 1),
            torch.as_tensor(batch.draws, device=image.device).expand(count + 1),
            batch.stream,
        )
    )
    if label is None and task.kind != "binary":
        label = int((prediction.counts[0] + prediction.membranes[0].atan() / math.pi).argmax())
    whole, *scores = _scores(prediction, engine.num_steps, task, label)
    falls = torch.tensor([whole - score for score in scores], dtype=torch.float64)
    weights = masks.cpu().to(torch.float64).flatten(1)
    pull = (falls @ weights) / weights.sum(0)
    return Evidence(height=height, width=width, patch=patch, score=whole, pull=pull.tolist(), label=label)


def patch_of(side: int) -> tuple[int, int]:
    """Pixels a side of the patch for an image of a side, and pixels from one position to the next."""
    return max(round(PATCH * side / SIDE), 1), max(round(STRIDE * side / SIDE), 1)


def _covered(image: Tensor, patch: int, stride: int) -> tuple[Tensor, Tensor]:
    """The image with the patch at each position, `[positions, C, H, W]`, and masks `[positions, H, W]`."""
    _, height, width = image.shape
    offsets = [_offsets(size, patch, stride) for size in (height, width)]
    corners = [(top, left) for top in offsets[0] for left in offsets[1]]
    masks = torch.zeros(len(corners), height, width, dtype=torch.bool, device=image.device)
    for mask, (top, left) in zip(masks, corners, strict=True):
        mask[top : top + patch, left : left + patch] = True
    plain = image.to(torch.float64).mean((1, 2), keepdim=True).round().to(image.dtype)
    return torch.where(masks[:, None], plain, image), masks


def _offsets(size: int, patch: int, stride: int) -> list[int]:
    """Where the patch begins along one side: every `stride` pixels, and flush with both ends."""
    last = max(size - patch, 0)
    return sorted({*range(0, last, stride), last})


def _scores(prediction: Prediction, steps: int, task: Task, label: int | None) -> list[float]:
    pairs = zip(prediction.counts.tolist(), prediction.membranes.tolist(), strict=True)
    if label is None:
        return [decision_score(counts, membranes, task) for counts, membranes in pairs]
    return [class_score(label, counts, membranes, steps, task) for counts, membranes in pairs]
