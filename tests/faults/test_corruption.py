"""Every file of a run, broken in every way: a short message or it works, never a traceback, never a hang."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from snn_tui.runs.rundir import RunDir

from .forge import Answer, Forge
from .ledger import LEDGER
from .test_disk import as_nobody
from .yard import content, new_run

SECONDS = 60.0
"""No command may take longer; they take a tenth of one."""

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
    "resume.pt",
    "metrics.json",
    "worker.log",
    "lock",
)
CASES = [(name, way) for name in NAMES for way in WAYS]
FEW = [
    (name, way)
    for place, name in enumerate(NAMES)
    for way in WAYS
    if way in ("cut at 0/8", f"cut at {place + 1}/8", "random bytes", "a folder", "a fifo", "mode 000")
]
"""For the short form."""


@pytest.fixture(scope="module")
def whole_runs(forge: Forge, images: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDir]:
    """A run that has finished, and one whose trainer was killed in its last epoch."""
    root = tmp_path_factory.mktemp("whole")
    finished = new_run(root, images, name="finished")
    assert forge.train(finished) == 0
    killed = new_run(root, images, name="killed")
    assert forge.train(killed, ("signals_itself", [15, 14])) == 143
    assert forge.train(killed, ("dies_before", ["batch", 2])) == -9
    for run in (finished, killed):
        run.log.write_text("a word\n")
    (killed.metrics).write_bytes(finished.metrics.read_bytes())
    (finished.lock).write_bytes(killed.lock.read_bytes())
    return {"finished": finished, "killed": killed}


@pytest.fixture
def root(open_folder: Path) -> Iterator[Path]:
    """Where the broken runs lie, all owned by nobody where this is root."""
    folder = open_folder / "broken"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def acceptable(answer: Answer, what: object) -> None:
    """Assert that a command worked, or said in a short block why not."""
    assert answer.code in (0, 2, 3, 4), (what, answer)
    assert "Traceback" not in answer.text, (what, answer)
    assert "\x1b" not in answer.text, (what, answer)
    if answer.code:
        assert answer.err.startswith("error: "), (what, answer)
        assert len(answer.err.strip().splitlines()) <= 2, (what, answer)
        assert answer.err.count("\n  try: ") == 1, (what, answer)


def breaks_well(forge: Forge, root: Path, whole: RunDir, neighbour: RunDir, name: str, way: str) -> None:
    """Break one file of a copy of a run, and try every command on it, and on its neighbour."""
    kind = f"{name} broken"
    what = (whole.name, name, way)
    run, other = RunDir(root / whole.name), RunDir(root / "other")
    shutil.copytree(whole.path, run.path)
    shutil.copytree(neighbour.path, other.path)
    other.lock.unlink()
    before = content(other)
    if way == "mode 000":
        as_nobody(root)
    WAYS[way](run.path / name)
    LEDGER.hit(kind)
    as_user = {"nobody": way == "mode 000", "timeout": SECONDS}
    commands = [
        ["runs", *(["--json"] if LEDGER.entries[kind].injected % 2 else []), "--runs-dir", str(root)],
        ["evaluate", str(run.path)],
        ["inspect", str(run.path), "--index", "3"],
        ["evaluate", str(other.path)],
        *([["logs", str(run.path)]] if name == "worker.log" else []),
    ]
    answers = forge.commands(commands, **as_user)
    for command, answer in zip(commands, answers, strict=True):
        acceptable(answer, (*what, command))
    assert answers[0].code == answers[3].code == 0
    assert "other" in answers[0].out
    assert "finished" in answers[0].out
    # Resuming changes the run, so it comes last.
    answer = forge.command("--train-only", "--resume", str(run.path), **as_user)
    acceptable(answer, (*what, "resume"))
    intact = content(other) == before
    LEDGER.lost(kind, 0 if intact else sum(map(len, before.values())))
    assert intact
    LEDGER.survived(kind)
    for path in run.path.iterdir():
        if not path.is_symlink() and path.is_file():
            path.chmod(0o644)
    shutil.rmtree(run.path)
    shutil.rmtree(other.path)


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file(forge: Forge, root: Path, whole_runs: dict[str, RunDir], name: str) -> None:
    for place, (broken, way) in enumerate(sorted(FEW)):
        if broken == name:
            whole = whole_runs["killed" if place % 2 else "finished"]
            breaks_well(forge, root, whole, whole_runs["finished"], name, way)


@pytest.mark.soak
@pytest.mark.parametrize("state", ["finished", "killed"])
@pytest.mark.parametrize(("name", "way"), CASES)
def test_all_broken_files(
    forge: Forge, root: Path, whole_runs: dict[str, RunDir], state: str, name: str, way: str
) -> None:
    breaks_well(forge, root, whole_runs[state], whole_runs["finished"], name, way)
