"""A network of one's own (`--network`) on the screens: chosen, trained again, copied and compared."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from snn_tui.config.own_network import VARIABLE, as_named_now, with_network
from snn_tui.config.run_config import RunConfig
from snn_tui.runs import events
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, list_runs, read_config
from snn_tui.runs.writer import EventWriter
from snn_tui.tui.app import SnnTuiApp
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import NARROW, User, opened

SOURCE = "def make(side):\n    return None\n"


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no file, whatever the test does."""
    monkeypatch.setenv(VARIABLE, "")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the command line named; no trainer runs its code here."""
    path = tmp_path / "nets.py"
    path.write_text(SOURCE)
    monkeypatch.setenv(VARIABLE, f"{path}:make")
    return path


def of_ones_own(app: SnnTuiApp) -> SnnTuiApp:
    """The application as the command line opens it."""
    app.config = with_network(app.config)
    app.network = app.config.network
    return app


async def choose_network(user: User, entry: str) -> None:
    """Take an entry of the form's first field."""
    user.widget("#field-network").focus()
    await user.press("enter", entry, "enter")


async def test_the_form_names_it_and_offers_no_option_that_it_does_not_have(
    new_app: NewApp, root: Path, file: Path
) -> None:
    async with opened(of_ones_own(new_app(epochs=2, beta=0.7))) as user:
        await user.until_sees("nets.py:make", "paper-make-s0: 2 epochs")
        await user.press("e")
        await user.until_sees("All options", "--network", f"{file}:make", "--epochs")
        assert "--beta" not in user.sees
        await user.press("slash")
        await user.type("membrane decay")
        await user.until_sees("no option has all of this")
        await user.press("escape", "escape", "s")
        await user.until(lambda: list_runs(root))
        network = read_config(list_runs(root)[0]).network
        assert network is not None
        assert (network.file, network.function) == (str(file), "make")


async def test_the_programs_own_network_is_trained_beside_it(new_app: NewApp, root: Path, file: Path) -> None:
    async with opened(of_ones_own(new_app(epochs=2, beta=0.7)), NARROW) as user:
        await choose_network(user, "end")
        await user.until_sees("paper-s0: 2 epochs")
        await user.press("e")
        await user.until_sees("--beta 0.7")
        assert "--network" not in user.sees
        await user.press("escape", "s")
        await user.until(lambda: list_runs(root))
        assert read_config(list_runs(root)[0]).network is None


def finished(root: Path, minute: int = 0) -> RunDir:
    """A finished run of the network that is named now."""
    config = with_network(RunConfig())
    run = create(root, config, made_runs.NOON.replace(minute=minute))
    told = made_runs.trained(2, of=2)
    told = [
        msgspec.structs.replace(event, config=config, started_at=run.stamped_at)
        if isinstance(event, events.RunStarted)
        else event
        for event in told
    ]
    with EventWriter(run) as writer:
        writer.write(*told, events.RunFinished(t=99.0, test=None, kept_epoch=2, seconds=99.0))
    run.weights.write_bytes(b"no weights at all")
    made_runs.begun_long_ago(run)
    return run


async def test_a_run_is_trained_again_with_its_network_only(
    new_app: NewApp, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(root)
    made_runs.finished_run(root, minute=1)
    async with opened(of_ones_own(new_app())) as user:
        await user.open_run()
        await user.until_sees("paper-s0")
        await user.press("a")
        await user.until_sees("New run", " paper-s0: 20 epochs")
        await user.open_run(1)
        await user.until_sees("paper-make-s0")
        file.write_text(SOURCE + "# changed\n")
        await user.press("a")
        await user.until_sees("New run", "paper-make-s0: 20 epochs")
        await user.until_told("is not the file that the run was trained with")
    monkeypatch.setenv(VARIABLE, "")
    async with opened(new_app()) as user:
        await user.open_run(1)
        await user.until_sees("paper-make-s0")
        await user.press("a")
        await user.until_told("code is not run because a run names it", "--network FILE.py:make")
        assert "New run" not in user.sees


async def test_a_copied_command_names_the_file_of_the_command_line_and_never_the_runs(
    new_app: NewApp, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished(root)
    async with opened(of_ones_own(new_app())) as user:
        await user.open_run()
        await user.until_sees("finished")
        await user.press("y", "c")
        command = f"snn-tui attach {run.path} --network"
        await user.until(lambda: user.app.clipboard == f"{command} {file}:make")
        monkeypatch.setenv(VARIABLE, "/elsewhere/other.py:make")
        await user.press("6", "y", "c")
        await user.until(lambda: user.app.clipboard == f"{command} FILE.py:make")


async def test_runs_tells_versions_of_the_file_apart(new_app: NewApp, root: Path, file: Path) -> None:
    finished(root)
    file.write_text(SOURCE + "# changed\n")
    finished(root, minute=1)
    made_runs.finished_run(root, minute=2)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("paper-make-s0")
        await user.press("home", "down")
        await user.until_sees("options  network nets.py:make (")
        await user.press("space", "down", "space")
        await user.until_sees("What differs", "network")
        assert user.sees.count("nets.py:make (") == 2
        assert "layers " not in user.sees
        await user.press("u", "slash")
        await user.type("network:nets.py")
        await user.until_sees("Runs · 2 of 3")


def test_a_run_of_this_programs_network_stays_one_whatever_was_named(root: Path, file: Path) -> None:
    config = RunConfig()
    assert as_named_now(config) is config
    named = with_network(config)
    file.write_text(SOURCE + "# changed\n")
    assert as_named_now(named).network != named.network
    assert create(root, named, made_runs.NOON).name.endswith("paper-make-s0")
