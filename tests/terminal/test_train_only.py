"""`--train-only` in a terminal: the live display, the final table, ctrl-c, and plain terminals."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

from snn_tui.runs.rundir import RunDir
from terminal.conftest import Brake, Start
from terminal.harness import (
    COMMAND,
    LEAVE_ALTERNATE,
    beyond_ascii,
    colours,
    environment,
    processes_of,
    wait_until,
)


def test_the_display_lives_and_ends_in_the_final_table(
    start: Start, short_run: list[str], only_run: Callable[[], RunDir], brake: Callable[[str], Brake]
) -> None:
    held = brake("epoch")
    terminal = start("--train-only", *short_run, **held.variables)
    terminal.until(lambda text: "img/s" in text and "1/2" in text)
    held.let_go()
    terminal.until("Scores on test")
    assert terminal.end() == 0
    assert "2/2" not in terminal.text, "the bars of a run that is over are gone"
    assert "this run" in terminal.text
    assert "published" not in terminal.text, "the study's scores stand beside its own images only"
    assert str(only_run().weights) in terminal.text.replace("\n", "")
    assert terminal.cursor_shown
    assert bytes(terminal.raw).count(b"\x1b]777;notify;snn-tui;") == 1
    assert LEAVE_ALTERNATE not in terminal.raw, "what was shown stays in the terminal's history"
    assert colours(bytes(terminal.raw))
    assert beyond_ascii(bytes(terminal.raw))


def test_ctrl_c_saves_a_checkpoint_and_says_so(
    start: Start, home: Path, long_run: list[str], only_run: Callable[[], RunDir]
) -> None:
    terminal = start("--train-only", *long_run, NO_COLOR="1")
    terminal.until("img/s")
    terminal.press("^c")
    assert terminal.end() == 128 + signal.SIGINT
    assert "stopped by SIGINT" in terminal.text
    assert b"stopped: SIGINT" in terminal.raw, "the desktop is told, too"
    assert only_run().weights.exists()
    assert "Traceback" not in terminal.text
    assert terminal.cursor_shown
    wait_until(lambda: processes_of(home) == [])
    assert colours(bytes(terminal.raw)) == set()


def test_where_the_language_is_c_all_output_is_ascii(
    start: Start, home: Path, short_run: list[str], only_run: Callable[[], RunDir]
) -> None:
    terminal = start("--train-only", *short_run, LANG="C")
    assert terminal.end() == 0
    assert "Scores on test" in terminal.text
    assert beyond_ascii(bytes(terminal.raw)) == ""
    printed = subprocess.run(
        [COMMAND, "inspect", only_run().name, "--index", "0"],
        env=environment(home, LANG="", LC_ALL="C"),
        cwd=home,
        capture_output=True,
        check=True,
    ).stdout
    assert b"verdict" in printed
    assert beyond_ascii(printed) == ""
