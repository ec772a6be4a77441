"""The trainer process: a run directory's config in, its events, weights and metrics out.

`python -m snn_tui.worker RUN` is how the screens start it; `--train-only` calls `train_run` in the
foreground. This is the one place where training meets the run directory.
"""

from __future__ import annotations

import logging
import os
import platform
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from snn_tui import __version__
from snn_tui.config import RunConfig
from snn_tui.errors import SnnTuiError, TrainingError
from snn_tui.recorder import Recorder
from snn_tui.runs import events
from snn_tui.runs.files import write_atomic
from snn_tui.runs.lock import Lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics, read_config, write_metrics
from snn_tui.runs.writer import EventWriter

if TYPE_CHECKING:
    import torch

    from snn_tui.data.dataset import Dataset
    from snn_tui.snn.network import SpikingNetwork
    from snn_tui.training.evaluate import Images
    from snn_tui.training.loop import EpochTrained, Tested, Trainer

PAUSE_POLL_SECONDS = 0.1

log = logging.getLogger("snn_tui.worker")


class StopRequest:
    """Remembers the signal that asked the trainer to stop; it acts on it between two batches."""

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None

    def listen(self, signals: Iterable[signal.Signals]) -> None:
        """Take these signals as requests to stop. A second ctrl-c ends the process at once.

        What whoever started this process has switched off stays off, as `nohup` does with SIGHUP.
        """
        for number in signals:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._caught)

    def _caught(self, number: int, frame: FrameType | None) -> None:
        if self.signal is not None and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal = signal.Signals(number)

    @property
    def exit_code(self) -> int:
        """What the shell expects of a process a signal ended."""
        return 128 + (self.signal or 0)


class _Stopped(Exception):
    """Unwinds to `train_run` once the trainer has saved what it has."""


def train_run(run: RunDir, listen: Callable[[events.Event], None], stop: StopRequest) -> int:
    """Train a run from its config to its end, or to the request to stop.

    Args:
        run: A run directory holding a config.
        listen: Called with every event, from this thread or the heartbeat's.
        stop: Looked at between batches.

    Returns:
        The exit code: 0, an error's, or 128 + signal.

    Raises:
        RunError: Another trainer has the run, or the run directory cannot be written.
    """
    with Lock.acquire(run), EventWriter(run) as writer, _logging_to(run.log):
        recorder = Recorder(writer, listen)
        try:
            _train(run, recorder, stop)
        except _Stopped:
            assert stop.signal is not None
            recorder.emit(events.RunStopped(t=recorder.now, signal=stop.signal.name))
            return stop.exit_code
        except SnnTuiError as error:
            return _fail(recorder, error)
        except Exception as error:
            log.exception("the trainer failed")
            return _fail(recorder, _explain(error, run))
    return 0


def _train(run: RunDir, recorder: Recorder, stop: StopRequest) -> None:
    config = read_config(run)
    run.pause.unlink(missing_ok=True)

    def preparing(what: str, done: float | None = None) -> None:
        recorder.emit(events.Preparing(t=recorder.now, what=what, done=done))
        _stop_if_asked(stop)

    preparing("loading torch")
    import torch

    from snn_tui.data.balance import balance, summary
    from snn_tui.data.dataset import load
    from snn_tui.heartbeat import Heartbeats
    from snn_tui.snn.device import resolve
    from snn_tui.snn.engines.reference import ReferenceEngine
    from snn_tui.snn.network import NetworkSpec, SpikingNetwork
    from snn_tui.training.loop import BatchTrained, EpochTrained, Tested, Trainer

    torch.use_deterministic_algorithms(True, warn_only=True)
    device = resolve(config.device)
    preparing("loading images")
    found = load(config, preparing)
    used = balance(found, config.balance, config.seed)
    network = SpikingNetwork(NetworkSpec(beta=config.beta), config.seed).to(device)
    engine = ReferenceEngine(network, config.num_steps, config.seed)
    splits = _splits(used, device)
    trainer = Trainer(config, network, engine, splits)
    recorder.emit(
        events.RunStarted(
            t=recorder.now,
            name=config.title,
            config=config,
            dataset=summary(found, used),
            device=_device_name(device),
            engine=engine.name,
            parameters=network.parameter_count,
            layers=network.neuron_counts,
            batches=trainer.batches,
            images=len(splits["train"]),
            started_at=time.time(),
            pid=os.getpid(),
            host=socket.gethostname(),
            versions={"snn-tui": __version__, "python": platform.python_version()}
            | {name: metadata.version(name) for name in ("torch", "snntorch", "medmnist")},
        )
    )
    with Heartbeats(recorder, device):
        for step in trainer.run():
            match step:
                case BatchTrained():
                    recorder.batch(step)
                    _hold_while_paused(run, recorder, stop)
                    if stop.signal:
                        _save(run, recorder, trainer, network, config, weights=config.keep == "last")
                        raise _Stopped
                case EpochTrained():
                    _end_epoch(run, recorder, trainer, network, config, step)
                    _stop_if_asked(stop)
                case Tested():
                    _finish(run, recorder, network, config, step)


