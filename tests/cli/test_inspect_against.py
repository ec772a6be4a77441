"""`snn-tui inspect --against`: what two runs make of the same image."""

from __future__ import annotations

import json

from cli.conftest import Command, Refused
from snn_tui.runs.rundir import RunDir


def test_both_runs_are_printed_and_others_refused(
    command: Command, refused: Refused, finished: RunDir, copy: RunDir
) -> None:
    image = ("inspect", finished.path, "--index", "1")
    _, alone, _ = command(*image)
    code, out, _ = command(*image, "--against", copy.path)
    assert code == 0
    # The copy decides as the run does; the image stands there once.
    neurons = alone.splitlines()[alone.splitlines().index("") :]
    neurons = neurons[: next(at for at, line in enumerate(neurons) if line.startswith("draw")) + 1]
    first, second = out.split(f"\n{copy.name}\n")
    assert "\n".join(neurons) in first
    assert "\n".join(neurons) in f"\n{second}"

    code, out, _ = command(*image, "--against", copy.path, "--json")
    found = json.loads(out)
    beside = found.pop("against")
    assert beside["run"] == copy.name
    assert found == json.loads(command(*image, "--json")[1])
    assert {name: found[name] for name in ("counts", "scores", "predicted", "verdict_step")} == {
        name: beside[name] for name in ("counts", "scores", "predicted", "verdict_step")
    }

    assert "that is the run itself" in refused(2, *image, "--against", finished.path)
    events = copy.path / "events.jsonl"
    events.write_text(events.read_text().replace('"normal"', '"healthy"'))
    words = (
        f"{copy.name} cannot judge these images: their classes are normal and pneumonia, the run's healthy"
    )
    assert words in refused(2, *image, "--against", copy.path)
