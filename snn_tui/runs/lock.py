"""One trainer a run: the `lock` file, and how to tell whether the process that wrote it still lives."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Annotated

import msgspec

from snn_tui.errors import RunError
from snn_tui.runs.files import create, failure, open_regular
from snn_tui.runs.rundir import RunDir
from snn_tui.values.words import printable

TAKE_OVER_SECONDS = 120.0
"""Seconds without an event after which the lock of another machine may be taken over."""

LOCK_LIMIT = 4096
"""Largest lock file that is read, in bytes."""

_ATTEMPTS = 100
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV}


class LockInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a lock.

    Args:
        pid: Process id on `host`. Only ids of single processes are taken: 0 and below mean groups to kill(2).
        host: Name of the machine.
        process_start: When the process started, as that machine words it; tells apart two processes that
            had the same pid one after the other.
        folder: Absolute path of the run directory that it locks, by which the lock in a copy of that folder
            is told apart; empty if not known.
    """

    pid: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
    host: str
    process_start: str
    folder: str = ""


class Lock:
    """A run held by this process, until `release` or the end of the `with` block."""

    def __init__(self, run: RunDir, info: LockInfo) -> None:
        self.run = run
        self.info = info

    @classmethod
    def acquire(cls, run: RunDir) -> Lock:
        """Take the run for this process; a lock whose holder is dead is taken over.

        Raises:
            RunError: Another trainer holds the run, or may hold it, or the lock cannot be written.
        """
        info = LockInfo(
            pid=os.getpid(),
            host=socket.gethostname(),
            process_start=_own_start(),
            folder=_folder_of(run),
        )
        mine, content = run.path / f".lock.{secrets.token_hex(8)}", msgspec.json.encode(info) + b"\n"
        try:
            # Written in full under another name first: nobody ever reads half a lock.
            create(mine, content, 0o644)
            for _ in range(_ATTEMPTS):
                if _claim(mine, content, run.lock) or _take_over(run, mine):
                    return cls(run, info)
        except OSError as error:
            raise failure(error, run.lock) from error
        finally:
            with contextlib.suppress(OSError):
                mine.unlink(missing_ok=True)
        raise RunError(
            "other trainers keep starting on this run", where=printable(str(run.path)), remedy="try again"
        )

    def release(self) -> None:
        """Give the run back; harmless when done twice, in a forked child, or after a take-over by another."""
        if os.getpid() == self.info.pid and read_lock(self.run) == self.info:
            with contextlib.suppress(OSError):
                self.run.lock.unlink(missing_ok=True)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def read_lock(run: RunDir) -> LockInfo | None:
    """Who holds a run; None where nobody does, or where the file cannot be understood."""
    try:
        with open(open_regular(run.lock), "rb") as file:
            return _decode(file.read(LOCK_LIMIT))
    except OSError:
        return None


def holder_alive(info: LockInfo, run: RunDir) -> bool | None:
    """Whether the process that a run's lock names still runs; a zombie does not.

    Args:
        info: What the lock says.
        run: The run it lies in. In a copy of a run's directory, such as a backup, the lock is a copy as well,
            and the process trains the other run.

    Returns:
        None if this cannot be known here: for a process of another machine, or of another container (PID
        namespace) on this one.
    """
    if info.host != socket.gethostname():
        return None
    if _is_copy(info, run):
        return False
    if sys.platform != "linux":
        return _ps_start(info.pid) == info.process_start
    boot, namespace, ticks = [*info.process_start.split(":"), "", ""][:3]
    if not ticks or boot != _boot_id():
        return False if ticks else None
    if namespace != _pid_namespace():
        return None
    try:
        state, started = _proc_stat(info.pid)
    except OSError:
        return _exists(info.pid)
    return state not in "ZX" and started == ticks


def silence(run: RunDir, now: float) -> float | None:
    """Seconds since an event or a lock was last written, None if never; `now` in seconds since the epoch."""
    times = []
    for path in (run.events, run.lock):
        with contextlib.suppress(OSError):
            times.append(os.lstat(path).st_mtime)
    return now - max(times) if times else None


def _claim(mine: Path, content: bytes, lock: Path) -> bool:
    """Put a ready-made lock in place unless there is one."""
    try:
        os.link(mine, lock)
    except OSError as error:
        if error.errno == errno.EEXIST:
            # NFS repeats a request whose answer got lost: the link may be our own.
            return os.lstat(mine).st_nlink == 2
        if error.errno not in _NO_HARD_LINKS:
            raise
        try:
            create(lock, content, 0o644)
        except FileExistsError:
            return False
    return True


