"""Small drawings: well formed, and every value in its place."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.export.report import svg

unit = st.floats(-0.5, 1.5)


def drawn(lines: list[svg.Line], marks: list[svg.Mark], **changes: object) -> ElementTree.Element:
    """A chart from 0 to 1, read back."""
    given = {
        "title": 'a "title" & more',
        "x_label": "x <",
        "y_label": "y",
        "x_limits": (0.0, 1.0),
        "y_limits": (0.0, 1.0),
    }
    return ElementTree.fromstring(svg.chart(lines, marks, **(given | changes)))  # type: ignore[arg-type]


@given(st.lists(st.tuples(unit, st.none() | unit | st.just(float("nan"))), max_size=12))
def test_any_line_stays_on_the_drawing(points: list[tuple[float, float | None]]) -> None:
    read = drawn([svg.Line("a & b", points, "accent")], [])
    width, height = float(read.attrib["width"]), float(read.attrib["height"])
    for line in read.iter("polyline"):
        for pair in line.attrib["points"].split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    known = [y for _, y in points if y is not None and y == y]
    assert bool(list(read.iter("polyline"))) == bool(known)


def test_values_stand_where_they_belong() -> None:
    marks = [svg.Mark("now", 0.0, 0.0, "warn"), svg.Mark("", 1.0, 1.0, "warn")]
    read = drawn([], marks, bars=[(0.0, 0.5, 1.0)])
    discs = [disc.attrib for disc in read.iter("circle")]
    assert float(discs[0]["cx"]) < float(discs[1]["cx"])
    assert float(discs[0]["cy"]) > float(discs[1]["cy"])
    bar = next(read.iter("rect")).attrib
    assert float(bar["y"]) + float(bar["height"]) == pytest.approx(float(discs[0]["cy"]))
    words = [text.text for text in read.iter("text")]
    assert {"0.0", "1.0", "x <", "y", "now"} <= set(words)
    assert read.attrib["aria-label"] == 'a "title" & more'


def test_a_gap_breaks_a_line() -> None:
    points = [(0.0, 0.1), (0.2, 0.2), (0.4, None), (0.6, 0.3), (0.8, 0.4)]
    assert len(list(drawn([svg.Line("", points, "accent")], []).iter("polyline"))) == 2


def test_whiskers_and_dots() -> None:
    read = ElementTree.fromstring(svg.whisker(0.8, (0.7, 0.9), 0.85, (0.5, 1.0)))
    place = float(next(read.iter("circle")).attrib["cx"])
    assert place == pytest.approx(6 + (280 - 12) * 0.6, abs=0.1)
    assert len(list(read.iter("path"))) == 3
    assert len(list(ElementTree.fromstring(svg.whisker(None, None, None, (0.0, 1.0))).iter("path"))) == 1
    dots = ElementTree.fromstring(svg.dots([0.0, 0.5, 1.0], (0.0, 1.0)))
    assert [float(dot.attrib["cx"]) for dot in dots.iter("circle")] == [6, 140, 274]
