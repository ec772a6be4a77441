"""The terminal calls its user when a run ends that was started or is watched here, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.config.preferences import Preferences
from snn_tui.runs.events import RunStopped
from snn_tui.runs.writer import EventWriter
from snn_tui.tui.app import SnnTuiApp
from tui import made_runs
from tui.conftest import Hold, NewApp
from tui.driving import opened


def calls(app: SnnTuiApp, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The notices for the desktop that the application sends, one each, as it sends them."""
    monkeypatch.setenv("TERM", "xterm-ghostty")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("STY", raising=False)
    sent: list[str] = []
    assert app._driver is not None
    monkeypatch.setattr(
        app._driver, "write", lambda text: sent.append(text) if text.startswith("\a") else None
    )
    return sent


async def test_the_end_of_a_run_that_was_started_here_is_said_once(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(new_app(epochs=1)) as user:
        sent = calls(user.app, monkeypatch)
        await user.press("s")
        await user.until(lambda: sent)
        await user.until_sees("finished")
        await user.settle()
        (notice,) = sent
        assert notice.startswith("\a\x1b]777;notify;snn-tui;")
        assert "finished: accuracy" in notice


@pytest.mark.parametrize("how", ["fails", "crashes"])
async def test_so_is_a_failure_and_a_crash(
    new_app: NewApp, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setenv("FAKE_TRAINER", how)
    async with opened(new_app()) as user:
        sent = calls(user.app, monkeypatch)
        await user.press("s")
        await user.until(lambda: sent)
        await user.settle()
        assert len(sent) == 1
        assert {"fails": "failed: gpu: out of memory", "crashes": "crashed"}[how] in sent[0]


async def test_who_prefers_silence_has_it(new_app: NewApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app = new_app(epochs=1)
    app.preferences = Preferences(notifications=False)
    async with opened(app) as user:
        sent = calls(app, monkeypatch)
        await user.press("s")
        await user.until_sees("✓ finished")
        await user.settle()
        assert sent == []


async def test_what_ended_before_is_no_news(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_runs.crashed_run(root)
    made_runs.finished_run(root, minute=1)
    async with opened(new_app()) as user:
        sent = calls(user.app, monkeypatch)
        await user.open_run()
        await user.until_sees("finished")
        await user.open_run(1)
        await user.until_sees("crashed")
        await user.settle()
        assert sent == []


async def test_a_watched_run_of_another_is_news_on_the_screen_too_where_train_is_not_seen(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch, held: Hold
) -> None:
    run = held(made_runs.make_run(root, made_runs.trained(2)))
    async with opened(new_app()) as user:
        sent = calls(user.app, monkeypatch)
        await user.until_sees("training")
        await user.press("6")
        with EventWriter(run) as writer:
            writer.write(RunStopped(t=1e4, signal="SIGTERM"))
        await user.until_sees("stopped: SIGTERM")
        assert len(sent) == 1


async def test_a_run_that_was_started_here_is_news_while_another_is_watched(
    new_app: NewApp, root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("snn_tui.tui.app.ASIDE_POLL_SECONDS", 0.1)
    go = tmp_path / "go"
    monkeypatch.setenv("FAKE_GO", str(go))
    made_runs.finished_run(root)
    async with opened(new_app(epochs=2)) as user:
        sent = calls(user.app, monkeypatch)
        await user.press("s")
        await user.until_sees("training")
        await user.open_run(1)
        await user.until_sees("finished")
        assert sent == []
        go.touch()
        await user.until(lambda: sent)
        await user.until_sees("finished: accuracy")
        assert len(sent) == 1
