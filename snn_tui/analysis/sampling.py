"""Random counts: how often images fall into each cell of a row of a confusion matrix."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

_FEW = 10.0  # expected successes below which counting the waiting times is faster


def multinomial(counts: Sequence[int], rng: random.Random) -> list[int]:
    """As many draws as there are images, each of a cell with the share of the images that it has."""
    left, remaining, drawn = sum(counts), sum(counts), []
    for count in counts:
        # Of the images that fell into no cell before, a binomial number falls into this one.
        number = binomial(left, count / remaining, rng) if count else 0
        drawn.append(number)
        left -= number
        remaining -= count
    return drawn


def binomial(draws: int, share: float, rng: random.Random) -> int:
    """The number of successes in independent draws.

    Source: Hormann (1993), The generation of binomial random variates, algorithm BTRS; for few successes
    Devroye (1986), Non-uniform random variate generation, second waiting time method.
    """
    if share >= 1.0:
        return draws
    if share > 0.5:
        return draws - binomial(draws, 1.0 - share, rng)
    if draws * share < _FEW:
        return _by_waiting(draws, share, rng)
    deviation = math.sqrt(draws * share * (1.0 - share))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * share
    alpha, log_odds = (2.83 + 5.1 / b) * deviation, math.log(share / (1.0 - share))
    mode = int((draws + 1) * share)
    at_mode = math.lgamma(mode + 1) + math.lgamma(draws - mode + 1)
    while True:
        u, v = rng.random() - 0.5, 1.0 - rng.random()
        inside = 0.5 - abs(u)
        if not inside:
            continue
        number = math.floor((2.0 * a / inside + b) * u + draws * share + 0.5)
        if not 0 <= number <= draws:
            continue
        if inside >= 0.07 and v <= 0.92 - 4.2 / b:
            return number
        bound = at_mode - math.lgamma(number + 1) - math.lgamma(draws - number + 1)
        if math.log(v * alpha / (a / (inside * inside) + b)) <= bound + (number - mode) * log_odds:
            return number


def _by_waiting(draws: int, share: float, rng: random.Random) -> int:
    log_failure = math.log1p(-share)
    if not log_failure:
        return 0
    passed, successes = 0, -1
    while passed <= draws:
        passed += math.floor(math.log(1.0 - rng.random()) / log_failure) + 1
        successes += 1
    return successes
