"""Renaming and deleting: what it does, and everything it must leave alone."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from runs.samples import ended, finished, new_run, progress, started
from snn_tui.errors import RunError, UsageError
from snn_tui.runs import manage
from snn_tui.runs.lock import Lock, LockInfo
from snn_tui.runs.manage import delete, rename
from snn_tui.runs.notes import write_note
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs, read_config
from snn_tui.runs.writer import EventWriter

Operation = Callable[[RunDir, Path], object]
OPERATIONS: dict[str, Operation] = {
    "rename": lambda run, root: rename(run, "other", root),
    "delete": delete,
}
both = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Runs are kept here."""
    path = tmp_path / "runs"
    path.mkdir()
    return path


@pytest.fixture
def run(root: Path) -> RunDir:
    """A finished run with all the files a run can have."""
    return filled(new_run(root))


def filled(run: RunDir) -> RunDir:
    with EventWriter(run) as writer:
        writer.write(started(), progress(1.0, 1, 10, *[0.5] * 10), ended(2.0, 1), finished(3.0))
    for path in (run.weights, run.resume_state, run.metrics, run.log, run.pause, run.note):
        path.write_bytes(b"x")
    (run.path / ".metrics.json.0123456789ab").write_bytes(b"left half written")
    os.utime(run.config, (1e9, 1e9))
    return run


def everything(folder: Path) -> dict[str, bytes | None]:
    """What is in a folder, links not followed."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        plain = path.is_file() and not path.is_symlink()
        found[str(path.relative_to(folder))] = path.read_bytes() if plain else None
    return found


def test_a_run_is_renamed_and_keeps_its_stamp_and_files(root: Path, run: RunDir) -> None:
    before = everything(run.path)
    renamed = rename(run, "better-1", root)
    assert renamed.name == run.name.replace("paper-s0", "better-1")
    assert renamed.title == "better-1"
    assert everything(renamed.path) == before
    assert list_runs(root) == [renamed]
    assert rename(renamed, "better-1", root) == renamed  # to its own name: nothing to do


def test_a_run_without_a_stamp_is_renamed_whole(root: Path, run: RunDir) -> None:
    run.path.rename(root / "mine")
    assert rename(RunDir(root / "mine"), "yours", root).name == "yours"


@pytest.mark.parametrize(
    "title",
    [
        "",
        ".",
        "..",
        "../x",
        "a/b",
        "/abs",
        "-x",
        ".hidden",
        "a b",
        "x\n",
        "x\0y",
        "é",
        "x" * 65,
        "[red]",
        "\x1b[2J",
        "last",
        "pneumonia-paper",
    ],
)
def test_names_that_could_do_harm_are_refused(root: Path, run: RunDir, title: str) -> None:
    before = everything(root)
    with pytest.raises(UsageError):
        rename(run, title, root)
    assert everything(root) == before


@pytest.mark.parametrize("kind", ["run", "empty folder", "file", "dangling link"])
def test_a_name_that_is_taken_is_left_to_who_has_it(root: Path, run: RunDir, kind: str) -> None:
    taken = root / run.name.replace("paper-s0", "taken")
    if kind == "run":
        filled(RunDir(new_run(root, seed=1).path.rename(taken)))
    elif kind == "empty folder":
        taken.mkdir()
    elif kind == "file":
        taken.write_text("mine")
    else:
        taken.symlink_to("nowhere")
    before = everything(root)
    with pytest.raises(RunError, match="already"):
        rename(run, "taken", root)
    assert everything(root) == before


def test_a_run_is_deleted_with_all_its_files_and_nothing_else(root: Path, run: RunDir) -> None:
    other = filled(new_run(root, seed=1))
    delete(run, root)
    assert list(root.iterdir()) == [other.path]
    assert len(everything(other.path)) == 9


def test_links_within_a_run_are_deleted_and_what_they_lead_to_is_not(
    root: Path, run: RunDir, tmp_path: Path
) -> None:
    precious = tmp_path / "precious.pt"
    precious.write_text("weights of a year")
    run.resume_state.unlink()
    run.resume_state.symlink_to(precious)
    delete(run, root)
    assert not run.path.exists()
    assert precious.read_text() == "weights of a year"


@pytest.mark.parametrize("kind", ["file", "folder", "hidden", "folder of a run's name", "link to a folder"])
def test_a_run_that_holds_something_else_is_not_deleted(
    root: Path, run: RunDir, tmp_path: Path, kind: str
) -> None:
    if kind == "file":
        (run.path / "thesis.tex").write_text("all of it")
    elif kind == "folder":
        (run.path / "figures").mkdir()
    elif kind == "hidden":
        (run.path / ".git").mkdir()
    elif kind == "folder of a run's name":
        run.note.unlink()
        run.note.mkdir()
    else:
        (run.path / "data").symlink_to(tmp_path)
    before = everything(root)
    with pytest.raises(RunError, match="holds what is not a run's"):
        delete(run, root)
    assert everything(root) == before


@both
def test_a_link_to_a_run_is_left_alone(tmp_path: Path, root: Path, operation: Operation) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    real = filled(new_run(elsewhere))
    link = RunDir(root / real.name)
    link.path.symlink_to(real.path)
    with pytest.raises(RunError, match="a link"):
        operation(link, root)
    assert link.path.is_symlink()
    assert len(everything(real.path)) == 9


@both
def test_a_run_that_becomes_a_link_at_the_last_moment_is_left_alone(
    tmp_path: Path, root: Path, run: RunDir, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    """Between the look at the run's state and the work on it somebody puts a link in its place."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    victim = filled(new_run(elsewhere))
    look = manage._refuse_if_trained

    def swap(which: RunDir) -> None:
        look(which)
        run.path.rename(tmp_path / "away")
        run.path.symlink_to(victim.path)

    monkeypatch.setattr(manage, "_refuse_if_trained", swap)
    with pytest.raises(RunError):
        operation(run, root)
    assert len(everything(victim.path)) == 9


