"""A set that is mapped from a file is trained on as one in memory is, and read batch by batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from snn_tui.data.dataset import Split
from snn_tui.data.rows import is_mapped
from snn_tui.snn.encoding import Stream
from snn_tui.training.evaluate import Images
from snn_tui.values.task import PNEUMONIA
from training.tiny import CONFIG, SPLITS, Training


def mapped(images: Images, path: Path) -> Images:
    """The same images in a file, in another order there."""
    order = np.random.default_rng(0).permutation(len(images))
    assert isinstance(images.images, torch.Tensor)
    np.save(path, images.images.numpy()[order])
    split = Split(
        np.lib.format.open_memmap(path, mode="r"),
        images.labels.numpy()[order].astype(np.uint8),
        images.ids.numpy()[order],
    ).take(np.argsort(order))
    assert is_mapped(split.images)
    return Images.of(split, images.name, torch.device("cpu"), PNEUMONIA)


def test_training_on_mapped_images_gives_the_same_weights_and_scores(tmp_path: Path) -> None:
    splits = {name: mapped(images, tmp_path / f"{name}.npy") for name, images in SPLITS.items()}
    assert not any(isinstance(images.images, torch.Tensor) for images in splits.values())
    usual, large = Training(CONFIG).run(), Training(CONFIG, splits).run()
    assert large.weights == usual.weights
    assert [epoch.val for epoch in large.epochs] == [epoch.val for epoch in usual.epochs]
    assert large.steps[-1] == usual.steps[-1]


def test_a_run_goes_on_from_memory_where_it_stopped_with_mapped_images(tmp_path: Path) -> None:
    splits = {name: mapped(images, tmp_path / f"{name}.npy") for name, images in SPLITS.items()}
    first = Training(CONFIG, splits).run(5)
    second = Training(CONFIG)
    second.trainer.load_state(first.trainer.state())
    assert second.run().weights == Training(CONFIG).run().weights


@pytest.mark.parametrize("in_file", [False, True])
def test_batches_have_channels_first(tmp_path: Path, in_file: bool) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 5, 3), dtype=np.uint8)
    np.save(tmp_path / "images.npy", pixels)
    images = np.lib.format.open_memmap(tmp_path / "images.npy", mode="r") if in_file else pixels
    split = Images.of(
        Split(images, np.zeros(6, np.uint8), np.arange(6)), "val", torch.device("cpu"), PNEUMONIA
    )
    batch, _ = split.pick(torch.tensor([4, 1]), draw=0)
    assert batch.stream is Stream.VAL
    assert batch.images.is_contiguous()
    assert np.array_equal(batch.images.numpy(), pixels[[4, 1]].transpose(0, 3, 1, 2))
