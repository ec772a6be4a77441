"""Braille, and what stands for it without unicode."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.terminals import BARE, FULL
from snn_tui.render.dots import braille


@given(st.data())
def test_every_bit_is_a_dot(data: Any) -> None:
    height, width = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    bits = data.draw(st.binary(min_size=height * width, max_size=height * width))
    lines = braille(bits, height, width, FULL).plain.split("\n")
    assert (len(lines), {len(line) for line in lines}) == (-(-height // 4), {-(-width // 2)})
    lit = sum((ord(cell) - 0x2800).bit_count() for line in lines for cell in line)
    assert lit == sum(map(bool, bits))
    assert braille(bits, height, width, BARE).plain.isascii()


def test_the_dots_are_where_the_bits_are() -> None:
    assert braille(bytes([1, 0, 0, 0, 0, 0, 0, 0]), 4, 2, FULL).plain == "⠁"
    assert braille(bytes([0, 0, 0, 0, 0, 0, 0, 1]), 4, 2, FULL).plain == "⢀"
    assert braille(bytes([1] * 8), 4, 2, FULL).plain == "⣿"
    assert braille(bytes([1] * 8), 4, 2, BARE).plain == "@"


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="4 x 2 pixels expected"):
        braille(bytes(7), 4, 2, FULL)
