"""The demo: PneumoniaMNIST's shape, the same everywhere, and worth learning."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
from counting import two_classes
from sklearn.linear_model import LogisticRegression

from snn_tui.config.build import build
from snn_tui.data import phantom
from snn_tui.data.balance import balance
from snn_tui.data.dataset import Dataset
from snn_tui.data.registry import load

ROOT = Path(__file__).parents[2]
DIGEST = "7db4be0640443a5d0a35a489da69df57"


def digest(dataset: Dataset) -> str:
    """One number for every byte of a data set."""
    md5 = hashlib.md5()
    for split in dataset.splits.values():
        md5.update(split.images.tobytes() + split.labels.tobytes())
    return md5.hexdigest()


def test_it_has_pneumoniamnists_splits(demo: Dataset) -> None:
    assert demo.counts() == {
        "train": two_classes(1214, 3494),
        "val": two_classes(135, 389),
        "test": two_classes(234, 390),
    }
    for split in demo.splits.values():
        assert split.images.shape == (len(split), 28, 28)
        assert split.images.dtype == split.labels.dtype == np.uint8
        assert split.ids.tolist() == list(range(len(split)))


def test_it_says_that_it_is_no_x_ray(demo: Dataset) -> None:
    assert demo.synthetic
    assert "not x-rays" in demo.notice


def test_the_images_are_the_same_on_every_machine(demo: Dataset) -> None:
    assert digest(demo) == DIGEST


def test_another_seed_draws_other_chests(demo: Dataset) -> None:
    assert digest(phantom.generate(1)) != digest(demo)


def test_the_demo_is_the_same_for_every_run(demo: Dataset) -> None:
    assert digest(load(build({"dataset": "demo", "seed": 9}))) == digest(demo)


def test_no_image_is_there_twice_and_none_is_blank(demo: Dataset) -> None:
    images = np.concatenate([split.images for split in demo.splits.values()])
    assert len({image.tobytes() for image in images}) == len(images)
    assert images.std(axis=(1, 2)).min() > 5


def test_the_classes_are_mixed_in_file_order(demo: Dataset) -> None:
    labels = demo.splits["train"].labels
    assert abs(labels[:1000].mean() - labels[-1000:].mean()) < 0.1


def test_it_can_be_learnt_but_not_by_brightness_alone(demo: Dataset) -> None:
    used = balance(demo, "undersample", 0).splits
    train, test = used["train"], used["test"]
    pixels = LogisticRegression(max_iter=200).fit(train.images.reshape(len(train), -1) / 255, train.labels)
    assert 0.75 < pixels.score(test.images.reshape(len(test), -1) / 255, test.labels) < 0.9
    mean = LogisticRegression().fit(train.images.mean(axis=(1, 2))[:, None], train.labels)
    assert mean.score(test.images.mean(axis=(1, 2))[:, None], test.labels) < 0.7


def test_the_data_room_needs_neither_torch_nor_medmnist() -> None:
    code = (
        "import sys; from snn_tui.data import balance, dataset, phantom, pneumoniamnist;"
        "from snn_tui.data.picture import read;"
        "print([name for name in ('torch', 'torchvision', 'medmnist', 'textual') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert run.stdout.strip() == "[]"
