"""A disk that is full, read only, or gone: a clear error, exit code 4, the last good checkpoint intact."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.conftest import NewRun
from faults.forge import Answer, Fault, Forge, side_by_side
from faults.ledger import LEDGER
from faults.yard import Checkpoints, failure, new_run, same_end
from snn_tui.runs.rundir import RunDir

ROOT = os.getuid() == 0
FULL = "(No space left on device|File too large).*free some space"


def clear_block(answer: Answer, code: int = 4) -> None:
    """Assert that a command ended with a short error and no traceback."""
    assert answer.code == code, answer.text
    lines = answer.err.strip().splitlines()
    if lines[0].startswith("compiled kernels are not kept"):  # the disk of the cache is full or shut, too
        del lines[0]
    assert lines[0].startswith("error: "), answer.text
    assert "Traceback" not in answer.text
    assert len(lines) <= 2


def usable_if_there(forge: Forge, run: RunDir) -> None:
    """Assert that a checkpoint that is there can be evaluated."""
    if run.weights.exists():
        answer = forge.command("evaluate", str(run.path))
        assert answer.code == 0, answer.err


FULL_DISKS: list[Fault] = [
    *(("no_space_for", ["checkpoint", nth]) for nth in (1, 2, 3, 4, 6, 7, 8)),
    *(("no_space_for", ["event", nth]) for nth in (1, 3, 5, 7, 9)),
    *(("files_at_most", [size]) for size in (0, 700, 3_000, 20_000, 60_000)),
]


def test_full_disk(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    side_by_side(lambda full: fills_up(forge, made(), expected, full), FULL_DISKS)


def fills_up(forge: Forge, run: RunDir, expected: dict[str, bytes], full: Fault) -> None:
    """Train a run on a disk that gets full, see what is left, and train it on once there is room."""
    kind = "full disk"
    checkpoints = Checkpoints(run, kind)
    assert forge.train(run, full) == 4, full
    LEDGER.hit(kind)
    checkpoints.look()
    usable_if_there(forge, run)
    told = failure(run) + run.log.read_text()
    if full[1][0] not in (0, 700):  # then not even a word about it fits
        assert re.search(FULL, told, re.DOTALL), (full, told)
    assert "Traceback" not in told, full
    # Still full: as clear as before, and no worse.
    answer = forge.command("--train-only", "--resume", str(run.path), faults=[full])
    LEDGER.hit(kind)
    checkpoints.look()
    if answer.code and full[1][0] != 0:  # stderr is a file here, too
        clear_block(answer)
        assert re.search(FULL, answer.err, re.DOTALL)
    # Space was made.
    assert forge.train(run) == 0 or answer.code == 0, failure(run)
    same_end(run, expected, kind)
    LEDGER.survived(kind, 2)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if (
        not ROOT
        or not shutil.which("mount")
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_really_full_disk(forge: Forge, small_disk: Path, images: Path, expected: dict[str, bytes]) -> None:
    kind = "full disk"
    run = new_run(small_disk, images)
    filler = small_disk / "filler"
    checkpoints = Checkpoints(run, kind)
    assert forge.train(run, ("signals_itself", [15, 8])) == 143  # a checkpoint before it gets tight
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))
    for _ in range(3):
        assert forge.train(run) == 4
        LEDGER.hit(kind)
        checkpoints.look()
        usable_if_there(forge, run)
    clear_block(forge.command("--train-only", "--resume", str(run.path)))
    clear_block(forge.command("--train-only", "--data", str(images), "--runs-dir", str(small_disk)))
    LEDGER.hit(kind, 2)
    filler.unlink()
    assert forge.train(run) == 0, failure(run)
    same_end(run, expected, kind)
    LEDGER.survived(kind, 5)


@pytest.mark.parametrize("gone", ["run", "runs-dir"])
@pytest.mark.parametrize("batch", [1, 6, 8, 18])
def test_folder_removed_in_mid_run(forge: Forge, tmp_path: Path, images: Path, gone: str, batch: int) -> None:
    kind = "folder removed in mid-run"
    root = tmp_path / "runs"
    run = new_run(root, images)
    folder = run.path if gone == "run" else root
    answer = forge.command(
        "--train-only", "--resume", str(run.path), faults=[("loses_folder", [str(folder), batch])]
    )
    LEDGER.hit(kind)
    clear_block(answer)
    assert "No such file or directory" in answer.err
    assert "moved or renamed, go on where it is now" in answer.err
    assert not folder.exists()
    assert forge.command("runs", "--runs-dir", str(root)).code == 0
    LEDGER.survived(kind)


def as_nobody(path: Path) -> None:
    """Give a folder and what is in it to the user the forge turns into."""
    if ROOT:
        for place in (path, *path.rglob("*")):
            os.chown(place, 65534, 65534)


@pytest.fixture
def nobodys(open_folder: Path, images: Path) -> Iterator[Path]:
    """A folder for runs that somebody without rights owns."""
    folder = open_folder / "runs"
    folder.mkdir()
    yield folder
    for place in (folder, *folder.iterdir()):
        place.chmod(0o755)
    shutil.rmtree(folder)


def test_read_only(forge: Forge, nobodys: Path, images: Path, expected: dict[str, bytes]) -> None:
    kind = "read only"
    run = new_run(nobodys, images)
    as_nobody(nobodys)
    assert forge.train(run, ("signals_itself", [15, 8]), nobody=True) == 143
    resume = ("--train-only", "--resume", str(run.path))
    run.path.chmod(0o555)
    for argv in (resume, (*resume, "--epochs", "9")):
        answer = forge.command(*argv, nobody=True)
        LEDGER.hit(kind)
        clear_block(answer)
        assert "Permission denied" in answer.err
    assert forge.train(run, nobody=True) == 4
    assert forge.command("evaluate", str(run.path), nobody=True).code == 0
    assert forge.command("runs", "--runs-dir", str(nobodys), nobody=True).code == 0
    nobodys.chmod(0o555)
    answer = forge.command("--train-only", "--data", str(images), "--runs-dir", str(nobodys), nobody=True)
    clear_block(answer)
    missing = forge.command("--train-only", "--data", str(images), "--runs-dir", "/proc/no/such", nobody=True)
    clear_block(missing)
    LEDGER.hit(kind, 3)
    nobodys.chmod(0o000)
    clear_block(forge.command("runs", "--runs-dir", str(nobodys), nobody=True), 2)
    clear_block(forge.command("evaluate", "last", "--runs-dir", str(nobodys), nobody=True), 2)
    LEDGER.hit(kind, 2)
    nobodys.chmod(0o755)
    run.path.chmod(0o755)
    assert forge.train(run, nobody=True) == 0, failure(run)
    same_end(run, expected, kind)
    LEDGER.survived(kind, 7)


def test_a_lock_that_cannot_be_written(
    forge: Forge, nobodys: Path, images: Path, expected: dict[str, bytes]
) -> None:
    kind = "read only"
    run = new_run(nobodys, images)
    as_nobody(nobodys)
    assert forge.train(run, ("dies_before", ["batch", 8]), nobody=True) == -9
    # Another user's stale lock, in a folder in which only owners remove files.
    if ROOT:
        os.chown(run.lock, 0, 0)
        os.chown(run.path, 0, 0)
    else:
        run.path.chmod(0o555)
    run.lock.chmod(0o600)
    run.path.chmod(0o1777 if ROOT else 0o555)
    answer = forge.command("--train-only", "--resume", str(run.path), nobody=True)
    LEDGER.hit(kind)
    clear_block(answer)
    as_nobody(nobodys)
    run.path.chmod(0o755)
    assert forge.train(run, nobody=True) == 0, failure(run)
    same_end(run, expected, kind)
    LEDGER.survived(kind)


def test_unreadable_images(forge: Forge, nobodys: Path, images: Path, tmp_path: Path) -> None:
    kind = "read only"
    mine = nobodys / "mine.npz"
    shutil.copy(images, mine)
    run = new_run(nobodys, mine)
    as_nobody(nobodys)
    mine.chmod(0)
    clear_block(forge.command("--train-only", "--resume", str(run.path), nobody=True), 3)
    LEDGER.hit(kind)
    LEDGER.survived(kind)
