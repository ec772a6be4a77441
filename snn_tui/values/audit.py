"""What an audit of a data set found: what makes a score on it better than it is."""

from __future__ import annotations

import msgspec

from snn_tui.values.dataset import Counts
from snn_tui.values.numbers import ByName
from snn_tui.values.task import Task


class AuditedImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image that an audit names.

    Args:
        split: Its split.
        index: Its index in that split of the file.
        labels: Name of its class; names of all its labels where it may have several, maybe none.
        name: Its file, relative to the data set's folder; empty where images have no files.
    """

    split: str
    index: int
    labels: tuple[str, ...]
    name: str = ""


class ImagePair(msgspec.Struct, frozen=True, kw_only=True):
    """Two images that are the same or nearly so.

    Args:
        first: The one in the earlier split or, of one split, with the lower index.
        second: The other one.
        correlation: Of their pixels, see `snn_tui.data.near`; 1 where they are the same.
    """

    first: AuditedImage
    second: AuditedImage
    correlation: float = 1.0


class PairList(msgspec.Struct, frozen=True, kw_only=True):
    """How many pairs there are, and the first or the most alike of them.

    Args:
        total: All of them: one pair for each second image.
        pairs: As many as an audit lists.
    """

    total: int
    pairs: tuple[ImagePair, ...]


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """Images of a split that are in an earlier one, too.

    Args:
        split: The split whose images are counted, such as `test`.
        earlier: The split that has them, too, such as `train`.
        images: Them: `total` counts images of `split`.
    """

    split: str
    earlier: str
    images: PairList


class SharedGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group, such as a patient, of which two splits have images.

    Args:
        name: Name of the group.
        images: Images of the group by split, of the splits that have any.
        examples: The first image of the group in the earlier split, and in the later one.
    """

    name: str
    images: ByName[int]
    examples: tuple[AuditedImage, ...] = ()


class GroupOverlap(msgspec.Struct, frozen=True, kw_only=True):
    """Groups of a split that are in an earlier one, too.

    Args:
        split: The split whose images are counted.
        earlier: The split that has images of the same groups.
        total: The groups that both have.
        images: Images of `split` that are of those groups.
        groups: As many of the groups as an audit lists.
    """

    split: str
    earlier: str
    total: int
    images: int
    groups: tuple[SharedGroup, ...]


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """What there is in a data set, and what makes a score on it too good.

    Args:
        task: What the data set asks, with the size of its images.
        source: The file or folder, or how the images were made.
        synthetic: Whether the images are generated.
        counts: Images of each class, or with each label, by split.
        sizes: Images by split.
        one_colour: Images of one colour by split; they count nowhere else.
        same: The same image in two splits, for each pair of splits that has any.
        two_labels: The same image with two labels, in one split or two.
        near: Near duplicates in two splits, for each pair of splits that has any; without those that are
            the same.
        grouped: Whether it is known which images belong together.
        groups: The same group in two splits, for each pair of splits that has any.
        notes: What else the user should know about the source, such as files that are left out.
    """

    task: Task
    source: str
    synthetic: bool
    counts: ByName[Counts]
    sizes: ByName[int]
    one_colour: ByName[int]
    same: tuple[Overlap, ...]
    two_labels: PairList
    near: tuple[Overlap, ...]
    grouped: bool = False
    groups: tuple[GroupOverlap, ...] = ()
    notes: tuple[str, ...] = ()
