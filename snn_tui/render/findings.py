"""What an audit found, in sentences, each with the pairs of images that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snn_tui.values.audit import Audit, AuditedImage, ImagePair
from snn_tui.values.words import counted

_MEANING = {
    ("val", "train"): "the score on val is too good, and the checkpoint is chosen by it",
    ("test", "train"): "the network has learnt {}, so the score on test is too good",
    ("test", "val"): "the checkpoint is chosen by {}, so the score on test is too good",
}
"""What images of a split that are in an earlier one mean; `{}` stands for `it` or `them`."""


@dataclass(frozen=True)
class Example:
    """Two images of a finding.

    Args:
        first: The one in the earlier split or, of one split, with the lower index.
        second: The other one.
        note: What makes them a pair, in a few words.
    """

    first: AuditedImage
    second: AuditedImage
    note: str


@dataclass(frozen=True)
class Finding:
    """Something that makes a score too good.

    Args:
        words: How many images it is about, and what is the matter with them.
        meaning: What that means.
        total: All pairs or groups, whether listed or not.
        examples: Those of them that an audit lists.
        groups: Names of groups that it is about, as far as an audit lists them.
    """

    words: str
    meaning: str
    total: int = 0
    examples: tuple[Example, ...] = ()
    groups: tuple[str, ...] = ()


def findings(audit: Audit) -> list[Finding]:
    """Everything that makes a score too good; empty where nothing does."""
    return [*_of_one_colour(audit), *_in_two_splits(audit), *_with_two_labels(audit), *_of_groups(audit)]


def not_found(audit: Audit) -> list[str]:
    """What was looked for and is not there."""
    kinds = {
        "the same image in two splits": not audit.same,
        "near duplicates in two splits": not audit.near,
        "an image with two labels": not audit.two_labels.total,
        "a group in two splits": audit.grouped and not audit.groups,
    }
    return [kind for kind, none in kinds.items() if none]


def _of_one_colour(audit: Audit) -> Iterator[Finding]:
    for split, number in audit.one_colour.items():
        if number:
            yield Finding(
                f"{_images(number, split)} of one colour", f"nothing can be learnt from {_them(number)}"
            )


def _in_two_splits(audit: Audit) -> Iterator[Finding]:
    for what, overlaps in (("in {}, too", audit.same), ("nearly the same as one of {}", audit.near)):
        for found in overlaps:
            yield Finding(
                f"{_images(found.images.total, found.split)} {what.format(found.earlier)}",
                _MEANING[found.split, found.earlier].format(_them(found.images.total)),
                found.images.total,
                tuple(map(_example, found.images.pairs)),
            )


def _with_two_labels(audit: Audit) -> Iterator[Finding]:
    total = audit.two_labels.total
    if total:
        yield Finding(
            f"{counted(total, 'image')} {'has' if total == 1 else 'have'} another label elsewhere",
            "one of the two is wrong",
            total,
            tuple(map(_example, audit.two_labels.pairs)),
        )


def _of_groups(audit: Audit) -> Iterator[Finding]:
    for shared in audit.groups:
        groups = counted(shared.total, "group")
        examples = []
        for group in shared.groups:
            sizes = ", ".join(f"{number} in {split}" for split, number in group.images.items())
            if len(group.examples) > 1:
                first, second = group.examples[:2]
                examples.append(Example(first, second, f"{group.name}: {sizes}"))
        yield Finding(
            f"{_images(shared.images, shared.split)} of {groups} that {shared.earlier} has, too",
            _MEANING[shared.split, shared.earlier].format(_them(shared.images)),
            shared.total,
            tuple(examples),
            tuple(group.name for group in shared.groups),
        )


def _example(pair: ImagePair) -> Example:
    alike = "the same pixels" if pair.correlation >= 1 else f"correlation {pair.correlation:.3f}"
    return Example(pair.first, pair.second, alike)


def _images(number: int, split: str) -> str:
    return f"{counted(number, f'{split} image')} {'is' if number == 1 else 'are'}"


def _them(number: int) -> str:
    return "it" if number == 1 else "them"
