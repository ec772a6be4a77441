"""Draws README's pictures from the running app: `python docs/pictures.py RUN`, RUN being a finished demo run.

Train is drawn as it was two thirds through the run, Inspect with the run's network and a phantom at which
both output neurons fire.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
import tempfile
from pathlib import Path
from unittest import mock

from rich.console import Console
from textual.pilot import Pilot

from snn_tui.config.build import build
from snn_tui.evaluation import one_image
from snn_tui.evaluation.images import phantoms
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.render.terminal import Terminal
from snn_tui.runs.lock import Lock
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.app import SnnTuiApp
from snn_tui.values.decision import predicted_class
from snn_tui.values.image_ref import SplitImage

HERE = Path(__file__).parent
SIZE = (120, 40)
SHARE = 0.66
IMAGES = 100


def as_it_was(finished: RunDir, root: Path) -> RunDir:
    """A copy of a run that ends where it was two thirds through."""
    run = RunDir(root / finished.name)
    run.path.mkdir()
    shutil.copy(finished.config, run.config)
    lines = finished.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join(lines[: int(len(lines) * SHARE)]))
    return run


def both_fire(finished: RunDir) -> int:
    """Index of the first rightly predicted image at which the wrong neuron fires most often."""
    opened = OpenedRun(finished, phantoms())
    traces = {index: one_image.trace(opened, SplitImage("test", index)) for index in range(IMAGES)}
    right = {
        index: min(trace.counts(trace.num_steps))
        for index, trace in traces.items()
        if predicted_class(trace.score(trace.num_steps), trace.task) == trace.picture.label
    }
    return max(right, key=lambda index: right[index])


async def wait(pilot: Pilot[str], words: str) -> None:
    """Wait until the screen shows these words."""
    for _ in range(600):
        await pilot.pause(0.1)
        with mock.patch.object(Console, "export_svg", lambda console, **options: console.export_text()):
            if words in pilot.app.export_screenshot():
                return
    raise TimeoutError(words)


def save(app: SnnTuiApp, name: str) -> None:
    """Write the screen as SVG, without the font that would have to be fetched from elsewhere."""
    picture = re.sub(r"@font-face \{.*?\}\s*", "", app.export_screenshot(title="snn-tui"), flags=re.DOTALL)
    (HERE / f"{name}.svg").write_text(picture)


async def main(finished: RunDir) -> None:
    """Draw both pictures."""
    with tempfile.TemporaryDirectory() as folder:
        run = as_it_was(finished, Path(folder))
        app = SnnTuiApp(build({"dataset": "demo"}), Path(folder), Terminal("truecolor", True, False))
        with Lock.acquire(run):
            async with app.run_test(size=SIZE) as pilot:
                await wait(pilot, "training")
                await pilot.pause(1)
                save(app, "train")
    app = SnnTuiApp(build({"dataset": "demo"}), finished.path.parent, Terminal("truecolor", True, False))
    async with app.run_test(size=SIZE) as pilot:
        app.watch_run(finished)
        await pilot.press("2")
        await wait(pilot, "20/20")
        image = both_fire(finished)
        await pilot.press("g")
        await wait(pilot, "esc cancels")
        await pilot.press(*str(image), "enter")
        await wait(pilot, f"Phantom {image} ")
        await wait(pilot, "14/20")
        await pilot.press("space")
        await pilot.pause(1)
        save(app, "inspect")


if __name__ == "__main__":
    asyncio.run(main(RunDir(Path(sys.argv[1]).absolute())))
