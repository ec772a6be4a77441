"""Smaller copies of images."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.inspector.thumbnails import shrunk


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 40), st.sampled_from(((), (3,))))
def test_a_thumbnail_keeps_proportions_and_brightness(
    height: int, width: int, side: int, colours: tuple[int, ...]
) -> None:
    rng = np.random.default_rng([height, width, side])
    pixels = rng.integers(0, 256, (height, width, *colours), dtype=np.uint8)
    small = shrunk(pixels, side)
    assert small.shape[2:] == colours
    assert max(small.shape[:2]) == min(max(height, width), side)
    if max(height, width) <= side:
        assert np.array_equal(small, pixels)
    assert abs(small.mean() - pixels.mean()) <= 1


@pytest.mark.parametrize("colours", [(), (3,)])
def test_every_pixel_is_the_mean_of_those_it_stands_for(colours: tuple[int, ...]) -> None:
    pixels = np.arange(8 * 8 * (3 if colours else 1), dtype=np.uint8).reshape(8, 8, *colours)
    small = shrunk(pixels, 4)
    means = pixels.reshape(4, 2, 4, 2, *colours).mean((1, 3))
    assert np.array_equal(small, (means + 0.5).astype(np.uint8))


def test_where_a_pixel_lies_in_two_each_gets_its_share() -> None:
    pixels = np.array([[0, 60, 240]] * 3, np.uint8)
    assert shrunk(pixels, 2).tolist() == [[20, 180], [20, 180]]
