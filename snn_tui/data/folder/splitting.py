"""Images of class folders set apart for validation and test, the same for the same names and seed."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}
"""Parts of all images, as MedMNIST splits sets that come in one piece."""


def assign(labels: Sequence[int], names: Sequence[str], seed: int, shares: dict[str, float]) -> list[str]:
    """The split of each image: every class is shared out alike, and no group is in two splits.

    Groups come one after the other, the largest first and those of one size in an order drawn by the seed,
    and each goes to the split that still lacks the largest part of the classes in it. The order is that of
    the hashes of seed and name, so that it is the same on every machine.

    Args:
        labels: The class of each image.
        names: The group of each image.
        seed: Draws another order.
        shares: The part of the images that each split is to have; their sum is 1. The first split gets what
            does not divide.

    Returns:
        A key of `shares` for each image.
    """
    totals = Counter(labels)
    wanted = {label: _numbers(total, shares) for label, total in totals.items()}
    have: dict[tuple[str, int], int] = Counter()
    members: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        members.setdefault(name, []).append(index)
    order = sorted(members, key=lambda name: (-len(members[name]), _drawn(seed, name)))
    splits = [""] * len(labels)
    for name in order:
        parts = Counter(labels[index] for index in members[name])

        def lack(split: str, parts: Counter[int] = parts) -> float:
            return sum(
                number * (1 - have[split, label] / wanted[label][split]) if wanted[label][split] else -number
                for label, number in parts.items()
            )

        chosen = max(shares, key=lack)
        for label, number in parts.items():
            have[chosen, label] += number
        for index in members[name]:
            splits[index] = chosen
    return splits


def _numbers(total: int, shares: dict[str, float]) -> dict[str, int]:
    """How many of a class's images each split is to have: at least one, as long as there are any."""
    first, *others = shares
    numbers = {}
    left = total
    for split in sorted(others, key=lambda split: -shares[split]):
        numbers[split] = min(max(1, round(total * shares[split])), max(0, left - 1))
        left -= numbers[split]
    return {first: left, **numbers}


def _drawn(seed: int, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:".encode() + os.fsencode(name)).digest()
