"""A stand-in for `python -m snn_tui.worker RUN` without torch: real lock, real events, made-up numbers.

Environment:
    FAKE_TRAINER: `fails` or `crashes` in its first epoch; otherwise it trains to its end.
    FAKE_GO: A file to wait for after each epoch.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from snn_tui.runs import events
from snn_tui.runs.lock import Lock
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics, read_config, write_metrics
from snn_tui.runs.writer import EventWriter
from tui import made_runs

BATCH_SECONDS = 0.02
stop: list[int] = []


def train(run: RunDir, write: EventWriter) -> None:
    begun = time.monotonic()

    def tell(kind: type[events.AnyEvent], **facts: Any) -> None:
        write.write(kind(t=time.monotonic() - begun, **facts))

    config = read_config(run)
    dataset = made_runs.PHANTOMS if config.synthetic else made_runs.XRAYS
    tell(events.Preparing, what="loading torch")
    write.write(made_runs.started(time.monotonic() - begun, config.epochs, dataset, name=config.name))
    how = os.environ.get("FAKE_TRAINER")
    for epoch in range(1, config.epochs + 1):
        for batch in range(1, made_runs.BATCHES + 1):
            time.sleep(BATCH_SECONDS)
            write.write(made_runs.progress(time.monotonic() - begun, epoch, batch))
            if how == "fails":
                tell(events.RunFailed, what="out of memory", where="gpu", remedy="halve it", exit_code=1)
                return
            if how == "crashes":
                sys.stderr.write("Killed by the kernel\n")
                sys.stderr.flush()
                os._exit(9)
            if run.pause.exists():
                tell(events.Paused)
                while run.pause.exists() and not stop:
                    time.sleep(BATCH_SECONDS)
                tell(events.Resumed)
            if stop:
                run.weights.write_bytes(b"stopped")
                tell(events.CheckpointSaved, epoch=epoch, batch=batch, weights=True)
                tell(events.RunStopped, signal="SIGTERM")
                return
        run.weights.write_bytes(b"epoch")
        val = made_runs.scores(epoch)
        tell(events.EpochEnded, epoch=epoch, train_loss=0.4, val=val, lr=1e-3, seconds=0.1)
        tell(events.CheckpointSaved, epoch=epoch, batch=0, weights=True)
        while "FAKE_GO" in os.environ and not (stop or os.path.exists(os.environ["FAKE_GO"])):
            time.sleep(BATCH_SECONDS)
    test = made_runs.scores(config.epochs)
    found = Metrics(test=test, kept_epoch=epoch, synthetic=config.synthetic, dataset=config.dataset)
    write_metrics(run, found)
    tell(events.RunFinished, test=test, kept_epoch=epoch, seconds=1.0)


def main() -> None:
    if "--check" in sys.argv:
        return
    signal.signal(signal.SIGTERM, lambda number, frame: stop.append(number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    run = RunDir(Path(sys.argv[1]))
    with Lock.acquire(run), EventWriter(run) as writer:
        train(run, writer)


if __name__ == "__main__":
    main()
