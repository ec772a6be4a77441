"""Which parts of an image decide a prediction: what covering each of them does to its decision score."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.values.decision import class_score, decision_score, output_scores
from snn_tui.values.layer_spikes import Evidence
from snn_tui.values.task import Task

SIDE, PATCH, STRIDE = 28, 6, 2
"""The side of an image, that of the patch that covers a part of it, and the pixels from one position to the
next; for images of other sides in proportion."""


PIXELS_AT_ONCE = 1 << 20
"""Pixels of covered images that are predicted at once, which bounds the memory for large images."""


def occlusion(
    engine: Engine,
    batch: Batch,
    task: Task,
    label: int | None = None,
    on_share: Callable[[float], None] = lambda share: None,
) -> Evidence:
    """Slide a plain patch over an image and see how a score changes (Zeiler & Fergus 2014).

    The patch is as bright as the image on average, in each channel, so that it adds no spikes of its own; the
    random numbers of every other pixel stay as they were.

    Args:
        engine: The network's engine.
        batch: One image.
        task: What is asked of it.
        label: Index of the class whose score it is, `values.decision.class_score`; None for the decision
            score of a binary task, and of others for the class of the largest output.
        on_share: Called with the share of the positions that is done, from 0 to 1.
    """
    image = batch.images[0]
    _, height, width = image.shape
    patch, stride = patch_of(height)
    corners = [(y, x) for y in _offsets(height, patch, stride) for x in _offsets(width, patch, stride)]
    first = engine.predict(_alike(batch, image[None]))
    if label is None and task.kind != "binary":
        outputs = output_scores(first.counts[0].tolist(), first.membranes[0].tolist(), task)
        label = outputs.index(max(outputs))
    (whole,) = _scores(first, engine.num_steps, task, label)
    falls, covers = torch.zeros(2, height, width, dtype=torch.float64)
    at_once = max(1, PIXELS_AT_ONCE // image.numel())
    for start in range(0, len(corners), at_once):
        here = corners[start : start + at_once]
        prediction = engine.predict(_alike(batch, _covered(image, patch, here)))
        scores = _scores(prediction, engine.num_steps, task, label)
        for (top, left), score in zip(here, scores, strict=True):
            falls[top : top + patch, left : left + patch] += whole - score
            covers[top : top + patch, left : left + patch] += 1
        on_share(min(1.0, (start + at_once) / len(corners)))
    pull = (falls / covers).flatten().tolist()
    return Evidence(
        height=height,
        width=width,
        patch=patch,
        score=whole,
        pull=pull,
        label=label,
        unit="spikes" if engine.spiking else "log-odds",
    )


def _alike(batch: Batch, images: Tensor) -> Batch:
    """Images `[B, C, H, W]` in place of the one of a batch, with its random numbers."""
    draws = torch.as_tensor(batch.draws, device=images.device)
    return Batch(images, batch.ids.expand(len(images)), draws.expand(len(images)), batch.stream)


def patch_of(side: int) -> tuple[int, int]:
    """Pixels a side of the patch for an image of a side, and pixels from one position to the next."""
    return max(round(PATCH * side / SIDE), 1), max(round(STRIDE * side / SIDE), 1)


def _covered(image: Tensor, patch: int, corners: Sequence[tuple[int, int]]) -> Tensor:
    """The image with the patch at each position, `[positions, C, H, W]`."""
    plain = image.to(torch.float64).mean((1, 2), keepdim=True).round().to(image.dtype)
    covered = image.expand(len(corners), *image.shape).clone()
    for one, (top, left) in zip(covered, corners, strict=True):
        one[:, top : top + patch, left : left + patch] = plain
    return covered


def _offsets(size: int, patch: int, stride: int) -> list[int]:
    """Where the patch begins along one side: every `stride` pixels, and flush with both ends."""
    last = max(size - patch, 0)
    return sorted({*range(0, last, stride), last})


def _scores(prediction: Prediction, steps: int, task: Task, label: int | None) -> list[float]:
    pairs = zip(prediction.counts.tolist(), prediction.membranes.tolist(), strict=True)
    if label is None:
        return [decision_score(counts, membranes, task) for counts, membranes in pairs]
    return [class_score(label, counts, membranes, steps, task) for counts, membranes in pairs]
