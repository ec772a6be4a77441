"""What the screens cost: time to the first picture, memory, bytes on the wire. Not a test: figures vary.

python tests/terminal/measure.py
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from terminal.conftest import end_all, status_word
from terminal.harness import COMMAND, Terminal, environment

TIMES = 5
STEADY_SECONDS = 30.0
DEMO = ["--demo", "--epochs", "100", "--batch-size", "128", "--num-steps", "20", "--device", "cpu"]


def main() -> None:
    """Measure, and print a table."""
    rows = [("processes waiting for a core, before", f"{os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        try:
            rows += start_up(home)
            rows += while_training(home, "", {})
            rows += while_training(home, ", over SSH", {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"})
        finally:
            end_all(home)
    width = max(len(name) for name, _ in rows)
    sys.stdout.writelines(f"{name:<{width}}  {value}\n" for name, value in rows)


def start_up(home: Path) -> list[tuple[str, str]]:
    """Seconds from the start to the words of the form, and how many imports of Textual that is."""
    bare, first = [], []
    for _ in range(TIMES + 1):  # the first fills the caches, and is not counted
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-P", "-c", "import textual.app"], env=environment(home), cwd=home, check=True
        )
        bare.append(time.monotonic() - began)
        began = time.monotonic()
        terminal = Terminal([COMMAND], environment(home), home)
        terminal.until("Start training")
        first.append(time.monotonic() - began)
        terminal.close()
    imported, shown = statistics.median(bare[1:]), statistics.median(first[1:])
    return [
        ("python -c 'import textual.app'", f"{imported:.2f} s"),
        ("start to first text", f"{shown:.2f} s, {shown / imported:.1f} times that"),
    ]


def while_training(home: Path, where: str, changes: dict[str, str]) -> list[tuple[str, str]]:
    """Bytes a second on Train in steady training, and the most memory there and on Inspect."""
    terminal = Terminal(
        [COMMAND, *DEMO, "--runs-dir", f"{home}/{len(changes)}"], environment(home, **changes), home
    )
    terminal.until("Start training")
    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training")
    terminal.until(lambda text: "epoch 2/" in text, 600)
    before, began = len(terminal.raw), time.monotonic()
    while time.monotonic() - began < STEADY_SECONDS:
        terminal.read()
    wire = (len(terminal.raw) - before) / (time.monotonic() - began)
    train = peak_memory(terminal.pid)
    terminal.press("2")
    terminal.until("say pneumonia")
    terminal.press("home", " ")
    terminal.until("Spikes in · 20/20")
    inspect = peak_memory(terminal.pid)
    terminal.press("q")
    terminal.end()
    end_all(home)
    return [
        (f"bytes a second on Train at 120x40{where}", f"{wire:.0f}"),
        (f"most memory on Train{where}", f"{train:.0f} MiB"),
        (f"most memory after Inspect{where}", f"{inspect:.0f} MiB"),
    ]


def peak_memory(pid: int) -> float:
    """The most memory a process had so far, in MiB (VmHWM of proc_pid_status(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status has no VmHWM")


if __name__ == "__main__":
    main()
