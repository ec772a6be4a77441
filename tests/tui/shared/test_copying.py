"""What is copied to the terminal's clipboard, and what is said of it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from snn_tui.tui.shared.copying import copy
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import covers, opened


@covers("runs", "y")
async def test_path_command_and_table_of_runs_are_copied(new_app: NewApp, root: Path) -> None:
    stopped = made_runs.stopped_run(root)
    finished = made_runs.finished_run(root, minute=1)
    async with opened(new_app()) as user:
        await user.press("6")
        await user.until_sees("Runs · 2")
        await user.press("home", "y")
        await user.until_sees("p  path", "c  command that opens it", "t  table as text", "v  table as TSV")
        await user.press("enter")
        await user.until_sees("Copied the path")
        assert user.app.clipboard == str(finished.path)
        await user.press("down", "y")
        await user.until_sees("command that resumes it")
        await user.press("c")
        await user.until(lambda: user.app.clipboard == f"snn-tui --train-only --resume {stopped.path}")
        await user.press("y", "t")
        await user.until(lambda: "─" in user.app.clipboard)
        lines = user.app.clipboard.splitlines()
        assert lines[0].split()[:2] == ["run", "state"]
        assert finished.name in lines[2]
        assert stopped.name in lines[3]
        assert "\x1b" not in user.app.clipboard
        await user.press("y", "v")
        await user.until(lambda: "\t" in user.app.clipboard)
        header, first, second = (line.split("\t") for line in user.app.clipboard.splitlines())
        assert header[:4] == ["run", "state", "epoch", "epochs"]
        assert dict(zip(header, first, strict=True))["path"] == str(finished.path)
        assert float(dict(zip(header, first, strict=True))["val accuracy"]) > 0.5
        assert second[1] == "stopped"


@covers("train", "y")
async def test_epochs_of_a_run_are_copied_with_all_digits(new_app: NewApp, root: Path) -> None:
    made_runs.finished_run(root)
    async with opened(new_app()) as user:
        await user.open_run()
        await user.until_sees("Epochs (on val)")
        await user.press("y", "v")
        await user.until_sees("Copied the epochs as TSV")
        header, *rows = (line.split("\t") for line in user.app.clipboard.splitlines())
        assert len(rows) == 20
        assert float(rows[0][header.index("accuracy")]) == made_runs.scores(1).accuracy
        await user.press("y", "t")
        await user.until(lambda: "accuracy" in user.app.clipboard and "\t" not in user.app.clipboard)
        assert len(user.app.clipboard.splitlines()) == 22
        await user.press("y", "escape")
        await user.until_gone("p  path")


async def test_within_tmux_the_sequence_is_handed_through_and_the_notice_says_what_it_needs(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMUX", "/tmp/tmux-1/default,1,0")
    async with opened(new_app()) as user:
        sent: list[str] = []
        assert user.app._driver is not None
        monkeypatch.setattr(user.app._driver, "write", sent.append)
        copy(user.app, "path", "/runs/ä")
        encoded = base64.b64encode("/runs/ä".encode()).decode()
        assert f"\x1bPtmux;\x1b\x1b]52;c;{encoded}\a\x1b\\" in sent
        assert f"\x1b]52;c;{encoded}\a" in sent
        await user.until_sees("Copied the path, 8 B", "set-clipboard on")
