"""A thousand files of events that are none: nothing is raised, and what is well among it is counted."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest

from faults.conftest import NewRun
from faults.forge import Forge
from faults.ledger import LEDGER
from snn_tui.render.canvas import Canvas
from snn_tui.render.chart import draw
from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.tail import Tail
from snn_tui.tui.train.draw.curves import loss_curves, validation_curves
from snn_tui.tui.train.draw.outcome import RunKeys
from snn_tui.tui.train.draw.run_panel import run_panel

FILES = 1000
TERMINAL = Terminal("256", True, False)


def sane(state: RunState) -> None:
    """Assert that a state can be shown and holds together."""
    assert 0.0 <= state.fraction <= 1.0
    assert len(state.losses) == len(state.loss_steps) == len(state.ema)
    assert list(state.loss_steps) == sorted(set(state.loss_steps))
    assert state.batch >= 0
    assert math.isfinite(state.last_t)
    epochs = [end.epoch for end in state.epochs_ended]
    assert epochs == sorted(set(epochs))
    state.eta()


def drawn(state: RunState) -> None:
    """Draw it."""
    draw(loss_curves(state), Canvas(60, 12, TERMINAL))
    draw(validation_curves(state), Canvas(60, 12, TERMINAL))
    run_panel(state, state.phase, [], RunKeys(), Canvas(50, 12, TERMINAL))


def read(path: Path, limit: int) -> tuple[RunState, int, int]:
    """Follow a file to its end: the state, the events, the lines that were none."""
    tail, state, events = Tail(path), RunState(), 0
    while True:
        found = tail.poll(limit)
        replay(found, state)
        events += len(found)
        if not tail.more:
            return state, events, tail.skipped


def spoilt(line: bytes, rng: random.Random) -> bytes:
    """A line with some of its numbers, words or bytes changed."""
    if rng.random() < 0.5:
        event = json.loads(line)
        name = rng.choice(list(event))
        event[name] = rng.choice([None, -1, 0, 10**30, 1e308, "x", [], {}, [1e308], 2**63, True])
        return json.dumps(event).encode()
    changed = bytearray(line)
    for _ in range(rng.randrange(1, 6)):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed).replace(b"\n", b" ")


def test_random_bytes(tmp_path: Path) -> None:
    kind = "events of random bytes"
    for seed in range(FILES):
        rng = random.Random(seed)
        path = tmp_path / f"{seed % 10}.jsonl"
        path.write_bytes(rng.randbytes(rng.randrange(0, 20_000)))
        LEDGER.hit(kind)
        state, events, _ = read(path, rng.choice([1, 100, 1 << 20]) if seed % 20 == 0 else 1 << 20)
        assert events == 0
        assert state.phase == "preparing"
        sane(state)
        LEDGER.survived(kind)


@pytest.mark.parametrize("files", [FILES // 4, pytest.param(10 * FILES, marks=pytest.mark.soak)])
def test_good_lines_among_random_bytes(forge: Forge, made: NewRun, tmp_path: Path, files: int) -> None:
    kind = "events mixed with random bytes"
    run: RunDir = made()
    assert forge.train(run, ("signals_itself", [15, 8])) == 143
    assert forge.train(run) == 0
    good = run.events.read_bytes().splitlines()
    undisturbed, count, _ = read(run.events, 1 << 20)
    assert count == len(good)
    path = tmp_path / "events.jsonl"
    for seed in range(files):
        rng = random.Random(seed)
        lines: list[bytes] = []
        noise = 0
        for line in good:
            while rng.random() < 0.4:
                junk = rng.randbytes(rng.randrange(1, 200)).replace(b"\n", b" ")
                lines.append(junk)
                noise += 1
            lines.append(line)
        torn = rng.choice(good)[: rng.randrange(1, 20)]
        path.write_bytes(b"\n".join(lines) + b"\n" + torn)
        LEDGER.hit(kind)
        state, events, skipped = read(path, 1 << 20)
        assert (events, skipped) == (count, noise)
        assert (state.phase, state.losses, state.last_t) == (
            "finished",
            undisturbed.losses,
            undisturbed.last_t,
        )
        assert state.result == undisturbed.result
        LEDGER.survived(kind)


@pytest.mark.parametrize("files", [FILES // 4, pytest.param(10 * FILES, marks=pytest.mark.soak)])
def test_spoilt_lines(forge: Forge, made: NewRun, tmp_path: Path, files: int) -> None:
    kind = "events with spoilt lines"
    run: RunDir = made()
    assert forge.train(run, ("signals_itself", [15, 8])) == 143
    assert forge.train(run) == 0
    good = run.events.read_bytes().splitlines()
    path = tmp_path / "events.jsonl"
    for seed in range(files):
        rng = random.Random(seed)
        lines = [spoilt(line, rng) if rng.random() < 0.4 else line for line in good]
        rng.shuffle(lines) if seed % 3 == 0 else None
        path.write_bytes(b"\n".join(lines) + b"\n")
        LEDGER.hit(kind)
        state, events, skipped = read(path, 1 << 20)
        assert events + skipped == len(lines)
        sane(state)
        if seed % 10 == 0:
            drawn(state)
        LEDGER.survived(kind)
