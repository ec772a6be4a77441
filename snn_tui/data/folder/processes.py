"""Picture files decoded in several processes, in order."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from snn_tui.config.machine import machine_memory
from snn_tui.data.dataset import OnProgress
from snn_tui.data.folder.left_out import CRASHED
from snn_tui.data.picture.decode import Decoded, decode
from snn_tui.data.picture.unusable import Unusable

CHUNK = 8
"""Files that a process is given at once."""

FEW = 48
"""Up to this many files are decoded here: starting processes takes longer."""

MOST_PROCESSES = 16
WORKER_BYTES = 2**31
"""Memory that a process is reckoned with: what the largest pictures take while they are decoded."""

WHAT = "decoding pictures"
_WAIT_SECONDS = 0.2
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1)

Result = Decoded | str
"""An image, or the reason why a file is none."""

DecodeFile = Callable[[Path, int], Decoded]
"""Makes an image of a size of a file, or raises `Unusable`."""


def decode_all(
    root: Path,
    paths: Sequence[str],
    side: int,
    on_progress: OnProgress,
    processes: int | None = None,
    decode_file: DecodeFile = decode,
) -> Iterator[Result]:
    """Decode many files.

    A file on which a decoder ends its whole process is left out like a broken one. Where no processes can be
    started, the files are decoded here; but none that a process may have ended on.

    Args:
        root: The folder that the paths begin in.
        paths: Of the files.
        side: Rows and columns of the images.
        on_progress: Called some times a second; what it raises ends the decoding and is passed on.
        processes: How many processes; as many as there are cores and memory for if None, and 1 for none
            but this one.
        decode_file: Decodes one of them.

    Returns:
        What each file became, in the order of the paths.
    """
    processes = _number(len(paths)) if processes is None else processes
    done = 0
    decoder = _Decoder(root, side, decode_file)
    results = _here(decoder, paths) if processes < 2 else _Pool(decoder, processes).results(paths)
    with _ended_in_order(), contextlib.closing(results):
        on_progress(WHAT, 0.0)
        for result in results:
            if result is not None:
                done += 1
                yield result
            if result is None or done % CHUNK == 0:
                on_progress(WHAT, done / len(paths))


def _number(files: int) -> int:
    if files <= FEW:
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(cores, MOST_PROCESSES, machine_memory() // WORKER_BYTES))


@dataclass(frozen=True)
class _Decoder:
    """Decodes files of a folder; it is sent to the processes."""

    root: Path
    side: int
    decode_file: DecodeFile

    def __call__(self, paths: Sequence[str]) -> list[Result]:
        return [self._one(path) for path in paths]

    def _one(self, path: str) -> Result:
        try:
            return self.decode_file(self.root / path, self.side)
        except Unusable as unusable:
            return unusable.reason


def _here(decoder: _Decoder, paths: Sequence[str]) -> Generator[Result | None]:
    for path in paths:
        yield from decoder([path])


def _start() -> None:
    """Prepare a process: decoders' own messages go nowhere."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        # A parent that is killed cannot end its processes, which would wait for work for ever.
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)


@contextlib.contextmanager
def _interrupt_blocked() -> Iterator[None]:
    """Processes that are started meanwhile leave ctrl+c to this one, from their first moment on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """Signals that would end this process at once raise SystemExit meanwhile, which ends the others, too.

    Otherwise Python's tracker of what processes share would warn on the terminal of what they left behind.
    """
    taken = []
    if threading.current_thread() is threading.main_thread():
        taken = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


class _Pool:
    """Processes that decode; they are started anew where one of them died."""

    def __init__(self, decoder: _Decoder, processes: int) -> None:
        self._decoder = decoder
        self._processes = processes
        self._at_once = 4 * processes
        """Chunks that the processes have been given and whose results are not taken yet, at most."""

    def results(self, paths: Sequence[str]) -> Generator[Result | None]:
        """What each file became, in order; None from time to time while nothing is ready."""
        chunks = [paths[begin : begin + CHUNK] for begin in range(0, len(paths), CHUNK)]
        done = suspects = 0  # chunks; one of those up to `suspects` may have ended a process
        careful = False
        while done < len(chunks):
            try:
                if careful:
                    results = self._with_care(chunks[done])
                    careful, done = False, done + 1
                    yield from results
                for chunk in self._in_order(chunks[done:]):
                    if chunk is None:
                        yield None
                    else:
                        done += 1
                        yield from chunk
            except BrokenProcessPool:
                careful, suspects = True, done + self._at_once
            except _CannotStartError:
                suspected = [path for chunk in chunks[done:suspects] for path in chunk]
                others = [path for chunk in chunks[max(done, suspects) :] for path in chunk]
                yield from [CRASHED] * len(suspected)
                yield from _here(self._decoder, others)
                return

    def _in_order(self, chunks: Sequence[Sequence[str]]) -> Iterator[list[Result] | None]:
        ready: dict[int, list[Result]] = {}
        pending: dict[Future[list[Result]], int] = {}
        following = given = 0
        with self._started(self._processes) as pool:
            while given < len(chunks):
                while following < len(chunks) and following - given < self._at_once:
                    with _interrupt_blocked():  # it starts a process while all others are busy
                        work = pool.submit(self._decoder, chunks[following])
                    pending[work] = following
                    following += 1
                finished, _ = wait(pending, _WAIT_SECONDS, FIRST_COMPLETED)
                for work in finished:
                    ready[pending.pop(work)] = work.result()
                yield None
                while given in ready:
                    yield ready.pop(given)
                    given += 1

    def _with_care(self, paths: Sequence[str]) -> list[Result]:
        """Decode files of which one may have ended a process, one at a time."""
        results: list[Result] = []
        while len(results) < len(paths):
            try:
                with self._started(1) as pool:
                    for path in paths[len(results) :]:
                        results += pool.submit(self._decoder, [path]).result()
            except BrokenProcessPool:
                results.append(CRASHED)
            except _CannotStartError:
                if not results:
                    raise
                results += [CRASHED] * (len(paths) - len(results))
        return results

    @contextlib.contextmanager
    def _started(self, processes: int) -> Iterator[ProcessPoolExecutor]:
        # Not forked: the caller may have threads, of torch or its own.
        context = multiprocessing.get_context("spawn")
        try:
            pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_start)
        except (OSError, ImportError, NotImplementedError) as error:
            raise _CannotStartError from error
        try:
            try:
                with _interrupt_blocked():
                    first = pool.submit(int)  # starts a process
                first.result()
            except (BrokenProcessPool, OSError) as error:
                raise _CannotStartError from error
            yield pool
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


class _CannotStartError(Exception):
    """This machine lets no processes be started, or they end at once."""
