"""Faults put into a trainer from inside, as its process begins: where it dies, hangs or runs slowly."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, BinaryIO, ClassVar

import rights

from snn_tui.runs import files, process, writer
from snn_tui.snn.engines.fused.engine import FusedEngine
from snn_tui.worker import recorder, trainer


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _at(
    nth: int, module: Any, name: str, act: Callable[..., None], only: Callable[..., bool] = lambda *_: True
) -> None:
    """Do `act` with the arguments of the nth call of a function, before it; of those calls that count."""
    real = getattr(module, name)
    calls = 0

    def counting(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += only(*arguments)
        if calls == nth and only(*arguments):
            act(*arguments)
        return real(*arguments, **named)

    setattr(module, name, counting)


def _is_lock(descriptor: int, content: bytes) -> bool:
    """Whether what is written is a lock, which is told by its fields."""
    return b'"process_start"' in content


def dies_before(what: str, nth: int) -> None:
    """SIGKILL at the nth `fsync`, `replace`, `link`, `unlink`, batch or optimizer step."""
    import torch

    places: dict[str, tuple[Any, str]] = {
        "fsync": (os, "fsync"),
        "replace": (os, "replace"),
        "link": (os, "link"),
        "batch": (FusedEngine, "learn"),
        "step": (torch.optim.Adam, "step"),
        "backward": (torch.Tensor, "backward"),
        "evaluation": (FusedEngine, "predict"),
        "event": (recorder.Recorder, "emit"),
    }
    _at(nth, *places[what], lambda *_: _die())


def dies_after(what: str, nth: int) -> None:
    """SIGKILL right after the nth `replace`, `link` or optimizer step."""
    import torch

    module, name = {
        "replace": (os, "replace"),
        "link": (os, "link"),
        "step": (torch.optim.Adam, "step"),
    }[what]
    real = getattr(module, name)
    calls = 0

    def counting(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        answer = real(*arguments, **named)
        if calls == nth:
            _die()
        return answer

    setattr(module, name, counting)


def dies_writing(what: str, nth: int, share: float) -> None:
    """SIGKILL when that share of the nth checkpoint file, event or lock is written."""
    module = writer if what == "event" else files

    def part(descriptor: int, content: bytes) -> None:
        os.write(descriptor, content[: int(len(content) * share)])
        _die()

    _at(nth, module, "write_all", part, lambda *written: _is_lock(*written) == (what == "lock"))


def hangs(where: str, nth: int, mark: str) -> None:
    """The nth `learn` or `predict` never ends: a deadlock in C, without the GIL, that no signal interrupts.

    The file `mark` is made just before.
    """
    library = ctypes.CDLL(None)
    mutex = ctypes.create_string_buffer(128)

    def stuck(*_: Any) -> None:
        open(mark, "w").close()
        library.pthread_mutex_lock(mutex)
        library.pthread_mutex_lock(mutex)

    _at(nth, FusedEngine, where, stuck)


def held(nth: int, path: str) -> None:
    """The nth batch begins only once the file exists; signals are heard meanwhile."""

    def wait(*_: Any) -> None:
        while not os.path.exists(path):
            time.sleep(0.002)

    _at(nth, FusedEngine, "learn", wait)


def stops_while_loading(number: int) -> None:
    """The signal comes while the images are being read."""
    from snn_tui.data.medmnist_file import MedMNISTFile

    _at(1, MedMNISTFile, "read", lambda *_: os.kill(os.getpid(), number))


def signals_itself(number: int, nth: int, again: int = 0) -> None:
    """The nth batch begins with a signal, or two."""

    def send(*_: Any) -> None:
        os.kill(os.getpid(), number)
        if again:
            os.kill(os.getpid(), again)

    _at(nth, FusedEngine, "learn", send)


def files_at_most(size: int) -> None:
    """As on a full disk: no file may grow beyond `size` bytes (EFBIG; Python ignores SIGXFSZ)."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def no_space_for(what: str, nth: int) -> None:
    """ENOSPC for good from the nth write to a checkpoint file or event on, the first of them half written."""
    import errno

    module = {"checkpoint": files, "event": writer}[what]
    real = module.write_all
    calls = 0

    def full(descriptor: int, content: bytes) -> None:
        nonlocal calls
        calls += not _is_lock(descriptor, content)
        if calls < nth:
            real(descriptor, content)
            return
        if calls == nth:
            os.write(descriptor, content[: len(content) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    module.write_all = full  # type: ignore[attr-defined]


def loses_folder(path: str, nth: int) -> None:
    """At the nth batch somebody removes the folder."""
    import shutil

    _at(nth, FusedEngine, "learn", lambda *_: shutil.rmtree(path))


def waits_for(path: str) -> None:
    """Begin when the file exists, all racers at once."""
    while not os.path.exists(path):
        time.sleep(0.001)


def permissions_count() -> None:
    """Be refused what is forbidden, also where this is root."""
    rights.permissions_count().__enter__()


def nobody_reads() -> None:
    """The standard output is a pipe that is closed at its other end."""
    ear, mouth = os.pipe()
    os.close(ear)
    os.dup2(mouth, 1)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def keeps_hangup_off() -> None:
    """What nohup does."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def forks_trainers() -> None:
    """Trainers that this process starts are forks of it, which have imported torch already."""
    names = {"Popen": _Forked, "PIPE": subprocess.PIPE, "DEVNULL": subprocess.DEVNULL}
    vars(process)["subprocess"] = SimpleNamespace(**names)


class _Forked:
    """A trainer that ends when this process does, as `process.start_worker` starts it."""

    _writers: ClassVar[list[int]] = []

    def __init__(self, command: list[str], *, stdout: BinaryIO, **options: object) -> None:
        reader, writer = os.pipe()
        self.stdin = None
        self._writers.append(writer)
        self._code: int | None = None
        self.pid = os.fork()
        if self.pid:
            os.close(reader)
            return
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for stopping in trainer.STOP_SIGNALS:
                signal.signal(stopping, signal.SIG_DFL)
            os.setsid()
            os.dup2(reader, 0)
            for number in (1, 2):
                os.dup2(stdout.fileno(), number)
            for descriptor in self._writers:
                os.close(descriptor)
            process._children.clear()
            code = trainer.main([process.TIED, command[-1]])
        finally:
            os._exit(code)

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        if self._code is None:
            ended, status = os.waitpid(self.pid, os.WNOHANG)
            self._code = os.waitstatus_to_exitcode(status) if ended else None
        return self._code

    def terminate(self) -> None:
        """Ask it to save and end."""
        os.kill(self.pid, signal.SIGTERM)
