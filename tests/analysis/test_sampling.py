"""Random counts have the distribution they should."""

from __future__ import annotations

import random
from statistics import fmean, pvariance

import pytest

from snn_tui.analysis.sampling import binomial, multinomial


@pytest.mark.parametrize(
    ("draws", "share"), [(5, 0.3), (100, 0.02), (100, 0.3), (5000, 0.7), (5000, 0.999), (40, 0.5)]
)
def test_successes_have_the_mean_and_variance_of_a_binomial(draws: int, share: float) -> None:
    rng = random.Random(3)
    numbers = [binomial(draws, share, rng) for _ in range(4000)]
    assert all(0 <= number <= draws for number in numbers)
    variance = draws * share * (1 - share)
    assert fmean(numbers) == pytest.approx(draws * share, abs=5 * (variance / 4000) ** 0.5)
    assert pvariance(numbers) == pytest.approx(variance, rel=0.15)


def test_a_row_is_drawn_again_with_as_many_images() -> None:
    rng = random.Random(3)
    rows = [multinomial((30, 0, 50, 20), rng) for _ in range(2000)]
    assert all(sum(row) == 100 and row[1] == 0 for row in rows)
    assert [fmean(column) for column in zip(*rows, strict=True)] == pytest.approx([30, 0, 50, 20], abs=0.6)
    assert multinomial((0, 0), rng) == [0, 0]
    assert multinomial((0, 7), rng) == [0, 7]
