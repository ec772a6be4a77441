"""What to know about images before training: which cannot be learnt from, and which are in two splits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from snn_tui.data import copies, groups
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.rows import parts
from snn_tui.values.dataset import SPLITS, Counts
from snn_tui.values.words import as_word, counted, listed

DARK = 127
"""The brightest pixel of a split's images up to which a note says that they are too dark."""

FEW_IMAGES = 10
"""Images of a class in a split below which a note says how few there are."""


class Notes(NamedTuple):
    """What to know about the images, a few words each; nothing for images that are as they should be.

    Args:
        classes_and_values: What is missing, and pixels that look wrong.
        contents: Images that an audit finds as well: those of one colour, those in two splits, and those of
            groups, such as patients, that two splits have.
    """

    classes_and_values: tuple[str, ...]
    contents: tuple[str, ...]


def notes(
    dataset: Dataset,
    on_progress: OnProgress = lambda what, fraction: None,
    *,
    group_by: str | None = None,
) -> Notes:
    """Look through all images.

    Args:
        dataset: The images.
        on_progress: Called while they are looked through; what it raises ends it and is passed on.
        group_by: What in the files' names says which images belong together, see `groups.by_split`.
    """
    total = sum(map(len, dataset.splits.values()))
    keys: dict[str, list[bytes]] = {}
    brightest: dict[str, int] = {}
    for name in SPLITS:
        keys[name], brightest[name] = [], 0
        for part in parts(dataset.splits[name].images):
            on_progress("checking images", sum(map(len, keys.values())) / total)
            keys[name] += map(copies.key, part)
            brightest[name] = max(brightest[name], int(part.max()))
    one_colour = [note for name in SPLITS for note in _one_colour(name, keys[name])]
    varied = {name: list(filter(None, some)) for name, some in keys.items()}
    return Notes(
        (*_missing(dataset), *_scale(brightest)), (*one_colour, *_copies(varied), *_groups(dataset, group_by))
    )


def few_images(counts: Mapping[str, Counts]) -> Iterator[str]:
    """Notes on the splits in which a class has hardly any images; on classes without any, `notes` has them.

    Args:
        counts: Images of each class by split, after balancing.
    """
    for split, by_class in counts.items():
        present = {label: number for label, number in by_class.items() if number}
        if not present:
            continue
        fewest, number = min(present.items(), key=lambda pair: pair[1])
        if number < FEW_IMAGES:
            purpose = "to learn from" if split == "train" else "to judge by"
            yield f"{split} has only {counted(number, f'{as_word(fewest)} image')} {purpose}"


def _missing(dataset: Dataset) -> Iterator[str]:
    """Classes without an image: none can be learnt without one in train, nor judged without one in test."""
    for name, counts in dataset.counts().items():
        missing = [as_word(label) for label, number in counts.items() if number == 0]
        if missing:
            yield f"{name} has no images of {listed(missing)}"


def _one_colour(name: str, keys: list[bytes]) -> Iterator[str]:
    one_colour = keys.count(b"")
    if one_colour:
        of = f"all {len(keys)}" if one_colour == len(keys) else f"{one_colour} of {len(keys)}"
        yield f"{of} {name} images are of one colour"


def _scale(brightest: dict[str, int]) -> Iterator[str]:
    """Files saved as fractions or percent, which look black."""
    brightest = {f"{name}_images": value for name, value in brightest.items()}
    for low, high in ((1, 1), (2, DARK)):
        names = [name for name, value in brightest.items() if low <= value <= high]
        if names:
            top = max(brightest[name] for name in names)
            yield f"{listed(names)} are 0 to {top}, not 0 to 255: multiply them by {255 / top:.3g}"


def _copies(keys: dict[str, list[bytes]]) -> Iterator[str]:
    for number, name in enumerate(SPLITS):
        for earlier in SPLITS[:number]:
            known = set(keys[earlier])
            shared = sum(key in known for key in keys[name])
            if shared:
                verb = "is" if shared == 1 else "are"
                yield f"{counted(shared, f'{name} image')} {verb} in {earlier}, too"


def _groups(dataset: Dataset, group_by: str | None) -> Iterator[str]:
    members = groups.by_split({name: dataset.splits[name].names for name in SPLITS}, group_by)
    for both in groups.shared(members or {}):
        images = counted(both.images, f"{both.split} image")
        of = counted(len(both.names), "group")
        yield f"{images} {'is' if both.images == 1 else 'are'} of {of} that {both.earlier} has, too"
