"""The images of both classes side by side, and how many there are."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest
from counting import two_classes
from hypothesis import given
from hypothesis import strategies as st
from render.terminals import ALL, BARE, FULL

from snn_tui.inspector.data_messages import DatasetImage
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.data.draw.counts import classes
from snn_tui.tui.data.draw.gallery import Page, gallery, shelf_name
from snn_tui.tui.data.layout import GalleryLayout, gallery_layout
from snn_tui.tui.data.panels import classes_titles
from snn_tui.values.dataset import DatasetSummary, Picture
from snn_tui.values.task import PNEUMONIA, Task, TaskKind
from tui.data.made_images import dataset_image


def page(width: int, height: int, normal: int = 1, pneumonia: int = 1, chosen: int | None = 0) -> Page:
    """A page of so many images; those of normal come first, and the last one is left out."""
    layout = gallery_layout(2, width, height)
    many = normal + pneumonia
    images = {index: dataset_image(index, int(index >= normal), index < many - 1) for index in range(many)}
    indices = range(normal), range(normal, many)
    shelf = int(chosen is not None and chosen >= normal)
    return Page(layout, 0, indices, images, chosen, shelf, (normal, pneumonia), PNEUMONIA)


def summary(**counts: tuple[int, int, int, int]) -> DatasetSummary:
    """Normal and pneumonia before, and both after, by split."""
    return DatasetSummary(
        name="x",
        synthetic=False,
        source="",
        notice="",
        before={split: two_classes(*four[:2]) for split, four in counts.items()},
        after={split: two_classes(*four[2:]) for split, four in counts.items()},
    )


def told(text: str) -> list[str]:
    """Lines of a drawing."""
    return text.split("\n")


@pytest.mark.parametrize(("size", "fits"), [((116, 31), (2, 2)), ((76, 15), (1, 1)), ((58, 11), (1, 1))])
def test_as_many_pictures_as_fit(size: tuple[int, int], fits: tuple[int, int]) -> None:
    layout = gallery_layout(2, *size)
    assert (layout.columns, layout.rows) == fits


@given(st.integers(58, 250), st.integers(15, 80))
def test_what_the_layout_promises_gallery_keeps(width: int, height: int) -> None:
    layout = gallery_layout(2, width, height)
    many = layout.columns * layout.rows
    drawn = gallery(page(width, height, many, many), Canvas(width, height, FULL))
    lines = told(drawn.plain)
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert sum(line.count("○") + line.count("●") for line in lines) >= 2 * many


@pytest.mark.parametrize("terminal", ALL)
def test_normal_is_left_and_pneumonia_right(terminal: Terminal) -> None:
    lines = told(gallery(page(116, 31, 3, 2, chosen=3), Canvas(116, 31, terminal)).plain)
    normal, pneumonia = ("○", "●") if terminal.unicode else ("o", "#")
    assert lines[0].split() == [normal, "normal", "3", pneumonia, "pneumonia", "2"]
    first, second = lines[15], lines[30]
    mark = "▸" if terminal.unicode else ">"
    assert first.split() == [normal, "0", normal, "1", mark, pneumonia, "3", pneumonia, "4", "left", "out"]
    assert second.split() == [normal, "2"]
    assert first.index(mark) == 2 * 28 + 1 + 2  # two pictures, a gap, the middle
    assert terminal.unicode or all(line.isascii() for line in lines)


def test_what_is_not_known_yet_leaves_its_place_free() -> None:
    empty = Page(GalleryLayout(), 0, ([0], [1]), {}, 0, 0, (1, 1), PNEUMONIA)
    assert not gallery(empty, Canvas(58, 15, FULL)).plain.strip()


def test_a_bar_is_solid_as_far_as_the_class_is_kept() -> None:
    drawn = told(
        classes(summary(train=(10, 40, 10, 10), val=(5, 5, 5, 5)), "train", Canvas(60, 3, BARE)).plain
    )
    train, val = (line.split() for line in drawn)
    assert train[:2] == ["train", "o"]
    whole, kept = len(train[5]), train[5].count("#")
    assert abs(4 * kept - whole) <= 3
    assert abs(len(train[2]) - kept) <= 1
    assert (train[3], train[6]) == ("10", "40>10")
    assert "." not in "".join(val)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", [56, 76, 116])
def test_each_split_has_a_line_or_the_present_one_alone(terminal: Terminal, width: int) -> None:
    facts = summary(train=(1214, 3494, 1214, 1214), val=(135, 389, 135, 135), test=(234, 390, 234, 234))
    lines = told(classes(facts, "val", Canvas(width, 3, terminal)).plain)
    assert [line.split()[0] for line in lines] == ["train", "val", "test"]
    assert all(len(line) <= width for line in lines)
    assert terminal.unicode or all(line.isascii() for line in lines)
    alone = told(classes(facts, "val", Canvas(width, 1, terminal)).plain)
    assert alone == [lines[1]]
    for number in ("3494" if width < 100 else "3 494", "389", "234"):
        assert number in "\n".join(lines)


def test_nothing_left_out_is_nothing_light() -> None:
    assert "░" not in classes(summary(test=(3, 9, 3, 9)), "test", Canvas(80, 3, FULL)).plain


def test_what_is_to_be_known_of_the_images_stands_above_and_below_the_classes() -> None:
    counts = {split: two_classes(normal=5, pneumonia=9) for split in ("train", "val", "test")}
    kept = {split: two_classes(normal=5, pneumonia=5) for split in counts}
    known = DatasetSummary(name="x", synthetic=False, source="", notice="", before=counts, after=kept)
    legend = "solid: kept, light: left out by undersampling"
    assert classes_titles(known, 114) == (f"Classes · {legend}", "")
    for notice, titles in (
        ("not the official file", ("Classes · not the official file", legend)),
        ("8 are in train; not the official file", ("Classes · 8 are in train", "not the official file")),
    ):
        assert classes_titles(msgspec.structs.replace(known, notice=notice), 114) == titles


def test_a_notice_that_is_too_long_for_a_border_loses_its_details_before_it_is_cut() -> None:
    sizes = "not the official file: train has 24 images, not 4708, val has 8 images, not 524"
    known = summary(train=(12, 12, 12, 12), val=(4, 4, 4, 4))
    for notice, room, titles in (
        (sizes, 114, (f"Classes · {sizes}", "")),
        (sizes, 74, ("Classes · not the official file", "")),
        (f"8 are in train; {sizes}", 114, ("Classes · 8 are in train", sizes)),
        (f"8 are in train; {sizes}", 74, ("Classes · 8 are in train", "not the official file")),
    ):
        assert classes_titles(msgspec.structs.replace(known, notice=notice), room) == titles


@pytest.mark.parametrize("terminal", ALL)
def test_the_caption_stays_where_a_line_is_missing(terminal: Terminal) -> None:
    lines = told(gallery(page(76, 14), Canvas(76, 14, terminal)).plain)
    assert len(lines) == 14
    assert lines[-1].split()[-1] == "out"  # the index, and that balancing leaves it out


def task_of(classes: int, kind: TaskKind = "multiclass") -> Task:
    """A task whose classes are called `class 0` and so on."""
    return Task(name="Many", classes=tuple(f"class {label}" for label in range(classes)), kind=kind)


def many(classes: int, width: int, height: int, several: bool = False) -> Page:
    """A page of twelve images a class; with several labels, each has its own and the next, or none."""
    task = task_of(classes, "multilabel" if several else "multiclass")
    shelves = classes + several
    layout = gallery_layout(shelves, width, height)
    held = [range(12 * shelf, 12 * shelf + layout.columns * layout.rows)[:12] for shelf in range(shelves)]
    images = {}
    for shelf, indices in enumerate(held):
        labels = (shelf,) if not several else tuple(sorted({shelf, (shelf + 1) % classes}))
        for index in indices:
            pixels = bytes([index % 256]) * layout.side**2
            shown = Picture(
                pixels=pixels,
                height=layout.side,
                width=layout.side,
                labels=labels if shelf < classes else (),
            )
            images[index] = DatasetImage(index, True, shown)
    return Page(layout, 0, tuple(held), images, 12, 1, (12,) * shelves, task)


@given(st.integers(1, 64), st.booleans(), st.integers(56, 250), st.integers(11, 80))
def test_any_number_of_shelves_keeps_to_its_box(classes: int, several: bool, width: int, height: int) -> None:
    drawn = gallery(many(classes, width, height, several), Canvas(width, height, BARE))
    lines = told(drawn.plain)
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("classes", [5, 9, 14])
def test_up_to_fourteen_classes_are_in_view_at_once(terminal: Terminal, classes: int) -> None:
    page = many(classes, 116, 31)
    words = gallery(page, Canvas(116, 31, terminal)).plain
    for label, letter in enumerate(page.task.letters):
        assert f"{letter} class {label}" in words
    assert words.count(" 12 ") >= classes
    assert page.layout.side >= 16
    assert (">" if terminal is BARE else "▸ b 12" if terminal.unicode else "> b 12") in words


def test_where_not_all_shelves_fit_the_first_of_them_are_in_view() -> None:
    page = many(14, 76, 15)
    words = gallery(page, Canvas(76, 15, FULL)).plain
    assert page.layout.shelves == 3
    assert "c class 2" in words
    assert "d class 3" not in words
    words = gallery(dataclasses.replace(page, first=11), Canvas(76, 15, FULL)).plain
    assert "n class 13" in words


def test_an_image_with_several_labels_bears_the_letters_of_all() -> None:
    page = many(5, 116, 31, several=True)
    words = gallery(page, Canvas(116, 31, FULL)).plain
    assert "ab 0" in words
    assert "– no label" in words
    assert "– 60" in words


@pytest.mark.parametrize("classes_", [1, 3, 5, 9, 14, 40, 64])
@pytest.mark.parametrize("width", [54, 76, 114])
def test_many_classes_have_a_bar_and_a_number_each(classes_: int, width: int) -> None:
    task = task_of(classes_)
    counts = {split: dict.fromkeys(task.classes, 400) for split in ("train", "val", "test")}
    kept = {split: dict.fromkeys(task.classes, 120) for split in counts}
    facts = DatasetSummary(
        name="x", synthetic=False, source="", notice="", before=counts, after=kept, task=task
    )
    drawn = classes(facts, "train", Canvas(width, 3, FULL))
    lines = told(drawn.plain)
    assert all(len(line) <= width for line in lines)
    if classes_ <= 9:
        assert lines[0].count("120") == classes_
    if classes_ <= 5 and width == 114:
        assert lines[0].count("400→120") == classes_
        assert lines[0].count("█░") == classes_
    if classes_ == 14:
        assert lines[0].count("n") == 2  # the last class's letter, and that of train


def test_a_grade_whose_name_is_its_letter_is_named_above_its_shelf() -> None:
    task = Task(name="grades", classes=("0", "1", "2"), kind="ordinal")
    assert [shelf_name(shelf, task, Canvas(20, 5, FULL)).plain for shelf in range(3)] == ["0", "1", "2"]
