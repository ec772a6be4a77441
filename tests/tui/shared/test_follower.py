"""A followed run and its state in one word."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from snn_tui.runs.job import Job, write_job
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.tui.shared import follower
from snn_tui.tui.shared.follower import Followed, follow


@pytest.mark.parametrize(
    ("phase", "dead", "paused", "word"),
    [
        ("training", False, False, "training"),
        ("training", False, True, "pausing"),
        ("paused", False, True, "paused"),
        ("paused", False, False, "resuming"),
        ("training", True, False, "crashed"),
        ("finished", False, True, "finished"),
    ],
)
def test_one_word_for_where_a_run_stands(phase: str, dead: bool, paused: bool, word: str) -> None:
    state = RunState()
    state.phase = phase  # type: ignore[assignment]
    assert Followed(RunDir(Path("run")), state, dead, paused).word == word


async def test_a_run_whose_events_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "LIVENESS_SECONDS", 0.0)
    run = RunDir(tmp_path)
    run.config.touch()
    os.utime(run.config, (1e9, 1e9))
    run.events.symlink_to(tmp_path / "elsewhere")
    followed = Followed(run)
    task = asyncio.create_task(follow(followed, 0.01, lambda: None))
    async with asyncio.timeout(30):
        while not followed.dead:
            await asyncio.sleep(0.01)
    task.cancel()
    assert followed.log == ["events.jsonl cannot be read: a link, which is not followed"]


async def test_a_run_whose_job_waits_is_queued_until_that_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "LIVENESS_SECONDS", 0.0)
    run = RunDir(tmp_path)
    run.config.touch()
    os.utime(run.config, (1e9, 1e9))
    write_job(run, Job(id="4711"))
    followed = Followed(run)
    task = asyncio.create_task(follow(followed, 0.01, lambda: None))
    async with asyncio.timeout(30):
        while not followed.queued_as:
            await asyncio.sleep(0.01)
        assert (followed.word, followed.active, followed.queued_as) == ("queued", True, "4711")
        run.job.unlink()
        while followed.word != "crashed":
            await asyncio.sleep(0.01)
    task.cancel()


async def test_a_key_is_not_undone_by_a_look_that_began_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "LIVENESS_SECONDS", 0.0)
    followed = Followed(RunDir(tmp_path))
    looks = 0

    def look(_: Followed) -> tuple[bool, bool]:
        nonlocal looks
        looks += 1
        if looks == 1:
            followed.paused = True  # the key, after this look has read that the run is not paused
            return True, False
        return True, True

    monkeypatch.setattr(follower, "_look", look)
    seen: list[bool] = []
    task = asyncio.create_task(follow(followed, 0.01, lambda: seen.append(followed.paused)))
    async with asyncio.timeout(30):
        while looks < 3:
            await asyncio.sleep(0.01)
    task.cancel()
    assert seen
    assert all(seen)
