"""Results of several classes and of several labels: the matrix, the images of a cell, pages, a report."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from snn_tui.analysis.task_results import TaskResults
from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.results.screen import ResultsScreen
from snn_tui.tui.results.state import ResultsState
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import ASCII, LOCAL, NARROW, WIDE, User, covers, opened
from tui.results.test_screen import SMALL, go, until_whole

KINDS = ("ordinal", "multilabel")


@pytest.fixture
def run(root: Path) -> RunDir:
    """A finished run."""
    return made_runs.finished_run(root)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A kind of task that the inspector judges."""
    monkeypatch.setenv("FAKE_TASK", request.param)
    return str(request.param)


def state_of(user: User) -> ResultsState:
    """What the screen shows."""
    screen = user.app.screen
    assert isinstance(screen, ResultsScreen)
    return screen._state


def results_of(user: User) -> TaskResults:
    """The results in view."""
    results = state_of(user).results
    assert isinstance(results, TaskResults)
    return results


def listed(user: User) -> list[int]:
    """The images of the list, as far as they fit."""
    rows = re.findall(r"[│▸] +(\d+) +(?:[a-e] .*→|\d  [-+=])", user.sees)
    return [int(number) for number in rows]


async def test_the_scores_of_every_kind_have_intervals_and_rows(
    new_app: NewApp, run: RunDir, kind: str
) -> None:
    async with opened(new_app()) as user:
        await go(user)
        scored = results_of(user).scored
        assert "Scores · test · 40 images, all" in user.sees
        assert re.search(rf"accuracy +{scored.accuracy:.3f} +0\.\d+–0\.\d+", user.sees)
        assert "published" not in user.sees
        for name in ("no lesion", "mild", "moderate", "severe", "proliferative"):
            assert name in user.sees
        assert "AUC is the mean of 4 of 5" in user.sees
        assert "threshold" not in user.sees
        assert ("quadratic kappa" in user.sees) is (kind == "ordinal")
        await user.press("tab")
        await user.settle()
        assert "Worst mistakes" in user.sees
        assert "Re-encoding · 8 draws" in user.sees
        assert "of verdicts by step" in user.sees


