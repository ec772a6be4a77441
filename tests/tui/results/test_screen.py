"""Results: a judged run, a threshold that moves, mistakes, draws and reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.widgets import Input
from typed import present

from snn_tui.config.build import build
from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.app import SnnTuiApp
from snn_tui.tui.results.screen import ResultsScreen
from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, LOCAL, NARROW, REMOTE, WIDE, User, covers, opened

SMALL = (60, 20)


@pytest.fixture(autouse=True)
def questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file the inspector writes what it is asked to."""
    file = tmp_path / "questions"
    monkeypatch.setenv("FAKE_SEEN", str(file))
    return file


@pytest.fixture
def run(root: Path) -> RunDir:
    """A finished run."""
    return made_runs.finished_run(root)


async def go(user: User) -> None:
    """Go to Results and wait for everything."""
    await user.press("5")
    await until_whole(user)


async def until_whole(user: User) -> None:
    """Wait for the last draw and the intervals."""
    screen = user.app.screen
    assert isinstance(screen, ResultsScreen)
    await user.until(
        lambda: (
            screen._state.results is not None
            and not screen._state.stale
            and len(screen._state.results.redraws) == screen._state.num_draws
        )
    )
    await user.settle()


def accuracy(user: User) -> float:
    """The accuracy in the table of scores."""
    found = re.search(r"accuracy +(\d\.\d+)", user.sees)
    assert found
    return float(found[1])


def threshold(user: User) -> str:
    """The threshold, as the ROC's title has it."""
    found = re.search(r"ROC [·-] threshold (\S+)", user.sees)
    assert found
    return found[1]


@covers("app", "5")
@covers("results", "v", "a")
async def test_a_finished_run_is_judged_by_test_and_by_val_on_demand(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app()) as user:
        await go(user)
        assert "Scores · test · 32 images, balanced" in user.sees
        assert "paper-s0 · PneumoniaMNIST · test · epoch 20" in user.sees
        assert accuracy(user) == 0.875  # 4 of 32 are wrong
        assert "published" in user.sees
        assert "0.853 +0.022" in user.sees
        assert "Worst mistakes · 4 of 32" in user.sees
        assert "threshold 0 spikes, as evaluated" in user.sees
        await user.press("v")
        await user.until_sees("Scores · val · 24 images, balanced")
        await until_whole(user)
        assert accuracy(user) == 0.958  # one of 24
        assert "published" not in user.sees
        await user.press("a")
        await user.until_sees("Scores · val · 30 images, all")
        await user.press("v")
        await user.until_sees("Scores · test · 40 images, all")
        await until_whole(user)
        assert accuracy(user) == 0.9
        assert "published" not in user.sees  # the study's test split was balanced
        await user.press("a")
        await user.until_sees("Scores · test · 32 images, balanced")


@covers("results", "left", "right", "plus", "equals_sign", "minus", "b", "0")
async def test_the_threshold_moves_and_everything_with_it(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app()) as user:
        await go(user)
        before = user.sees
        await user.press("right")
        await user.until_sees("▲ threshold chosen on test: not a result")
        assert threshold(user) == "+0.5"
        await user.press("right", "right", "right", "right", "right", "right")
        await user.until(lambda: threshold(user) == "+3.5")
        await until_whole(user)
        assert "at 0" in user.sees
        moved = set(user.sees.splitlines()) - set(before.splitlines())
        for part in ("accuracy", "normal", "pneumonia", "Worst mistakes"):
            assert any(part in line for line in moved), part
        assert accuracy(user) != 0.875
        await user.press("left")
        await user.until(lambda: threshold(user) == "+3")
        await user.press("plus")
        after = threshold(user)
        assert after != "+3"
        await user.press("equals_sign", "minus")
        await user.until(lambda: threshold(user) == after)

        await user.press("0")
        await until_whole(user)
        assert user.sees == before
        await user.press("b")
        await until_whole(user)
        best = accuracy(user)
        assert best >= 0.875
        chosen = threshold(user)
        if chosen == "0":
            await user.until_told("This is the best threshold here already.")
        await user.press("b")
        await user.until_told("This is the best threshold here already.")
        await user.press("0")
        await user.until(lambda: threshold(user) == "0")


