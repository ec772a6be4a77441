"""McNemar's test, against scipy's binomial test and by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from snn_tui.analysis.mcnemar import compare, p_value


@given(st.integers(0, 400), st.integers(0, 400))
def test_it_is_the_exact_binomial_test(first: int, second: int) -> None:
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert p_value(first, second) == pytest.approx(expected, rel=1e-9)


def test_images_are_counted_by_who_got_them_right() -> None:
    found = compare([True, True, False, True, False, True], [True, False, False, False, True, True])
    assert (found.images, found.both, found.first, found.second, found.neither) == (6, 2, 2, 1, 1)
    assert found.p == 1.0


def test_many_images_are_no_trouble() -> None:
    assert 0 <= p_value(0, 5000) < 1e-300
    assert p_value(2500, 2500) == 1.0
