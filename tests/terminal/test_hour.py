"""An hour of a user, in a minute: seeds are trained, found, folded, compared, copied and taken away."""

from __future__ import annotations

import base64
import csv
import json
import re
import subprocess
from pathlib import Path

import pytest
from export.event_files import scalars

from snn_tui.runs.store import list_runs
from snn_tui.runs.summary import state_of
from terminal.conftest import Start, status_word
from terminal.harness import COMMAND, environment

SEEDS = (1, 2, 3)
COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)\x07")


def run(home: Path, *arguments: str) -> str:
    """What `snn-tui` prints."""
    done = subprocess.run(
        [COMMAND, *arguments], env=environment(home), cwd=home, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_three_seeds_from_training_to_the_data(start: Start, home: Path, short_run: list[str]) -> None:
    told = home / "told"
    notice = f'echo "$SNN_TUI_RUN $SNN_TUI_OUTCOME" >> {told}'
    trainings = [
        subprocess.Popen(
            [COMMAND, "--train-only", *short_run, "--seed", str(seed), "--on-end", notice],
            env=environment(home),
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for seed in SEEDS
    ]
    assert [training.wait(300) for training in trainings] == [0, 0, 0]
    runs = {state_of(made).started.config.seed: made for made in list_runs(home / "runs")}  # type: ignore[union-attr]
    assert sorted(runs) == [*SEEDS]
    assert sorted(told.read_text().split()) == sorted(
        word for made in runs.values() for word in (made.name, "finished")
    )

    terminal = start(*short_run[2:], size=(120, 40))  # the same options, but for the images
    terminal.until("Start training")
    terminal.press("6")
    terminal.until(lambda text: all(made.name[16:] in text for made in runs.values()))
    terminal.press("/", *"seed>1", "\r")
    terminal.until(lambda text: runs[2].name[16:] in text and "paper-s3" in text and "paper-s1" not in text)
    terminal.press("escape")
    terminal.until("paper-s1")
    terminal.press("f")
    terminal.until(lambda text: "±" in text)
    terminal.press("f")
    terminal.until(lambda text: "paper-s3" in text and "±" not in text)
    terminal.press("home", " ", "down", " ")
    terminal.until(lambda text: "A" in text and "B" in text and "seed" in text)
    terminal.press("z")
    terminal.until("zoomed")
    terminal.press("right")
    terminal.until(lambda text: "epoch 1" in text or "epoch 2" in text)
    terminal.press("0", "y")
    terminal.until("Copy: esc closes")
    terminal.press("p")
    terminal.until("Copied the path")
    copied = COPIED.findall(bytes(terminal.raw))
    assert base64.b64decode(copied[-1]).decode() in {str(made.path) for made in runs.values()}
    terminal.press("q")
    assert terminal.end() == 0

    found = run(home, "runs", "--query", "seed=2", "--json")
    assert [one["name"] for one in json.loads(found)] == [runs[2].name]
    run(home, "export", "--all", "--csv", "curves.csv", "--tensorboard", "board")
    rows = list(csv.DictReader((home / "curves.csv").open()))
    for made in runs.values():
        state = state_of(made)
        expected = {ended.epoch: ended.val.loss for ended in state.epochs_ended}
        in_table = {
            int(float(row["epoch"])): float(row["value"])
            for row in rows
            if row["run"] == made.name and row["metric"] == "val/loss"
        }
        assert in_table == expected
        on_board = scalars(home / "board" / made.name)["val/loss"]
        assert list(on_board.values()) == pytest.approx(list(expected.values()), rel=1e-6)


def test_the_end_of_a_run_that_is_watched_is_told_to_the_terminal(start: Start, short_run: list[str]) -> None:
    terminal = start(*short_run)
    terminal.until("Start training")
    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "finished")
    terminal.wait_for(lambda: b"\x1b]777;notify;snn-tui;" in terminal.raw)
    assert b"\x07" in terminal.raw
    assert b"\x1b]9;" in terminal.raw
    terminal.press("q")
    assert terminal.end() == 0
