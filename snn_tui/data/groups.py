"""Which images belong together, such as those of a patient, and which splits have some of the same group."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from snn_tui.config.grouping import search
from snn_tui.values.dataset import SPLITS

PATIENT = r"(person\d+)_"
"""What names the patient in file names such as Kaggle's `person17_bacteria_56.jpeg`."""

ADVICE = f"--group-by '{PATIENT}' keeps each person's images together"
"""What to do where images are divided that names of a known kind say to be of one person."""

ByGroup = Mapping[str, Sequence[int]]
"""Positions of a split's images by the name of their group, in the order of their first images."""


class Shared(NamedTuple):
    """Groups of which two splits have images.

    Args:
        split: The later split.
        earlier: The earlier one.
        names: Names of the groups, in the order of the later split.
        images: Images of the later split that are of those groups.
    """

    split: str
    earlier: str
    names: tuple[str, ...]
    images: int


def of_files(paths: Sequence[str], group_by: str | None) -> tuple[list[str], int]:
    """The group that each file belongs to, such as its patient.

    Args:
        paths: Of the files, relative to the data set's folder.
        group_by: A regular expression that is searched for in each path: its first group that took part, else
            all that matched, names the file's group. None for a group of its own for each file.

    Returns:
        The groups, and how many files did not match, each of which is a group of its own.

    Raises:
        UsageError: It is no regular expression, or takes too long.
    """
    if group_by is None:
        return list(paths), 0
    named = search(group_by, paths)
    # A file without a match is named by its path, behind a character that no match has.
    return [name or f"\0{path}" for name, path in zip(named, paths, strict=True)], sum(not n for n in named)


def usual(names: Mapping[str, Sequence[str]]) -> str | None:
    """The pattern of a known way to name patients in file names, if any of the files by split is named so."""
    known = re.compile(PATIENT)
    return PATIENT if any(known.search(name) for split in names.values() for name in split) else None


def by_split(names: Mapping[str, Sequence[str]], group_by: str | None = None) -> dict[str, ByGroup] | None:
    """The groups of each split; None where nothing says which images belong together.

    Args:
        names: Files of the images by split; empty lists where images have no files.
        group_by: A regular expression as of `of_files`; a usual one that fits the names if None.

    Raises:
        UsageError: `group_by` is no regular expression.
    """
    pattern = group_by or usual(names)
    if pattern is None:
        return None
    found: dict[str, ByGroup] = {}
    for split, files in names.items():
        members: dict[str, list[int]] = {}
        for position, group in enumerate(of_files(files, pattern)[0]):
            members.setdefault(group, []).append(position)
        found[split] = members
    return found


def shared(groups: Mapping[str, ByGroup]) -> Iterator[Shared]:
    """For each pair of splits the groups that both have, if any."""
    present = [split for split in SPLITS if split in groups]
    for place, later in enumerate(present):
        for earlier in present[:place]:
            names = tuple(group for group in groups[later] if group in groups[earlier])
            if names:
                yield Shared(later, earlier, names, sum(len(groups[later][group]) for group in names))


def divided_unasked(names: Mapping[str, Sequence[str]], group_by: str | None) -> bool:
    """Whether some of a person's images are in one of the splits and some in another, and nothing was said.

    Args:
        names: Files of the images by split, of the splits that this program has made.
        group_by: What the user said; None for nothing.
    """
    groups = by_split(names) if group_by is None else None
    return groups is not None and any(shared(groups))
