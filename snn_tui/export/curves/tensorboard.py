"""Curves as the event files that TensorBoard reads, one folder a run.

An event file is a sequence of records, each a protocol buffer `Event` between its length and checksums. The
messages and the checksum are those of tensorboardX; its own writer hands events to a thread, and names files
after the host.
"""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from snn_tui.errors import SnnTuiError, UsageError
from snn_tui.export.curves.points import Point, PointReader
from snn_tui.export.curves.reading import Options, RunCurves, options_of
from snn_tui.export.writing import replaced
from snn_tui.runs.events import AnyEvent, Progress, RunStarted
from snn_tui.runs.state import RunState
from snn_tui.values.scores import main_metrics
from snn_tui.values.task import TaskKind
from snn_tui.values.words import printable

SUFFIX = ".snn-tui"
"""How the names of event files of this program end."""


def check_tensorboard(where: str) -> None:
    """Check that event files can be written.

    Args:
        where: The option that asks for them.

    Raises:
        UsageError: The library for them is not installed.
    """
    if find_spec("tensorboardX") is None:
        raise UsageError(
            "TensorBoard's files are written by tensorboardX, which is not installed",
            where=where,
            remedy="pip install 'snn-tui[tensorboard]'",
        )


def check_folder(folder: Path, names: Iterable[str], *, force: bool, where: str) -> None:
    """Check that the folders of runs may be written to, before the work of filling them.

    Args:
        folder: The folder that holds them; it is made if only its last part is missing.
        names: Names of the runs.
        force: Whether event files of this program may be replaced.
        where: The option that names the folder.

    Raises:
        UsageError: It cannot be a folder, or holds files of a run and `force` is off.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{printable(str(folder))} is no folder", where=where, remedy="give a folder")
    if not folder.absolute().parent.is_dir():
        raise UsageError(
            f"there is no folder {printable(str(folder.absolute().parent))}",
            where=where,
            remedy="make it first, or choose another",
        )
    for name in names:
        if not force and _files_of(folder / name):
            raise UsageError(
                f"{printable(str(folder / name))} holds event files already",
                where=where,
                remedy="choose another folder, or give --force",
            )


def write_tensorboard(folder: Path, runs: Iterable[RunCurves]) -> None:
    """Write an event file for each run, into a folder of the run's name; earlier ones of the run are removed.

    Args:
        folder: The folder that TensorBoard is started on.
        runs: The runs, each read when its turn comes.

    Raises:
        RunError: Events cannot be read any more.
        SnnTuiError: A file cannot be written.
    """
    for curves in runs:
        own = folder / curves.name
        began = curves.summary.started_at or 0.0
        try:
            own.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            what = error.strerror or "cannot be made"
            raise SnnTuiError(what, where=printable(str(own)), remedy="choose another folder") from error
        earlier, path = _files_of(own), own / _file_name(began, 0)
        with replaced(path) as file:
            file.write(_header(began))
            file.write(_hyperparameters(curves.options, curves.summary.kind or "binary", began))
            for point in curves.points():
                file.write(_scalar(point))
        for other in earlier:
            if other != path:
                with contextlib.suppress(OSError):
                    other.unlink()


class RunLog:
    """Appends a run's points to an event file of its own while it is trained.

    Where another trainer had come further than the checkpoint that this one goes on from, a record before the
    first repeated step tells readers to drop all from that step on, as TensorBoard's own writers do.

    Args:
        folder: The folder that TensorBoard is started on.
        name: Name of the run.
        started: The event with which this trainer began.
        state: The run's state before that event; changed.

    Raises:
        OSError: The file cannot be made.
    """

    def __init__(self, folder: Path, name: str, started: RunStarted, state: RunState) -> None:
        own = folder / printable(name)
        own.mkdir(parents=True, exist_ok=True)
        number = 0
        while (path := own / _file_name(started.started_at, number)).exists():
            number += 1
        self._reader = PointReader(state)
        self._trained = state.step
        options = options_of(started.config)
        self._file = open(path, "xb")  # noqa: SIM115 - closed by `close`
        self._file.write(_header(started.started_at))
        self._file.write(_hyperparameters(options, started.dataset.task.kind, started.started_at))

    def write(self, event: AnyEvent) -> None:
        """Append the points of an event, for a reader to see at once.

        Raises:
            OSError: The disk is full or failed.
        """
        points = list(self._reader.read(event))
        if self._trained and isinstance(event, Progress) and points:
            if points[0].step <= self._trained:
                self._file.write(_purge(points[0]))
            self._trained = 0
        self._file.write(b"".join(map(_scalar, points)))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _files_of(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob(f"events.out.tfevents.*{SUFFIX}"))
    except OSError:
        return []


def _file_name(time: float, number: int) -> str:
    """A name that sorts after those of earlier trainers of the run, as readers take files in that order."""
    return f"events.out.tfevents.{min(max(int(time), 0), 9_999_999_999):010d}.{number}{SUFFIX}"


def _header(time: float) -> bytes:
    return _record(wall_time=time, file_version="brain.Event:2")


def _scalar(point: Point) -> bytes:
    from tensorboardX.proto.summary_pb2 import Summary

    value = math.nan if point.value is None else point.value
    summary = Summary(value=[Summary.Value(tag=point.metric, simple_value=value)])
    return _record(wall_time=point.time, step=point.step, summary=summary)


def _purge(point: Point) -> bytes:
    from tensorboardX.proto.event_pb2 import SessionLog

    log = SessionLog(status=SessionLog.SessionStatus.START)
    return _record(wall_time=point.time, step=point.step, session_log=log)


def _hyperparameters(options: Options, kind: TaskKind, time: float) -> bytes:
    """The configuration for TensorBoard's table of hyperparameters, beside the scores on val and test."""
    from tensorboardX.summary import hparams

    scores = {f"{split}/{field}": 0.0 for split in ("val", "test") for field in main_metrics(kind)}
    experiment, start, _ = hparams(options, scores)
    return _record(wall_time=time, summary=experiment) + _record(wall_time=time, summary=start)


def _record(**fields: Any) -> bytes:
    """An event between its length and the checksums of both."""
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.record_writer import masked_crc32c

    data = Event(**fields).SerializeToString()
    length = struct.pack("<Q", len(data))
    return b"".join(
        (length, struct.pack("<I", masked_crc32c(length)), data, struct.pack("<I", masked_crc32c(data)))
    )