async def test_published_models_stand_beside_the_official_test_split_alone(
    new_app: NewApp, run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TASK", "ordinal")
    monkeypatch.setenv("FAKE_OFFICIAL", "")
    async with opened(new_app()) as user:
        await go(user)
        assert re.search(r"ResNet-18 +0\.524 +0\.717 +val", user.sees)
        assert re.search(r"best of MedMNIST\+ +0\.543 +0\.754 +val", user.sees)
        await user.press("v")
        await user.until_sees("Scores · val")
        assert "ResNet" not in user.sees


@covers("results", "n", "p")
async def test_a_cell_of_the_matrix_is_chosen_and_its_images_are_opened(
    new_app: NewApp, run: RunDir, kind: str
) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.press("tab")
        await user.settle()
        matrix = state_of(user).matrix
        assert matrix is not None
        worst = listed(user)
        assert worst[:3] == [mistake.index for mistake in results_of(user).mistakes[:3]]
        await user.press(*["up"] * 5, *["left"] * 5)
        assert (matrix.row, matrix.column) == (0, 0)
        await user.until_sees(results_of(user).cell_words(0, 0))
        images = [image.index for image in results_of(user).images_of(0, 0)]
        assert listed(user) == images[: len(listed(user))]
        assert f"Images of the cell · {len(images)}" in user.sees
        await user.press("down", "right", "up", "left")
        assert (matrix.row, matrix.column) == (0, 0)
        await user.press("n", "n", "p")
        await user.until(lambda: matrix.index == 1)
        await user.press("enter")
        await user.until_sees(f"{images[1]} of 40 · test", f"listed on Results 2/{len(images)}")
        await user.press("n")
        await user.until_sees(f"{images[2 % len(images)]} of 40 · test")
        await user.press("5")
        await user.until_sees("Images of the cell")
        await user.press("0")
        await user.until_sees("Worst mistakes")
        assert listed(user) == worst


async def test_keys_bring_what_they_move_and_open_into_view_first(
    new_app: NewApp, run: RunDir, kind: str
) -> None:
    async with opened(new_app(), size=NARROW) as user:
        await go(user)
        matrix = state_of(user).matrix
        assert matrix is not None
        before = matrix.row, matrix.column
        await user.press("down")
        await user.until_sees("page 3 of 6", "arrows move")
        assert (matrix.row, matrix.column) == before
        await user.press("up")
        await user.until(lambda: matrix.row == before[0] - 1)
        for key in ("n", "enter", "0"):
            await user.press("tab", "tab", "tab", "tab")
            await user.settle()
            assert "page 1 of 6" in user.sees
            index = matrix.index
            await user.press(key)
            await user.until_sees("page 5 of 6", "enter inspects")
            assert matrix.index == (0 if key == "0" else index)
            await user.press("shift+tab", "shift+tab")
        await user.press("tab", "tab", "enter")
        await user.until_sees("of 40 · test", "Output neurons")


async def test_a_click_chooses_a_cell_and_a_row(new_app: NewApp, run: RunDir, kind: str) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.click("moderate")
        await user.until_sees("· moderate")
        await user.press("tab")
        await user.settle()
        matrix = state_of(user).matrix
        assert matrix is not None
        assert matrix.row == 2
        assert matrix.filtered


async def test_a_class_without_images_has_no_curve(new_app: NewApp, run: RunDir, kind: str) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.press(*["down"] * 5)
        await user.until_sees("no curve: AUC is undefined", "AUC undefined")


@pytest.mark.parametrize("terminal", [LOCAL, ASCII])
@pytest.mark.parametrize("size", [NARROW, SMALL, (100, 30)])
async def test_pages_are_turned_where_there_is_no_room(
    new_app: NewApp, run: RunDir, kind: str, size: tuple[int, int], terminal: Terminal
) -> None:
    pages: tuple[tuple[str, ...], ...] = (
        ("balanced accuracy", "macro F1"),
        ("proliferative", "mean", "AUC"),
        ("truth" if kind == "ordinal" else "TP",),
        ("chance", "ECE"),
        ("Worst mistakes",),
        ("One image costs", "of verdicts by", "mean"),
    )
    if size[0] == 100:
        pages = (pages[0] + pages[3], pages[2] + pages[4], pages[5])
    async with opened(new_app(terminal), size=size) as user:
        await go(user)
        for number, words in enumerate((*pages, pages[0])):
            seen = user.sees
            assert f"page {number % len(pages) + 1} of {len(pages)}" in seen
            for word in words:
                assert word in seen, (number, word, seen)
            assert terminal.unicode or seen.isascii(), seen
            await user.press("tab")
            await user.settle()
        await user.resize(*WIDE)
        await user.settle()
        assert "of 2" in user.sees


async def test_a_report_of_every_kind_is_written(
    new_app: NewApp, run: RunDir, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(new_app()) as user:
        await go(user)
        await user.press("e")
        await user.until_sees("Write the report")
        await user.press("enter")
        await user.until_told("Written:")
    page = (tmp_path / f"{run.name}-test.html").read_text()
    assert "proliferative" in page
    assert "x-ray" not in page
    rows = list(csv.DictReader((tmp_path / f"{run.name}-test.csv").open()))
    assert len(rows) == 40
    assert {"spikes_mild", "membrane_mild", "probability_mild"} <= set(rows[0])


async def test_the_other_split_and_a_binary_run_take_their_turn(
    new_app: NewApp, run: RunDir, kind: str
) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.press("b", "plus", "v")
        await user.until_sees("Scores · val · 30 images")
        await until_whole(user)
        assert "Re-encoding" not in user.sees


async def test_the_charts_of_a_class_are_looked_at_large(new_app: NewApp, run: RunDir, kind: str) -> None:
    async with opened(new_app(ASCII), size=NARROW) as user:
        await go(user)
        await user.press("z")
        await user.until_sees("ROC - ", "1 of 3", "esc closes - tab next")
        await user.press("right")
        await user.until_sees("sensitivity 0.")
        await user.press("tab", "tab", "right")
        await user.until_sees("3 of 3", "balanced 0.", "step ")
