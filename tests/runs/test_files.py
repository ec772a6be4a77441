"""What is opened of a run directory that somebody else made: regular files, and nothing through a link."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from runs.samples import ended, new_run, started
from snn_tui.errors import RunError, SnnTuiError
from snn_tui.runs import process
from snn_tui.runs.beginning import beginning_of, last_begun
from snn_tui.runs.catalogue import Catalogue
from snn_tui.runs.files import (
    check_regular,
    create,
    open_regular,
    open_to_append,
    read_bounded,
    write_atomic,
)
from snn_tui.runs.history import Histories
from snn_tui.runs.lock import Lock, read_lock
from snn_tui.runs.manage import RUN_FILES, delete, rename
from snn_tui.runs.notes import read_note, write_note
from snn_tui.runs.resume import resumed_config, write_changes
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config, read_metrics
from snn_tui.runs.summary import state_of, summarise
from snn_tui.runs.writer import EventWriter

NAMES = sorted({*RUN_FILES} - {"resume.pt"})
SECRET = "SECRET alias ls='rm -rf ~'"


def _link(path: Path, target: Path) -> None:
    path.symlink_to(target)


def _pipe(path: Path, target: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path, target: Path) -> None:
    here = os.getcwd()
    os.chdir(path.parent)  # a socket's name may be 107 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as end:
            end.bind(path.name)
    finally:
        os.chdir(here)


def _folder(path: Path, target: Path) -> None:
    path.mkdir()


PLANTS: dict[str, Callable[[Path, Path], None]] = {
    "link": _link,
    "pipe": _pipe,
    "socket": _socket,
    "folder": _folder,
}


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """A file outside of every run."""
    path = tmp_path / "bashrc"
    path.write_text(SECRET)
    return path


@pytest.mark.parametrize("kind", PLANTS)
def test_only_regular_files_are_opened(tmp_path: Path, precious: Path, kind: str) -> None:
    path = tmp_path / "planted"
    PLANTS[kind](path, precious)
    for attempt in (open_regular, open_to_append, lambda path: check_regular(path, appended=False)):
        with pytest.raises(OSError, match=r"link|regular|[Dd]irectory"):
            attempt(path)
    with pytest.raises(RunError):
        read_bounded(path, 100)
    with pytest.raises(FileExistsError):
        create(path)


def test_a_link_to_nowhere_makes_no_file(tmp_path: Path) -> None:
    path, nowhere = tmp_path / "planted", tmp_path / "nowhere"
    path.symlink_to(nowhere)
    with pytest.raises(OSError, match="a link"):
        open_to_append(path)
    with pytest.raises(FileExistsError):
        create(path)
    assert not nowhere.exists()


def test_what_has_a_second_name_is_read_but_not_appended_to(tmp_path: Path, precious: Path) -> None:
    path = tmp_path / "log"
    os.link(precious, path)
    with pytest.raises(OSError, match="hard link"):
        open_to_append(path)
    assert read_bounded(path, 100).decode() == SECRET


def test_replacing_a_link_leaves_what_it_leads_to(tmp_path: Path, precious: Path) -> None:
    path = tmp_path / "config.json"
    path.symlink_to(precious)
    write_atomic(path, b"new")
    assert precious.read_text() == SECRET
    assert not path.is_symlink()


def test_a_file_that_grows_while_it_is_read_stays_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(RunError, match="larger than the 10 bytes"):
        read_bounded(path, 10)


def _use(run: RunDir) -> list[object]:
    """Everything that reads, or writes, a run's files; what each said."""
    root = run.path.parent

    def events() -> None:
        with EventWriter(run) as writer:
            writer.write(ended(3.0, 2))

    def lock() -> None:
        with Lock.acquire(run):
            pass

    answers: list[object] = []
    for action in (
        lambda: (state_of(run).last_t, state_of(run).phase),
        lambda: summarise(run),
        lambda: Catalogue(root).refresh(),
        lambda: Histories().read([run]),
        lambda: (beginning_of(run), last_begun([run])),
        lambda: process.log_tail(run),
        lambda: read_lock(run),
        lambda: read_note(run),
        lambda: read_config(run),
        lambda: read_metrics(run),
        lambda: write_changes(run, resumed_config(run, {"epochs": "30"})),
        lambda: process.pause(run),
        lambda: process.is_paused(run),
        events,
        lock,
        lambda: write_note(run, "note"),
        lambda: process.unpause(run),
        lambda: rename(run, "other", root),
    ):
        try:
            answers.append(action())
        except SnnTuiError as error:
            answers.append((str(error), error.remedy))
    return answers


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", [*PLANTS, "hard link", "link to nowhere"])
def test_no_file_of_a_run_leads_out_of_it(tmp_path: Path, precious: Path, name: str, kind: str) -> None:
    run = new_run(tmp_path / "runs")
    with EventWriter(run) as writer:
        writer.write(started(), ended(1.0, 1))
    path = run.path / name
    path.unlink(missing_ok=True)
    before = os.stat(precious).st_mtime_ns
    if kind == "hard link":
        if name not in ("events.jsonl", "worker.log"):
            return  # only what is appended to would change the other file
        os.link(precious, path)
    elif kind == "link to nowhere":
        path.symlink_to(tmp_path / "nowhere")
    else:
        PLANTS[kind](path, precious)
    config = run.config.read_bytes() if run.config.is_file() else b""
    with pytest.raises(RunError, match=name):
        resumed_config(run, {"epochs": "30"})
    if config:
        assert run.config.read_bytes() == config
    answers = str(_use(run))
    assert precious.read_text() == SECRET
    assert os.stat(precious).st_mtime_ns == before
    assert not (tmp_path / "nowhere").exists()
    if kind == "link":
        assert "SECRET" not in answers


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe"])
def test_no_trainer_is_started_with_a_planted_log(tmp_path: Path, precious: Path, kind: str) -> None:
    run = new_run(tmp_path / "runs")
    os.link(precious, run.log) if kind == "hard link" else PLANTS[kind](run.log, precious)
    with pytest.raises(RunError, match=r"worker\.log"):
        process.start_worker(run)
    assert precious.read_text() == SECRET


def test_a_run_folder_that_is_a_link_is_a_run(tmp_path: Path) -> None:
    moved = new_run(tmp_path / "bulk")
    (tmp_path / "runs").mkdir()
    link = RunDir(tmp_path / "runs" / moved.name)
    link.path.symlink_to(moved.path)
    with EventWriter(link) as writer:
        writer.write(started())
    assert state_of(moved).phase == "training"
    write_changes(link, resumed_config(link, {"epochs": "30"}))
    assert read_config(moved).epochs == 30


def test_deleting_a_run_with_links_deletes_the_links(tmp_path: Path, precious: Path) -> None:
    run = new_run(tmp_path / "runs")
    run.log.symlink_to(precious)
    os.utime(run.config, (0, 0))  # no trainer was started on it just now
    delete(run, run.path.parent)
    assert not run.path.exists()
    assert precious.read_text() == SECRET
