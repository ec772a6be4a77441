"""What an audit found, as a list of findings and as pairs of images."""

from __future__ import annotations

import pytest
from render.terminals import ALL, FULL

from snn_tui.render.canvas import Canvas
from snn_tui.render.findings import findings
from snn_tui.render.terminal import Terminal
from snn_tui.tui.data.auditing import AuditView
from snn_tui.tui.data.draw.audit import finding_list, list_lines, pair, pair_title
from snn_tui.values.audit import Audit, AuditedImage, GroupOverlap, ImagePair, Overlap, PairList, SharedGroup
from snn_tui.values.dataset import Picture
from snn_tui.values.task import PNEUMONIA


def image(split: str, index: int, *labels: str, name: str = "") -> AuditedImage:
    """An image that an audit names."""
    return AuditedImage(split=split, index=index, labels=labels, name=name)


def pairs(total: int, listed: int, correlation: float = 1.0) -> PairList:
    """So many pairs of train and test, of which some are listed."""
    return PairList(
        total=total,
        pairs=tuple(
            ImagePair(
                first=image("train", at, "normal"),
                second=image("test", 50 + at, "pneumonia"),
                correlation=correlation,
            )
            for at in range(listed)
        ),
    )


def audit(*, found: bool = True, grouped: bool = True) -> Audit:
    """An audit that found something of each kind, or nothing."""
    group = SharedGroup(
        name="person7",
        images={"train": 3, "test": 2},
        examples=(image("train", 4, name="train/person7_a.png"), image("test", 1, name="test/person7_b.png")),
    )
    shared = GroupOverlap(split="test", earlier="train", total=1, images=2, groups=(group,))
    return Audit(
        task=PNEUMONIA,
        source="here",
        synthetic=False,
        counts={},
        sizes={},
        one_colour={"train": 2 if found else 0, "val": 0, "test": 0},
        same=(Overlap(split="test", earlier="train", images=pairs(120, 100)),) if found else (),
        two_labels=pairs(1, 1) if found else pairs(0, 0),
        near=(Overlap(split="test", earlier="train", images=pairs(3, 3, 0.991)),) if found else (),
        grouped=grouped,
        groups=(shared,) if found and grouped else (),
        notes=("2 files are no pictures",),
    )


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(20, 3), (56, 6), (76, 5), (114, 12)])
@pytest.mark.parametrize("chosen", range(5))
def test_the_chosen_finding_is_in_view_with_its_meaning(
    terminal: Terminal, width: int, height: int, chosen: int
) -> None:
    drawn = finding_list(audit(), chosen, Canvas(width, height, terminal)).plain
    lines = drawn.split("\n")
    assert len(lines) <= height
    assert all(len(line) <= width for line in lines)
    assert terminal.unicode or drawn.isascii()
    at = [index for index, line in enumerate(lines) if line[0] in "▸>"]
    assert len(at) == 1
    assert at[0] + 1 < len(lines)


def test_every_finding_is_counted() -> None:
    drawn = finding_list(audit(), 0, Canvas(114, 20, FULL)).plain
    for words in (
        "2 train images are of one colour",
        "120 test images are in train, too",
        "3 test images are nearly the same as one of train",
        "1 image has another label elsewhere",
        "2 test images are of 1 group that train has, too",
        "2 files are no pictures",
    ):
        assert words in drawn
    assert "not found" not in drawn
    assert list_lines(audit(), 0, Canvas(114, 3, FULL)) == drawn.count("\n") + 1


def test_nothing_found_is_said_too_and_what_could_not_be_looked_for() -> None:
    drawn = finding_list(audit(found=False, grouped=False), 0, Canvas(200, 20, FULL)).plain
    assert "✓ not found: the same image in two splits, near duplicates in two splits" in drawn
    assert "a group" not in drawn
    assert "whether splits share patients is not known" in drawn
    assert "▲" not in drawn
    assert "a group in two splits" in finding_list(audit(found=False), 0, Canvas(200, 20, FULL)).plain


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(30, 6), (76, 12), (116, 26)])
def test_a_pair_stands_side_by_side_with_split_index_file_and_label(
    terminal: Terminal, width: int, height: int
) -> None:
    picture = Picture(pixels=bytes(range(196)), height=14, width=14, labels=(0,))
    example = findings(audit())[1].examples[0]
    for pictures in ((), (picture, picture)):
        drawn = pair(example, pictures, Canvas(width, height, terminal)).plain
        lines = drawn.split("\n")
        assert len(lines) <= height
        assert all(len(line) <= width for line in lines)
        assert "train 0" in lines[0]
        assert "test 50" in lines[0]
        assert "normal" in lines[1]
        assert "pneumonia" in lines[1]
    files = pair(findings(audit())[4].examples[0], (picture, picture), Canvas(116, 26, terminal)).plain
    assert "train/person7_a.png" in files
    assert "no label" in files


def test_a_title_says_which_pair_of_how_many_and_what_they_share() -> None:
    one_colour, same, near, two, group = findings(audit())
    assert pair_title(one_colour, 0) == "Images"
    assert pair_title(same, 2) == "Pair 3 of 100 listed of 120 · the same pixels"
    assert pair_title(near, 0) == "Pair 1 of 3 · correlation 0.991"
    assert pair_title(two, 0) == "Pair 1 of 1 · the same pixels"
    assert pair_title(group, 0) == "Pair 1 of 1 · person7: 3 in train, 2 in test"


def test_findings_and_pairs_are_gone_through_to_their_ends() -> None:
    view = AuditView()
    assert (view.finding, view.example, view.keys) == (None, None, [])
    view.audit = audit()
    assert view.example is None  # images of one colour are no pairs
    view.choose(1)
    view.go(-1)
    assert view.keys == [("train", 0), ("test", 50)]
    view.go(200)
    assert view.pair == 99
    view.choose(9)
    assert (view.chosen, view.pair) == (4, 0)
    picture = Picture(pixels=b"0", height=1, width=1, labels=None)
    view.pictures[("train", 4)] = picture
    assert view.shown == []
    view.pictures[("test", 1)] = picture
    assert view.shown == [picture, picture]
