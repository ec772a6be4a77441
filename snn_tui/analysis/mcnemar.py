"""McNemar's test (1947): whether two networks differ, by the images that only one of them got right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from snn_tui.values.numbers import Count


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two networks on the same images.

    Args:
        images: Number of images.
        both: Images that both got right.
        first: Images that only the first got right.
        second: Images that only the second got right.
        neither: Images that both got wrong.
        p: The exact two-sided p-value: the probability that `first` and `second` are at least as unequal, if
            neither network were better.
    """

    images: Count
    both: Count
    first: Count
    second: Count
    neither: Count
    p: float


def compare(first: Sequence[bool], second: Sequence[bool]) -> Comparison:
    """Compare two networks by whether they got each image right.

    Args:
        first: `[N]` whether the first did.
        second: `[N]` whether the second did.
    """
    right = Counter(zip(map(bool, first), map(bool, second), strict=True))
    only_first, only_second = right[True, False], right[False, True]
    return Comparison(
        images=len(first),
        both=right[True, True],
        first=only_first,
        second=only_second,
        neither=right[False, False],
        p=p_value(only_first, only_second),
    )


def p_value(first: int, second: int) -> float:
    """The exact two-sided binomial test of `first` against `second` at even odds."""
    total, fewer = first + second, min(first, second)
    ways = tail = 1  # to choose none of them, then one more at a time
    for count in range(fewer):
        ways = ways * (total - count) // (count + 1)
        tail += ways
    # The numbers may be too large for a float; their ratio is not.
    return min(1.0, float(Fraction(2 * tail, 2**total)))
