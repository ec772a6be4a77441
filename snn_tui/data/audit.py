"""The audit of a data set: its images by class, and what makes a score on it too good."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from snn_tui.data import copies, near
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.rows import parts
from snn_tui.values.audit import (
    Audit,
    AuditedImage,
    GroupOverlap,
    ImagePair,
    Overlap,
    PairList,
    SharedGroup,
)
from snn_tui.values.dataset import SPLITS

LISTED = 100
"""Pairs and groups of a kind that an audit lists; all are counted."""

PATIENT = r"(person\d+)_"
"""What names the patient in file names such as Kaggle's `person17_bacteria_56.jpeg`."""

_Pair = tuple[int, int, float]
"""Numbers of two images among all, the earlier one first, and their correlation."""


def usual_groups(names: Mapping[str, Sequence[str]]) -> str | None:
    """The pattern of a known way to name patients in file names, if any of the files by split is named so."""
    known = re.compile(PATIENT)
    return PATIENT if any(known.search(name) for split in names.values() for name in split) else None


def audit(
    dataset: Dataset,
    groups: Mapping[str, Sequence[str]] | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
) -> Audit:
    """Count the images of each class, and find those that make a score too good.

    It takes time in proportion to the number of images, and a thumbnail of at most 28x28 bytes of memory
    for each.

    Args:
        dataset: The images of all splits, before balancing.
        groups: By split, the group of each image, such as its patient, see `folder.splitting.groups`. None
            where nothing is known of groups.
        on_progress: Called while it goes on; an exception it raises ends the audit and is passed on.
    """
    images = _Images(dataset)
    keys, one_colour = _keys(dataset, on_progress)
    near_images = _near(dataset, images, keys, on_progress)
    coloured = np.flatnonzero(one_colour)
    return Audit(
        task=dataset.task,
        source=dataset.source,
        synthetic=dataset.synthetic,
        counts=dataset.counts(),
        sizes={name: len(dataset.splits[name]) for name in SPLITS},
        one_colour=dict(
            zip(SPLITS, map(int, np.bincount(images.splits[coloured], minlength=3)), strict=True)
        ),
        same=images.overlaps(_same(images, keys)),
        two_labels=images.listed(_two_labels(images, keys)),
        near=images.overlaps(near_images),
        grouped=groups is not None,
        groups=() if groups is None else _shared_groups(groups),
    )


class _Images:
    """The images of all splits by one number each, split after split."""

    def __init__(self, dataset: Dataset) -> None:
        splits = [dataset.splits[name] for name in SPLITS]
        self.splits = np.repeat(np.arange(len(SPLITS), dtype=np.uint8), [len(split) for split in splits])
        self.labels = np.concatenate([split.labels for split in splits])
        self._ids = np.concatenate([split.ids for split in splits])
        self._classes = dataset.task.classes

    def listed(self, pairs: Sequence[_Pair]) -> PairList:
        """The number of pairs, and the first of them."""
        return PairList(total=len(pairs), pairs=tuple(map(self._pair, pairs[:LISTED])))

    def overlaps(self, pairs: Sequence[_Pair]) -> tuple[Overlap, ...]:
        """Pairs of two splits by those splits, one for each image of the later split."""
        by_splits: dict[tuple[int, int], list[_Pair]] = {}
        for pair in pairs:
            by_splits.setdefault((int(self.splits[pair[1]]), int(self.splits[pair[0]])), []).append(pair)
        return tuple(
            Overlap(split=SPLITS[later], earlier=SPLITS[earlier], images=self.listed(some))
            for (later, earlier), some in sorted(by_splits.items())
        )

    def _pair(self, pair: _Pair) -> ImagePair:
        first, second, correlation = pair
        return ImagePair(
            first=self._image(first), second=self._image(second), correlation=round(correlation, 4)
        )

    def _image(self, number: int) -> AuditedImage:
        label = self.labels[number]
        indices = np.flatnonzero(label) if label.ndim else [label]
        return AuditedImage(
            split=SPLITS[self.splits[number]],
            index=int(self._ids[number]),
            labels=tuple(self._classes[index] for index in indices),
        )


