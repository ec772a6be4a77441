"""What to know about images before training: which cannot be learnt from, and which are in two splits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from snn_tui.data import copies
from snn_tui.data.dataset import Dataset, Split
from snn_tui.values.dataset import SPLITS, Counts
from snn_tui.values.words import counted, listed

DARK = 127
"""The brightest pixel of a split's images up to which a note says that they are too dark."""

FEW_IMAGES = 10
"""Training images of a class below which a note says how few there are."""


def notes(dataset: Dataset) -> list[str]:
    """What to know about the images, a few words each; nothing for images that are as they should be."""
    keys = {name: list(filter(None, map(copies.key, split.images))) for name, split in dataset.splits.items()}
    one_colour = [note for name in SPLITS for note in _one_colour(name, dataset.splits[name])]
    return [*one_colour, *_scale(dataset.splits), *_shared(keys)]


def few_images(counts: Counts) -> list[str]:
    """A note where a class has hardly any training images.

    Args:
        counts: Images of each class in train, after balancing.
    """
    fewest, number = min(counts.items(), key=lambda pair: pair[1])
    if number >= FEW_IMAGES:
        return []
    return [f"train has only {counted(number, f'{fewest} image')} to learn from"]


def _one_colour(name: str, split: Split) -> Iterator[str]:
    flat = split.images.reshape(len(split), -1)
    one_colour = int(np.count_nonzero(flat.min(1) == flat.max(1)))
    if one_colour:
        of = f"all {len(split)}" if one_colour == len(split) else f"{one_colour} of {len(split)}"
        yield f"{of} {name} images are of one colour"


def _scale(splits: dict[str, Split]) -> Iterator[str]:
    """Files saved as fractions or percent, which look black: x-rays have white in them."""
    brightest = {f"{name}_images": int(splits[name].images.max()) for name in SPLITS}
    for low, high in ((1, 1), (2, DARK)):
        names = [name for name, value in brightest.items() if low <= value <= high]
        if names:
            top = max(brightest[name] for name in names)
            yield f"{listed(names)} are 0 to {top}, not 0 to 255: multiply them by {255 / top:.3g}"


def _shared(keys: dict[str, list[bytes]]) -> Iterator[str]:
    for number, name in enumerate(SPLITS):
        for earlier in SPLITS[:number]:
            known = set(keys[earlier])
            shared = sum(key in known for key in keys[name])
            if shared:
                yield f"{shared} of {name}'s images {'is' if shared == 1 else 'are'} in {earlier}, too"
