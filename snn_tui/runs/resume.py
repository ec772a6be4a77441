"""Making an interrupted run ready to be trained on."""

from __future__ import annotations

import os
from collections.abc import Mapping

from snn_tui.config.build import rebuild
from snn_tui.config.files import to_json
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.runs.files import printable, write_atomic
from snn_tui.runs.lock import holder_alive, read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.runs.summary import state_of


def prepare_to_resume(run: RunDir, given: Mapping[str, object]) -> RunConfig:
    """Check that a run can be resumed, and write the changes of its configuration that make sense.

    The trainer then goes on from `resume.safetensors`, or from the beginning where no checkpoint was ever
    written.

    Args:
        run: The run.
        given: Options set by hand, by field name; None means not set.

    Raises:
        RunError: It is shipped, finished, being trained, or damaged, or its resume state is of an older
            form. Nothing was written.
        UsageError: An option differs from the run's that must not; all such are named.
    """
    where = printable(run.name)
    if run.shipped:
        raise RunError("shipped with the program, and not trained on", where=where, remedy="start a new run")
    config = read_config(run)
    info = read_lock(run)
    if info is not None and holder_alive(info):
        raise RunError(
            f"being trained by process {info.pid} on {printable(info.host, 80)}",
            where=where,
            remedy="watch it with `snn-tui attach`",
        )
    state = state_of(run)
    done = state.epochs_ended[-1].epoch if state.epochs_ended else 0
    changed = rebuild(config, given, epochs_done=done)
    if state.phase == "finished" and changed.epochs <= done:
        raise RunError(
            f"finished, with all its {done} epochs", where=where, remedy="give more --epochs to train it on"
        )
    refuse_old_resume_state(run)
    if changed != config:
        write_atomic(run.config, to_json(changed))
    return changed


def refuse_old_resume_state(run: RunDir) -> None:
    """Refuse to train a run on whose only checkpoint is in the form that earlier versions wrote.

    To start it over instead would throw away what was trained.

    Raises:
        RunError: There is a `resume.pt`, and no `resume.safetensors`.
    """
    if has_old_resume_state(run):
        raise RunError(
            f"of an earlier version, whose {run.old_resume_state.name} is not read any more",
            where=printable(run.name),
            remedy="look at it and evaluate it as it is, or start a new run with its options",
        )


def has_old_resume_state(run: RunDir) -> bool:
    """Whether the run's only checkpoint to go on from is in the form that earlier versions wrote."""
    return os.path.lexists(run.old_resume_state) and not os.path.lexists(run.resume_state)
