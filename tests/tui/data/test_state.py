"""Which images the Data screen shows, and the one that is chosen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from snn_tui.tui.data.state import ImageGrid

LABELS = (0, 1, 1, 0, 1, 1, 1, 0, 1, 1)  # normal: 0 3 7; pneumonia: 1 2 4 5 6 8 9

moves = st.one_of(
    st.tuples(st.just("move"), st.integers(-3, 3)),
    st.tuples(st.just("across"), st.sampled_from((-1, 1))),
    st.tuples(st.just("down"), st.integers(-3, 3)),
    st.tuples(st.just("jump"), st.integers(-2, 12)),
    st.tuples(st.just("other_class")),
    st.tuples(st.just("resize"), st.integers(1, 4), st.integers(1, 3)),
)


@given(st.lists(st.integers(0, 1), max_size=12), st.lists(moves, max_size=20))
def test_whatever_is_pressed_the_chosen_image_is_to_be_seen(
    labels: list[int], pressed: list[tuple[Any, ...]]
) -> None:
    grid = ImageGrid(labels, 2, 2)
    for name, *arguments in pressed:
        getattr(grid, name)(*arguments)
        if not labels:
            assert grid.chosen is None
            continue
        assert grid.chosen in grid.visible[grid.label]
        assert labels[grid.chosen] == grid.label
        assert all(len(part) <= grid.columns * grid.rows for part in grid.visible)


def test_the_arrows_go_from_one_class_to_the_other_and_stop_at_the_edges() -> None:
    grid = ImageGrid(LABELS, 2, 2)
    seen = [grid.chosen]
    for _ in range(5):
        grid.across(1)
        seen.append(grid.chosen)
    assert seen == [0, 3, 1, 2, 2, 2]
    for _ in range(5):
        grid.across(-1)
        seen.append(grid.chosen)
    assert seen[6:] == [1, 3, 0, 0, 0]
    grid.down(1)  # the row of 7 alone; beside it 4 and 5
    grid.across(1)
    assert grid.chosen == 4


def test_rows_end_where_the_class_does() -> None:
    grid = ImageGrid(LABELS, 2, 1)
    grid.jump(9)
    assert grid.visible == ([], [9])
    grid.down(5)
    assert grid.chosen == 9
    grid.down(-9)
    assert grid.chosen == 1
    assert grid.visible == ([0, 3], [1, 2])


def test_next_and_previous_stay_in_the_class_and_go_round() -> None:
    grid = ImageGrid(LABELS)
    grid.move(-1)
    assert grid.chosen == 7
    grid.move(1)
    assert grid.chosen == 0
    grid.other_class()
    assert grid.chosen == 1


def test_a_split_of_one_class_begins_with_it() -> None:
    assert ImageGrid((1, 1)).chosen == 0
    assert ImageGrid((1, 1)).sizes == (0, 2)
