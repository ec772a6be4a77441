"""Renaming and deleting runs: never a shipped one, never one that is being trained, and nothing else.

`--runs-dir` may name any folder, and any folder with a `config.json` in it is listed as a run. So a
directory is deleted only if it can be told to be a run's, and holds nothing but a run's files. All work is
done below descriptors that follow no links: what is swapped meanwhile is not touched.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from snn_tui.errors import RunError, SnnTuiError
from snn_tui.runs.events import decode
from snn_tui.runs.files import failure, open_regular
from snn_tui.runs.lock import TAKE_OVER_SECONDS, holder_alive, read_lock, silence
from snn_tui.runs.process import liveness
from snn_tui.runs.rundir import STAMPED, RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import check_title, read_config
from snn_tui.runs.traces import TRACE_FILE
from snn_tui.values.words import printable

_LAST = ("events.jsonl", "config.json")
"""Deleted last: what is left of an interrupted deletion is listed, and can be deleted again."""

RUN_FILES = (
    "model.safetensors",
    "weights.safetensors",
    "graph.nir",
    "graph.json",
    "resume.safetensors",
    "resume.pt",
    "metrics.json",
    "worker.log",
    "note.txt",
    "pause",
    "stop",
    "job.json",
    "lock",
    *_LAST,
)
"""All files that a run of one's own may hold, in this version or an earlier one."""

_LEFTOVER = re.compile(
    r"\.(?:" + "|".join([*map(re.escape, RUN_FILES), TRACE_FILE.pattern]) + r")\.[0-9a-f]{12,16}"
)
_ASIDE = re.compile(r"\.deleted-[0-9a-f]{16}")
_FIRST_LINE = 1 << 16


def rename(run: RunDir, title: str, root: Path) -> RunDir:
    """Give a run another title; the time stamp its name begins with stays.

    Args:
        run: The run, in `root`.
        title: As `--name` allows it.
        root: Where runs are kept.

    Returns:
        The run under its new name.

    Raises:
        UsageError: The title cannot be the name of a run.
        RunError: The run is shipped, being trained, a link, gone or not in `root`; the name is taken; or the
            system refuses. Nothing has changed then.
    """
    check_title(title)
    stamped = STAMPED.fullmatch(run.name)
    name = f"{stamped[1]}-{title}" if stamped else title
    if name == run.name:
        return run
    with _opened(run, root) as (folder, _):
        try:
            # Making it claims the name: renaming onto a directory that is empty replaces it, onto any other
            # fails.
            os.mkdir(name, dir_fd=folder)
        except FileExistsError:
            raise RunError(
                "there is something of that name already", where=printable(name), remedy="choose another name"
            ) from None
        except OSError as error:
            raise failure(error, root / name) from error
        try:
            _move(run, folder, name, root)
        except BaseException:
            with contextlib.suppress(OSError):
                os.rmdir(name, dir_fd=folder)
            raise
    return RunDir(root / name)


