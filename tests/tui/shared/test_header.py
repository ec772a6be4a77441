"""The header line."""

from __future__ import annotations

import pytest
from render.terminals import BARE, FULL

from snn_tui.render.canvas import Canvas
from snn_tui.tui.shared.draw.header import header

TABS = [("1", "Train", True), ("2", "Inspect", False)]


def test_the_header_names_the_screens_and_the_run() -> None:
    line = header(TABS, ["paper-s4", "PneumoniaMNIST", "cpu"], "training", Canvas(90, 24, FULL)).plain
    assert line.startswith(" snn-tui  1 Train  2 Inspect ")
    assert line.endswith("paper-s4 · PneumoniaMNIST · cpu · ● training ")
    assert len(line) == 90
    assert header(TABS, ["paper-s4"], "idle", Canvas(60, 24, FULL)).plain.endswith("paper-s4 ")
    assert header(TABS, ["a"], "training", Canvas(60, 24, BARE)).plain.endswith("a - > training ")


@pytest.mark.parametrize("width", range(0, 90, 7))
def test_where_it_is_narrow_the_header_drops_facts_and_keeps_the_word(width: int) -> None:
    line = header(
        TABS, ["a-rather-long-run", "PneumoniaMNIST", "cpu"], "training", Canvas(width, 24, FULL)
    ).plain
    if width >= 45:
        assert len(line) == width
        assert line.endswith("● training ")


def test_the_header_shows_no_control_characters() -> None:
    line = header(TABS, ["x\x1b[31m\ny[b]", "", "cpu"], "training", Canvas(80, 24, FULL))
    assert "x y[b] · cpu" in line.plain


SCREENS = [
    (str(index), name, index == 1)
    for index, name in enumerate(("Train", "Inspect", "Data", "Model", "Results", "Runs"), 1)
]


@pytest.mark.parametrize("word", ["training", "finished", "crashed", "idle"])
@pytest.mark.parametrize(("width", "names"), [(80, ["paper-s4", "pneumonia-paper"]), (60, ["paper-s4"])])
def test_the_run_has_its_name_in_the_header_where_it_is_narrow(
    word: str, width: int, names: list[str]
) -> None:
    for name in names:
        line = header(SCREENS, [name, "PneumoniaMNIST"], word, Canvas(width, 24, FULL)).plain
        assert f" {name} " in line
        assert "1 Train" in line
        assert len(line) == width


def test_a_long_name_of_a_run_is_cut_before_it_goes() -> None:
    line = header(SCREENS, ["pneumonia-paper-of-long-ago"], "finished", Canvas(60, 24, FULL)).plain
    assert " pneumonia" in line
    assert line.endswith("✓ finished ")


@pytest.mark.parametrize("name", ["paper-s4", "pneumonia-paper"])
def test_at_80_columns_the_other_screens_keep_their_names_beside_the_run(name: str) -> None:
    line = header(SCREENS, [name, "PneumoniaMNIST"], "finished", Canvas(80, 24, FULL)).plain
    assert f" {name} · ✓ finished " in line
    assert all(f"{key} {title} " in line for key, title, _ in SCREENS)


def test_a_name_of_a_run_is_not_cut_before_the_programs_own_name_goes() -> None:
    line = header(SCREENS, ["pneumonia-paper"], "finished", Canvas(60, 24, FULL)).plain
    assert line.endswith(" pneumonia-paper · ✓ finished ")
