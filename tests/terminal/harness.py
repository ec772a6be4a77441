"""A terminal for tests: a real pty on one side, a screen that can be read on the other."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pexpect
import psutil
import pyte

COMMAND = str(Path(sys.executable).parent / "snn-tui")
"""The installed command, not the module: what a user types."""

PATIENCE = 300.0
"""Seconds after which a wait is given up. Only a broken program waits this long, however busy the machine."""

LEAVE_ALTERNATE = b"\x1b[?1049l"
KEYS = {
    "right": "\x1b[C",
    "left": "\x1b[D",
    "down": "\x1b[B",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "escape": "\x1b",
    "^c": "\x03",
    "^z": "\x1a",
}

_PRIVATE = re.compile(rb"\x1b\[[<>=][0-9;]*[A-Za-z]|\x1b\[\??[0-9;]*\$p")
"""Keyboard protocols and questions: a terminal that does not know them passes over them, pyte prints them."""

_LOOK = os.WEXITED | os.WNOHANG | os.WNOWAIT
_PART = re.compile(rb"\x1b(\[[0-9;<>=?$]*)?$")
_SGR = re.compile(rb"\x1b\[([0-9;:]*)m")


def environment(home: Path, **changes: str) -> dict[str, str]:
    """What `snn-tui` finds around it: a good terminal, an empty home, one thread, nothing of the developer's.

    Args:
        home: The user's folder, and above the runs. Every process started from here can be told by it.
        changes: Variables to set, or to leave out where empty.
    """
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "SNN_TUI_RUNS_DIR": str(home / "runs"),
        "OMP_NUM_THREADS": "1",
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", ""),
    } | changes
    return {name: value for name, value in variables.items() if value}


class Terminal:
    """A program in a terminal that shows everything and answers no question.

    Args:
        command: The program and its arguments.
        environ: Its environment.
        folder: Where it is started.
        size: Columns and rows.
    """

    def __init__(
        self,
        command: Sequence[str],
        environ: Mapping[str, str],
        folder: Path,
        size: tuple[int, int] = (120, 40),
    ) -> None:
        columns, rows = size
        self.raw = bytearray()
        self._held = b""
        self._hung_up = False
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            env=dict(environ),
            cwd=str(folder),
            dimensions=(rows, columns),
            timeout=None,
        )
        self._child.delaybeforesend = None

    @property
    def pid(self) -> int:
        """The program's process."""
        return int(self._child.pid)

    @property
    def running(self) -> bool:
        """Whether the program has not ended.

        pexpect would wait for the end here, for ever, once the terminal is closed.
        """
        if not self._child.terminated and os.waitid(os.P_PID, self.pid, _LOOK) is None:
            return True
        return bool(self._child.isalive())

    @property
    def text(self) -> str:
        """What the screen shows, line by line."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    @property
    def cursor_shown(self) -> bool:
        """Whether the cursor can be seen."""
        return not self._screen.cursor.hidden

    @property
    def said_after(self) -> str:
        """What was written after the alternate screen was left, without escape sequences."""
        rest = bytes(self.raw).rpartition(LEAVE_ALTERNATE)[2]
        return re.sub(r"\x1b\[[0-?]*[ -/]*[@-~]", "", rest.decode()).replace("\r\n", "\n")

    def read(self, seconds: float = 0.1) -> bool:
        """Take in what the program writes, for at most so long; False once it has ended."""
        try:
            data = self._child.read_nonblocking(1 << 16, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        data = self._held + data
        cut = _PART.search(data)
        self._held = cut.group() if cut else b""
        self._stream.feed(_PRIVATE.sub(b"", data[: len(data) - len(self._held)]))
        return True

    def until(self, what: str | Callable[[str], object], seconds: float = PATIENCE) -> str:
        """Wait until the screen shows a text, or until something holds for its text; give all of it.

        What is drawn at once may arrive in pieces: what belongs together has to be waited for together.
        """
        holds = (lambda text: what in text) if isinstance(what, str) else what
        deadline = time.monotonic() + seconds
        while not holds(self.text):
            if not self.read():
                raise AssertionError(f"the program ended while waiting for {what}; the screen:\n{self.text}")
            if time.monotonic() > deadline:
                raise AssertionError(f"waited in vain for {what}; the screen:\n{self.text}")
        return self.text

    def wait_for(self, holds: Callable[[], object], seconds: float = PATIENCE) -> None:
        """Keep reading until something outside the terminal holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            if not self.read():
                time.sleep(0.05)
            assert time.monotonic() < deadline, f"waited in vain; the screen:\n{self.text}"

    def press(self, *keys: str | bytes) -> None:
        """Press keys, by a name of `KEYS`, as the character itself, or as the bytes that are sent for it."""
        for key in keys:
            self._child.send(KEYS.get(key, key) if isinstance(key, str) else key)

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller; an honest terminal keeps nothing of what was outside."""
        self._screen.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def hang_up(self) -> None:
        """Close the window: the program's terminal is gone, and its group gets SIGHUP from the kernel."""
        self._child.ptyproc.fileobj.close()
        self._hung_up = True

    def end(self, seconds: float = PATIENCE) -> int:
        """Read to the end of the program; its exit code, or minus the signal that ended it."""
        deadline = time.monotonic() + seconds
        while not self._hung_up and self.read():
            assert time.monotonic() < deadline, f"it does not end; the screen:\n{self.text}"
        while self.running:
            assert time.monotonic() < deadline, "it closed its terminal and does not end"
            time.sleep(0.05)
        code, number = self._child.exitstatus, self._child.signalstatus
        return int(code) if code is not None else -int(number)

    def close(self) -> None:
        """End the program, if it has not ended."""
        if self._hung_up:
            if self.running:
                self._child.kill(signal.SIGKILL)
        else:
            self._child.flag_eof = False  # or closing waits until the program ends by itself
            self._child.close(force=True)


def wait_until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something that no terminal shows."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def processes_of(home: Path) -> list[psutil.Process]:
    """Every living process that was started, by whomever, with this home."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def colours(raw: bytes) -> set[bytes]:
    """The escape sequences that set a colour."""
    return {match.group() for match in _SGR.finditer(raw) if _sets_colour(match.group(1))}


def _sets_colour(parameters: bytes) -> bool:
    codes = [int(code) for code in re.split(b"[;:]", parameters) if code]
    return any(30 <= code <= 38 or 40 <= code <= 48 or 90 <= code <= 107 for code in codes)


def beyond_ascii(raw: bytes) -> str:
    """Every character that is not ASCII, once."""
    return "".join(sorted({char for char in raw.decode() if not char.isascii()}))
