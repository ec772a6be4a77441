"""Every file of a run, broken in every way: a short message or it works, never a traceback, never a hang."""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.forge import Answer, Fault, Forge
from faults.ledger import LEDGER
from faults.yard import content, phase, whole_tensors
from snn_tui.runs.rundir import RunDir

STRICT: list[Fault] = [("permissions_count", [])]
"""Even root is refused what may not be read."""

Break = Callable[[Path], None]


def _cut(eighths: int) -> Break:
    def cut(path: Path) -> None:
        os.truncate(path, path.stat().st_size * eighths // 8)

    return cut


def _fill(path: Path) -> None:
    path.write_bytes(random.Random(path.name).randbytes(path.stat().st_size))


def _flip(path: Path) -> None:
    found = bytearray(path.read_bytes())
    rng = random.Random(path.name)
    for _ in range(20):
        found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    path.write_bytes(found)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


WAYS: dict[str, Break] = {
    **{f"cut at {eighths}/8": _cut(eighths) for eighths in range(8)},  # 0/8 is emptied
    "random bytes": _fill,
    "flipped bits": _flip,
    "gone": Path.unlink,
    "a folder": _folder,
    "a fifo": _fifo,
    "a link to itself": _loop,
    "mode 000": lambda path: path.chmod(0),
}

NAMES = (
    "config.json",
    "events.jsonl",
    "model.safetensors",
    "resume.safetensors",
    "metrics.json",
    "worker.log",
    "lock",
)
CASES = [(name, way) for name in NAMES for way in WAYS]
RESUMED = [
    (name, way)
    for place, name in enumerate(NAMES)
    for way in WAYS
    if way in ("cut at 0/8", f"cut at {place + 1}/8", "random bytes", "a folder", "a fifo", "mode 000")
]
"""Those that the short form resumes, besides reading them."""


def broken_copy(whole: RunDir, path: Path, name: str, way: str) -> RunDir:
    """A copy of a run with one file broken."""
    shutil.copytree(whole.path, path)
    WAYS[way](path / name)
    return RunDir(path)


def acceptable(answer: Answer, what: object) -> None:
    """Assert that a command worked, or said in a short block why not."""
    assert answer.code in (0, 2, 3, 4), (what, answer)
    assert "Traceback" not in answer.text, (what, answer)
    assert "\x1b" not in answer.text, (what, answer)
    if answer.code:
        assert answer.err.startswith("error: "), (what, answer)
        assert len(answer.err.strip().splitlines()) <= 2, (what, answer)
        assert answer.err.count("\n  try: ") == 1, (what, answer)


class Neighbour:
    """A run beside the broken ones: it goes on being of use, and nothing of it changes."""

    def __init__(self, forge: Forge, whole: RunDir, root: Path, kind: str) -> None:
        self._forge, self._kind = forge, kind
        self._run = RunDir(root / "neighbour")
        shutil.copytree(whole.path, self._run.path)
        self._run.lock.unlink()
        self._before = content(self._run)

    def is_well(self, listed: Answer) -> None:
        """Assert it, given what `runs` said."""
        assert re.search(r"^ *neighbour +. finished ", listed.out, re.MULTILINE), listed
        answer = self._forge.command("evaluate", str(self._run.path))
        assert answer.code == 0, answer
        intact = content(self._run) == self._before
        LEDGER.lost(self._kind, 0 if intact else sum(map(len, self._before.values())))
        assert intact


@pytest.mark.parametrize("name", NAMES)
def test_a_file_broken_in_every_way_is_read(
    forge: Forge, whole_runs: dict[str, RunDir], tmp_path: Path, name: str
) -> None:
    kind = f"{name} broken, then read"
    neighbour = Neighbour(forge, whole_runs["finished"], tmp_path, kind)
    commands = []
    for place, way in enumerate(WAYS):
        whole = whole_runs["killed" if place % 2 else "finished"]
        run = broken_copy(whole, tmp_path / f"broken{place}", name, way)
        LEDGER.hit(kind)
        commands += [["evaluate", str(run.path)], ["inspect", str(run.path), "--index", "3"]]
        commands += [["logs", str(run.path)]] if name == "worker.log" else []
    for command, answer in zip(commands, forge.commands(commands, faults=STRICT), strict=True):
        acceptable(answer, command)
    for options in ([], ["--json"]):
        listed = forge.command("runs", *options, "--runs-dir", str(tmp_path), faults=STRICT)
        acceptable(listed, name)
        assert listed.code == 0
        for place in range(len(WAYS)):
            # Without its configuration and its events there is no run.
            assert re.search(rf"\bbroken{place}\b", listed.out), (place, listed)
        if not options:
            neighbour.is_well(listed)
    LEDGER.survived(kind, len(WAYS))


def resumes_well(forge: Forge, whole: RunDir, path: Path, name: str, way: str) -> None:
    """Resume a run with a broken file: it goes on, or says why not."""
    kind = f"{name} broken, then resumed"
    run = broken_copy(whole, path, name, way)
    LEDGER.hit(kind)
    answer = forge.command("--train-only", "--resume", str(run.path), faults=STRICT)
    acceptable(answer, (whole.name, name, way))
    if answer.code == 0:
        assert phase(run) == "finished" or name == "events.jsonl"
        assert whole_tensors(run.weights)
    LEDGER.survived(kind)


@pytest.mark.parametrize("name", NAMES)
def test_a_run_with_a_broken_file_is_resumed(
    forge: Forge, whole_runs: dict[str, RunDir], tmp_path: Path, name: str
) -> None:
    neighbour = Neighbour(forge, whole_runs["finished"], tmp_path, f"{name} broken, then resumed")
    for place, (broken, way) in enumerate(sorted(RESUMED)):
        if broken == name:
            whole = whole_runs["killed" if place % 2 else "finished"]
            resumes_well(forge, whole, tmp_path / f"broken{place}", name, way)
    neighbour.is_well(forge.command("runs", "--runs-dir", str(tmp_path), faults=STRICT))


@pytest.mark.soak
@pytest.mark.parametrize("state", ["finished", "killed"])
@pytest.mark.parametrize(("name", "way"), CASES)
def test_all_broken_files(
    forge: Forge, whole_runs: dict[str, RunDir], tmp_path: Path, state: str, name: str, way: str
) -> None:
    kind = f"{name} broken, then read"
    neighbour = Neighbour(forge, whole_runs["finished"], tmp_path, kind)
    run = broken_copy(whole_runs[state], tmp_path / "broken", name, way)
    LEDGER.hit(kind)
    commands = [
        ["runs", "--json", "--runs-dir", str(tmp_path)],
        ["evaluate", str(run.path)],
        ["evaluate", str(run.path), "--json", "--split", "val"],
        ["inspect", str(run.path), "--index", "3"],
        ["logs", str(run.path)],
        ["stop", str(run.path)],
    ]
    for command, answer in zip(commands, forge.commands(commands, faults=STRICT), strict=True):
        acceptable(answer, (state, name, way, command))
    LEDGER.survived(kind)
    resumes_well(forge, whole_runs[state], tmp_path / "resumed", name, way)
    neighbour.is_well(forge.command("runs", "--runs-dir", str(tmp_path), faults=STRICT))
