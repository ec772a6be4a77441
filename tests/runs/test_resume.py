"""Which interrupted runs can be trained on, and what refusing one leaves as it was."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from runs.samples import ended, new_run, started
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.events import RunStopped
from snn_tui.runs.resume import resumed_config
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.runs.study import members
from snn_tui.runs.summary import summarise
from snn_tui.runs.writer import EventWriter


@pytest.fixture
def old(tmp_path: Path) -> RunDir:
    """A run that an earlier version was stopped in, with its weights and its pickle."""
    run = new_run(tmp_path)
    with EventWriter(run) as writer:
        writer.write(started(), ended(1.0, 1), RunStopped(t=2.0, signal="SIGTERM"))
    run.weights.write_bytes(b"weights")
    run.old_resume_state.write_bytes(b"pickle")
    return run


def everything(run: RunDir) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in run.path.iterdir()}


@pytest.mark.parametrize("options", [{}, {"epochs": 40}, {"device": "cpu"}])
def test_a_run_of_an_earlier_version_says_why_it_cannot_be_resumed(
    old: RunDir, options: dict[str, object]
) -> None:
    before = everything(old)
    with pytest.raises(RunError) as error:
        resumed_config(old, options)
    assert "resume.pt" in error.value.what
    assert error.value.where == old.name
    assert "start a new run" in error.value.remedy
    assert everything(old) == before


def test_it_can_still_be_looked_at(old: RunDir) -> None:
    summary = summarise(old)
    assert (summary.state, summary.epoch, summary.trained, summary.problem) == ("stopped", 1, True, "")


def test_a_study_begins_it_anew(old: RunDir) -> None:
    configs = [read_config(old)]
    sums: dict[str, str] = {}
    assert members(configs, old.path.parent, sums)[0][0].run is None
    old.resume_state.write_bytes(b"state")
    assert members(configs, old.path.parent, sums)[0][0].run == old


def test_a_study_leaves_an_interrupted_run_that_was_named_alone(old: RunDir) -> None:
    old.resume_state.write_bytes(b"state")
    config = msgspec.structs.replace(read_config(old), name="mine")
    old.config.write_bytes(msgspec.json.encode(config))
    assert members([config], old.path.parent, {})[0][0].run is None


def test_a_newer_checkpoint_beside_the_pickle_is_what_counts(old: RunDir) -> None:
    old.resume_state.write_bytes(b"state")
    assert resumed_config(old, {}) == RunConfig()


def test_without_any_checkpoint_a_run_starts_over(old: RunDir) -> None:
    old.old_resume_state.unlink()
    assert resumed_config(old, {}) == RunConfig()