def test_the_runs_folder_itself_may_be_a_link(tmp_path: Path, root: Path, run: RunDir) -> None:
    link = tmp_path / "link"
    link.symlink_to(root)
    delete(RunDir(link / run.name), link)
    assert not run.path.exists()


@both
def test_shipped_runs_stay_as_they_are(root: Path, run: RunDir, operation: Operation) -> None:
    run.card.write_text("# card")
    before = everything(root)
    with pytest.raises(RunError, match="shipped"):
        operation(run, root)
    assert everything(root) == before


@both
def test_a_run_outside_of_the_runs_folder_is_left_alone(
    tmp_path: Path, root: Path, operation: Operation
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stray = filled(new_run(elsewhere))
    for path in (stray.path, root / ".." / "elsewhere" / stray.name, stray.path / "."):
        with pytest.raises(RunError, match="not in the folder"):
            operation(RunDir(path), root)
    with pytest.raises(RunError):
        operation(RunDir(root / ".."), root)
    with pytest.raises(RunError):
        operation(RunDir(root), root)
    assert len(everything(stray.path)) == 9


@both
def test_a_run_that_is_being_trained_is_left_alone(root: Path, run: RunDir, operation: Operation) -> None:
    run.pause.unlink()
    with Lock.acquire(run):
        before = everything(root)
        with pytest.raises(RunError, match="being trained"):
            operation(run, root)
        assert everything(root) == before
    operation(run, root)
    assert not run.path.exists()


@both
def test_a_trainer_that_was_started_a_moment_ago_counts(root: Path, operation: Operation) -> None:
    young = new_run(root)
    with pytest.raises(RunError, match="being trained"):
        operation(young, root)
    assert young.config.exists()


@both
def test_a_trainer_that_starts_in_between_wins(
    root: Path, run: RunDir, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    look = manage._refuse_if_trained
    held: list[Lock] = []

    def start_after(which: RunDir) -> None:
        look(which)
        if not held:
            held.append(Lock.acquire(run))

    monkeypatch.setattr(manage, "_refuse_if_trained", start_after)
    with pytest.raises(RunError, match="being trained"):
        operation(run, root)
    assert [path.name for path in root.iterdir()] == [run.name]
    assert len(everything(run.path)) == 10
    held[0].release()


@both
@pytest.mark.parametrize("lock", ["of another machine", "unreadable"])
def test_a_trainer_that_cannot_be_seen_counts_until_it_is_silent_for_long(
    root: Path, run: RunDir, lock: str, operation: Operation
) -> None:
    info = LockInfo(pid=1, host=socket.gethostname() + "-2", process_start="1")
    run.lock.write_bytes(msgspec.json.encode(info) if lock == "of another machine" else b"?")
    minute_ago = time.time() - 60
    for path in (run.lock, run.events):
        os.utime(path, (minute_ago, minute_ago))
    with pytest.raises(RunError, match="being trained"):
        operation(run, root)
    for path in (run.lock, run.events):
        os.utime(path, (1e9, 1e9))
    operation(run, root)
    assert not run.path.exists()


@both
def test_a_run_that_is_gone_is_said_to_be(root: Path, operation: Operation) -> None:
    with pytest.raises(RunError, match="gone"):
        operation(RunDir(root / "2026-11-23T1200-gone"), root)


def test_any_folder_with_a_config_json_is_no_run(root: Path) -> None:
    project = RunDir(root / "docker")
    project.path.mkdir()
    project.config.write_text('{"auths": {}}')
    os.utime(project.config, (1e9, 1e9))
    assert project in list_runs(root)
    with pytest.raises(RunError, match="nothing in it shows"):
        delete(project, root)
    assert project.config.read_text() == '{"auths": {}}'


@pytest.mark.parametrize("shows", ["name", "configuration", "events"])
def test_a_broken_run_is_deleted_if_anything_shows_that_it_is_one(
    root: Path, run: RunDir, shows: str
) -> None:
    if shows != "name":
        run = RunDir(run.path.rename(root / "mine"))
    if shows != "configuration":
        run.config.write_text("broken")
        os.utime(run.config, (1e9, 1e9))
    if shows != "events":
        run.events.write_text("broken")
        os.utime(run.events, (1e9, 1e9))
    delete(run, root)
    assert not list(root.iterdir())


@both
def test_a_file_system_that_is_read_only_is_an_error_that_says_so(
    root: Path, run: RunDir, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    before = everything(root)
    for name in ("rename", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, refuses)
    with pytest.raises(RunError, match="Read-only file system"):
        operation(run, root)
    assert everything(root) == before


@both
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_one_may_not_write_to_is_an_error_that_says_so(
    root: Path, run: RunDir, operation: Operation
) -> None:
    before = everything(root)
    root.chmod(0o555)
    try:
        with pytest.raises(RunError, match="Permission denied"):
            operation(run, root)
    finally:
        root.chmod(0o755)
    assert everything(root) == before


def test_a_deletion_that_fails_half_way_leaves_a_run_that_can_be_deleted_again(
    root: Path, run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlink = os.unlink
    done: list[object] = []

    def fails(path: str, *, dir_fd: int | None = None) -> None:
        if len(done) == 4:
            raise OSError(5, "Input/output error")
        done.append(path)
        unlink(path, dir_fd=dir_fd)

    monkeypatch.setattr(os, "unlink", fails)
    with pytest.raises(RunError, match="Input/output error"):
        delete(run, root)
    monkeypatch.undo()
    assert list_runs(root) == [run]
    assert {"config.json", "events.jsonl"} <= set(everything(run.path))
    delete(run, root)
    assert not list(root.iterdir())


def test_a_deletion_that_was_killed_can_be_finished(
    root: Path, run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "unlink", lambda *_, **__: os.kill(os.getpid(), 9))
    child = os.fork()
    if not child:
        delete(run, root)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -9
    monkeypatch.undo()
    (left,) = list_runs(root)
    assert left.name.startswith(".deleted-")
    delete(left, root)
    assert not list(root.iterdir())


def test_a_renamed_run_is_still_itself(root: Path, run: RunDir) -> None:
    write_note(run, "mine")
    before = read_config(run)
    renamed = rename(run, "b", root)
    assert read_config(renamed) == before
    assert datetime.fromtimestamp(renamed.config.stat().st_mtime) == datetime.fromtimestamp(1e9)