def delete(run: RunDir, root: Path) -> None:
    """Delete a run with all its files, for good.

    Args:
        run: The run, in `root`.
        root: Where runs are kept.

    Raises:
        RunError: The run is shipped, being trained, a link, gone, not in `root`, no run at all, or holds
            files that are not a run's: nothing has changed then. Or the system refuses to delete a file.
    """
    with _opened(run, root) as (folder, descriptor):
        names = _files(run, descriptor)
        _refuse_unless_a_run(run)
        aside = f".deleted-{secrets.token_hex(8)}"  # from here on no trainer can be started on it
        _move(run, folder, aside, root)
        try:
            for name in sorted(names, key=lambda name: _LAST.index(name) if name in _LAST else -1):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=descriptor)
            os.rmdir(aside, dir_fd=folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.rename(aside, run.name, src_dir_fd=folder, dst_dir_fd=folder)
            raise failure(error, run.path) from error


@contextlib.contextmanager
def _opened(run: RunDir, root: Path) -> Iterator[tuple[int, int]]:
    """Descriptors of the root and of the run in it, once it is sure that the run may be changed."""
    where = printable(str(run.path))
    if run.shipped:
        raise RunError(
            "shipped with the program, and left as it is", where=where, remedy="choose another run"
        )
    _refuse_if_trained(run)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    with contextlib.ExitStack() as opened:
        try:
            if run.name in ("", "..") or not os.path.samefile(run.path.parent, root):
                raise RunError("not in the folder of the runs", where=where, remedy="give that: --runs-dir")
            folder = os.open(root, flags)
            opened.callback(os.close, folder)
            descriptor = os.open(run.name, flags | os.O_NOFOLLOW, dir_fd=folder)
            opened.callback(os.close, descriptor)
        except FileNotFoundError:
            raise RunError("the run is gone", where=where, remedy="see `snn-tui runs`") from None
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                what = "a link to a folder elsewhere, or no folder"
                raise RunError(what, where=where, remedy="see to it by hand") from error
            raise failure(error, run.path) from error
        yield folder, descriptor


def _move(run: RunDir, folder: int, name: str, root: Path) -> None:
    """Give the run's directory another name, unless a trainer has started on it just now."""
    try:
        os.rename(run.name, name, src_dir_fd=folder, dst_dir_fd=folder)
    except FileNotFoundError:
        raise RunError("the run is gone", where=printable(run.name), remedy="see `snn-tui runs`") from None
    except OSError as error:
        raise failure(error, root / name) from error
    try:
        _refuse_if_trained(RunDir(root / name))
    except SnnTuiError:
        os.rename(name, run.name, src_dir_fd=folder, dst_dir_fd=folder)
        raise


def _refuse_if_trained(run: RunDir) -> None:
    """A trainer on another machine counts as at work until its lock and its events are silent for long."""
    at_work = liveness(run, RunState(), datetime.now()) in ("alive", "queued")
    if not at_work and os.path.lexists(run.lock):
        info = read_lock(run)
        quiet = silence(run, time.time())
        unknown = info is None or holder_alive(info, run) is None
        at_work = unknown and quiet is not None and quiet <= TAKE_OVER_SECONDS
    if at_work:
        raise RunError("being trained", where=printable(run.name), remedy="stop it first")


def _files(run: RunDir, descriptor: int) -> list[str]:
    """Names of all that is in the run's directory, if all of it is a run's."""
    names: list[str] = []
    foreign: list[str] = []
    try:
        with os.scandir(descriptor) as entries:
            for entry in entries:
                folder = stat.S_ISDIR(entry.stat(follow_symlinks=False).st_mode)
                known = (
                    entry.name in RUN_FILES
                    or TRACE_FILE.fullmatch(entry.name)
                    or _LEFTOVER.fullmatch(entry.name)
                )
                (names if known and not folder else foreign).append(entry.name)
    except OSError as error:
        raise failure(error, run.path) from error
    if foreign:
        some = ", ".join(printable(name, 40) for name in sorted(foreign)[:3])
        more = f" and {len(foreign) - 3} more" if len(foreign) > 3 else ""
        raise RunError(
            f"holds what is not a run's: {some}{more}",
            where=printable(str(run.path)),
            remedy="move that elsewhere first",
        )
    return names


def _refuse_unless_a_run(run: RunDir) -> None:
    """A folder with a `config.json` may be anything: something in it has to be ours."""
    if STAMPED.fullmatch(run.name) or _ASIDE.fullmatch(run.name):
        return
    with contextlib.suppress(SnnTuiError, FileNotFoundError):
        read_config(run)
        return
    with contextlib.suppress(OSError), open(open_regular(run.events), "rb") as file:
        if decode(file.readline(_FIRST_LINE)) is not None:
            return
    raise RunError(
        "nothing in it shows that it is a run", where=printable(str(run.path)), remedy="delete it by hand"
    )
