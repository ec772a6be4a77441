"""A process that trains together with rank 0: it learns from its part of every batch, and writes no file."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from types import FrameType
from typing import NoReturn

import msgspec

from snn_tui.config.files import from_json
from snn_tui.errors import SnnTuiError, TrainingError
from snn_tui.runs.cpu_contention import wait_without_spinning
from snn_tui.runs.ranks import Rank
from snn_tui.values.words import printable
from snn_tui.worker.preparation import load_modules, prepare
from snn_tui.worker.ranks import Ranks
from snn_tui.worker.stopping import StopRequest

LINE_LIMIT = 1000
"""Longest message, in characters."""


def follow(own: Rank, *, tied: bool = False) -> int:
    """Train with the other processes until rank 0 ends.

    Args:
        own: The rank of this process.
        tied: Whether to end when the standard input does: rank 0 holds its other end.

    Returns:
        The exit code: that of rank 0, or an error's.
    """
    if tied:
        threading.Thread(target=_end_with_input, daemon=True, name="standard input").start()
    stop = StopRequest()
    _note_signals(stop)
    try:
        return _follow(own, stop)
    except SnnTuiError as error:
        words = printable(f"{own.words}: {error} ({error.remedy})", LINE_LIMIT)
        with contextlib.suppress(OSError):
            sys.stderr.write(f"{words}\n")
        return error.exit_code


def _follow(own: Rank, stop: StopRequest) -> int:
    wait_without_spinning()
    from snn_tui.training.checkpoint import state_from_bytes
    from snn_tui.training.group import Dismissed, RankLost

    ranks = Ranks(own, stop)
    try:
        group = ranks.join(lambda: None)
        load_modules()  # while rank 0 loads the images, so that they are downloaded and decoded once
        config = from_json(group.gather(b"")[0])
        state = group.gather(b"")[0]
        prepared = prepare(config, None, lambda what, share: None, own, group)
        prepared.trainer.load_state(state_from_bytes(state, own.words))
        group.gather(b"")  # all are ready
        ranks.use(prepared.device)
        for _ in prepared.trainer.run():
            pass
        group.gather(b"")  # until rank 0 has written what it has, and ends
    except Dismissed as end:
        return end.exit_code
    except RankLost:
        raise
    except SnnTuiError as error:
        ranks.fail(error)
        raise
    except Exception as error:
        failed = TrainingError(f"{type(error).__name__}: {error}", remedy="see worker.log")
        ranks.fail(failed)
        raise
    finally:
        ranks.end(1)
    return 0


def _note_signals(stop: StopRequest) -> None:
    """Remember a signal for rank 0, which decides; torchrun and srun send theirs to all processes."""

    def note(number: int, frame: FrameType | None) -> None:
        stop.signal = signal.Signals(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, note)


def _end_with_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    os._exit(1)


def main(place: str) -> NoReturn:
    """Follow the rank 0 that started this process, and end.

    Args:
        place: The `Rank` as JSON.
    """
    code = follow(msgspec.json.decode(place, type=Rank), tied=True)
    sys.stderr.flush()
    os._exit(code)  # rank 0 waits, and torch takes its time to be taken apart
