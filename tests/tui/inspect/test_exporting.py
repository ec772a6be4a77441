"""Inspect: the time steps of what it shows, written into the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui import made_runs
from tui.conftest import NewApp
from tui.driving import REMOTE, covers, opened


@covers("inspect", "e")
async def test_the_decision_is_written_as_files_and_never_over_others(
    new_app: NewApp, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = made_runs.finished_run(root).path
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    async with opened(new_app(REMOTE)) as user:
        await user.press("2")
        await user.until_sees("0 of 40", "spread")
        await user.press("n")
        await user.until_sees("1 of 40")
        await user.press("e")
        name = f"{run.name}-test-1"
        await user.until_told(f"Written: {folder / name}.cast and {name}.svg")
        await user.press("e")
        await user.until_told(f"Written: {folder / name}-2.cast and {name}-2.svg")
        await user.press("r")
        await user.until_sees("draw     1")
        await user.press("e")
        await user.until_told(f"{name}-draw1.svg")
        stems = (name, f"{name}-2", f"{name}-draw1")
        assert {path.name for path in folder.iterdir()} == {
            f"{stem}{suffix}" for stem in stems for suffix in (".cast", ".svg")
        }
        assert (folder / f"{name}.svg").read_bytes() == (folder / f"{name}-2.svg").read_bytes()
