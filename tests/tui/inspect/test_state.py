"""The images: splits, filters and moving through them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.tui.inspect.images import LISTED, UNSURE, ImageList
from snn_tui.values.task import Task

FILTERS = ImageList().filters
LABELS = [(0,), (1,), (1,), (0,), (1,), (0,)]
PREDICTED = [(0,), (1,), (0,), (1,), (0,), (0,)]
"""Right, right, false negative, false positive, false negative, right."""


def judged() -> ImageList:
    """Six images, three of them judged wrong."""
    images = ImageList("test", 6)
    images.judge(LABELS, PREDICTED, [1.0] * 6)
    return images


def test_all_images_are_shown_before_there_are_verdicts() -> None:
    images = ImageList("test", 3)
    assert not images.surveyed
    assert images.matches == [0, 1, 2]
    assert images.position == 0


def test_each_filter_shows_its_images() -> None:
    images = judged()
    shown = {}
    for name in FILTERS:
        assert images.choose(name)
        shown[name] = images.matches
    assert shown == {
        "all": [0, 1, 2, 3, 4, 5],
        "wrong": [2, 3, 4],
        "false negatives": [2, 4],
        "false positives": [3],
    }


def test_a_filter_goes_to_its_first_image_at_or_after_this_one() -> None:
    images = judged()
    images.jump(3)
    assert images.choose("wrong")
    assert images.index == 3
    assert images.choose("false negatives")
    assert images.index == 4
    images.choose("all")
    images.jump(5)
    assert images.choose("false negatives")
    assert images.index == 2


def test_images_that_another_screen_listed_are_gone_through_in_its_order() -> None:
    images = judged()
    images.take_list((4, 1, 3))
    images.jump(4)
    assert (images.filter, images.position) == (LISTED, 0)
    visited = []
    for _ in range(4):
        images.move(1)
        visited.append(images.index)
    assert visited == [1, 3, 4, 1]
    assert images.filters == (*FILTERS, LISTED)
    assert images.choose("wrong")
    assert images.choose(LISTED)
    images.forget()
    assert images.filters == FILTERS
    assert images.matches == [*range(6)]


def test_a_filter_without_images_is_not_taken() -> None:
    images = ImageList("test", 2)
    images.judge([(0,), (1,)], [(0,), (1,)], [1.0, 1.0])
    assert not images.choose("wrong")
    assert images.filter == "all"
    assert images.matches == [0, 1]


def test_moving_goes_round_the_ends_of_the_filter() -> None:
    images = judged()
    images.choose("wrong")
    seen = []
    for _ in range(4):
        seen.append(images.index)
        images.move(1)
    assert seen == [2, 3, 4, 2]
    images.jump(2)
    images.move(-1)
    assert images.index == 4


def test_moving_from_an_image_outside_the_filter_goes_to_its_neighbour_inside() -> None:
    for index, by, expected in ((0, 1, 2), (5, 1, 2), (5, -1, 4), (0, -1, 4)):
        images = judged()
        images.choose("wrong")
        images.index = index
        images.move(by)
        assert images.index == expected


def test_a_jump_out_of_the_filter_leaves_it() -> None:
    images = judged()
    images.choose("wrong")
    assert images.jump(3)
    assert images.filter == "wrong"
    assert images.jump(0)
    assert images.filter == "all"
    assert not images.jump(6)
    assert not images.jump(-1)
    assert images.index == 0


def test_forgetting_the_verdicts_leaves_the_filter() -> None:
    images = judged()
    images.choose("wrong")
    images.forget()
    assert images.filter == "all"
    assert images.matches == list(range(6))
    assert images.index == 2


def test_an_empty_split_can_be_moved_through() -> None:
    images = ImageList("test", 0)
    images.move(1)
    assert images.position is None
    assert not images.jump(0)


images = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=30)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("choose"), st.sampled_from(FILTERS)),
        st.tuples(st.just("move"), st.sampled_from((-1, 1))),
        st.tuples(st.just("jump"), st.integers(-2, 32)),
    ),
    max_size=20,
)


@given(images, steps)
def test_the_index_is_always_one_of_the_shown(
    judged: list[tuple[int, int]], walk: list[tuple[str, object]]
) -> None:
    images = ImageList("test", len(judged))
    images.judge(
        [(label,) for label, _ in judged], [(verdict,) for _, verdict in judged], [1.0] * len(judged)
    )
    for action, value in walk:
        getattr(images, action)(value)
        assert images.position is not None
        assert images.matches[images.position] == images.index
        if images.filter != "all":
            label, verdict = judged[images.index]
            assert label != verdict


@given(images, st.sampled_from(FILTERS), st.sampled_from((-1, 1)))
def test_a_walk_visits_every_shown_image_once(judged: list[tuple[int, int]], name: str, by: int) -> None:
    images = ImageList("test", len(judged))
    images.judge(
        [(label,) for label, _ in judged], [(verdict,) for _, verdict in judged], [1.0] * len(judged)
    )
    images.choose(name)
    begun, seen = images.index, []
    for _ in images.matches:
        seen.append(images.index)
        images.move(by)
    assert images.index == begun
    assert sorted(seen) == images.matches


GRADES = Task(name="grades", classes=("none", "mild", "wrong"), kind="ordinal")
FINDINGS = Task(name="findings", classes=("mass", "edema"), kind="multilabel")


def test_of_several_classes_there_are_filters_by_class_and_an_order_by_margin() -> None:
    images = ImageList("test", 4, GRADES)
    images.judge([(0,), (1,), (2,), (1,)], [(0,), (2,), (2,), (1,)], [5.0, 0.5, 3.0, 1.5])
    matches = {}
    for name in images.filters:
        images.jump(0)
        assert images.choose(name)
        matches[name] = images.matches
    assert matches == {
        "all": [0, 1, 2, 3],
        "wrong": [1],
        "right": [0, 2, 3],
        UNSURE: [1, 3, 2, 0],
        "class none": [0],
        "class mild": [1, 3],
        "class wrong": [2],
    }
    images.choose(UNSURE)
    assert images.index == 1
    images.move(1)
    assert images.index == 3


def test_of_several_labels_an_image_is_right_only_with_all_of_them() -> None:
    images = ImageList("test", 3, FINDINGS)
    images.judge([(), (0, 1), (0,)], [(), (0,), (0, 1)], [1.0, 1.0, 1.0])
    assert images.choose("right")
    assert images.matches == [0]
    assert images.choose("wrong")
    assert images.matches == [1, 2]
    assert images.choose("class mass")
    assert images.matches == [1, 2]
    assert images.choose("class edema")
    assert images.matches == [1]


@pytest.mark.parametrize("sizes", [(2, 3, 3), (3, 2, 3), (3, 3, 4), (0, 0, 0)])
def test_predictions_of_another_number_of_images_are_refused(sizes: tuple[int, int, int]) -> None:
    images = ImageList("test", 3)
    with pytest.raises(ValueError, match="for 3 images"):
        images.judge([(0,)] * sizes[0], [(0,)] * sizes[1], [1.0] * sizes[2])
    assert not images.surveyed
    assert images.matches == [0, 1, 2]