async def test_a_threshold_chosen_on_val_is_kept_on_test_and_says_so(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.press("v")
        await user.until_sees("Scores · val")
        await user.press("right")
        await user.until_sees("▲ threshold chosen on val, the images it is judged by")
        await user.press("v")
        await user.until_sees("Scores · test")
        await until_whole(user)
        assert threshold(user) == "+0.5"
        assert "threshold +0.5 spikes, chosen on val" in user.sees
        assert "▲" not in user.sees
        await user.press("left", "left")
        await user.until_sees("chosen on test: not a result")


@covers("results", "up", "down", "pageup", "pagedown", "enter")
async def test_a_mistake_is_opened_in_inspect(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app(REMOTE)) as user:
        await go(user)

        def chosen() -> int:
            found = re.search(r"▸ +(\d+)", user.sees)
            assert found
            return int(found[1])

        listed = [int(number) for number in re.findall(r"[│ ▸] +(\d+) [○●] \w+ +→", user.sees)]
        assert sorted(listed) == [4, 7, 10, 21]
        assert chosen() == listed[0]
        await user.press("down")
        assert chosen() == listed[1]
        await user.press("pagedown")
        assert chosen() == listed[3]
        await user.press("up")
        assert chosen() == listed[2]
        await user.press("pageup", "up")
        assert chosen() == listed[0]
        await user.press("down", "enter")
        await user.until_sees(f"X-ray {listed[1]} of 40 · test", "✗ wrong")
        await user.press("n")
        await user.until_sees(f"X-ray {listed[1] + 1} of 40 · test")
        await user.press("5")
        await user.until_sees("Worst mistakes")
        assert chosen() == listed[1]
        await user.press("v")
        await user.until_sees("Worst mistakes · 1 of 24")
        await user.press("enter")
        await user.until_sees("X-ray 2 of 30 · val", "✗ wrong")


async def test_without_mistakes_there_is_nothing_to_open(
    new_app: NewApp, run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_ALL_RIGHT", "")
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        assert "no mistakes at this threshold" in user.sees
        assert accuracy(user) == 1.0
        await user.press("enter", "down")
        assert "Worst mistakes · 0 of 32" in user.sees


@covers("results", "r")
async def test_draws_come_one_by_one_and_more_on_demand(
    new_app: NewApp, run: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, questions: Path
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("FAKE_HOLDS_DRAWS", str(gate))
    async with opened(new_app()) as user:
        await user.press("5")
        await user.until_sees("Re-encoding · 3 of 8", "draw 3 of 8")
        await user.press("right")  # keys go on meanwhile
        await user.until_sees("chosen on test: not a result")
        gate.touch()
        await user.until_sees("Re-encoding · 8 draws")
        await user.press("r")
        await user.until_sees("Re-encoding · 16 draws")
        asked = re.findall(r"RedrawSplit\(.*split='test', draw=(\d+)", questions.read_text())
        assert [int(number) for number in asked] == list(range(1, 16))


@covers("results", "u")
async def test_new_weights_are_judged_when_asked_or_on_coming_back(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app()) as user:
        await go(user)
        (run.path / "epoch").write_text("21")
        await user.press("u")
        await user.until_sees("test · epoch 21")
        await until_whole(user)
        (run.path / "epoch").write_text("22")
        await user.press("1", "5")
        await user.until_sees("test · epoch 22")


async def test_weights_replaced_between_draws_start_the_judging_anew(
    new_app: NewApp, run: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = tmp_path / "gate"
    monkeypatch.setenv("FAKE_HOLDS_DRAWS", str(gate))
    async with opened(new_app()) as user:
        await user.press("5")
        await user.until_sees("3 of 8", "epoch 20")
        (run.path / "epoch").write_text("21")
        gate.touch()
        await user.until_sees("epoch 21", "8 draws")


async def test_with_room_for_half_of_the_panels_there_are_two_pages(new_app: NewApp, run: RunDir) -> None:
    halves = (
        ("page 1 of 2", "GMean", "ROC", "Confusion", "ECE", "accuracy settles"),
        ("page 2 of 2", "Worst mistakes", "Re-encoding", "One image costs", "conv1"),
    )
    async with opened(new_app(), size=(100, 30)) as user:
        await user.press("5")
        await until_whole(user)
        for words in (*halves, halves[0]):
            assert all(word in user.sees for word in words), user.sees
            await user.press("tab")
            await user.settle()
        await user.resize(*NARROW)
        await user.settle()
        assert "page 2 of 5" in user.sees


@covers("results", "tab", "shift+tab")
@pytest.mark.parametrize("size", [NARROW, SMALL])
@pytest.mark.parametrize("terminal", [LOCAL, ASCII])
async def test_where_there_is_no_room_pages_are_turned(
    new_app: NewApp, run: RunDir, size: tuple[int, int], terminal: Terminal
) -> None:
    pages = (
        ("accuracy", "GMean", "AUC", "0.875", "truth", "threshold 0"),
        ("threshold", "14", "1.0"),
        ("observed", "ECE", "accuracy settles"),
        ("Worst mistakes", "Re-encoding", "F1", "AUC"),
        ("One image costs", "conv1", "38.7%"),
    )
    async with opened(new_app(terminal), size=size) as user:
        await user.press("5")
        await until_whole(user)
        for turn in (*range(5), 0):
            seen = user.sees
            assert f"page {turn + 1} of 5" in seen
            for words in pages[turn]:
                assert words in seen, (turn, words, seen)
            assert terminal.unicode or seen.isascii(), seen
            await user.press("tab")
            await user.settle()
        await user.press("shift+tab")
        await user.settle()
        assert "page 1 of 5" in user.sees
        await user.resize(*WIDE)
        await user.settle()
        assert "page" not in user.sees
        await user.press("tab")
        assert "Worst mistakes" in user.sees


async def test_a_mistake_that_is_not_in_view_is_listed_before_it_is_opened(
    new_app: NewApp, run: RunDir
) -> None:
    async with opened(new_app(), size=NARROW) as user:
        await user.press("5")
        await until_whole(user)
        for key in ("down", "enter"):
            assert "page 1 of 5" in user.sees
            await user.press(key)
            await user.until_sees("page 4 of 5", "Worst mistakes")
            await user.press("tab", "tab")
            await user.settle()
        await user.press("enter", "enter")
        await user.until_sees("of 40 · test", "Output neurons")


@covers("results", "e")
async def test_a_report_is_written_and_never_over_another_unasked(
    new_app: NewApp, run: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    html, csv = (tmp_path / f"{run.name}-test{ending}" for ending in (".html", ".csv"))
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("e")
        await user.until_sees("Write the report (.csv beside it) to:", html.name)
        await user.press("enter")
        await user.until_told("Written:", html.name, csv.name)
        assert html.read_text().startswith("<!doctype html>")
        assert "no medical device" in html.read_text()
        assert len(csv.read_text().splitlines()) == 33

        csv.unlink()
        html.write_text("mine")
        for answer, written in (("n", False), ("y", True)):
            await user.press("e")
            await user.until_sees("Write the report")
            await user.press("enter")
            await user.until_sees("exists already.")
            await user.press(answer)
            await user.until_gone("exists already.")
            if written:
                await user.until(csv.exists)
            assert (html.read_text() != "mine") is written

        await user.press("right", "e")
        await user.until_sees("Write the report")
        user.widget("Input", Input).value = str(tmp_path / "other")
        await user.press("enter")
        await user.until((tmp_path / "other.csv").exists)
        assert "chosen on test: not a result" in (tmp_path / "other.html").read_text()

        await user.press("e")
        await user.until_sees("Write the report")
        user.widget("Input", Input).value = str(tmp_path / "nowhere" / "x.html")
        await user.press("enter")
        await user.until_told("there is no such folder")
        await user.press("e")
        await user.until_sees("Write the report")
        await user.press("escape")
        await user.until_gone("Write the report")


async def test_a_run_that_is_not_finished_is_judged_by_val(
    new_app: NewApp, root: Path, held: Hold, questions: Path
) -> None:
    held(made_runs.make_run(root, made_runs.trained(3, 2), seed=4))
    async with opened(new_app(REMOTE)) as user:
        await user.until_sees("training")
        await go(user)
        assert "Scores · val" in user.sees
        assert "● training" in user.sees
        assert "'test'" not in questions.read_text()


async def test_phantoms_are_marked_and_not_compared(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_STAND_IN", "")
    made_runs.finished_run(root, synthetic=True)
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        assert "SYNTHETIC phantoms" in user.sees
        assert "Phantoms (synthetic)" in user.sees
        assert "synthetic images, no x-rays" in user.sees
        assert "published" not in user.sees
        await user.resize(*SMALL)
        await user.settle()
        assert "SYNTHETIC phantoms" in user.sees
        assert "pneumonia" in user.sees


async def test_without_any_run_it_says_what_to_do(new_app: NewApp, questions: Path) -> None:
    async with opened(new_app()) as user:
        await user.press("5")
        await user.until_sees("No run has a checkpoint yet: start one on Train (1)")
        await user.press("left", "right", "b", "0", "v", "a", "r", "u", "e", "enter", "down", "plus", "minus")
        assert "No run has a checkpoint yet" in user.sees
        assert not user.app.screen.is_modal
        assert not questions.exists()
        footer = user.sees.splitlines()[-1]
        assert "export" not in footer
        assert "split" not in footer


async def test_a_run_without_weights_says_why(new_app: NewApp, run: RunDir, root: Path) -> None:
    made_runs.stopped_run(root, seed=1, minute=1).weights.unlink()
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.open_run()
        await user.until_told("no checkpoint yet\nwait for its first epoch")
        await user.until_sees("wait for its first epoch")
        await user.open_run(down=1)
        await until_whole(user)
        assert "paper-s0 ·" in user.sees
        await user.until_sees("µJ an image")  # what it costs was known before


async def test_the_chosen_run_is_judged(new_app: NewApp, run: RunDir, root: Path) -> None:
    made_runs.finished_run(root, seed=1, minute=1)
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        assert "paper-s1 ·" in user.sees
        await user.press("right")
        await user.open_run(down=1)
        await user.until_sees("paper-s0 ·", "Scores · test")
        await until_whole(user)
        assert threshold(user) == "0"


async def test_inspect_keeps_its_own_run_while_results_has_another(
    new_app: NewApp, run: RunDir, root: Path, questions: Path
) -> None:
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("paper-s0 ·", "X-ray 0 of 40", "spread")
        newer = made_runs.finished_run(root, seed=1, minute=1)
        await go(user)
        assert "paper-s1 ·" in user.sees
        await user.press("2")
        await user.until_sees("paper-s0 ·")
        questions.write_text("")
        await user.press("n")
        await user.until_sees("X-ray 1 of 40")
        asked = questions.read_text().splitlines()
        assert asked[0].startswith("TraceImage(")
        assert run.name in asked[0]
        await user.press("5", "u")
        await user.until(lambda: "JudgeSplit(" in questions.read_text())
        judged = questions.read_text().partition("JudgeSplit(")[2].splitlines()[0]
        assert newer.name in judged


async def test_a_killed_inspector_comes_back_and_says_so(new_app: NewApp, run: RunDir) -> None:
    import os
    import signal

    async with opened(new_app(REMOTE)) as user:
        await go(user)
        pid = user.app.inspector.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await user.press("v")
        await user.until_told("The inspector process had died and was started again.")
        await user.until_sees("Scores · val")


async def test_it_explains_itself_and_the_palette_knows_what_is_possible(
    new_app: NewApp, run: RunDir
) -> None:
    from tui.test_app import palette

    async with opened(new_app(REMOTE)) as user:
        await go(user)
        listed = "\n".join(await palette(user))
        assert "The threshold with the best sum" in listed
        assert "The next page" not in listed  # there is room for everything
        await user.press("escape")
        await user.resize(*NARROW)
        assert "The next page" in "\n".join(await palette(user))
        await user.press("escape", "question_mark")
        await user.until_sees("Results: esc closes", "chosen on test says so")


async def test_the_footer_fits_at_eighty_columns(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app(REMOTE), size=NARROW) as user:
        await go(user)
        await user.until(lambda: user.sees.splitlines()[-1].strip())
        footer = user.sees.splitlines()[-1]
        for words in ("tab page", "threshold", "b best", "0 reset", "v split", "e export", "? help"):
            assert words in footer, footer
        assert footer.rstrip().endswith("q quit")


async def test_a_storm_of_sizes_does_no_harm(new_app: NewApp, run: RunDir) -> None:
    import random

    sizes = random.Random(4)
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        before = user.sees
        await user.drag((sizes.randint(1, 160), sizes.randint(1, 60)) for _ in range(30))
        await user.resize(*WIDE)
        await user.until(lambda: len(user.app.screen_stack) == 1)
        await user.until(lambda: user.sees == before)


async def test_with_the_real_inspector(finished: RunDir) -> None:
    app = SnnTuiApp(build({}), finished.path.parent, REMOTE)
    async with opened(app) as user:
        await user.press("5")
        await until_whole(user)
        assert "tiny · PneumoniaMNIST · test · epoch 3" in user.sees
        from snn_tui.runs.store import read_metrics

        metrics = read_metrics(finished)
        assert metrics is not None
        assert metrics.test is not None
        assert accuracy(user) == round(present(metrics.test.accuracy), 3)
        wrong = metrics.test.fp + metrics.test.fn
        assert f"Worst mistakes · {wrong} of {metrics.test.images}" in user.sees
        await user.press("v")
        await user.until_sees("Scores · val")
        await until_whole(user)


@covers("results", "escape")
async def test_judging_is_stopped_and_begun_again(
    new_app: NewApp, run: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = tmp_path / "at-work"
    at_work.touch()
    monkeypatch.setenv("FAKE_AT_WORK", str(at_work))
    async with opened(new_app()) as user:
        await user.press("5")
        await user.until_sees("judging test")
        await user.press("escape")
        await user.until_sees("Judging was stopped; u begins again.")
        at_work.unlink()
        await user.press("u")
        await until_whole(user)
        at_work.touch()
        await user.press("v", "escape")
        await user.until_told("Judging was stopped; u begins again.")
        at_work.unlink()
        assert "Scores · test" in user.sees
        await user.press("u")
        await until_whole(user)
        assert "Scores · test" in user.sees  # the split that is in view, not the one that was given up
        at_work.touch()
        await user.press("a", "escape")
        await user.until_told("Judging was stopped; u begins again.", "Judging was stopped; u begins again.")
        at_work.unlink()
        await user.press("u")
        await until_whole(user)
        assert "32 images, balanced" in user.sees


@covers("results", "x")
async def test_early_exit_is_shown_as_accuracy_against_energy(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.press("x")
        await user.until_sees("Early exit · chosen on val")
        assert "from a lead of 0.4 spikes a step" in user.sees
        assert "after 3.50 of 20 steps on average" in user.sees
        assert "µJ an image" in user.sees
        await user.press("escape")
        await user.until(lambda: "Early exit · chosen" not in user.sees)
        assert "Judging was stopped" not in user.sees


async def test_a_report_has_the_early_exit_that_was_looked_at(
    new_app: NewApp, run: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / f"{run.name}-test.html"
    async with opened(new_app(REMOTE)) as user:
        await go(user)
        await user.press("e", "enter")
        await user.until_told("Written:", page.name)
        assert "<h2>Early exit</h2>" not in page.read_text()
        page.unlink()
        await user.press("x")
        await user.until_sees("Early exit · chosen on val")
        await user.press("escape", "e")
        await user.until_sees("Write the report")
        await user.press("enter")
        await user.until_sees("Write over it?")
        await user.press("y")
        await user.until(page.is_file)
        await user.until(lambda: "<h2>Early exit</h2>" in page.read_text())
        assert "All other scores of this page are of all steps." in page.read_text()


@covers("results", "z")
async def test_charts_are_looked_at_large(new_app: NewApp, run: RunDir) -> None:
    async with opened(new_app()) as user:
        await go(user)
        await user.press("z")
        await user.until_sees("ROC · threshold 0 · 1 of 3", "tab next chart", "Z zoom")
        await user.press("right")
        await user.until_sees("false positive rate 0.5", "sensitivity 0.9")
        await user.press("z")
        await user.until_sees("1 of 3 · zoomed")
        await user.press("0", "tab")
        await user.until_sees("Reliability · 2 of 3", "probability p")
        await user.press("tab", "right", "right")
        await user.until_sees("Verdict after t steps · 3 of 3", "step 1", "accuracy 0.")
        await user.press("escape")
        await user.until_sees("Worst mistakes")
        await user.press("x")
        await user.until_sees("Early exit · chosen on val")
        await user.press("escape", "z", "shift+tab")
        await user.until_sees("Early exit on val · 4 of 4", "µJ an image")
