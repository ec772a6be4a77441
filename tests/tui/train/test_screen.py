"""Train: starting, watching, holding, stopping and leaving runs, with real trainer processes."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
from textual.events import Paste
from textual.widgets import Input

from snn_tui.runs import events, process
from snn_tui.runs.lock import read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.store import list_runs
from snn_tui.runs.tail import Tail
from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import NARROW, REMOTE, WIDE, covers, opened


def state_of(run: RunDir) -> RunState:
    """The run as its directory has it now."""
    return replay(Tail(run.events).poll())


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@covers("train", "s")
async def test_a_run_is_started_and_drawn_to_its_end(
    new_app: NewApp, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GO", str(tmp_path / "go"))
    async with opened(new_app(epochs=3)) as user:
        await user.press("s")
        await user.until_sees("● training", "PneumoniaMNIST", "epoch 1/3", "★ 1")
        (tmp_path / "go").touch()
        await user.until_sees("✓ finished", "epoch 3/3", "study", "★ 3")
        assert "New run" not in user.sees
    (run,) = list_runs(root)
    assert run.metrics.exists()
    assert state_of(run).result is not None


async def test_a_run_is_shown_before_its_first_batch(new_app: NewApp, root: Path, held: Hold) -> None:
    held(made_runs.make_run(root, [events.Preparing(t=0.1, what="downloading PneumoniaMNIST", done=0.25)]))
    async with opened(new_app()) as user:
        await user.until_sees("preparing", "downloading PneumoniaMNIST", "25%")
        assert "no epoch has ended yet" in user.sees


@covers("train", "space")
async def test_space_holds_a_run_and_lets_it_go_on(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(epochs=10000)) as user:
        await user.press("s")
        await user.until_sees("● training", "/10000")
        await user.press("space")
        await user.until_sees("‖ paused")
        (run,) = list_runs(root)
        assert run.pause.exists()
        await user.press("space")
        await user.until_sees("● training")
        assert not run.pause.exists()


async def test_keys_still_reach_the_run_after_a_dialog_or_the_other_screen(
    new_app: NewApp, root: Path, held: Hold
) -> None:
    run = held(made_runs.make_run(root, made_runs.trained(2, 3)))
    async with opened(new_app(REMOTE)) as user:
        await user.until_sees("● training", "space pause")
        for there, back in (("question_mark", "escape"), ("x", "n"), ("l", "escape"), ("2", "1")):
            await user.press(there)
            await user.until(lambda: user.app.screen.is_modal or user.app.current_mode == "inspect")
            await user.press(back)
            await user.until_sees("Epochs (on val)", "space pause")
            assert user.app.focused is None
            await user.press("space")
            await user.until(lambda: process.is_paused(run))
            await user.press("space")
            await user.until(lambda: not process.is_paused(run))


@covers("train", "x")
async def test_a_stop_is_asked_for_then_saves_and_ends_the_trainer(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(epochs=10000)) as user:
        await user.press("s")
        await user.until_sees("● training", "/10000")
        (run,) = list_runs(root)
        lock = read_lock(run)
        assert lock is not None
        for no in ("n", "escape", "q"):
            await user.press("x")
            await user.until_sees(f"Stop {run.name}?", "It saves a checkpoint first.")
            await user.press(no)
            await user.until_sees("● training")
        assert alive(lock.pid)
        await user.press("x")
        await user.until_sees("Stop ")
        await user.press("y")
        await user.until_sees("■ stopped")
        await user.until(lambda: not alive(lock.pid))
        assert run.weights.read_bytes() == b"stopped"
        await user.until_gone("x stop")
        await user.press("x", "space")
        assert not user.app.screen.is_modal
        assert not run.pause.exists()


async def test_a_run_may_end_while_one_thinks_about_stopping_it(
    new_app: NewApp, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_GO", str(tmp_path / "go"))
    async with opened(new_app(epochs=1)) as user:
        await user.press("s")
        await user.until_sees("● training", "★ 1")
        await user.press("x")
        await user.until_sees("Stop ")
        (tmp_path / "go").touch()
        followed = user.app.followed
        assert followed is not None
        await user.until(lambda: not followed.active)
        await user.press("y")
        await user.until_told("The run had ended before you answered.")
        await user.until_sees("✓ finished")


@covers("app", "q")
async def test_quitting_leaves_the_trainer_and_tells_how_to_come_back(new_app: NewApp, root: Path) -> None:
    app = new_app(epochs=10000)
    async with opened(app) as user:
        await user.press("s")
        await user.until_sees("● training", "/10000")
        await user.press("q")
    (run,) = list_runs(root)
    assert app.return_value is not None
    farewell = app.return_value.splitlines()
    assert farewell[0] == f"{run.name} goes on without the screens."
    assert farewell[1].endswith(f"snn-tui --runs-dir {root}")
    assert farewell[2].endswith(str(run.log))
    lock = read_lock(run)
    assert lock is not None
    assert alive(lock.pid)

    async with opened(new_app()) as user:
        await user.until_sees("paper-s0 · PneumoniaMNIST", "● training")
        await user.press("x")
        await user.until_sees("Stop ")
        await user.press("enter")
        await user.until_sees("■ stopped")


async def test_quitting_with_no_run_says_nothing(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    app = new_app()
    async with opened(app) as user:
        await user.press("q")
    assert app.return_value == ""


async def test_a_second_run_asks_first(new_app: NewApp, root: Path, held: Hold) -> None:
    run = held(made_runs.make_run(root, made_runs.trained(2, 3), seed=5))
    async with opened(new_app(epochs=1)) as user:
        await user.until_sees("paper-s5")
        await user.press("n", "s")
        await user.until_sees(f"{run.name} is still being trained.", "Start another beside it?")
        await user.press("n")
        await user.until_sees("New run")
        assert len(list_runs(root)) == 1
        await user.press("s")
        await user.until_sees("Start another")
        await user.press("y")
        await user.until_sees("paper-s0 · PneumoniaMNIST", "finished")
        assert len(list_runs(root)) == 2


@covers("app", "l")
async def test_of_two_runs_one_can_be_chosen(new_app: NewApp, root: Path, held: Hold) -> None:
    old = held(made_runs.make_run(root, made_runs.trained(2, 3), seed=1, minute=1))
    new = held(made_runs.make_run(root, made_runs.trained(4, 3), seed=2, minute=2))
    async with opened(new_app()) as user:
        await user.until_sees(old.name, new.name, "● training")  # two are going on: which one?
        await user.press("down", "enter")
        await user.until_sees("paper-s1 ·", "epoch 3/20")
        await user.press("l")
        await user.until_sees("enter opens")
        await user.press("escape")
        await user.until_gone("enter opens")
        await user.until_sees("paper-s1 ·")


async def test_there_are_no_runs_to_choose_from(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.press("l")
        await user.until_sees("There are no runs yet: n on Train starts one.")
        await user.press("l")
        await user.until_gone("There are no runs yet")


async def test_the_run_shown_already_can_be_chosen_from_the_form(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        for _ in range(2):
            await user.press("l")
            await user.until_sees("enter opens")
            await user.press("enter")
            await user.until_sees("✓ finished", "study")
            await user.press("n")
            await user.until_sees("New run")


@covers("train", "n", "escape")
async def test_from_the_run_to_the_form_and_back(new_app: NewApp, root: Path, held: Hold) -> None:
    held(made_runs.make_run(root, made_runs.trained(2, 3)))
    async with opened(new_app()) as user:
        await user.until_sees("● training")
        await user.press("n")
        await user.until_sees("New run")
        await user.pilot.click("#field-name")
        await user.press("escape")
        assert "New run" in user.sees
        await user.press("escape")
        await user.until_sees("Epochs (on val)")


async def test_a_run_that_crashes_says_so_with_its_last_words(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TRAINER", "crashes")
    async with opened(new_app()) as user:
        await user.press("s")
        await user.until_sees(
            "✗ crashed",
            "the trainer vanished: r resumes it",
            "worker.log ends with:",
            "Killed by the kernel",
        )


async def test_a_run_that_crashed_long_ago_says_so(new_app: NewApp, root: Path) -> None:
    made_runs.crashed_run(root)
    async with opened(new_app(), size=NARROW) as user:
        await user.press("l")
        await user.until_sees("✗ crashed")
        await user.press("enter")
        await user.until_sees("Bus error (core dumped)", "crashed ")
        await user.until_gone("x stop")


async def test_a_run_that_fails_says_what_where_and_what_to_do(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TRAINER", "fails")
    async with opened(new_app()) as user:
        await user.press("s")
        await user.until_sees("✗ failed", "gpu: out of memory", "try: halve it")


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_run_that_fails_before_its_first_batch_shows_nothing_but_why(
    new_app: NewApp, root: Path, size: tuple[int, int]
) -> None:
    run = made_runs.failed_run(root)
    run.log.write_text("the last words\n")
    async with opened(new_app(), size=size) as user:
        await user.open_run()
        await user.until_sees("the middle of an image", "try: download it again", "the last words")
        assert "─ Loss ─" not in user.sees
        assert "Epochs" not in user.sees
        if size == NARROW:
            await user.press("v")
            await user.until_sees("the middle of an image")
            assert "Validation" not in user.sees
        await user.press("r")
        await user.until_sees("● training", "─ Loss ─" if size == WIDE else "Epochs (on val)")


async def test_a_trainer_killed_from_outside_is_noticed(new_app: NewApp, root: Path) -> None:
    async with opened(new_app(epochs=10000)) as user:
        await user.press("s")
        await user.until_sees("● training", "/10000")
        lock = read_lock(list_runs(root)[0])
        assert lock is not None
        os.kill(lock.pid, signal.SIGKILL)
        await user.until_sees("✗ crashed")


async def test_broken_and_empty_runs_are_listed_and_opened_without_harm(new_app: NewApp, root: Path) -> None:
    empty = root / "2026-11-23T1300-empty"
    empty.mkdir()
    (empty / "config.json").write_text("")
    made_runs.begun_long_ago(RunDir(empty))
    torn = made_runs.make_run(root, made_runs.trained(2), seed=3)
    with torn.events.open("ab") as file:
        file.write(b'{"type":"Progress","t"')
    async with opened(new_app()) as user:
        await user.press("l")
        await user.until_sees("2026-11-23T1300-empty", "broken", torn.name)
        await user.press("enter")
        await user.until_sees("Run 2026-11-23T1300-empty")
        await user.open_run(down=1)
        await user.until_sees("paper-s3 ·", "★ 2", "crashed")


@covers("train", "pageup", "pagedown", "up", "down")
async def test_the_epochs_can_be_scrolled(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("✓ finished", " 20  0.4")
        await user.press("pageup")
        await user.until_sees("to 15 of 20")
        assert " 20  0.4" not in user.sees
        await user.press("up")
        await user.until_sees("to 10 of 20")
        await user.press("pageup", "pageup", "pageup")
        await user.until_sees("to 1 of 20")
        await user.press("pagedown")
        await user.until_sees("to 6 of 20")
        await user.press("down", "down", "down")
        await user.until_sees(" 20  0.4")
        assert "to " not in user.sees.split("Epochs (on val)")[1].splitlines()[0]


async def test_a_paste_that_begins_with_a_line_break_is_taken(new_app: NewApp) -> None:
    async with opened(new_app()) as user:
        await user.fill("name", "old")
        field = user.widget("#field-name", Input)
        field.select_all()
        field.post_message(Paste("\n\nnew\nq\n"))
        await user.until(lambda: field.value == "new")
        field.select_all()
        field.post_message(Paste("\n"))
        await user.handled()
        assert field.value == "new"


async def test_what_cannot_be_trained_leaves_no_run(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = '{"what": "not found", "where": "gone.npz", "remedy": "give another", "exit_code": 3}'
    refuses = f"import sys; print('{refusal}'); sys.exit(3)"
    monkeypatch.setattr(process, "check_command", lambda run: [sys.executable, "-c", refuses])
    async with opened(new_app()) as user:
        await user.press("s")
        await user.until_told("gone.npz: not found", "give another")
        assert "New run" in user.sees
    assert not list(root.iterdir())


@covers("train", "v")
async def test_where_it_is_narrow_v_changes_the_chart(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app(), size=NARROW) as user:
        await user.open_run()
        await user.until_sees("─ Loss ─", "v chart")
        assert "─ Validation ─" not in user.sees
        await user.press("v")
        await user.until_sees("─ Validation ─", "sensitivity")
        assert "─ Loss ─" not in user.sees
        await user.resize(120, 40)
        await user.until_sees("─ Validation ─", "─ Loss ─", "took 1:41")
        await user.until_gone("v chart")
        await user.resize(80, 24)
        await user.until_sees("─ Validation ─", "v chart")
        await user.press("v")
        await user.until_sees("─ Loss ─", "took 1:41")


@covers("train", "i")
async def test_i_looks_inside_the_run(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root, seed=1, minute=1)
    made_runs.finished_run(root, seed=2, minute=2)
    async with opened(new_app()) as user:
        await user.press("2")
        await user.until_sees("paper-s2 ·", "X-ray 0 of 40")
        await user.press("1")
        await user.open_run(down=1)
        await user.until_sees("paper-s1 ·")
        await user.press("i")
        await user.until_sees("paper-s1 ·", "epoch 20", "X-ray 0 of 40")


@pytest.mark.parametrize(
    "title", ["[red]x[/red][/][@click=q]z[", "\x1b[31mx\x1b]0;y\x07"], ids=["markup", "escapes"]
)
async def test_strange_names_are_shown_as_they_are(
    new_app: NewApp, root: Path, held: Hold, title: str
) -> None:
    plain = made_runs.make_run(root, made_runs.trained(2, 3))
    strange = root / f"2026-11-23T1200-{title.replace('/', chr(0x2215))}"
    os.rename(plain.path, strange)
    run = held(RunDir(strange))
    shown = "x" if "\x1b" in title else run.title
    async with opened(new_app()) as user:
        await user.until_sees(f" {shown}", f"Run 2026-11-23T1200-{shown} ")
        assert "\x1b" not in user.sees
        await user.press("x")
        await user.until_sees(f"Stop 2026-11-23T1200-{shown}?")
        assert "\x1b" not in user.sees
        await user.press("n")
        await user.until_gone("Stop 2026")
        await user.press("l")
        await user.until_sees("enter opens", f" 2026-11-23T1200-{shown} ")
        await user.press("escape")
        await user.until_gone("enter opens")
        await user.press("n")
        await user.until_sees("New run")
        await user.press("s")
        await user.until_sees(f"2026-11-23T1200-{shown} is still being trained.")
        await user.press("n")
        await user.until_gone("still being trained")
        await user.press("q")
    assert user.app.return_value is not None
    assert f"2026-11-23T1200-{shown} goes on" in user.app.return_value
    assert "\x1b" not in user.app.return_value


async def test_the_farewell_can_be_pasted_into_a_shell(
    new_app: NewApp, tmp_path: Path, held: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "my runs"
    held(made_runs.make_run(root, made_runs.trained(1, 1)))
    app = new_app()
    app.root = root
    async with opened(app) as user:
        await user.until_sees("training")
        await user.press("q")
    assert app.return_value is not None
    assert f"--runs-dir '{root}'" in app.return_value


async def test_a_run_without_permission_to_pause_is_told(
    new_app: NewApp, root: Path, held: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = held(made_runs.make_run(root, made_runs.trained(1, 1)))

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    async with opened(new_app()) as user:
        await user.until_sees("training")
        monkeypatch.setattr(process, "create_file", refuse)
        await user.press("space")
        await user.until_told("Permission denied\nchoose a folder you can write to")
    assert not process.is_paused(run)


@covers("train", "r")
@pytest.mark.parametrize("how", ["stopped_run", "crashed_run", "failed_run"])
async def test_an_interrupted_run_is_resumed(
    new_app: NewApp, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("FAKE_GO", str(tmp_path / "never"))
    run: RunDir = getattr(made_runs, how)(root)
    async with opened(new_app()) as user:
        await user.press("l")
        await user.until_sees(run.name)
        await user.press("enter")
        await user.until_sees(how.removesuffix("_run"), "r resume")
        await user.press("r")
        await user.until_sees("● training", "x stop")
        await user.press("x")
        await user.until_sees("Stop ")
        await user.press("y")
        await user.until_sees("■ stopped")
    assert run.weights.read_bytes() == b"stopped"


async def test_a_finished_run_is_not_resumed(new_app: NewApp, root: Path) -> None:
    run = made_runs.finished_run(root)
    events_before = run.events.read_bytes()
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("✓ finished", "study")
        assert "r resume" not in user.sees
        await user.press("r")
        await user.until_sees("finished")
    assert run.events.read_bytes() == events_before


async def test_the_key_that_pauses_says_go_on_while_the_run_is_paused(
    new_app: NewApp, root: Path, held: Hold
) -> None:
    run = held(made_runs.make_run(root, made_runs.trained(1, 1)))
    async with opened(new_app()) as user:
        await user.until_sees("● training", "space pause")
        process.pause(run)
        await user.until_sees("space go on")
        process.unpause(run)
        await user.until_sees("space pause")
