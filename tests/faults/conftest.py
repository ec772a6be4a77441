"""What all faults need: a forge, images, and the run that nothing happens to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.forge import Forge
from faults.yard import draw_images, new_run, results
from snn_tui.runs.rundir import RunDir

NewRun = Callable[..., RunDir]


@pytest.fixture(scope="session")
def forge(images: Path) -> Iterator[Forge]:
    """Starts trainers quickly."""
    made = Forge(images)
    yield made
    made.close()


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that other users may look into, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="snn-tui-faults-"))
    folder.chmod(0o755)
    yield folder
    for path, folders, _ in os.walk(folder):
        for name in folders:
            os.chmod(os.path.join(path, name), 0o755)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def images(open_folder: Path) -> Path:
    """The x-rays of all runs here."""
    return draw_images(open_folder)


@pytest.fixture
def made(tmp_path: Path, images: Path) -> NewRun:
    """Makes runs in `tmp_path`, with options of one's own."""
    return lambda **options: new_run(tmp_path, images, **options)


@pytest.fixture(scope="session")
def undisturbed(
    forge: Forge, images: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., dict[str, bytes]]:
    """The results of a run that nothing happens to, with options of one's own."""
    known: dict[str, dict[str, bytes]] = {}

    def train(**options: object) -> dict[str, bytes]:
        key = repr(sorted(options.items()))
        if key not in known:
            run = new_run(tmp_path_factory.mktemp("undisturbed"), images, **options)
            assert forge.train(run) == 0, run.log.read_text()
            known[key] = results(run)
        return known[key]

    return train


@pytest.fixture(scope="session")
def expected(undisturbed: Callable[..., dict[str, bytes]]) -> dict[str, bytes]:
    """The results of the usual run."""
    return undisturbed()


@pytest.fixture(scope="session")
def whole_runs(forge: Forge, images: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDir]:
    """A run that has finished, and one whose trainer was killed in its last epoch; with every file."""
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
