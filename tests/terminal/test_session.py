"""A first session, as the README tells it: train on the demo, look inside a decision, leave."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
from safetensors import safe_open

from snn_tui.runs.rundir import RunDir

from .conftest import Start, status_word
from .harness import COMMAND, LEAVE_ALTERNATE, environment, processes_of

DEMO = [
    "--demo",
    "--epochs",
    "1",
    "--batch-size",
    "128",
    "--num-steps",
    "5",
    "--lr",
    "5e-3",
    "--device",
    "cpu",
]


def firing_counts(text: str) -> list[str]:
    """What the meters of both output neurons say, normal first."""
    return [re.findall(rf"[○●] {name} +[█▇▉▊▋▌▍▎▏░]+ +(\d+)", text)[0] for name in ("normal", "pneumonia")]


def test_a_demo_is_trained_then_inspected_then_left(
    start: Start, home: Path, only_run: Callable[[], RunDir]
) -> None:
    terminal = start(*DEMO)
    terminal.until("Start training")
    terminal.until("1 epochs, synthetic images")

    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training")
    terminal.until("img/s")
    terminal.until(lambda text: status_word(text) == "finished")
    terminal.until("not comparable with the study")

    terminal.press("2")
    shown = terminal.until(lambda text: "verdict" in text and "Phantom 0 of 624" in text)
    assert "SYNTHETIC phantoms" in shown
    terminal.press("home")
    shown = terminal.until(lambda text: "Spikes in · 0/5" in text and "no step shown" in text)
    assert firing_counts(shown) == ["0", "0"]
    terminal.press("right", "right", "right", "left")
    terminal.until(lambda text: "Spikes in · 2/5" in text and "so far" in text)
    terminal.press("n")
    terminal.until("Phantom 1 of 624")
    terminal.press("end")
    shown = terminal.until(lambda text: "Spikes in · 5/5" in text and "verdict" in text)
    on_screen = firing_counts(shown)

    terminal.press("q")
    assert terminal.end() == 0
    assert LEAVE_ALTERNATE in terminal.raw
    assert terminal.cursor_shown
    assert terminal.said_after.strip() == "", "nothing goes on: there is nothing to say"
    assert processes_of(home) == []

    run = only_run()
    assert msgspec.json.decode(run.metrics.read_bytes())["synthetic"] is True
    with safe_open(run.weights, "numpy") as weights:
        assert weights.metadata()["synthetic"] == "true"
    printed = subprocess.run(
        [COMMAND, "inspect", run.name, "--index", "1"],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert firing_counts(printed) == on_screen
