"""The gallery: splits, filters and moving through them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from snn_tui.tui.inspect.gallery import FILTERS, Gallery

LABELS = [0, 1, 1, 0, 1, 0]
DECISIONS = [-2.0, 3.0, -1.0, 2.0, -0.1, 0.0]
"""Right, right, false negative, false positive, false negative, right: 0 is no lead to pneumonia."""


def judged() -> Gallery:
    """Six images, three of them judged wrong."""
    gallery = Gallery("test", 6)
    gallery.judge(LABELS, DECISIONS)
    return gallery


def test_all_images_are_shown_before_there_are_verdicts() -> None:
    gallery = Gallery("test", 3)
    assert not gallery.surveyed
    assert gallery.shown == [0, 1, 2]
    assert gallery.place == 0


def test_each_filter_shows_its_images() -> None:
    gallery = judged()
    shown = {}
    for name in FILTERS:
        assert gallery.choose(name)
        shown[name] = gallery.shown
    assert shown == {
        "all": [0, 1, 2, 3, 4, 5],
        "wrong": [2, 3, 4],
        "false negatives": [2, 4],
        "false positives": [3],
    }


def test_a_filter_goes_to_its_first_image_at_or_after_this_one() -> None:
    gallery = judged()
    gallery.jump(3)
    assert gallery.choose("wrong")
    assert gallery.index == 3
    assert gallery.choose("false negatives")
    assert gallery.index == 4
    gallery.choose("all")
    gallery.jump(5)
    assert gallery.choose("false negatives")
    assert gallery.index == 2


def test_a_filter_without_images_is_not_taken() -> None:
    gallery = Gallery("test", 2)
    gallery.judge([0, 1], [-1.0, 1.0])
    assert not gallery.choose("wrong")
    assert gallery.filter == "all"
    assert gallery.shown == [0, 1]


def test_moving_goes_round_the_ends_of_the_filter() -> None:
    gallery = judged()
    gallery.choose("wrong")
    seen = []
    for _ in range(4):
        seen.append(gallery.index)
        gallery.move(1)
    assert seen == [2, 3, 4, 2]
    gallery.jump(2)
    gallery.move(-1)
    assert gallery.index == 4


def test_moving_from_an_image_outside_the_filter_goes_to_its_neighbour_inside() -> None:
    for index, by, expected in ((0, 1, 2), (5, 1, 2), (5, -1, 4), (0, -1, 4)):
        gallery = judged()
        gallery.choose("wrong")
        gallery.index = index
        gallery.move(by)
        assert gallery.index == expected


def test_a_jump_out_of_the_filter_leaves_it() -> None:
    gallery = judged()
    gallery.choose("wrong")
    assert gallery.jump(3)
    assert gallery.filter == "wrong"
    assert gallery.jump(0)
    assert gallery.filter == "all"
    assert not gallery.jump(6)
    assert not gallery.jump(-1)
    assert gallery.index == 0


def test_forgetting_the_verdicts_leaves_the_filter() -> None:
    gallery = judged()
    gallery.choose("wrong")
    gallery.judge((), ())
    assert gallery.filter == "all"
    assert gallery.shown == list(range(6))
    assert gallery.index == 2


def test_an_empty_split_can_be_moved_through() -> None:
    gallery = Gallery("test", 0)
    gallery.move(1)
    assert gallery.place is None
    assert not gallery.jump(0)


images = st.lists(st.tuples(st.integers(0, 1), st.floats(-20, 20)), min_size=1, max_size=30)
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
    judged: list[tuple[int, float]], walk: list[tuple[str, object]]
) -> None:
    gallery = Gallery("test", len(judged))
    gallery.judge([label for label, _ in judged], [score for _, score in judged])
    for action, value in walk:
        getattr(gallery, action)(value)
        assert gallery.place is not None
        assert gallery.shown[gallery.place] == gallery.index
        if gallery.filter != "all":
            label, score = judged[gallery.index]
            assert label != int(score > 0)


@given(images, st.sampled_from(FILTERS), st.sampled_from((-1, 1)))
def test_a_walk_visits_every_shown_image_once(judged: list[tuple[int, float]], name: str, by: int) -> None:
    gallery = Gallery("test", len(judged))
    gallery.judge([label for label, _ in judged], [score for _, score in judged])
    gallery.choose(name)
    begun, seen = gallery.index, []
    for _ in gallery.shown:
        seen.append(gallery.index)
        gallery.move(by)
    assert gallery.index == begun
    assert sorted(seen) == gallery.shown
