"""Answers about the images of a configuration, and how one of them becomes spikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from snn_tui.config.run_config import RunConfig
from snn_tui.data import registry
from snn_tui.data.balance import balance, summary
from snn_tui.data.dataset import Dataset
from snn_tui.errors import UsageError
from snn_tui.inspector.cache import LoadedDataset
from snn_tui.inspector.data_messages import (
    MOST_STEPS,
    THUMBNAIL,
    Coding,
    DataFacts,
    DatasetImage,
    EncodedImage,
    EncodeImage,
)
from snn_tui.inspector.thumbnails import shrunk
from snn_tui.snn.encoding import Batch, Stream, direct, latency, rate
from snn_tui.values.dataset import Picture


def describe_data(loaded: LoadedDataset, config: RunConfig) -> DataFacts:
    """Counts before and after balancing, and every label."""
    dataset = loaded.dataset
    balanced = balance(dataset, config.balance, config.seed)
    labels = {split: images.labels.tobytes() for split, images in dataset.splits.items()}
    missing = registry.expected_task(config).name if loaded.stand_in else ""
    return DataFacts(
        summary(dataset, balanced, config.balance, config.class_weights), loaded.stand_in, labels, missing
    )


def load_images(
    dataset: Dataset, config: RunConfig, split: str, indices: Sequence[int], side: int = THUMBNAIL
) -> list[DatasetImage]:
    """The images of a split at the indices, shrunk to at most `side` pixels a side.

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
        picture = _picture(shrunk(images.images[index], side), images.classes_of(index))
        loaded.append(DatasetImage(index, int(images.ids[index]) in kept, picture))
    return loaded


def _picture(pixels: NDArray[np.uint8], labels: tuple[int, ...]) -> Picture:
    height, width, *colours = pixels.shape
    channels = colours[0] if colours else 1
    return Picture(pixels=pixels.tobytes(), height=height, width=width, labels=labels, channels=channels)


def load_audited(dataset: Dataset, images: Sequence[tuple[str, int]], side: int) -> list[Picture]:
    """Images by split and index in the file, which is not their index in the split where a fold is set apart.

    Raises:
        UsageError: A split has no image of such an index.
    """
    pictures = []
    for name, number in images:
        split = dataset.splits[name]
        matches = np.flatnonzero(split.ids == number)
        if not len(matches):
            raise UsageError(f"{name} has no image {number}", remedy="audit the images again")
        index = int(matches[0])
        pictures.append(_picture(shrunk(split.images[index], side), split.classes_of(index)))
    return pictures


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
    pixels = shrunk(images.images[index], THUMBNAIL)
    planes = pixels.transpose(2, 0, 1) if pixels.ndim == 3 else pixels[None]
    batch = Batch(
        torch.from_numpy(np.ascontiguousarray(planes))[None],
        torch.tensor([int(images.ids[index])]),
        question.draw,
        Stream[split.upper()],
    )
    frames = _frames(batch, question.coding, question.num_steps, config.seed)
    return EncodedImage(
        image, question.coding, question.draw, [frame.tobytes() for frame in frames], dataset.task
    )


def _frames(batch: Batch, coding: Coding, num_steps: int, seed: int) -> NDArray[np.uint8]:
    """`[T, H * W * C]` spikes, 0 or 1, or currents, 0 to 255; the channels of a pixel beside each other."""
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
    frames: NDArray[np.uint8] = coded[:, 0].to(torch.uint8).movedim(1, 3).flatten(1).contiguous().numpy()
    return frames
