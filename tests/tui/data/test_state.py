"""Which images the Data screen shows, and the one that is chosen."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from snn_tui.tui.data.layout import GalleryLayout
from snn_tui.tui.data.state import ImageGrid

LABELS = (0, 1, 1, 0, 1, 1, 1, 0, 1, 1)  # normal: 0 3 7; pneumonia: 1 2 4 5 6 8 9

moves = st.one_of(
    st.tuples(st.just("move"), st.integers(-3, 3)),
    st.tuples(st.just("across"), st.sampled_from((-1, 1))),
    st.tuples(st.just("down"), st.integers(-3, 3)),
    st.tuples(st.just("jump"), st.integers(-2, 12)),
    st.tuples(st.just("other_class")),
    st.tuples(st.just("arrange"), st.builds(GalleryLayout, st.integers(1, 4), st.integers(1, 3))),
)


def grid_of(labels: tuple[int, ...] | list[int], columns: int = 1, rows: int = 1) -> ImageGrid:
    """Two classes, so many pictures of each beside and below each other."""
    return ImageGrid(labels, layout=GalleryLayout(columns, rows))


@given(st.lists(st.integers(0, 1), max_size=12), st.lists(moves, max_size=20))
def test_whatever_is_pressed_the_chosen_image_is_to_be_seen(
    labels: list[int], pressed: list[tuple[Any, ...]]
) -> None:
    grid = grid_of(labels, 2, 2)
    for name, *arguments in pressed:
        getattr(grid, name)(*arguments)
        if not labels:
            assert grid.chosen is None
            continue
        assert grid.chosen in grid.visible[grid.shelf]
        assert grid.chosen is not None
        assert labels[grid.chosen] == grid.shelf
        assert all(len(part) <= grid.layout.columns * grid.layout.rows for part in grid.visible)


def test_the_arrows_go_from_one_class_to_the_other_and_stop_at_the_edges() -> None:
    grid = grid_of(LABELS, 2, 2)
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
    grid = grid_of(LABELS, 2, 1)
    grid.jump(9)
    assert grid.visible == ([], [9])
    grid.down(5)
    assert grid.chosen == 9
    grid.down(-9)
    assert grid.chosen == 1
    assert grid.visible == ([0, 3], [1, 2])


def test_next_and_previous_stay_in_the_class_and_go_round() -> None:
    grid = grid_of(LABELS)
    grid.move(-1)
    assert grid.chosen == 7
    grid.move(1)
    assert grid.chosen == 0
    grid.other_class()
    assert grid.chosen == 1


def test_a_split_of_one_class_begins_with_it() -> None:
    assert grid_of((1, 1)).chosen == 0
    assert grid_of((1, 1)).sizes == (0, 2)


@given(
    st.integers(1, 9),
    st.booleans(),
    st.data(),
    st.lists(moves, max_size=20),
    st.integers(1, 4),
    st.integers(1, 3),
)
def test_of_many_shelves_that_of_the_chosen_image_is_in_view(
    classes: int, several: bool, data: st.DataObject, pressed: list[tuple[Any, ...]], beside: int, bands: int
) -> None:
    size = 12 * classes if several else 12
    labels = data.draw(st.lists(st.integers(0, 1 if several else classes - 1), min_size=size, max_size=size))
    grid = ImageGrid(labels, classes, several, GalleryLayout(2, 2, beside=beside, bands=bands))
    for name, *arguments in pressed:
        getattr(grid, name)(*arguments)
        assert grid.chosen in grid.visible[grid.shelf]
        in_view = [shelf for shelf, members in enumerate(grid.visible) if members]
        assert max(in_view) - min(in_view) < grid.layout.shelves
    assert len(grid) == 12


def test_an_image_stands_on_the_shelf_of_every_label_and_without_any_on_the_last() -> None:
    rows = (1, 0, 1), (0, 0, 0), (0, 0, 1), (0, 0, 0)
    grid = ImageGrid([has for row in rows for has in row], 3, several=True)
    assert grid.shelves == ([0], [], [0, 2], [1, 3])
    grid.across(1)
    assert (grid.shelf, grid.chosen) == (2, 0)  # the shelf without images is passed over
    grid.jump(0)
    assert grid.shelf == 2  # it stands here, too
    grid.jump(0, 0)
    assert grid.shelf == 0
    grid.jump(3)
    assert (grid.shelf, grid.chosen) == (3, 3)


def test_the_next_class_after_the_last_is_the_first() -> None:
    grid = ImageGrid((0, 1, 2, 2), 4)
    seen = []
    for _ in range(4):
        seen.append(grid.shelf)
        grid.other_class()
    assert seen == [0, 1, 2, 0]
