"""What a user should know of how a folder became a data set: in a few words, and in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from snn_tui.data.folder.layout import Layout
from snn_tui.data.folder.left_out import LeftOut, some
from snn_tui.data.groups import ADVICE, divided_unasked
from snn_tui.values.dataset import SPLITS, Counts
from snn_tui.values.words import as_word, counted, listed, printable

FEW_IN_COLOUR = 0.1
"""Up to this part of pictures in colour, the notice says that they make the whole set one in colour."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was met while a folder was read.

    Args:
        layout: The folder's files.
        left_out: Those that are no images.
        counts: Images of each class by split.
        names: The file of each image by split.
        group_by: The option `--group-by`; None where it was not given.
        unmatched: Files that it did not match.
        colour: Files of pictures in colour.
        small: Files of pictures that were enlarged.
        side: Rows and columns of the images.
        cache_note: Why decoded images are not kept; empty where they are.
    """

    layout: Layout
    left_out: LeftOut
    counts: dict[str, Counts]
    names: dict[str, Sequence[str]]
    group_by: str | None
    unmatched: int
    colour: list[str]
    small: list[str]
    side: int
    cache_note: str

    @property
    def total(self) -> int:
        """Images of all splits."""
        return sum(sum(counts.values()) for counts in self.counts.values())


def notice(reading: Reading) -> str:
    """All of it in one line; empty where there is nothing to know."""
    few = 0 < len(reading.colour) <= FEW_IN_COLOUR * reading.total
    parts = [
        *_split(reading),
        *_missing(reading),
        *_groups(reading),
        reading.left_out.summary(),
        _colour(reading) if few else "",
        _small(reading),
        reading.cache_note,
    ]
    return "; ".join(filter(None, parts))


def report(reading: Reading) -> list[str]:
    """All of it but for what an audit finds, a line each, with the names of the first files it is about."""
    colour = _colour(reading) if 0 < len(reading.colour) < reading.total else ""
    lines = [
        *_split(reading),
        *_missing(reading),
        *_groups(reading),
        *reading.left_out.lines(),
        colour and f"{colour}: {some(reading.colour)}",
        _small(reading) and f"{_small(reading)}: {some(reading.small)}",
        reading.cache_note,
    ]
    return list(filter(None, lines))


def _split(reading: Reading) -> Iterator[str]:
    sizes = ", ".join(f"{sum(reading.counts[split].values())} {split}" for split in SPLITS)
    if not reading.layout.splits:
        yield f"split by a fixed draw: {sizes}"
    elif "val" not in reading.layout.splits:
        yield f"val is an eighth of train, by a fixed draw: {sizes}"


def _missing(reading: Reading) -> Iterator[str]:
    for split, counts in reading.counts.items():
        missing = [as_word(printable(name)) for name, number in counts.items() if number == 0]
        if missing:
            yield f"{split} has no images of {listed(missing)}"


def _groups(reading: Reading) -> Iterator[str]:
    """What `--group-by` leaves as it is, files that are in no group, and what it would keep together."""
    if reading.group_by is not None and "val" in reading.layout.splits:
        yield "--group-by leaves the folder's own splits as they are"
    if reading.unmatched:
        yield f"{counted(reading.unmatched, 'file')} without a match of --group-by, each a group of its own"
    own = reading.layout.splits
    drawn = {split: names for split, names in reading.names.items() if not own or split != "test"}
    if "val" not in own and divided_unasked(drawn, reading.group_by):
        yield ADVICE


def _colour(reading: Reading) -> str:
    number = len(reading.colour)
    verb = "is" if number == 1 else "are"
    return f"{number} of {counted(reading.total, 'picture')} {verb} in colour, so all images are RGB"


def _small(reading: Reading) -> str:
    number = len(reading.small)
    if not number:
        return ""
    verb = "was" if number == 1 else "were"
    return f"{counted(number, 'picture')} {verb} enlarged to {reading.side} by {reading.side}"
