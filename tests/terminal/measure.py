"""What the screens cost: start, bytes on the wire, answer to a key, memory. Not a test: figures vary.

python tests/terminal/measure.py [start_up on_the_wire key_to_paint chart_keys ...]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from snn_tui.runs.lock import Lock
from snn_tui.runs.summary import state_of
from terminal.conftest import end_all, status_word
from terminal.harness import COMMAND, Terminal, environment
from terminal.replay import BATCHES, EVENTS_A_SECOND, new_run, story

STARTS = 11
OPENINGS = 7
KEYS = 200
CHANGES = 30
STEADY_SECONDS = 20.0
QUIET_SECONDS = 0.15
TENTHS = 6
MANY = 100_000
DEMO = ["--demo", "--epochs", "1000", "--batch-size", "128", "--num-steps", "20", "--device", "cpu"]
SSH = {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}

NOTHING_SECONDS = 20.0
"""After which a key is taken to draw nothing, so that there is nothing to measure."""


@dataclass(frozen=True)
class Row:
    """One figure: its name, the best and the median of several, and what it should be."""

    name: str
    best: str
    median: str = ""
    goal: str = ""


def main() -> None:
    """Measure what is named, else everything, and print a line of a table for each figure as it is there."""
    measures = (start_up, on_the_wire, key_to_paint, chart_keys, change_of_screen, replayed_hour, many_events)
    named = sys.argv[1:]
    unknown = set(named) - {measure.__name__ for measure in measures}
    if unknown:
        sys.exit(f"there is no {', '.join(sorted(unknown))}")
    show([Row("", "best", "median", "goal"), load("before")])
    for measure in measures:
        if named and measure.__name__ not in named:
            continue
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            try:
                show(measure(home))
            finally:
                end_all(home)
    show([load("after")])


def load(when: str) -> Row:
    """How busy the machine is with other things."""
    return Row(
        f"processes waiting for a core, {when}", f"{os.getloadavg()[0]:.1f}", "", f"{os.cpu_count()} cores"
    )


def show(rows: Sequence[Row]) -> None:
    """Print lines of the table."""
    for row in rows:
        line = f"{row.name:<72}  {row.best:<8}  {row.median:<8}  {row.goal}"
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


def start_up(home: Path) -> list[Row]:
    """From the start to the words of the form, in turn with an import of Textual."""
    bare, first = [], []
    for _ in range(STARTS + 1):  # the first fills the caches, and is not counted
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
    bare, first = bare[1:], first[1:]
    times = [shown / imported for shown, imported in zip(first, bare, strict=True)]
    return [
        seconds("python -c 'import textual.app'", bare),
        seconds("start to first useful paint", first),
        Row(
            "the same, in imports of Textual",
            f"{min(first) / min(bare):.2f}",
            f"{statistics.median(times):.2f}",
            "under 2.5",
        ),
    ]


def on_the_wire(home: Path) -> list[Row]:
    """Bytes and frames a second on Train in steady training, and the most memory there and on Inspect."""
    rows = []
    for where, changes in (("", {}), (", over SSH", SSH)):
        terminal = Terminal(
            [COMMAND, *DEMO, "--runs-dir", f"{home}/{len(changes)}"], environment(home, **changes), home
        )
        steady(terminal)
        sizes = bytes_a_second(terminal)
        rows.append(
            Row(
                f"KB a second in steady training{where}",
                f"{min(sizes):.2f}",
                f"{statistics.median(sizes):.2f}",
                "under 8" if changes else "",
            )
        )
        train = memory(terminal.pid, "VmHWM")
        terminal.press("2")
        terminal.until("say pneumonia")
        terminal.press("end", "m", "c")
        terminal.until("conv1")
        rows.append(Row(f"MiB of memory at most on Train{where}", f"{train:.0f}"))
        rows.append(
            Row(f"MiB of memory at most after Inspect{where}", f"{memory(terminal.pid, 'VmHWM'):.0f}")
        )
        terminal.press("q")
        terminal.end()
        end_all(home)
    return rows


def steady(terminal: Terminal) -> None:
    """Start a run on the form, and wait for its second epoch."""
    terminal.until("Start training")
    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training")
    terminal.until(lambda text: "epoch 2/" in text, 600)


def key_to_paint(home: Path) -> list[Row]:
    """From a key to the first byte of its picture, while a run computes on every core."""
    terminal = Terminal([COMMAND, *DEMO], environment(home, OMP_NUM_THREADS=""), home)
    steady(terminal)
    terminal.press("2")
    terminal.until("say pneumonia")
    terminal.press("home")
    late = [answer(terminal, key) for key in ("right", "left") * (KEYS // 2)]
    busy = os.getloadavg()[0]
    terminal.press("q")
    terminal.end()
    late.sort()
    halves = [sorted(late[::2]), sorted(late[1::2])]
    tails = [half[int(0.95 * len(half))] for half in halves]
    return [
        Row(
            f"ms from key to paint, 95 of 100 within ({busy:.0f} processes waiting)",
            f"{1000 * min(tails):.0f}",
            f"{1000 * late[int(0.95 * len(late))]:.0f}",
            "under 50",
        ),
        Row("ms from key to paint, half within", "", f"{1000 * statistics.median(late):.0f}"),
    ]


def chart_keys(home: Path) -> list[Row]:
    """Reading values off charts of a run that computes on every core, over SSH; then of one that holds."""
    terminal = Terminal([COMMAND, *DEMO], environment(home, OMP_NUM_THREADS="", **SSH), home)
    steady(terminal)
    terminal.press("z")
    terminal.until("zoomed")
    rows = chart_answers(terminal, "Train")
    terminal.press("6")
    terminal.until("by start")
    terminal.press(" ")
    terminal.until("Train loss")
    rows += chart_answers(terminal, "Runs")
    terminal.press("1")
    terminal.until("img/s")
    terminal.press(" ")
    terminal.until(lambda text: status_word(text) == "paused")
    sizes = []
    for key in ("left", "right") * 10 + ("z", "Z") * 5:
        before = len(terminal.raw)
        answer(terminal, key)
        sizes.append((len(terminal.raw) - before) / 1000)
    terminal.press("q")
    terminal.end()
    return [
        *rows,
        Row("KB of a step of a chart's cursor", "", f"{statistics.median(sizes[:20]):.1f}"),
        Row("KB of zooming", "", f"{statistics.median(sizes[20:]):.1f}"),
    ]


def chart_answers(terminal: Terminal, screen: str) -> list[Row]:
    """Reading and zooming a chart of a screen, and what is sent while no key is pressed."""
    late = sorted(answer(terminal, key) for key in ("left", "z", "right", "Z") * (KEYS // 8))
    rates = bytes_a_second(terminal)
    return [
        Row(
            f"ms from a key of a chart on {screen} to paint over SSH, 95 of 100 within",
            f"{1000 * late[0]:.0f}",
            f"{1000 * late[int(0.95 * len(late))]:.0f}",
            "under 50",
        ),
        Row(
            f"KB a second on {screen} over SSH, with a chart that has a cursor",
            f"{min(rates):.2f}",
            f"{statistics.median(rates):.2f}",
            "under 8",
        ),
    ]


def bytes_a_second(terminal: Terminal) -> list[float]:
    """Kilobytes a second that are written while no key is pressed, three times."""
    rates = []
    for _ in range(3):
        before, began = len(terminal.raw), time.monotonic()
        while time.monotonic() - began < STEADY_SECONDS / 3:
            terminal.read()
        rates.append((len(terminal.raw) - before) / (time.monotonic() - began) / 1000)
    return rates


def answer(terminal: Terminal, key: str) -> float:
    """Seconds until something is drawn after a key, on a screen where nothing else moves."""
    size, last = len(terminal.raw), time.monotonic()
    while time.monotonic() - last < QUIET_SECONDS:
        terminal.read(0.02)
        if len(terminal.raw) != size:
            size, last = len(terminal.raw), time.monotonic()
    began = time.monotonic()
    terminal.press(key)
    while len(terminal.raw) == size:
        assert time.monotonic() - began < NOTHING_SECONDS, f"nothing is drawn after {key!r}"
        terminal.read(1.0)
    return time.monotonic() - began


def change_of_screen(home: Path) -> list[Row]:
    """From the key of a screen to all of it, beside a run on every core that was started elsewhere."""
    environ = environment(home, OMP_NUM_THREADS="")
    elsewhere = subprocess.Popen(
        [COMMAND, "--train-only", *DEMO], env=environ, cwd=home, stdout=subprocess.DEVNULL
    )
    try:
        runs = home / "runs"
        while not (names := [run.name for run in runs.glob("*") if (run / "model.safetensors").exists()]):
            time.sleep(0.1)
        terminal = Terminal([COMMAND, "attach", names[0]], environ, home)
        terminal.until("img/s")
        terminal.press("2")
        terminal.until("say pneumonia")
        late = []
        for _ in range(CHANGES):
            for key, words in (("1", "img/s"), ("2", "Output neurons")):
                time.sleep(QUIET_SECONDS)
                terminal.read(0.0)
                began = time.monotonic()
                terminal.press(key)
                terminal.until(words)
                late.append(time.monotonic() - began)
        terminal.press("q")
        terminal.end()
    finally:
        elsewhere.terminate()
        elsewhere.wait()
    late.sort()
    return [
        Row("ms from a screen's key to all of it, half within", "", f"{1000 * statistics.median(late):.0f}"),
        Row(
            "ms from a screen's key to all of it, 95 of 100 within",
            f"{1000 * late[0]:.0f}",
            f"{1000 * late[int(0.95 * len(late))]:.0f}",
            "under 100",
        ),
    ]


def replayed_hour(home: Path) -> list[Row]:
    """The memory of the screens as an hour of events arrives, in some pieces; then of a second hour."""
    lines = story()
    hour = 3600 * EVENTS_A_SECOND * (BATCHES + 2) // BATCHES
    run = new_run(home / "runs", list(islice(lines, 1000)))
    told = 1000
    with Lock.acquire(run):
        terminal = Terminal([COMMAND, "attach", run.name], environment(home), home)
        terminal.until(lambda text: status_word(text) == "training")
        sizes = [memory(terminal.pid, "VmRSS")]
        for piece in range(1, 2 * TENTHS + 1):
            with run.events.open("ab") as file:
                file.write(b"".join(islice(lines, piece * hour // TENTHS - told)))
            told = piece * hour // TENTHS
            epochs = f"epoch {told * BATCHES // ((BATCHES + 2) * BATCHES + 5)}"
            settle(terminal, epochs)
            sizes.append(memory(terminal.pid, "VmRSS"))
        terminal.press("q")
        terminal.end()
    shown = ", ".join(f"{size:.0f}" for size in sizes[: TENTHS + 1])
    return [
        Row(
            f"MiB of memory after an hour of events (every {60 // TENTHS} min: {shown})",
            f"{sizes[TENTHS]:.0f}",
        ),
        Row("MiB more in its second half", f"{sizes[TENTHS] - sizes[TENTHS // 2]:.1f}"),
        Row("MiB more in a second hour", f"{sizes[-1] - sizes[TENTHS]:.1f}"),
    ]


def settle(terminal: Terminal, what: str) -> None:
    """Wait until the screens have read what was written: `what` is only for the eye of who debugs this."""
    began = time.monotonic()
    while time.monotonic() - began < 3.0:
        terminal.read()


def many_events(home: Path) -> list[Row]:
    """Reading a run of very many events: by itself, and as the screens open on it."""
    big = new_run(home / "runs", list(islice(story(), MANY)))
    small = new_run(home / "runs", list(islice(story(), 1000)), minute=1)
    alone, opened, bare = [], [], []
    for _ in range(OPENINGS):
        began = time.monotonic()
        state = state_of(big)
        alone.append(time.monotonic() - began)
        with Lock.acquire(big), Lock.acquire(small):
            opened.append(open_on(big.name, f"epoch {state.epoch}/", home))
            bare.append(open_on(small.name, f"epoch {state_of(small).epoch}/", home))
    more = [with_many - with_few for with_many, with_few in zip(opened, bare, strict=True)]
    return [
        seconds(f"{MANY} events read", alone, "under 1 s"),
        seconds(f"{MANY} events on the screen, more than 1000 take", more, "under 1 s"),
        Row(f"batch losses kept of {state.step}", str(len(state.losses))),
    ]


def open_on(name: str, words: str, home: Path) -> float:
    """Seconds until the screens, started on a run, show all of it."""
    began = time.monotonic()
    terminal = Terminal([COMMAND, "attach", name], environment(home), home)
    terminal.until(words)
    passed = time.monotonic() - began
    terminal.close()
    return passed


def seconds(name: str, figures: Sequence[float], goal: str = "") -> Row:
    """A row of times."""
    return Row(name, f"{min(figures):.2f} s", f"{statistics.median(figures):.2f} s", goal)


def memory(pid: int, what: str) -> float:
    """A process's memory in MiB: VmRSS now, VmHWM the most so far (proc_pid_status(5))."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{what}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"/proc/{pid}/status has no {what}")


if __name__ == "__main__":
    main()
