"""The audit of a data set: its images by class, and what makes a score on it too good."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from snn_tui.config.grouping import no_names
from snn_tui.data import copies, groups, near
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
from snn_tui.values.words import printable

LISTED = 100
"""Pairs and groups of a kind that an audit lists; all are counted."""

_Pair = tuple[int, int, float]
"""Numbers of two images among all, the earlier one first, and their correlation."""


def audit(
    dataset: Dataset,
    group_by: str | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
) -> Audit:
    """Count the images of each class, and find those that make a score too good.

    It takes time in proportion to the number of images, and a thumbnail of at most 28x28 bytes of memory
    for each.

    Args:
        dataset: The images of all splits, before balancing.
        group_by: A regular expression for the names of images that says which belong together, such as those
            of a patient, see `groups.by_split`; a usual one that fits the names if None.
        on_progress: Called while it goes on; an exception it raises ends the audit and is passed on.

    Raises:
        UsageError: `group_by` is no regular expression, or images have no names.
    """
    images = _Images(dataset)
    names = {split: dataset.splits[split].names for split in SPLITS}
    if group_by is not None and not any(names.values()):
        raise no_names()
    grouped = groups.by_split(names, group_by)
    keys, one_colour = _keys(dataset, on_progress)
    same = _same(images, keys)
    near_images = _near(dataset, images, same, on_progress)
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
        same=images.overlaps(same),
        two_labels=images.listed(_two_labels(images, keys)),
        near=images.overlaps(near_images),
        grouped=grouped is not None,
        groups=() if grouped is None else _shared_groups(images, grouped),
        notes=dataset.full_report,
    )


class _Images:
    """The images of all splits by one number each, split after split."""

    def __init__(self, dataset: Dataset) -> None:
        splits = [dataset.splits[name] for name in SPLITS]
        self.splits = np.repeat(np.arange(len(SPLITS), dtype=np.uint8), [len(split) for split in splits])
        self.labels = np.concatenate([split.labels for split in splits])
        self._ids = np.concatenate([split.ids for split in splits])
        self._names = [name for split in splits for name in split.names]
        self._classes = dataset.task.classes
        self._starts = dict(zip(SPLITS, np.cumsum([0, *map(len, splits)]).tolist(), strict=False))

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
            first=self.image(first), second=self.image(second), correlation=round(correlation, 4)
        )

    def image_of(self, split: str, position: int) -> AuditedImage:
        """What is said of the image at a position of a split."""
        return self.image(self._starts[split] + position)

    def image(self, number: int) -> AuditedImage:
        """What is said of an image."""
        label = self.labels[number]
        indices = np.flatnonzero(label) if label.ndim else [label]
        return AuditedImage(
            split=SPLITS[self.splits[number]],
            index=int(self._ids[number]),
            labels=tuple(self._classes[index] for index in indices),
            name=printable(self._names[number]) if self._names else "",
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


def _near(dataset: Dataset, images: _Images, same: Sequence[_Pair], on_progress: OnProgress) -> list[_Pair]:
    """Each image of which an earlier split has a near duplicate, with the most alike one of that split.

    An image that the earlier split has itself, so that it is in `same`, is not among them.
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
    equal = {(int(images.splits[first]), second) for first, second, _ in same}
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


def _shared_groups(images: _Images, members: Mapping[str, groups.ByGroup]) -> tuple[GroupOverlap, ...]:
    """For each pair of splits the groups that both have, if any."""
    return tuple(
        GroupOverlap(
            split=both.split,
            earlier=both.earlier,
            total=len(both.names),
            images=both.images,
            groups=tuple(
                SharedGroup(
                    name=printable(group),
                    images={name: len(members[name][group]) for name in (both.earlier, both.split)},
                    examples=tuple(
                        images.image_of(name, members[name][group][0]) for name in (both.earlier, both.split)
                    ),
                )
                for group in both.names[:LISTED]
            ),
        )
        for both in groups.shared(members)
    )
