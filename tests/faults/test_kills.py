"""SIGKILL at any moment, then again from the last checkpoint: the end is that of an undisturbed run."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.conftest import NewRun
from faults.forge import Fault, Forge, side_by_side
from faults.ledger import LEDGER
from faults.yard import Checkpoints, new_run, phase, real_trainer, results, same_end
from snn_tui.runs.rundir import RunDir

KILLED = -signal.SIGKILL
RUN_SECONDS = 0.3
"""About what a whole run takes; only spreads the kills over it."""

LIVES = 8
"""A run is left alone after so many kills: where the machine is slow, none might ever get through else."""


def hit_until_finished(
    forge: Forge, run: RunDir, expected: dict[str, bytes], kind: str, rng: random.Random
) -> int:
    """Kill a run's trainer at random moments and start another, until one gets through; how many died."""
    checkpoints, died = Checkpoints(run, kind), 0
    while True:
        child = forge.start(run)
        if died < LIVES:
            if rng.random() < 0.3:
                time.sleep(rng.uniform(0, RUN_SECONDS))
            else:  # not by the clock but by what it gets done: the trainer runs faster on other machines
                events, more = run.events, rng.randrange(1, 2_500)
                size = more + (events.stat().st_size if events.exists() else 0)
                while not child.ended and not (events.exists() and events.stat().st_size > size):
                    time.sleep(0.001)
            child.kill(signal.SIGKILL)
        code = child.wait()
        if code == 0:
            break
        assert code == KILLED, run.log.read_text()
        LEDGER.hit(kind)
        died += 1
        checkpoints.look()
    same_end(run, expected, kind)
    LEDGER.survived(kind, died)
    return died


def kill_many(
    forge: Forge, root: Path, images: Path, undisturbed: Callable[..., dict[str, bytes]], times: int
) -> None:
    """At least so many kills, over as many runs as it takes, two at a time."""

    def kill(seed: int) -> None:
        rng, died = random.Random(seed), 0
        while died < times / 2:
            options = {"keep": "best"} if rng.random() < 0.3 else {}
            run = new_run(root, images, **options)
            expected = whole["best" if options else "last"]
            died += hit_until_finished(forge, run, expected, "SIGKILL at a random moment", rng)

    whole = {"best": undisturbed(keep="best"), "last": undisturbed()}
    side_by_side(kill, range(2))


def test_killed_at_random_moments(
    forge: Forge, tmp_path: Path, images: Path, undisturbed: Callable[..., dict[str, bytes]]
) -> None:
    kill_many(forge, tmp_path, images, undisturbed, 30)


@pytest.mark.soak
def test_killed_at_many_random_moments(
    forge: Forge, tmp_path: Path, images: Path, undisturbed: Callable[..., dict[str, bytes]]
) -> None:
    kill_many(forge, tmp_path, images, undisturbed, 200)


POINTS: list[Fault] = [
    ("dies_writing", ["lock", 1, 0.5]),
    ("dies_before", ["link", 1]),
    ("dies_after", ["link", 1]),
    ("dies_writing", ["event", 1, 0.5]),
    ("dies_before", ["batch", 1]),
    ("dies_before", ["backward", 4]),
    ("dies_before", ["step", 5]),
    ("dies_after", ["step", 6]),
    ("dies_before", ["evaluation", 1]),
    ("dies_writing", ["event", 5, 0.3]),
    ("dies_writing", ["checkpoint", 1, 0.0]),
    ("dies_writing", ["checkpoint", 1, 0.9]),
    ("dies_before", ["fsync", 1]),
    ("dies_before", ["replace", 1]),
    ("dies_after", ["replace", 1]),
    ("dies_writing", ["checkpoint", 2, 0.5]),
    ("dies_before", ["replace", 2]),
    ("dies_after", ["replace", 2]),
    ("dies_writing", ["checkpoint", 3, 0.5]),
    ("dies_after", ["replace", 3]),
    ("dies_after", ["replace", 6]),
    ("dies_before", ["evaluation", 4]),
    ("dies_writing", ["checkpoint", 7, 0.5]),
    ("dies_after", ["replace", 7]),
    ("dies_writing", ["checkpoint", 8, 0.5]),
    ("dies_after", ["replace", 8]),
]


