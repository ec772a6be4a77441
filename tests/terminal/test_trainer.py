"""What the screens say of a trainer that starts slowly, is stopped, or vanishes."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

from snn_tui.runs.rundir import RunDir
from terminal.conftest import Brake, Start, status_word, trainer_of
from terminal.harness import processes_of


def test_keys_answer_while_torch_loads(
    start: Start,
    home: Path,
    long_run: list[str],
    only_run: Callable[[], RunDir],
    brake: Callable[[str], Brake],
) -> None:
    terminal = start(*long_run, **brake("torch").variables)
    terminal.until("Start training")
    terminal.press("s", "?")
    terminal.until("Train starts a run and shows it as it goes")
    terminal.press("escape")
    terminal.until(lambda text: "Train starts a run" not in text and "loading torch" in text)
    terminal.press("x")
    terminal.until("y yes")
    terminal.press("y")
    terminal.until(lambda text: status_word(text) == "stopped")
    told = only_run().events.read_text()
    assert '"RunStopped"' in told
    assert '"RunStarted"' not in told
    terminal.press("q")
    assert terminal.end() == 0
    terminal.wait_for(lambda: processes_of(home) == [])


def test_a_trainer_told_to_end_is_shown_as_stopped(
    start: Start, long_run: list[str], only_run: Callable[[], RunDir]
) -> None:
    terminal = start(*long_run)
    terminal.until("Start training")
    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training")
    trainer = trainer_of(only_run())
    assert trainer is not None
    trainer.send_signal(signal.SIGTERM)
    terminal.until(lambda text: status_word(text) == "stopped")
    assert only_run().weights.exists()


def test_a_trainer_that_was_killed_is_shown_as_crashed(
    start: Start, long_run: list[str], only_run: Callable[[], RunDir]
) -> None:
    terminal = start(*long_run)
    terminal.until("Start training")
    terminal.press("s")
    terminal.until(lambda text: status_word(text) == "training")
    trainer = trainer_of(only_run())
    assert trainer is not None
    trainer.send_signal(signal.SIGKILL)
    terminal.until(lambda text: status_word(text) == "crashed" and "vanished" in text)
    terminal.press("?")
    terminal.until("Train starts a run and shows it as it goes")
    terminal.press("escape")
    terminal.until(lambda text: "Train starts a run" not in text)
    terminal.press("q")
    assert terminal.end() == 0
    assert terminal.said_after.strip() == "", "nothing goes on"
