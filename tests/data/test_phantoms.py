"""Generated images of every kind of task: the same everywhere, and worth learning."""

from __future__ import annotations

import hashlib
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from snn_tui.data.dataset import Dataset, Split
from snn_tui.data.phantoms import SIZES, generate_task
from snn_tui.values.task import Task, TaskKind

SMALL = {"train": 20, "val": 16, "test": 18}
LUMA = np.array([0.299, 0.587, 0.114])


def task(kind: TaskKind, classes: int, channels: int = 1, side: int = 28) -> Task:
    names = tuple(f"c{number}" for number in range(classes))
    positive = 1 if kind == "binary" else None
    return Task(name="a task", classes=names, kind=kind, positive=positive, channels=channels, side=side)


EVERY_KIND = [
    pytest.param(task("binary", 2), "275c6621", id="binary, grey"),
    pytest.param(task("binary", 2, 3, 41), "06ad0d88", id="binary, colour, 41"),
    pytest.param(task("multiclass", 9, 3), "10d82c57", id="9 classes, colour"),
    pytest.param(task("multiclass", 11), "af61e15e", id="11 classes, grey"),
    pytest.param(task("ordinal", 5, 3), "a0d789be", id="ordinal, colour"),
    pytest.param(task("ordinal", 4, 1, 64), "4823a29d", id="ordinal, grey, 64"),
    pytest.param(task("multilabel", 14), "2e916fd2", id="14 labels, grey"),
    pytest.param(task("multilabel", 3, 3, 224), "60047a54", id="3 labels, colour, 224"),
]


@pytest.mark.parametrize(("asked", "digest"), EVERY_KIND)
def test_they_are_what_the_task_asks_and_the_same_on_every_machine(asked: Task, digest: str) -> None:
    dataset = generate_task(asked, SMALL)
    assert dataset.task is asked
    assert dataset.synthetic
    assert "says nothing about patients" in dataset.notice
    md5 = hashlib.md5()
    for name, split in dataset.splits.items():
        colour = (3,) if asked.channels == 3 else ()
        assert split.images.shape == (SMALL[name], asked.side, asked.side, *colour)
        assert split.labels.shape == (
            (SMALL[name], asked.outputs) if asked.kind == "multilabel" else (SMALL[name],)
        )
        assert split.images.dtype == split.labels.dtype == np.uint8
        assert split.ids.tolist() == list(range(SMALL[name]))
        md5.update(split.images.tobytes() + split.labels.tobytes())
    assert md5.hexdigest()[:8] == digest


@pytest.mark.parametrize(("asked", "digest"), EVERY_KIND)
def test_every_class_is_in_every_split_the_first_most_often(asked: Task, digest: str) -> None:
    for counts in generate_task(asked, SIZES).counts().values() if asked.side == 28 else ():
        numbers = list(counts.values())
        assert numbers == sorted(numbers, reverse=True)
        assert numbers[0] > numbers[-1] > 0
    for split in generate_task(asked, SMALL).splits.values():
        assert min(split.counts(asked.classes).values()) > 0
        if asked.kind == "multilabel":
            assert split.labels.min(0).max() == 0  # and no label is of every image


def test_other_seeds_and_splits_have_other_images() -> None:
    asked = task("multiclass", 3)
    images = [
        image.tobytes()
        for seed in (0, 1)
        for split in generate_task(asked, SMALL, seed).splits.values()
        for image in split.images
    ]
    assert len(set(images)) == len(images) == 2 * sum(SMALL.values())


def test_a_split_without_room_for_every_class_is_refused() -> None:
    with pytest.raises(ValueError, match="4 images are too few for 5 classes"):
        generate_task(task("ordinal", 5), {"train": 9, "val": 4, "test": 9})


def pixels(split: Split) -> np.ndarray:
    return split.images.reshape(len(split), -1) / 255


def grey(split: Split) -> np.ndarray:
    return (split.images @ LUMA).reshape(len(split), -1) / 255


def score(dataset: Dataset, features: object) -> float:
    """Accuracy on test of a linear classifier, or the mean AUC of the labels."""
    train, test = dataset.splits["train"], dataset.splits["test"]
    seen, new = features(train), features(test)  # type: ignore[operator]
    model = LogisticRegression(C=0.05, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it need not converge
        if train.labels.ndim == 1:
            return float(model.fit(seen, train.labels).score(new, test.labels))
        return float(
            np.mean(
                [
                    roc_auc_score(theirs, model.fit(seen, ours).decision_function(new))
                    for ours, theirs in zip(train.labels.T, test.labels.T, strict=True)
                ]
            )
        )


@pytest.mark.parametrize(
    ("asked", "low", "high"),
    [
        (task("binary", 2), 0.75, 0.92),
        (task("multiclass", 4), 0.5, 0.8),
        (task("ordinal", 5), 0.4, 0.7),
        (task("multilabel", 3), 0.7, 0.9),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
@pytest.mark.parametrize("channels", [1, 3])
def test_they_can_be_learnt_but_not_at_once(asked: Task, low: float, high: float, channels: int) -> None:
    asked = task(asked.kind, asked.outputs, channels)
    dataset = generate_task(asked, SIZES)
    assert low < score(dataset, pixels) < high
    if channels == 3:
        chance = 0.5 if asked.kind == "multilabel" else max(dataset.counts()["test"].values()) / SIZES["test"]
        assert score(dataset, grey) < chance + 0.1
