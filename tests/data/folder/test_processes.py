"""Decoding in several processes: order, stopping, and processes that die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from data.folder.conftest import Make
from snn_tui.data.folder.left_out import CRASHED
from snn_tui.data.folder.processes import decode_all
from snn_tui.data.picture.decode import Decoded, decode
from snn_tui.data.picture.unusable import BROKEN, Unusable


def nothing(what: str, fraction: float | None) -> None:
    """Take no notice of progress."""


def crash_on_bad(path: Path, side: int) -> Decoded:
    """A decoder that ends its process on some files."""
    if "bad" in path.name:
        os._exit(11)
    return decode(path, side)


def signals(path: Path, side: int) -> Decoded:
    """Says whether ctrl+c would reach this process, which takes so long that all processes are started."""
    time.sleep(0.05)
    raise Unusable(f"{os.getpid()} blocked: {signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])}")


@pytest.fixture
def root(make: Make) -> Path:
    """Thirty pictures, one of them cut short."""
    folder = make(cat=30)
    (folder / "cat/011.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return folder


PATHS = [f"cat/{index:03}.png" for index in range(30)]


def test_several_processes_give_what_one_gives_in_order(root: Path) -> None:
    progress: list[float | None] = []
    several = list(decode_all(root, PATHS, 8, lambda what, fraction: progress.append(fraction), 2))
    for index, (result, path) in enumerate(zip(several, PATHS, strict=True)):
        if index == 11:
            assert result == BROKEN
        else:
            assert isinstance(result, Decoded)
            assert np.array_equal(result.pixels, decode(root / path, 8).pixels)
    fractions = [fraction for fraction in progress if fraction is not None]
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1


def test_a_file_that_ends_its_process_is_left_out_alone(root: Path) -> None:
    (root / "cat/005.png").rename(root / "cat/bad.png")
    paths = [path.replace("005", "bad") for path in PATHS]
    results = list(decode_all(root, paths, 8, nothing, 2, crash_on_bad))
    assert [index for index, result in enumerate(results) if result == CRASHED] == [5]
    assert sum(isinstance(result, Decoded) for result in results) == 28


def test_without_processes_files_are_decoded_here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(ProcessPoolExecutor, "__init__", refuse)
    results = list(decode_all(root, PATHS, 8, nothing, 2))
    assert sum(isinstance(result, Decoded) for result in results) == 29


@pytest.mark.parametrize("pools", [1, 2])
def test_a_file_that_ended_a_process_is_never_decoded_here(
    root: Path, monkeypatch: pytest.MonkeyPatch, pools: int
) -> None:
    (root / "cat/005.png").rename(root / "cat/bad.png")
    begin = ProcessPoolExecutor.__init__
    begun = 0

    def only_the_first(self: ProcessPoolExecutor, *args: Any, **options: Any) -> None:
        nonlocal begun
        begun += 1
        if begun > pools:
            raise OSError("no more processes")
        begin(self, *args, **options)

    monkeypatch.setattr(ProcessPoolExecutor, "__init__", only_the_first)
    paths = [path.replace("005", "bad") for path in [*PATHS, *PATHS[12:], *PATHS[12:], *PATHS[12:]]]
    results = list(decode_all(root, paths, 8, nothing, 2, crash_on_bad))  # would end this process, too
    assert len(results) == len(paths)
    assert results[5] == CRASHED
    assert isinstance(results[-1], Decoded)  # those that no process was given are decoded here


def test_processes_that_cannot_begin_are_done_without(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snn_tui.data.folder.processes._start", os.abort)
    results = list(decode_all(root, PATHS, 8, nothing, 2))
    assert sum(isinstance(result, Decoded) for result in results) == 29


def test_what_progress_raises_ends_the_processes(root: Path) -> None:
    def stop(what: str, fraction: float | None) -> None:
        if fraction:
            raise KeyboardInterrupt

    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(KeyboardInterrupt):
        list(decode_all(root, PATHS, 8, stop, 2))
    after = set(psutil.Process().children(recursive=True)) - before
    assert not [child for child in after if "spawn_main" in " ".join(child.cmdline())]


def test_ctrl_c_is_left_to_the_parent(root: Path) -> None:
    answers = {str(answer) for answer in decode_all(root, PATHS * 2, 8, nothing, 3, signals)}
    assert len(answers) > 1
    assert all(answer.endswith(" blocked: True") for answer in answers)
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])


ENDLESS = """
import sys, time
from pathlib import Path
from typing import Any
from snn_tui.data.folder.processes import decode_all
paths = ["cat/000.png"] * 10**6
for number, _ in enumerate(decode_all(Path(sys.argv[1]), paths, 8, lambda what, fraction: None, 2)):
    if number == 100:
        print("decoding", flush=True)
"""


def test_processes_end_with_a_parent_that_is_killed(root: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ENDLESS, root], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "decoding\n"
        children = psutil.Process(parent.pid).children(recursive=True)
        assert len(children) >= 2
        parent.kill()
    limit = time.monotonic() + 60
    while any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children):
        assert time.monotonic() < limit
        time.sleep(0.05)


DECODING = """
import os, sys
from pathlib import Path
from snn_tui.data.folder.processes import decode_all

def on_progress(what, done):
    if done:
        os.kill(os.getpid(), int(sys.argv[2]))

root = Path(sys.argv[1])
list(decode_all(root, [f"cat/{index:03}.png" for index in range(64)], 8, on_progress, processes=2))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP])
def test_a_signal_ends_decoding_silently(make: Make, number: signal.Signals) -> None:
    command = [sys.executable, "-c", DECODING, str(make(cat=64)), str(int(number))]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (128 + number, "", "")
