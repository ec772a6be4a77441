"""One trainer process's work on a run: prepare, train, save, and hold or stop when told to."""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import signal
import socket
import threading
import time
from importlib import metadata
from typing import TYPE_CHECKING

import msgspec

from snn_tui import __version__
from snn_tui.config.benched import benched_speed, work_key
from snn_tui.config.files import to_json
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.runs import events
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.cpu_contention import wait_without_spinning
from snn_tui.runs.diagnosis import Doctor, Finding
from snn_tui.runs.files import failure, write_atomic
from snn_tui.runs.lines import epoch_line, start_line
from snn_tui.runs.process import is_stop_asked, withdraw_requests
from snn_tui.runs.ranks import Rank
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics, has_checkpoint, read_network_config, write_metrics
from snn_tui.runs.summary import state_of
from snn_tui.values.energy_constants import FLOAT_BITS
from snn_tui.values.task import Task
from snn_tui.values.words import counted
from snn_tui.worker.pausing import hold_while_paused
from snn_tui.worker.preparation import Prepared, prepare, rank_0
from snn_tui.worker.ranks import Ranks
from snn_tui.worker.recorder import Recorder
from snn_tui.worker.stopping import StopRequest

if TYPE_CHECKING:
    import torch

    from snn_tui.training.group import SingleProcess
    from snn_tui.training.loop import Trainer
    from snn_tui.training.outcomes import EpochTrained, Tested

log = logging.getLogger("snn_tui.worker.session")


class Stopped(Exception):
    """Unwinds to whoever started the session, once it has saved what it has."""


