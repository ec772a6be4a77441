"""Run directories on disk: making them, writing to them, and reading what may be broken."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from runs.samples import NOON, finished, new_run, progress, scores
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs import events
from snn_tui.runs.files import write_atomic
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import (
    Metrics,
    create,
    list_runs,
    read_config,
    read_metrics,
    write_metrics,
)
from snn_tui.runs.tail import Tail
from snn_tui.runs.writer import EventWriter


def test_a_new_run_is_named_by_time_and_title_and_keeps_its_config(tmp_path: Path) -> None:
    config = RunConfig(seed=4, lr=0.01)
    run = create(tmp_path / "runs", config, NOON)
    assert run.name == "2026-11-23T1200-paper-s4"
    assert run.title == "paper-s4"
    assert read_config(run) == config
    assert sorted(os.listdir(run.path)) == ["config.json"]
    assert not run.shipped


def test_runs_of_the_same_minute_are_numbered(tmp_path: Path) -> None:
    names = [new_run(tmp_path).name for _ in range(3)]
    assert names == [f"2026-11-23T1200-paper-s0{end}" for end in ("", "-2", "-3")]


def test_a_time_with_a_zone_is_named_locally(tmp_path: Path) -> None:
    moment = NOON.replace(tzinfo=UTC)
    local = moment.astimezone()
    assert create(tmp_path, RunConfig(), moment).name.startswith(f"{local:%Y-%m-%dT%H%M}-")


def test_a_root_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for root in (file, file / "under", tmp_path / "no" / "parent", Path("/proc/no")):
        with pytest.raises(RunError) as raised:
            new_run(root)
        assert "--runs-dir" in raised.value.remedy
        assert raised.value.where == str(root)


def test_a_read_only_root_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "mkdir", read_only)
    with pytest.raises(RunError, match="Read-only"):
        new_run(tmp_path)


def test_a_title_cannot_leave_the_root(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        create(tmp_path / "runs", RunConfig(name="../out"), NOON)
    assert list(tmp_path.iterdir()) == []


def test_a_config_that_cannot_be_written_leaves_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(RunError, match="No space left"):
        new_run(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _full(*arguments: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("step", ["replace", "fsync", "write"])
def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    file = tmp_path / "model"
    write_atomic(file, b"old")
    monkeypatch.setattr(os, step, _full)
    with pytest.raises(RunError, match="No space left") as raised:
        write_atomic(file, b"new")
    assert str(file) in str(raised.value)
    assert raised.value.remedy
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model"]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "model", b"new")
    assert os.listdir(tmp_path) == []


def test_a_disk_that_fills_up_half_way_keeps_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "model"
    file.write_bytes(b"old")
    program = f"""
import resource
from pathlib import Path
from snn_tui.errors import RunError
from snn_tui.runs.files import write_atomic
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    write_atomic(Path({str(file)!r}), bytes(20000))
except RunError as error:
    print(error)
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout == f"{file}: File too large\n"
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["model"]


def test_a_replaced_file_honours_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomic(tmp_path / "model", b"new")
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"epochs": 0}',
        b'{"lr": "high"}',
        b'{"wings": 2}',
        b"[" * 200_000,
        bytes(2 << 20),
    ],
    ids=["empty", "torn", "list", "binary", "range", "type", "unknown", "deep", "huge"],
)
def test_a_broken_config_is_a_run_error(tmp_path: Path, content: bytes) -> None:
    run = new_run(tmp_path)
    run.config.write_bytes(content)
    with pytest.raises(RunError) as raised:
        read_config(run)
    assert raised.value.where == str(run.config)
    assert raised.value.remedy


def test_a_config_that_is_missing_or_no_file_is_a_run_error(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    with pytest.raises(RunError, match="no such file"):
        read_config(run)
    os.mkfifo(run.config)
    with pytest.raises(RunError, match="not a regular file"):
        read_config(run)


def test_metrics_come_back_as_written(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    assert read_metrics(run) is None
    metrics = Metrics(test=scores(), kept_epoch=3, synthetic=True, dataset="Phantoms")
    write_metrics(run, metrics)
    assert read_metrics(run) == metrics
    run.metrics.write_bytes(b'{"test": 1}')
    with pytest.raises(RunError, match="not a table of metrics"):
        read_metrics(run)


def test_events_are_appended_across_writers(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    told = [progress(1, 1, 1, 0.5), progress(2, 1, 2, 0.4), finished(3)]
    with EventWriter(run) as writer:
        writer.write(*told[:2])
        writer.write()
    with EventWriter(run) as writer:
        writer.write(*told[2:])
        writer.sync()
    assert run.events.read_bytes() == b"".join(map(events.encode, told))


def test_a_writer_begins_after_a_torn_line_on_its_own_line(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    whole = events.encode(progress(1, 1, 1, 0.5))
    run.events.write_bytes(whole + whole[:20])
    with EventWriter(run) as writer:
        writer.write(progress(2, 1, 2, 0.4))
        writer.write(progress(3, 1, 3, 0.3))
    tail = Tail(run.events)
    assert tail.poll() == [progress(1, 1, 1, 0.5), progress(2, 1, 2, 0.4), progress(3, 1, 3, 0.3)]
    assert tail.skipped == 1


def test_short_writes_are_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    told = [progress(1, 1, 1, 0.5), progress(2, 1, 2, 0.4)]
    with EventWriter(RunDir(tmp_path)) as writer:
        writer.write(*told)
    assert Tail(tmp_path / "events.jsonl").poll() == told


def test_after_a_full_disk_the_next_event_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, calls = os.write, iter(range(100))

    def fills_up(descriptor: int, data: bytes) -> int:
        if next(calls) == 1:
            _full()
        return write(descriptor, data[:7])

    with EventWriter(RunDir(tmp_path)) as writer:
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", fills_up)
            with pytest.raises(RunError, match="No space left"):
                writer.write(progress(1, 1, 1, 0.5))
        writer.write(progress(2, 1, 2, 0.4))
    assert Tail(tmp_path / "events.jsonl").poll() == [progress(2, 1, 2, 0.4)]


def test_runs_are_listed_newest_first_with_the_broken_ones(tmp_path: Path) -> None:
    old = create(tmp_path, RunConfig(), NOON - timedelta(days=2))
    first, second = new_run(tmp_path), new_run(tmp_path)
    os.utime(first.config, (2e9, 2e9))
    os.utime(second.config, (2e9, 2e9))
    broken = tmp_path / "2027-01-01T0000-broken"
    broken.mkdir()
    (broken / "events.jsonl").write_bytes(b"\xff")
    (tmp_path / "not-a-run").mkdir()
    (tmp_path / "file").write_text("")
    assert list_runs(tmp_path) == [RunDir(broken), second, first, old]


def test_no_root_has_no_runs(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert list_runs(tmp_path / "none") == []
    assert list_runs(tmp_path / "file") == []