@pytest.mark.parametrize(
    ("keep", "points"),
    [
        ("last", POINTS[::2]),
        ("best", POINTS[::6]),
        pytest.param("last", POINTS, marks=pytest.mark.soak),
        pytest.param("best", POINTS, marks=pytest.mark.soak),
    ],
)
def test_killed_at_every_delicate_point(
    forge: Forge, made: NewRun, undisturbed: Callable[..., dict[str, bytes]], keep: str, points: list[Fault]
) -> None:
    kind = "SIGKILL while saving, and between"
    expected = undisturbed(keep=keep) if keep == "best" else undisturbed()

    def kill(place: int) -> None:
        run, point = made(keep=keep), points[place]
        checkpoints = Checkpoints(run, kind)
        code = forge.train(run, point)
        if code == 0:
            assert keep == "best", point  # fewer files are written where only better weights are kept
            return
        assert code == KILLED, (point, run.log.read_text())
        LEDGER.hit(kind)
        checkpoints.look()
        # Some of them once more at the same point, now on the way from the checkpoint, if it comes to that.
        code = forge.train(run, *([point] if place % 3 == 0 else []))
        assert code in (0, KILLED), (point, run.log.read_text())
        if code == KILLED:
            LEDGER.hit(kind)
            LEDGER.survived(kind)
            checkpoints.look()
            assert forge.train(run) == 0, (point, run.log.read_text())
        same_end(run, expected, kind)
        LEDGER.survived(kind)

    side_by_side(kill, range(len(points)))


def test_what_a_killed_trainer_left_half_written_is_cleared_away(forge: Forge, made: NewRun) -> None:
    run = made()
    for _ in range(3):
        assert forge.train(run, ("dies_writing", ["checkpoint", 1, 0.5])) == KILLED
    assert len(list(run.path.glob(".*"))) == 1
    assert forge.train(run) == 0
    assert not list(run.path.glob(".*"))


def test_kills_and_stops_in_mid_epoch_mixed(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    kind = "SIGKILL after stops in mid-epoch"

    def hit(seed: int) -> None:
        rng, run = random.Random(seed), made()
        checkpoints = Checkpoints(run, kind)
        for _ in range(4):
            stop = rng.choice([signal.SIGTERM, signal.SIGUSR1])
            if forge.train(run, ("signals_itself", [stop, rng.randrange(1, 5)])) == 0:
                break
            checkpoints.look()
            if forge.train(run, ("dies_before", ["step", rng.randrange(1, 6)])) == 0:
                break
            LEDGER.hit(kind)
            LEDGER.survived(kind)
            checkpoints.look()
        if phase(run) != "finished":
            assert forge.train(run) == 0
        same_end(run, expected, kind)

    side_by_side(hit, range(4))


def test_real_trainers_killed_from_their_first_instruction_on(
    forge: Forge, made: NewRun, expected: dict[str, bytes]
) -> None:
    kind = "SIGKILL of python -m snn_tui.worker"
    rng, run = random.Random(2), made()
    checkpoints = Checkpoints(run, kind)
    for latest in (0.3, 3.0):
        trainer = real_trainer(run)
        time.sleep(rng.uniform(0, latest))
        trainer.kill()
        if trainer.wait() == 0:
            break
        LEDGER.hit(kind)
        LEDGER.survived(kind)
        checkpoints.look()
    if phase(run) != "finished":
        assert forge.train(run) == 0, run.log.read_text()
    same_end(run, expected, kind)


@pytest.mark.soak
def test_real_trainers_with_two_threads_killed_often(made: NewRun) -> None:
    kind = "SIGKILL of python -m snn_tui.worker"
    rng = random.Random(3)
    whole, run = made(epochs=60), made(epochs=60)
    assert real_trainer(whole, OMP_NUM_THREADS="2").wait() == 0, whole.log.read_text()
    checkpoints = Checkpoints(run, kind)
    for _ in range(20):
        trainer = real_trainer(run, OMP_NUM_THREADS="2")
        time.sleep(rng.uniform(0, 4))
        trainer.kill()
        if trainer.wait() == 0:
            break
        LEDGER.hit(kind)
        LEDGER.survived(kind)
        checkpoints.look()
    if phase(run) != "finished":
        assert real_trainer(run, OMP_NUM_THREADS="2").wait() == 0, run.log.read_text()
    same_end(run, results(whole), kind)
