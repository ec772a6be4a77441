"""The tests' end of `server.py`: starts trainers and commands within milliseconds, to be hit as they run."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from snn_tui.runs.rundir import RunDir

PACKAGE = Path(__file__).resolve().parents[2]
PATIENCE = 120.0
"""Seconds after which something that has not ended counts as hanging."""

Fault = tuple[str, list[Any]]
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def environment() -> dict[str, str]:
    """The environment of every process here: this checkout, one thread, a plain terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNN_TUI", "COLUMNS"))}
    return kept | {
        "PYTHONPATH": str(PACKAGE),
        "OMP_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
    }


class Hung(AssertionError):
    """It did not end in time."""


@dataclass
class Answer:
    """What a command did: `code` is negative where a signal ended it, as in subprocess."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All it printed."""
        return self.out + self.err


class Child:
    """A forked trainer or command."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._stream = connection.makefile("r")
        self.pid = int(self._stream.readline())
        self.code: int | None = None

    def wait(self, timeout: float = PATIENCE) -> int:
        """Its exit code, once it has ended.

        Raises:
            Hung: It has not; it is killed.
        """
        if self.code is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                self.kill(signal.SIGKILL)
                raise Hung(f"process {self.pid} did not end within {timeout} s")
            self.code = int(self._stream.readline())
            self._stream.close()
            self._connection.close()
        return self.code

    @property
    def ended(self) -> bool:
        """Whether it has."""
        return self.code is not None or bool(select.select([self._connection], [], [], 0)[0])

    def kill(self, number: int) -> None:
        """Send a signal; one that comes too late is lost."""
        if self.code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


class Forge:
    """A running `server.py`.

    Args:
        images: A file for it to warm up with.
        modules: What it imports besides the program's own modules.
    """

    def __init__(self, images: Path, *modules: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="snn-tui-forge-"))
        self._folder.chmod(0o711)
        path = self._folder / "socket"
        self._path = str(path)
        self._children: list[Child] = []
        self._numbers = itertools.count()
        self._server = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "ignore",
                str(Path(__file__).with_name("server.py")),
                self._path,
                str(images),
                *modules,
            ],
            env=environment(),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + PATIENCE
        while not path.exists():
            assert self._server.poll() is None, "the forge did not start"
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def close(self) -> None:
        """End it and everything it started."""
        for child in self._children:
            child.kill(signal.SIGKILL)
        self._server.kill()
        self._server.wait()
        subprocess.run(["rm", "-rf", self._folder], check=False)

    def start(
        self,
        run: RunDir | None = None,
        *faults: Fault,
        argv: Sequence[str] = (),
        out: Path | None = None,
        err: Path | None = None,
        terminal: Path | None = None,
        nobody: bool = False,
        memory: int = 0,
        folder: Path | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> Child:
        """Start the trainer of a run, or a command line.

        Args:
            run: The run to train as `python -m snn_tui.worker` would; None for `argv`.
            faults: Names in `points`, and their arguments.
            argv: What follows `snn-tui`.
            out: Where stdout goes; a trainer's goes to its log.
            err: Where stderr goes.
            terminal: Its controlling terminal, in place of both.
            nobody: Give up root's rights first, where there are any.
            memory: Bytes of address space it may take on top of what it begins with; 0 for any.
            folder: Where it is started.
            environ: More environment.
        """
        sink = Path(os.devnull)
        log = run.log if run else sink
        job = {
            "run": str(run.path) if run else None,
            "argv": list(argv),
            "faults": faults,
            "out": str(out or log),
            "err": str(err or log),
            "terminal": str(terminal) if terminal else None,
            "nobody": nobody,
            "memory": memory,
            "folder": str(folder or "/"),
            "environ": dict(environ or {}),
        }
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._path)
        connection.sendall(json.dumps(job).encode() + b"\n")
        child = Child(connection)
        self._children.append(child)
        return child

    def train(self, run: RunDir, *faults: Fault, **options: Any) -> int:
        """Train a run to wherever it gets; its exit code."""
        return self.start(run, *faults, **options).wait()

    def command(self, *argv: str, faults: Sequence[Fault] = (), **options: Any) -> Answer:
        """Run a command line to its end."""
        number = next(self._numbers)
        out, err = (self._folder / f"{number}.{end}" for end in ("out", "err"))
        for path in (out, err):
            path.touch()
            path.chmod(0o666)
        timeout = options.pop("timeout", PATIENCE)
        child = self.start(None, *faults, argv=argv, out=out, err=err, **options)
        code = child.wait(timeout)
        answer = Answer(code, *(path.read_bytes().decode(errors="replace") for path in (out, err)))
        out.unlink()
        err.unlink()
        return answer

    def commands(self, argvs: Sequence[Sequence[str]], **options: Any) -> list[Answer]:
        """Several command lines, two at a time; they must not get in each other's way."""
        return side_by_side(lambda argv: self.command(*argv, **options), argvs)


def side_by_side(do: Callable[[_Item], _Result], items: Iterable[_Item]) -> list[_Result]:
    """Do something with each of many things, two at a time: it is mostly processes that are waited for."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(do, items))
