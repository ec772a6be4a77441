import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.render.axes import bucket, cell, even_ticks, limits, share, ticks

ANY = st.one_of(st.none(), st.floats())
FINITE = st.floats(-1e300, 1e300)


@given(st.lists(ANY, min_size=1, max_size=200), st.integers(1, 30))
def test_buckets_hold_at_most_two_points_a_column_and_keep_the_extremes(ys: Any, columns: Any) -> None:
    xs = list(range(len(ys)))
    bounds = (0.0, float(max(len(ys) - 1, 1)))
    points = [point for run in bucket(xs, ys, columns, bounds) for point in run]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    by_column: dict[int, int] = {}
    for x, _ in points:
        column = cell(share(x, bounds), columns)
        by_column[column] = by_column.get(column, 0) + 1
    assert max(by_column.values(), default=0) <= 2
    known = [min(max(y, -1e300), 1e300) for y in ys if y is not None and math.isfinite(y)]
    assert min((y for _, y in points), default=None) == min(known, default=None)
    assert max((y for _, y in points), default=None) == max(known, default=None)


def test_buckets_keep_the_order_in_which_extremes_came() -> None:
    assert bucket([0, 1, 2, 3], [5, 9, 1, 4], 1, (0, 3)) == [[(1, 9), (2, 1)]]


def test_a_column_of_missing_values_breaks_the_line() -> None:
    assert bucket([0, 1, 2], [1, None, 3], 3, (0, 2)) == [[(0, 1)], [(2, 3)]]
    assert bucket([0, 1, 2], [1, math.nan, 3], 1, (0, 2)) == [[(0, 1), (2, 3)]]


def test_places_outside_the_limits_are_left_out() -> None:
    assert bucket([-1, 0, 1, 2], [7, 1, 2, 9], 4, (0, 1)) == [[(0, 1), (1, 2)]]


@given(st.lists(ANY, max_size=20))
def test_limits_lie_around_all_values(values: Any) -> None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    bounds = limits(values)
    if not known:
        assert bounds is None
    else:
        assert bounds is not None
        assert bounds[0] < bounds[1]
        assert all(-0.001 <= share(min(max(v, -1e300), 1e300), bounds) <= 1.001 for v in known)


@given(FINITE, FINITE, st.integers(0, 12), st.booleans())
def test_ticks_are_few_rising_and_inside(one: Any, other: Any, most: Any, whole: Any) -> None:
    bounds = limits([one, other])
    assert bounds is not None
    found = ticks(bounds, most, whole)
    places = [place for place, _ in found]
    assert len(found) <= most
    assert places == sorted(set(places))
    assert all(-0.001 <= share(place, bounds) <= 1.001 for place in places)


@pytest.mark.parametrize(
    ("bounds", "most", "labels"),
    [
        ((0.0, 1.0), 6, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((-0.3, 1.2), 4, ["0.0", "0.5", "1.0"]),
        ((0.0, 20.0), 5, ["0", "5", "10", "15", "20"]),
        ((0.0, 0.0004), 4, ["0.0000", "0.0001", "0.0002", "0.0003", "0.0004"][::2]),
        ((0.0, 2e6), 3, ["0", "1e6", "2e6"]),
    ],
)
def test_tick_labels_are_round_and_short(bounds: Any, most: Any, labels: Any) -> None:
    assert [label for _, label in ticks(bounds, most)] == labels


def test_whole_ticks_have_no_fractions() -> None:
    assert [label for _, label in ticks((1.0, 3.0), 9, whole=True)] == ["1", "2", "3"]


@given(st.floats(0, 1), st.integers(1, 200), st.sampled_from([2, 4]))
def test_the_dot_of_a_position_lies_in_its_cell(position: float, cells: int, dots: int) -> None:
    assert cell(position, cells, dots) // dots == cell(position, cells)


@given(FINITE, FINITE, st.integers(2, 120), st.integers(2, 12), st.booleans(), st.booleans())
def test_ticks_stand_evenly_on_the_cells_of_their_values(
    one: float, other: float, cells: int, most: int, whole: bool, both_ends: bool
) -> None:
    asked = limits([one, other])
    assert asked is not None
    bounds, found = even_ticks(asked, cells, most, whole, both_ends)
    at = [index for index, _ in found]
    assert len({after - before for before, after in itertools.pairwise(at)}) <= 1
    assert all(0 <= index < cells for index in at)
    assert all(-0.001 <= share(end, bounds) <= 1.001 for end in asked)
    for index, label in found:
        assert abs(cell(share(float(label), bounds), cells) - index) <= cells / 10 + 1


@pytest.mark.parametrize("cells", range(4, 40))
def test_an_axis_from_0_to_minus_20_never_has_ticks_of_different_spacing(cells: int) -> None:
    _, found = even_ticks((-21.0, 1.5), cells, max(2, min(cells // 2 + 1, 7)), both_ends=True)
    rows, values = [row for row, _ in found], [float(label) for _, label in found]
    assert len(found) >= 2
    assert len({after - before for before, after in itertools.pairwise(rows)}) == 1
    assert len({after - before for before, after in itertools.pairwise(values)}) == 1
