"""Answers about the images of a configuration, and how one of them becomes spikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from snn_tui.config.run_config import RunConfig
from snn_tui.data.balance import balance, summary
from snn_tui.data.dataset import Dataset
from snn_tui.errors import UsageError
from snn_tui.inspector.cache import LoadedDataset
from snn_tui.inspector.data_messages import (
    MOST_STEPS,
    Coding,
    DataFacts,
    DatasetImage,
    EncodedImage,
    EncodeImage,
)
from snn_tui.snn.encoding import Batch, Stream, direct, latency, rate
from snn_tui.values.dataset import Picture


def describe_data(loaded: LoadedDataset, config: RunConfig) -> DataFacts:
    """Counts before and after balancing, and every label."""
    dataset = loaded.dataset
    balanced = balance(dataset, config.balance, config.seed)
    labels = {split: images.labels.tobytes() for split, images in dataset.splits.items()}
    return DataFacts(summary(dataset, balanced, config.balance), loaded.stand_in, labels)


def load_images(
    dataset: Dataset, config: RunConfig, split: str, indices: Sequence[int]
) -> list[DatasetImage]:
    """The images of a split at the indices.

    Raises:
        UsageError: The split has no image of such an index.
    """
    images = dataset.splits[split]
    kept = set(balance(dataset, config.balance, config.seed).splits[split].ids.tolist())
    loaded = []
    for index in indices:
        if not 0 <= index < len(images):
            raise UsageError(
                f"{split} has no image {index}", remedy=f"give a number from 0 to {len(images) - 1}"
            )
        pixels = images.images[index]
        height, width, *colours = pixels.shape
        picture = Picture(
            pixels=pixels.tobytes(),
            height=height,
            width=width,
            labels=images.classes_of(index),
            channels=colours[0] if colours else 1,
        )
        loaded.append(DatasetImage(index, int(images.ids[index]) in kept, picture))
    return loaded


def encode_image(dataset: Dataset, question: EncodeImage) -> EncodedImage:
    """One image as spikes or currents, with the seed of the configuration.

    Raises:
        UsageError: The split has no such image, or the number of steps is not from 1 to `MOST_STEPS`.
    """
    if not 1 <= question.num_steps <= MOST_STEPS:
        raise UsageError(f"not {question.num_steps} steps", remedy=f"1 to {MOST_STEPS}")
    config, split, index = question.config, question.split, question.index
    (image,) = load_images(dataset, config, split, [index])
    images = dataset.splits[split]
    pixels = torch.from_numpy(np.ascontiguousarray(images.images[index]))[None, None]
    batch = Batch(pixels, torch.tensor([int(images.ids[index])]), question.draw, Stream[split.upper()])
    frames = _frames(batch, question.coding, question.num_steps, config.seed)
    return EncodedImage(
        image, question.coding, question.draw, [frame.tobytes() for frame in frames], dataset.task
    )


def _frames(batch: Batch, coding: Coding, num_steps: int, seed: int) -> NDArray[np.uint8]:
    """`[T, H * W]` spikes, 0 or 1, or currents, 0 to 255."""
    if coding.kind == "direct":
        coded = (direct(batch.images, num_steps) * 255).round()
    elif coding.kind == "latency":
        coded = latency(
            batch.images,
            num_steps,
            linear=coding.linear,
            tau=coding.tau,
            threshold=coding.threshold,
            clip=coding.clip,
        )
    else:
        coded = rate(batch, num_steps, seed)
    frames: NDArray[np.uint8] = coded.to(torch.uint8).flatten(1).contiguous().numpy()
    return frames