def _take_over(run: RunDir, mine: Path) -> bool:
    """Replace a stale lock by `mine`; False if it changed meanwhile.

    Two that find the same stale lock both open the same inode. The kernel's lock on it lets one through at
    a time, and the second then sees that the name stands for another inode by now. The kernel's lock dies
    with its process, so a crash in here leaves nothing behind.
    """
    try:
        descriptor = _open_lock(run.lock)
    except FileNotFoundError:
        return False
    try:
        _refuse_unless_stale(run, _decode(os.read(descriptor, LOCK_LIMIT)))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.01)
            return False
        except OSError as error:
            raise RunError(
                f"left behind by a dead trainer, and the file system cannot lock: {error.strerror}",
                where=printable(str(run.lock)),
                remedy="remove the file",
            ) from error
        if not _same_file(descriptor, run.lock):
            return False
        os.replace(mine, run.lock)
        return True
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    try:
        return open_regular(path, writable=True)  # NFS locks only what may be written
    except PermissionError:
        return open_regular(path)  # another user's: say whose


def _refuse_unless_stale(run: RunDir, info: LockInfo | None) -> None:
    alive = holder_alive(info, run) if info else None
    if alive is None:
        quiet = silence(run, time.time())
        alive = quiet is not None and quiet <= TAKE_OVER_SECONDS
    if alive:
        holder = (
            f"process {info.pid} on {printable(info.host, 80)}"
            if info
            else "a trainer that cannot be identified"
        )
        raise RunError(
            f"being trained by {holder}",
            where=printable(str(run.path)),
            remedy="stop that one first, or watch it instead",
        )


def _folder_of(run: RunDir) -> str:
    """The run directory's path, empty where it is none for a small file of JSON."""
    path = os.path.realpath(run.path)
    return path if path.isprintable() and len(os.fsencode(path)) <= LOCK_LIMIT // 4 else ""


def _is_copy(info: LockInfo, run: RunDir) -> bool:
    """Whether the run that a lock was written for is elsewhere, and still has that lock."""
    original = RunDir(Path(info.folder))
    if not info.folder or info.folder == _folder_of(run):
        return False
    try:
        # A folder can be reached by several paths and mounts, which may give it several device numbers.
        if os.lstat(original.lock).st_ino == os.lstat(run.lock).st_ino:
            return False
    except (OSError, ValueError):
        return False  # the directory was moved
    return read_lock(original) == info


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _decode(content: bytes) -> LockInfo | None:
    try:
        return msgspec.json.decode(content, type=LockInfo)
    except (ValueError, RecursionError):  # msgspec's and Unicode's errors are ValueErrors
        return None


def _own_start() -> str:
    if sys.platform != "linux":
        return _ps_start(os.getpid()) or ""
    try:
        ticks = _proc_stat(os.getpid())[1]
    except OSError:
        ticks = ""
    return f"{_boot_id()}:{_pid_namespace()}:{ticks}"


def _proc_stat(pid: int) -> tuple[str, str]:
    """State letter, and start time in clock ticks since boot (fields 3 and 22 of proc_pid_stat(5))."""
    text = Path(f"/proc/{pid}/stat").read_bytes()
    # The command's name stands in parentheses and may hold both blanks and parentheses.
    fields = text[text.rindex(b")") + 1 :].split()
    return fields[0].decode(), fields[19].decode()


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    """Containers may share the machine's name, but number their processes by themselves."""
    try:
        return "".join(filter(str.isdigit, os.readlink("/proc/self/ns/pid")))
    except OSError:
        return ""


def _exists(pid: int) -> bool:
    """/proc can be mounted so that other people's processes do not show; kill(2) still knows them."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _ps_start(pid: int) -> str | None:
    """Start time by ps(1), to the second, in UTC; None for a process that is gone or a zombie."""
    try:
        answer = subprocess.run(
            ["ps", "-o", "state=", "-o", "lstart=", "-p", str(pid)],
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        ).stdout.split()
    except (OSError, subprocess.SubprocessError):
        return None
    return " ".join(answer[1:]) if len(answer) > 1 and not answer[0].startswith("Z") else None