class Session:
    """One trainer process's work on a run.

    Args:
        run: The run directory.
        recorder: Where events go.
        stop: Looked at between batches.
        rank: Rank 0 of several processes, where torchrun or srun has started them.
    """

    def __init__(self, run: RunDir, recorder: Recorder, stop: StopRequest, rank: Rank | None = None) -> None:
        self._run = run
        self._rank = rank
        self._ranks: Ranks | None = None
        self._group: SingleProcess | None = None
        self._recorder = recorder
        self._stop = stop
        self._config = RunConfig()
        self._trainer: Trainer | None = None
        self._saved = time.monotonic()
        self._ending = threading.Lock()
        self._doctor: Doctor | None = None
        self._finding: Finding | None = None
        self._task: Task | None = None

    def train(self) -> None:
        """Prepare, and train to the end."""
        run, recorder = self._run, self._recorder
        self._config = read_network_config(run)
        withdraw_requests(run)  # one from before this trainer started is not meant for it
        self._rank = self._rank or rank_0(self._config)
        if self._rank is not None:
            self._join_others(self._rank)
        prepared = self._prepare()
        from snn_tui.training.group import RankLost
        from snn_tui.worker.heartbeat import Heartbeats

        with Heartbeats(recorder, _gpu_uuid(prepared.device)):
            try:
                self._train(prepared.trainer)
            except RankLost:
                if self._ending.acquire(blocking=False):
                    self._save(weights=self._config.keep == "last")
                raise

    def end(self, exit_code: int | None) -> None:
        """Let the other processes end, where there are some.

        Args:
            exit_code: Of this process; None where it ends at once.
        """
        if self._ranks is not None:
            self._ranks.end(exit_code)

    def say_stopped(self) -> None:
        """Record that the run was told to stop, once."""
        if self._stop.signal and self._ending.acquire(blocking=False):
            with contextlib.suppress(OSError):
                self._run.stop.unlink(missing_ok=True)
            self._say(events.RunStopped(t=self._recorder.now, signal=self._stop.signal.name))
            self._recorder.sync()

    def save_and_say_stopped(self) -> bool:
        """Save and record the stop from another thread, while the training thread is amid a batch.

        Returns:
            False where the training thread has come to an end after all; else the process is to be ended,
            and the training thread changes nothing any more.
        """
        try:
            if self._trainer is not None:
                self._trainer.lock.acquire()  # for good
                if not self._ending.locked():
                    self._save(weights=self._config.keep == "last")
            if self._ending.locked():
                return False
            self.say_stopped()
        except SnnTuiError as error:
            log.error("could not save: %s", error)
        return True

    def _join_others(self, rank: Rank) -> None:
        self._preparing(f"connecting {rank.size} processes")
        wait_without_spinning()
        self._ranks = Ranks(rank, self._stop, self._run.log)
        self._group = self._ranks.join(self._stop_if_asked)

    def _train(self, trainer: Trainer) -> None:
        from snn_tui.training.outcomes import BatchTrained, EpochTrained, Tested

        for step in trainer.run():
            match step:
                case BatchTrained():
                    self._recorder.batch(step)
                    self._hold_while_paused()
                    if self._asked_to_stop():
                        self._save(weights=self._config.keep == "last")
                        raise Stopped
                    if time.monotonic() - self._saved >= 60 * self._config.checkpoint_minutes:
                        self._save(weights=False)
                case EpochTrained():
                    self._end_epoch(step)
                    self._stop_if_asked()
                case Tested():
                    self._finish(step)

    def _prepare(self) -> Prepared:
        run, config, recorder = self._run, self._config, self._recorder
        prepared = prepare(config, run, self._preparing, self._rank, self._group)
        trainer = prepared.trainer
        self._stop_if_asked()
        if self._ranks is not None and self._group is not None:
            self._begin_together(prepared, self._ranks, self._group)
        first = beginning_of(run)
        earlier = state_of(run).epochs_ended if first is not None else []
        self._say(
            events.RunStarted(
                t=recorder.now,
                name=config.title,
                config=config,
                dataset=prepared.dataset,
                device=prepared.device_name,
                engine=prepared.engine,
                engine_note=prepared.engine_note,
                parameters=trainer.network.parameter_count,
                layers=trainer.network.neuron_counts,
                batches=trainer.batches,
                images=prepared.images,
                started_at=time.time(),
                pid=os.getpid(),
                host=socket.gethostname(),
                versions={"snn-tui": __version__, "python": platform.python_version()}
                | {name: metadata.version(name) for name in ("torch", "snntorch", "medmnist")},
                threads=prepared.threads,
            )
        )
        if prepared.engine_fault:  # the line of the start has it in the log
            recorder.emit(events.Noted(t=recorder.now, text=f"a slower engine: {prepared.engine_fault}"))
        if first is not None:
            self._note_other_rounding(prepared, first)
        self._trainer, self._task = trainer, prepared.dataset.task
        self._doctor = Doctor(config, prepared.dataset, trainer.batches, self._benched(prepared))
        epoch, batch = trainer.position
        for ended in earlier:
            if ended.epoch < epoch or (ended.epoch == epoch and batch == 0):
                self._doctor.epoch(ended)
        self._diagnose()
        try:
            run.metrics.unlink(missing_ok=True)  # of an earlier end of this run, if it is trained on
        except OSError as error:
            raise failure(error, run.metrics) from error
        return prepared

    def _benched(self, prepared: Prepared) -> float | None:
        """Images a second that `bench` measured here for such a training; None if it did not.

        It knows neither several devices nor networks of the user's own.
        """
        if prepared.devices > 1 or self._config.network is not None:
            return None
        work = work_key(
            self._config,
            engine=prepared.engine,
            device=prepared.device_model,
            threads=prepared.threads,
            shape=prepared.dataset.task.shape,
        )
        return benched_speed(work, os.environ)

    def _begin_together(self, prepared: Prepared, ranks: Ranks, group: SingleProcess) -> None:
        """Bring all processes to the position of this one, and wait until they are ready."""
        from snn_tui.training.checkpoint import state_to_bytes

        group.gather(to_json(self._config))
        group.gather(state_to_bytes(prepared.trainer.state()))
        group.gather(b"")
        ranks.use(prepared.device)

    def _note_other_rounding(self, prepared: Prepared, first: events.RunStarted) -> None:
        """Say where a resumed run does not end with the very weights of one without a break."""
        devices, threads = first.config.devices, first.threads
        if devices != prepared.devices:
            what = f"{counted(prepared.devices, 'device')} in place of {devices}"
        elif threads not in (0, prepared.threads) and prepared.depends_on_threads:
            what = f"{counted(prepared.threads, 'thread')} in place of {threads}"
        else:
            return
        self._note(
            f"{what}: numbers are added up in another order, so the run ends with other weights than "
            "without the break"
        )

    def _preparing(self, what: str, done: float | None = None) -> None:
        self._recorder.emit(events.Preparing(t=self._recorder.now, what=what, done=done))
        self._stop_if_asked()
        if self._group is not None:
            self._group.keep_waiting()

    def _say(self, event: events.Event) -> None:
        """Record an event that people want to read in the log, too."""
        self._recorder.emit(event)  # first: its time is already taken, and other threads record as well
        match event:
            case events.RunStarted():
                log.info("%s", start_line(event, self._run.name))
            case events.EpochEnded():
                assert self._task is not None
                log.info("%s", epoch_line(event, self._config.epochs, self._task.kind))
            case events.Diagnosed(text=text, remedy=remedy):
                log.warning("%s", f"{text}: {remedy}" if text else "the training is well again")
            case events.RunFinished():
                log.info("finished with the weights of epoch %d", event.kept_epoch)
            case events.RunStopped():
                log.info("stopped by %s", event.signal)

    def _note(self, text: str) -> None:
        self._recorder.emit(events.Noted(t=self._recorder.now, text=text))
        log.warning("%s", text)

    def _stop_if_asked(self) -> None:
        if self._asked_to_stop():
            raise Stopped

    def _asked_to_stop(self) -> bool:
        """Whether a signal asks to stop, or a file, as other machines make it, which counts as SIGTERM."""
        if self._stop.signal is None and is_stop_asked(self._run):
            self._stop.by_file = True
            self._stop.signal = signal.SIGTERM
        return self._stop.signal is not None

    def _hold_while_paused(self) -> None:
        keep_waiting = self._group.keep_waiting if self._group is not None else lambda: None
        hold_while_paused(self._run, self._recorder, self._asked_to_stop, keep_waiting)

    def _end_epoch(self, step: EpochTrained) -> None:
        assert self._doctor is not None
        ended = events.EpochEnded(
            t=self._recorder.now,
            epoch=step.epoch,
            train_loss=step.train_loss,
            val=step.val,
            lr=step.lr,
            seconds=step.seconds,
        )
        self._say(ended)
        self._doctor.epoch(ended)
        self._diagnose()
        self._save(weights=self._config.keep == "last" or step.improved)

    def _diagnose(self) -> None:
        """Say what is wrong with the training where that changed."""
        assert self._doctor is not None
        finding = self._doctor.finding
        if finding == self._finding:
            return
        self._finding = finding
        now = self._recorder.now
        if finding is None:
            self._say(events.Diagnosed(t=now))
        else:
            self._say(events.Diagnosed(t=now, name=finding.name, text=finding.text, remedy=finding.remedy))

    def _save(self, *, weights: bool) -> None:
        """Write the resume state, and `model.safetensors` too if `weights` says so or there is none yet."""
        from snn_tui.training.checkpoint import checkpoint_to_bytes, state_to_bytes

        run, trainer = self._run, self._trainer
        assert trainer is not None
        with trainer.lock:
            epoch, batch = trainer.position
            if (epoch, batch) == (0, 0):
                return  # nothing was trained: there is nothing to go on from
            weights = weights or not has_checkpoint(run)
            if weights:
                write_atomic(
                    run.weights,
                    checkpoint_to_bytes(trainer.evaluation_weights, self._metadata(epoch, batch)),
                )
            write_atomic(run.resume_state, state_to_bytes(trainer.state()))
        self._saved = time.monotonic()
        self._recorder.emit(
            events.CheckpointSaved(t=self._recorder.now, epoch=epoch, batch=batch, weights=weights)
        )
        self._recorder.sync()

    def _metadata(self, epoch: int, batch: int = 0) -> dict[str, str]:
        assert self._task is not None
        return weights_metadata(self._config, self._task, epoch, batch)

    def _finish(self, step: Tested) -> None:
        from snn_tui.training.checkpoint import checkpoint_to_bytes

        run, config, recorder = self._run, self._config, self._recorder
        assert self._trainer is not None
        with self._trainer.lock:
            self._ending.acquire()
        content = checkpoint_to_bytes(self._trainer.network.state_dict(), self._metadata(step.kept_epoch))
        write_atomic(run.weights, content)
        write_metrics(
            run,
            Metrics(
                test=step.test,
                kept_epoch=step.kept_epoch,
                synthetic=config.synthetic,
                dataset=config.dataset,
            ),
        )
        self._say(
            events.RunFinished(
                t=recorder.now, test=step.test, kept_epoch=step.kept_epoch, seconds=recorder.now
            )
        )
        recorder.sync()


def _gpu_uuid(device: torch.device) -> str | None:
    import torch

    return str(torch.cuda.get_device_properties(device).uuid) if device.type == "cuda" else None


def weights_metadata(config: RunConfig, task: Task, epoch: int, batch: int = 0) -> dict[str, str]:
    """What `model.safetensors` says about its weights: they can be used without the rest of the run.

    Args:
        config: The run's configuration; name and data file, which say nothing of the weights, are left out.
        task: What the network was trained for.
        epoch: The epoch the weights are of, from 1.
        batch: Batches done of that epoch; 0 where it was completed.
    """
    within = {"batch": str(batch)} if batch else {}
    synthetic = {"synthetic": "true"} if config.synthetic else {}
    bits = {"bits": str(config.bits)} if config.bits != FLOAT_BITS else {}
    return {
        "config": msgspec.json.encode(msgspec.structs.replace(config, name=None, data=None)).decode(),
        "preset": config.preset,
        "dataset": config.dataset,
        "task": msgspec.json.encode(task).decode(),
        "epoch": str(epoch),
        "snn-tui": __version__,
        **within,
        **synthetic,
        **bits,
    }