def _keys(dataset: Dataset, on_progress: OnProgress) -> tuple[list[bytes], npt.NDArray[np.bool_]]:
    """The `copies.key` of each image, and whether it is of one colour."""
    keys: list[bytes] = []
    total = sum(map(len, dataset.splits.values()))
    for name in SPLITS:
        for part in parts(dataset.splits[name].images):
            on_progress("comparing images", len(keys) / total)
            keys += map(copies.key, part)
    return keys, np.array([not key for key in keys], np.bool_)


def _same(images: _Images, keys: Sequence[bytes]) -> list[_Pair]:
    """Each image that an earlier split has, too, with the first such image of that split."""
    first: dict[tuple[bytes, int], int] = {}
    pairs = []
    for number, (key, split) in enumerate(zip(keys, images.splits.tolist(), strict=True)):
        if not key:
            continue
        earlier = (first.get((key, before)) for before in range(split))
        pairs += [(match, number, 1.0) for match in earlier if match is not None]
        first.setdefault((key, split), number)
    return pairs


def _two_labels(images: _Images, keys: Sequence[bytes]) -> list[_Pair]:
    """Each image whose label is not that of the first image with the same pixels, with that one."""
    first: dict[bytes, int] = {}
    pairs = []
    for number, key in enumerate(keys):
        match = first.setdefault(key, number)
        if key and not np.array_equal(images.labels[match], images.labels[number]):
            pairs.append((match, number, 1.0))
    return pairs


def _near(dataset: Dataset, images: _Images, keys: Sequence[bytes], on_progress: OnProgress) -> list[_Pair]:
    """Each image of which an earlier split has a near duplicate, with the most alike one of that split.

    An image that the earlier split has itself is not among them.
    """
    what = "looking for near duplicates"
    share = _Share(on_progress, what)
    small = np.concatenate(
        [
            near.thumbnails(dataset.splits[name].images, share.part(number * 0.1, number * 0.1 + 0.1))
            for number, name in enumerate(SPLITS)
        ]
    )
    pairs = zip(
        *(part.tolist() for part in near.near_pairs(small, images.splits, share.part(0.3, 1))), strict=True
    )
    equal = {(int(images.splits[first]), second) for first, second, _ in _same(images, keys)}
    best: dict[tuple[int, int], _Pair] = {}
    for first, second, correlation in pairs:
        place = int(images.splits[first]), second
        if place not in equal:
            best.setdefault(place, (first, second, correlation))
    return sorted(best.values(), key=lambda pair: -pair[2])


class _Share:
    """Progress of one of several steps."""

    def __init__(self, on_progress: OnProgress, what: str) -> None:
        self._on_progress, self._what = on_progress, what

    def part(self, low: float, high: float) -> Callable[[float], None]:
        """What a step that leads from one share to another one calls with its own share."""
        return lambda done: self._on_progress(self._what, low + (high - low) * done)


def _shared_groups(groups: Mapping[str, Sequence[str]]) -> tuple[GroupOverlap, ...]:
    """For each pair of splits the groups that both have, if any."""
    counts: dict[str, dict[str, int]] = {name: {} for name in SPLITS}
    for split, names in groups.items():
        for name in names:
            counts[split][name] = counts[split].get(name, 0) + 1
    overlaps = []
    for number, split in enumerate(SPLITS):
        for earlier in SPLITS[:number]:
            both = [name for name in counts[split] if name in counts[earlier]]
            if not both:
                continue
            listed = tuple(
                SharedGroup(name=name, images={earlier: counts[earlier][name], split: counts[split][name]})
                for name in both[:LISTED]
            )
            images = sum(counts[split][name] for name in both)
            overlaps.append(
                GroupOverlap(split=split, earlier=earlier, total=len(both), images=images, groups=listed)
            )
    return tuple(overlaps)
