"""Making an interrupted run ready to be trained on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

import msgspec

from snn_tui.config.build import rebuild
from snn_tui.config.files import to_json
from snn_tui.config.own_network import as_named_now
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, SnnTuiError
from snn_tui.runs import process
from snn_tui.runs.files import check_regular, failure, write_atomic
from snn_tui.runs.graph import refuse_graph
from snn_tui.runs.job import forget_if_gone, queued_job
from snn_tui.runs.lock import holder_alive, read_lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config, read_network_config, with_absolute_data
from snn_tui.runs.summary import state_of
from snn_tui.values.words import counted, printable


def resumed_config(run: RunDir, given: Mapping[str, object]) -> RunConfig:
    """The configuration that a run would be resumed with; nothing is written.

    The trainer then goes on from `resume.safetensors`, or from the beginning where no checkpoint was ever
    written. Whether images, device and resume state will do is for `worker.preparation` to say.

    Args:
        run: The run.
        given: Options set by hand, by field name; None means not set.

    Raises:
        RunError: It is shipped, finished, being trained, or damaged, or its resume state is of an older
            form.
        UsageError: An option differs from the run's that must not; all such are named.
    """
    where = printable(run.name)
    if run.shipped:
        raise RunError("shipped with the program, and not trained on", where=where, remedy="start a new run")
    refuse_links(run)
    refuse_graph(run, where)
    config = read_network_config(run)
    info = read_lock(run)
    if info is not None and holder_alive(info, run):
        raise RunError(
            f"being trained by process {info.pid} on {printable(info.host, 80)}",
            where=where,
            remedy="watch it with `snn-tui attach`",
        )
    forget_if_gone(run, every=0.0)
    if process.is_queued(run) and (job := queued_job(run)):
        raise RunError(
            f"queued as job {printable(job.id, 40)}",
            where=where,
            remedy=f"wait for it, or take it out of the queue with `snn-tui stop {run.name}`",
        )
    state = state_of(run)
    done = state.epochs_ended[-1].epoch if state.epochs_ended else 0
    changed = with_absolute_data(rebuild(config, given, epochs_done=done))
    if state.phase == "finished" and changed.epochs <= done:
        raise RunError(
            f"finished, with all of its {counted(done, 'epoch')}",
            where=where,
            remedy="give more --epochs to train it on",
        )
    refuse_old_resume_state(run)
    return changed


class Refusal(msgspec.Struct, frozen=True):
    """Why a run cannot be trained, as `python -m snn_tui.worker --check` writes it: a `SnnTuiError`."""

    what: str
    where: str
    remedy: str
    exit_code: int


def check_trainable(config: RunConfig, run: RunDir | None = None) -> None:
    """Check, in a process of its own, that a trainer could begin or go on; nothing is written.

    Args:
        config: The configuration it is to train with.
        run: The run that it is to go on with; None for a new one.

    Raises:
        SnnTuiError: Images, device, engine or resume state cannot be used.
    """
    config = as_named_now(config) if run is None else config
    command = process.check_command(run)
    done = subprocess.run(command, input=msgspec.json.encode(config), capture_output=True, check=False)
    if done.returncode == 0:
        return
    try:
        refusal = msgspec.json.decode(done.stdout, type=Refusal)
    except msgspec.DecodeError:
        reason = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise RunError(
            f"the check whether it can be trained failed: {printable(reason)}",
            where=printable(run.name) if run else "",
            remedy="see whether the machine is out of memory",
        ) from None
    error = SnnTuiError(refusal.what, where=refusal.where, remedy=refusal.remedy)
    error.exit_code = refusal.exit_code
    raise error


def write_changes(run: RunDir, config: RunConfig) -> None:
    """Write the configuration a run is resumed with, if it is another than it has.

    Raises:
        RunError: It cannot be written.
    """
    if config != read_config(run):
        write_atomic(run.config, to_json(config))


def refuse_links(run: RunDir) -> None:
    """Refuse to train a run with a file that a trainer could not open safely, before anything is written.

    Raises:
        RunError: A file of the run is a link, a folder, a pipe or a device, or one that is appended to has a
            second name.
    """
    for path in (
        *(run.config, run.events, run.weights, run.resume_state, run.metrics),
        *(run.log, run.lock, run.pause, run.stop, run.job, run.note),
        *(run.own_weights, run.graph, run.graph_settings),
    ):
        try:
            check_regular(path, appended=path in (run.events, run.log))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise failure(error, path) from error


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