def _end_epoch(
    run: RunDir,
    recorder: Recorder,
    trainer: Trainer,
    network: SpikingNetwork,
    config: RunConfig,
    step: EpochTrained,
) -> None:
    recorder.emit(
        events.EpochEnded(
            t=recorder.now,
            epoch=step.epoch,
            train_loss=step.train_loss,
            val=step.val,
            lr=step.lr,
            seconds=step.seconds,
        )
    )
    _save(run, recorder, trainer, network, config, weights=config.keep == "last" or step.improved)


def _save(
    run: RunDir,
    recorder: Recorder,
    trainer: Trainer,
    network: SpikingNetwork,
    config: RunConfig,
    *,
    weights: bool,
) -> None:
    from snn_tui.training.checkpoint import state_to_bytes, weights_to_bytes

    epoch, batch = trainer.position
    if weights or not run.weights.exists():
        weights = True
        write_atomic(run.weights, weights_to_bytes(network, _facts(config, epoch)))
    write_atomic(run.resume, state_to_bytes(trainer.state()))
    recorder.emit(events.CheckpointSaved(t=recorder.now, epoch=epoch, batch=batch, weights=weights))
    recorder.sync()


def _finish(
    run: RunDir, recorder: Recorder, network: SpikingNetwork, config: RunConfig, step: Tested
) -> None:
    from snn_tui.training.checkpoint import weights_to_bytes

    write_atomic(run.weights, weights_to_bytes(network, _facts(config, step.kept_epoch)))
    metrics = Metrics(
        test=step.test,
        kept_epoch=step.kept_epoch,
        seconds=recorder.now,
        synthetic=config.synthetic,
        dataset=config.dataset,
    )
    write_metrics(run, metrics)
    recorder.emit(
        events.RunFinished(t=recorder.now, test=step.test, kept_epoch=step.kept_epoch, seconds=recorder.now)
    )
    recorder.sync()


def _facts(config: RunConfig, epoch: int) -> dict[str, str]:
    return {
        "preset": config.preset,
        "dataset": config.dataset,
        "epoch": str(epoch),
        "snn-tui": __version__,
    } | ({"synthetic": "true"} if config.synthetic else {})


def _splits(dataset: Dataset, device: torch.device) -> dict[str, Images]:
    from snn_tui.snn.encoding import Stream
    from snn_tui.training.evaluate import Images

    return {
        name: Images.of(split.images, split.labels, split.ids, Stream[name.upper()], device)
        for name, split in dataset.splits.items()
    }


def _hold_while_paused(run: RunDir, recorder: Recorder, stop: StopRequest) -> None:
    if not run.pause.exists():
        return
    recorder.emit(events.Paused(t=recorder.now))
    while run.pause.exists() and not stop.signal:
        time.sleep(PAUSE_POLL_SECONDS)
    recorder.emit(events.Resumed(t=recorder.now))


def _stop_if_asked(stop: StopRequest) -> None:
    if stop.signal:
        raise _Stopped


def _fail(recorder: Recorder, error: SnnTuiError) -> int:
    log.error("%s (%s)", error, error.remedy)
    recorder.emit(
        events.RunFailed(
            t=recorder.now,
            what=error.what,
            where=error.where,
            remedy=error.remedy,
            exit_code=error.exit_code,
        )
    )
    return error.exit_code


def _explain(error: Exception, run: RunDir) -> SnnTuiError:
    if type(error).__name__ == "OutOfMemoryError":
        size = read_config(run).batch_size
        return TrainingError(
            f"the device ran out of memory at batch size {size}",
            remedy=f"try --batch-size {max(1, size // 2)}, or another --device",
        )
    return TrainingError(
        f"the trainer failed: {type(error).__name__}: {error}", remedy=f"the details are in {run.log}"
    )


def _device_name(device: torch.device) -> str:
    import torch

    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    """Send the program's log and Python's warnings to a file."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("snn_tui", "py.warnings")]
    logging.captureWarnings(True)
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        logging.captureWarnings(False)
        handler.close()


def main(arguments: list[str]) -> int:
    """Train the run directory named by the only argument; used by `runs.process.launch`."""
    stop = StopRequest()
    stop.listen([signal.SIGTERM, signal.SIGINT])
    try:
        return train_run(RunDir(Path(arguments[0])), lambda event: None, stop)
    except SnnTuiError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
