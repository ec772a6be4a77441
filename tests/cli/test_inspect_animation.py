"""`snn-tui inspect --cast` and `--svg`: the time steps of a decision as files."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Command, Refused
from snn_tui.runs.rundir import RunDir


def test_the_time_steps_are_written_as_a_cast_and_a_picture(
    command: Command, refused: Refused, finished: RunDir
) -> None:
    image = ("inspect", finished.path, "--index", "1")
    _, printed, _ = command(*image)
    code, out, _ = command(*image, "--cast", "a.cast", "--svg", "a.svg")
    assert (code, out) == (0, f"{printed}written: a.cast\nwritten: a.svg\n")
    header, *events = map(json.loads, Path("a.cast").read_text().splitlines())
    assert header["title"] == printed.splitlines()[0]
    steps = json.loads(command(*image, "--json")[1])["num_steps"]
    assert [time for time, *_ in events[1:-1]] == [step / 5 for step in range(steps)]

    code, out, _ = command(*image, "--cast", "fast.cast", "--speed", "20", "--json")
    assert (code, json.loads(out)["num_steps"]) == (0, steps)
    events = [json.loads(line) for line in Path("fast.cast").read_text().splitlines()[1:]]
    assert [time for time, *_ in events[1:-1]] == [step / 20 for step in range(steps)]

    before = Path("a.svg").read_bytes()
    assert "nothing is written over" in refused(2, *image, "--svg", "a.svg")
    assert Path("a.svg").read_bytes() == before
    assert "give a name such as decision.svg" in refused(2, *image, "--svg", "a.gif")
    assert "give --cast or --svg" in refused(2, *image, "--speed", "9")
    assert "no such folder" in refused(2, *image, "--cast", "none/a.cast")
