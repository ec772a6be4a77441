"""Whether two networks differ, judged by the images that only one of them got right (McNemar 1947)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb

import msgspec

from snn_tui.values.numbers import Whole


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two networks on the same images.

    Args:
        images: How many.
        both: Images both got right.
        first: Images only the first got right.
        second: Images only the second got right.
        neither: Images both got wrong.
        p: Probability of a split of the images they differ on at least as uneven, if neither were better:
            two-sided, exact.
    """

    images: Whole
    both: Whole
    first: Whole
    second: Whole
    neither: Whole
    p: float


def compare(labels: Sequence[int], first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare the decision scores of two networks, above 0 for class 1.

    Args:
        labels: `[N]` true classes.
        first: `[N]` decision scores of the first.
        second: `[N]` decision scores of the second.
    """
    cells = {(a, b): 0 for a in (True, False) for b in (True, False)}
    for label, one, other in zip(labels, first, second, strict=True):
        cells[(one > 0) == bool(label), (other > 0) == bool(label)] += 1
    only_first, only_second = cells[True, False], cells[False, True]
    return Comparison(
        images=len(labels),
        both=cells[True, True],
        first=only_first,
        second=only_second,
        neither=cells[False, False],
        p=p_value(only_first, only_second),
    )


def p_value(first: int, second: int) -> float:
    """The exact two-sided binomial test of `first` against `second` at even odds."""
    total, fewer = first + second, min(first, second)
    tail = sum(comb(total, number) for number in range(fewer + 1))
    return min(1.0, float(Fraction(2 * tail, 2**total)))  # of whole numbers that no float can hold
