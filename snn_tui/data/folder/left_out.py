"""Files of a folder that are no images of the data set, by the reason: one of these or of `unusable`."""

from __future__ import annotations

from collections.abc import Iterator

from snn_tui.data.picture.unusable import MEMORY, UNREADABLE
from snn_tui.values.words import counted, printable

MOST_NAMES = 5
"""Names of files that a line of the report gives for a reason."""

CRASHED = "they crash the decoder"
HIDDEN = "hidden or the system's own"
LINKS = "links in a circle"
OTHERS = "linked from above or from another class folder"
NO_FILE = "no ordinary file"
OUTSIDE = "outside the class folders"

PASSING = (UNREADABLE, MEMORY, CRASHED)
"""How the reasons begin that another reading might not have."""


class LeftOut:
    """The names of the files that are left out, by the reason, in the order of their coming."""

    def __init__(self) -> None:
        self._names: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._names.values()))

    def __contains__(self, reason: str) -> bool:
        return reason in self._names

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Pairs of a reason and a file's name."""
        return ((reason, name) for reason, names in self._names.items() for name in names)

    def add(self, reason: str, name: str) -> None:
        """Note a file, or a folder with all that is in it, by its path relative to the data set's folder."""
        self._names.setdefault(reason, []).append(name)

    def extend(self, other: LeftOut) -> None:
        """Take over what another one has."""
        for reason, name in other:
            self.add(reason, name)

    def summary(self) -> str:
        """All of it in a few words, such as `3 files left out: 2 empty, 1 no picture`; empty without any."""
        parts = ", ".join(
            f"{len(names)} {reason}" + (f" ({some(names)})" if reason == OTHERS else "")
            for reason, names in sorted(self._names.items())
        )
        return f"{counted(len(self), 'file')} left out: {parts}" if parts else ""

    def lines(self) -> list[str]:
        """A line for each reason: how many files, and the names of the first of them."""
        return [
            f"{counted(len(names), 'file')} left out, {reason}: {some(names)}"
            for reason, names in sorted(self._names.items())
        ]


def some(names: list[str]) -> str:
    """The first of many names, fit for a terminal, such as `a.png, b.png and 7 more`."""
    first = ", ".join(printable(name) for name in names[:MOST_NAMES])
    return f"{first} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else first
