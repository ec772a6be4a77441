"""A first session, as the README tells it: train on the demo, look inside a decision, leave."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
from safetensors import safe_open

from snn_tui.runs.rundir import RunDir
from terminal.conftest import Brake, Start, status_word
from terminal.harness import COMMAND, LEAVE_ALTERNATE, environment, processes_of, wait_until

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
    """What the meters of both output neurons say, normal first; nothing where they are not to be seen."""
    meters = [re.search(rf"[○●] {name} +[█▇▉▊▋▌▍▎▏░]+ +(\d+)", text) for name in ("normal", "pneumonia")]
    return [meter[1] for meter in meters if meter]


def test_a_demo_is_trained_then_inspected_then_left(
    start: Start, home: Path, only_run: Callable[[], RunDir], brake: Callable[[str], Brake]
) -> None:
    held = brake("epoch")
    terminal = start(*DEMO, **held.variables)
    terminal.until(lambda text: "Start training" in text and "1 epoch, synthetic images" in text)

    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training" and "img/s" in text)
    held.let_go()
    terminal.until(lambda text: status_word(text) == "finished" and "not comparable with the study" in text)
    run = only_run()
    printed = subprocess.run(
        [COMMAND, "inspect", run.name, "--index", "1"],
        env=environment(home),
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert len(firing_counts(printed)) == 2

    terminal.press("2")
    terminal.until(
        lambda text: all(words in text for words in ("verdict", "Phantom 0 of 624", "SYNTHETIC phantoms"))
    )
    terminal.press("home")
    terminal.until(
        lambda text: (
            "Spikes in · 0/5" in text and "no step shown" in text and firing_counts(text) == ["0", "0"]
        )
    )
    terminal.press("right", "right", "right", "left")
    terminal.until(lambda text: "Spikes in · 2/5" in text and "so far" in text)
    terminal.press("n")
    terminal.until("Phantom 1 of 624")
    terminal.press("end")
    terminal.until(
        lambda text: (
            "Spikes in · 5/5" in text and "verdict" in text and firing_counts(text) == firing_counts(printed)
        )
    )

    terminal.press("q")
    assert terminal.end() == 0
    assert LEAVE_ALTERNATE in terminal.raw
    assert terminal.cursor_shown
    assert terminal.said_after.strip() == "", "nothing goes on: there is nothing to say"
    wait_until(lambda: processes_of(home) == [])

    assert msgspec.json.decode(run.metrics.read_bytes())["synthetic"] is True
    with safe_open(run.weights, "numpy") as weights:
        assert weights.metadata()["synthetic"] == "true"
