"""Watches and times the examples of `own-loop.md`: `python docs/own_loops.py pictures` or `... overhead`.

`pictures` runs each example as a process of its own while the screens watch it, holds it after its first
epoch, lets it go on by the key of Train, and draws Train and then Inspect to `docs/own_loop/`.

`overhead` trains each example in this process with its calls and with calls that do nothing, alternately, and
prints the time of a batch and of all other calls.
"""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pictures import SIZE, save, wait  # type: ignore[import-not-found]

import snn_tui
from snn_tui.config.build import build
from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RUNS_VARIABLE
from snn_tui.runs.store import list_runs
from snn_tui.runs.summary import state_of
from snn_tui.tui.app import SnnTuiApp

EXAMPLES = sorted((Path(__file__).parent / "own_loop").glob("*.py"))
ROUNDS, BATCHES = 9, 60


async def watch(example: Path, root: Path) -> None:
    """Draw Train and Inspect of an example that is running."""
    loop = subprocess.Popen([sys.executable, str(example)], env={**os.environ, RUNS_VARIABLE: str(root)})
    while not (runs := list_runs(root)) or runs[0].shipped:
        await asyncio.sleep(0.01)
    run = runs[0]
    while loop.poll() is None and len(state_of(run).epochs_ended) < 1:
        await asyncio.sleep(0.02)
    run.pause.touch()
    app = SnnTuiApp(build({}), root, Terminal("truecolor", True, False), run)
    async with app.run_test(size=SIZE) as pilot:
        await wait(pilot, "paused" if loop.poll() is None else "finished")
        save(app, f"own_loop/{example.stem}-train")
        if loop.poll() is None:
            await pilot.press("space")
        await wait(pilot, "finished")
        await pilot.press("2")
        await wait(pilot, "trace ")
        await pilot.press("end")
        await pilot.pause(1)
        save(app, f"own_loop/{example.stem}-inspect")
    assert loop.wait() == 0, example


class Untold:
    """A run whose methods do nothing."""

    def __init__(self, *names: object, **named: object) -> None:
        pass

    def __enter__(self) -> Untold:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return lambda *values, **named: None


def timed_run(start: Callable[..., Any], made: list[Timed], *names: Any, **named: Any) -> Timed:
    """Begin a run whose calls are timed, and remember it."""
    made.append(Timed(start(*names, **named)))
    return made[-1]


class Timed:
    """A run that sums up how long its methods take."""

    def __init__(self, run: Any) -> None:
        self.run, self.batch_seconds, self.other_seconds = run, 0.0, 0.0

    def __enter__(self) -> Timed:
        self.run.__enter__()
        self.began = time.perf_counter()
        return self

    def __exit__(self, *error: Any) -> None:
        self.loop_seconds = time.perf_counter() - self.began
        self.run.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.run, name)

        def timed(*values: Any, **named: Any) -> None:
            began = time.perf_counter()
            method(*values, **named)
            field = "batch_seconds" if name == "batch" else "other_seconds"
            setattr(self, field, getattr(self, field) + time.perf_counter() - began)

        return timed


def overhead(example: Path) -> str:
    """The time of a loop with its calls against that without, and how long the calls themselves take."""
    longer = r"\1; EPOCHS, BATCHES = 2, " + str(BATCHES)
    source = re.sub(r"(BATCHES(?:, LR)? = [^\n]*)", longer, example.read_text(), count=1)
    code = compile(source, str(example), "exec")
    seconds: dict[bool, list[float]] = {True: [], False: []}
    runs: list[Timed] = []
    for turn in range(2 * ROUNDS + 2):
        told, real = bool(turn % 2), snn_tui.start
        made: list[Timed] = []
        snn_tui.start = partial(timed_run, real if told else Untold, made)  # type: ignore[assignment]
        try:
            exec(code, {"__name__": "__main__"})
        finally:
            snn_tui.start = real
        if turn > 1:  # the first of each warms up
            seconds[told].append(made[0].loop_seconds)
            runs += made if told else []
    ratios = [told / untold for told, untold in zip(seconds[True], seconds[False], strict=True)]
    quartiles = statistics.quantiles(ratios)
    batch = statistics.median(run.batch_seconds for run in runs) / (2 * BATCHES)
    other = statistics.median(run.other_seconds for run in runs)
    step = statistics.median(seconds[False]) / (2 * BATCHES)
    return (
        f"{example.stem}: a batch {1e3 * step:.2f} ms, its call {1e6 * batch:.0f} us; all other calls "
        f"{1e3 * other:.1f} ms; loop with calls / without {quartiles[1]:.3f} "
        f"({quartiles[0]:.3f} to {quartiles[2]:.3f})"
    )


def main() -> None:
    """Do what the command line says."""
    for example in EXAMPLES:
        library = example.stem.removeprefix("with_")
        if library != "plain" and find_spec(library) is None:
            print(f"{library} is not installed")  # noqa: T201
            continue
        with tempfile.TemporaryDirectory() as folder:
            if sys.argv[1] == "pictures":
                asyncio.run(watch(example, Path(folder)))
            else:
                os.environ[RUNS_VARIABLE] = folder
                print(overhead(example), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
