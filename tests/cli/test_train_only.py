"""`--train-only`: plain lines in a pipe, JSON for programs, a live display in a terminal, and its ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte
import pytest
from export.event_files import scalars
from typed import present

from snn_tui.runs import events
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.tail import Tail
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import load_weights, metadata_of, state_from_bytes

QUICK = ("--epochs", "2", "--batch-size", "8", "--num-steps", "4")
ENDLESS = ("--epochs", "10000", "--batch-size", "8", "--num-steps", "4")
COLUMNS, LINES = 110, 40


@pytest.fixture
def command(tiny_file: Path) -> list[str]:
    """`snn-tui --train-only` on few images."""
    return [sys.executable, "-m", "snn_tui", "--train-only", "--data", str(tiny_file), "--device", "cpu"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A terminal with colours and Unicode, nothing of this machine's own settings."""
    own = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "LC_ALL", "LC_CTYPE", "SNN_TUI_DATA")
    kept = {name: value for name, value in os.environ.items() if name not in own}
    ours = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": str(tmp_path), "PYTHONUTF8": "1"}
    return {**kept, **ours, "SNN_TUI_RUNS_DIR": str(tmp_path / "runs")}


def the_run(tmp_path: Path) -> RunDir:
    """The one run there is."""
    (path,) = (tmp_path / "runs").iterdir()
    return RunDir(path)


def folded(run: RunDir) -> RunState:
    """All that a run's file tells."""
    return replay(Tail(run.events).poll(1 << 24))


def default_signals() -> None:
    """As a shell with a terminal starts a program, however these tests were started."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def piped(command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run to the end with pipes for streams."""
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


def test_in_a_pipe_there_is_a_line_an_epoch_and_the_final_table(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    ran = piped([*command, *QUICK], environment)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\x1b" not in ran.stdout
    assert "\r" not in ran.stdout
    assert not {"\a", "\x1b"} & set(ran.stdout), "a pipe is not rung"
    run = the_run(tmp_path)
    lines = ran.stdout.splitlines()
    assert lines[0].startswith(f"{run.name}: PneumoniaMNIST, 64 images in all, 2 epochs on cpu")
    assert lines[1].startswith("note: not the official file")
    state = folded(run)
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert len(epochs) == 2
    for line, ended in zip(epochs, state.epochs_ended, strict=True):
        assert line.startswith(
            f"epoch {ended.epoch}/2 loss {ended.train_loss:.4f} val loss {ended.val.loss:.3f}"
        )
        assert f"accuracy {ended.val.accuracy:.3f}" in line
        assert "lr 0.001" in line
    assert state.result is not None
    (accuracy,) = (line for line in lines if line.startswith("accuracy"))
    assert accuracy.split()[1:] == [f"{present(state.result.test).accuracy:.3f}"]
    assert "0.853" not in ran.stdout  # the images are not those of the published scores
    assert f"weights  {run.weights}" in lines
    assert lines[-1] == f"look     snn-tui inspect {run.path} --index 0"


def test_a_network_that_never_fires_is_named_in_every_output(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    words = "conv2, conv3, conv4 and out never fired: try --norm batch or a higher --lr"
    dead = [*command, *QUICK, "--layers", "12C5-12C5-24C3-24C3", "--name", "dead"]
    assert piped(dead, environment).stdout.splitlines().count(f"note: {words}") == 1
    assert json.loads(piped([*command[:3], "evaluate", "dead", "--json"], environment).stdout)[
        "silent_layers"
    ] == ["conv2", "conv3", "conv4", "out"]
    assert f"note: {words}" in piped([*command[:3], "evaluate", "dead"], environment).stdout
    page = tmp_path / "page.html"
    piped([*command[:3], "report", "dead", "-o", str(page)], environment)
    assert words in page.read_text()
    lines = [
        events.decode(line.encode()) for line in piped([*dead, "--json"], environment).stdout.splitlines()
    ]
    assert [f"{event.text}: {event.remedy}" for event in lines if isinstance(event, events.Diagnosed)] == [
        words
    ]


def test_forced_colours_in_a_pipe_are_colours_and_no_moves_of_the_cursor(
    command: list[str], environment: dict[str, str]
) -> None:
    ran = piped([*command, *QUICK], {**environment, "FORCE_COLOR": "1"})
    assert (ran.returncode, ran.stderr) == (0, "")
    assert sum(line.startswith("epoch ") for line in ran.stdout.splitlines()) == 2
    assert re.search(r"\x1b\[[0-9;]*m", ran.stdout)
    assert not set(re.findall(r"\x1b\[[0-9;?]*([A-Za-z])", ran.stdout)) - {"m"}
    assert "\a" not in ran.stdout


def test_json_is_events_and_nothing_else_whatever_the_locale(
    command: list[str], environment: dict[str, str], tiny_file: Path, tmp_path: Path
) -> None:
    odd = Path(shutil.copy(tiny_file, tmp_path / "π.npz"))
    latin = {**environment, "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    ran = piped([*command, *QUICK, "--data", str(odd), "--json"], latin)
    assert (ran.returncode, ran.stderr) == (0, "")
    heard = [events.decode(line.encode()) for line in ran.stdout.splitlines()]
    assert None not in heard
    assert heard == Tail(the_run(tmp_path).events).poll(1 << 24)
    assert isinstance(heard[-1], events.RunFinished)
    assert str(odd) in ran.stdout


def test_a_stopped_job_saves_a_checkpoint_and_says_where(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [*command, *ENDLESS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=default_signals,
    )
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(3)]
    assert said[2].startswith("epoch 1/10000")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate()
    assert (process.returncode, err) == (143, "")
    stopped = the_run(tmp_path)
    metadata = metadata_of(stopped.weights.read_bytes())
    of = f"{'within' if 'batch' in metadata else 'of'} epoch {metadata['epoch']}"
    assert f"stopped by SIGTERM; the checkpoint is {of}" in out
    usable(stopped, "SIGTERM")


def usable(run: RunDir, name: str) -> None:
    """The run was stopped by that signal and left a whole checkpoint."""
    state = folded(run)
    assert state.phase == "stopped"
    assert state.stop is not None
    assert state.stop.signal == name
    load_weights(SpikingNetwork(NetworkSpec()), run.weights.read_bytes(), "x")
    state_from_bytes(run.resume_state.read_bytes(), "x")
    assert not run.lock.exists()
    assert not run.metrics.exists()


class Pty:
    """A program in a terminal of its own, and what the terminal shows."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.child = pexpect.spawn(
            command[0],
            command[1:],
            env=environment,
            dimensions=(LINES, COLUMNS),
            timeout=60,
            preexec_fn=default_signals,
        )
        self.written = b""

    def wait_for(self, pattern: str) -> None:
        """Read until it has written this."""
        self.child.expect(pattern.encode())
        self.written += self.child.before + self.child.after

    def end(self) -> int:
        """Read to the end; gives the exit code."""
        self.child.expect(pexpect.EOF)
        self.written += self.child.before
        self.child.close()
        assert self.child.exitstatus is not None, self.child.signalstatus
        return self.child.exitstatus

    def shown(self) -> str:
        """The screen and what has scrolled off it."""
        screen = pyte.HistoryScreen(COLUMNS, LINES, history=10_000)
        pyte.ByteStream(screen).feed(self.written)
        above = ["".join(row[x].data for x in range(COLUMNS)) for row in screen.history.top]
        return "\n".join(line.rstrip() for line in [*above, *screen.display])


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Callable[..., Pty]]:
    """Starts programs in terminals of their own."""
    started: list[Pty] = []

    def start(command: list[str], **more: str) -> Pty:
        started.append(Pty(command, {**environment, **more}))
        return started[-1]

    yield start
    for one in started:
        one.child.close(force=True)


def test_in_a_terminal_progress_is_drawn_in_place_and_the_table_stays(
    command: list[str], terminal: Callable[..., Pty], tmp_path: Path
) -> None:
    pty = terminal([*command, *QUICK])
    assert pty.end() == 0
    shown = pty.shown()
    state = folded(the_run(tmp_path))
    assert state.result is not None
    assert b"\x1b[?25l" in pty.written  # the cursor was hidden while it drew,
    assert pty.written.rindex(b"\x1b[?25h") > pty.written.rindex(b"\x1b[?25l")  # and is back
    assert shown.count("val loss") == 1  # one epoch table is left, not one a frame
    rows = re.findall(r"^\W*(\d) +0\.\d{3} ", shown, re.MULTILINE)
    assert rows == ["1", "2"]
    (accuracy,) = re.findall(r"^accuracy +(\S+)", shown, re.MULTILINE)
    assert accuracy == f"{present(state.result.test).accuracy:.3f}"
    assert "snn-tui inspect" in shown
    assert "Traceback" not in shown


def test_a_connection_that_breaks_saves_a_checkpoint(
    command: list[str], terminal: Callable[..., Pty], tmp_path: Path
) -> None:
    pty = terminal([*command, *ENDLESS])
    pty.wait_for("epoch [0-9]+/10000")
    # Closing the terminal's other end is what a lost SSH connection does.
    pty.child.ptyproc.fileobj.close()
    pty.child.ptyproc.closed = pty.child.closed = True
    os.waitpid(pty.child.pid, 0)
    pty.child.terminated = pty.child.ptyproc.terminated = True
    usable(the_run(tmp_path), "SIGHUP")


def test_a_ctrl_c_saves_a_checkpoint_and_a_plain_terminal_gets_plain_characters(
    command: list[str], terminal: Callable[..., Pty], tmp_path: Path
) -> None:
    root = tmp_path / "rüns"
    pty = terminal([*command, *ENDLESS, "--ascii", "--runs-dir", str(root)], NO_COLOR="1")
    pty.wait_for("epoch [2-9][0-9]*/10000")
    pty.child.sendintr()
    assert pty.end() == 130
    shown = pty.shown()
    assert re.search("stopped by SIGINT; the checkpoint is (of|within) epoch", shown)
    assert "val loss" in shown
    assert "Traceback" not in shown
    (path,) = root.iterdir()
    usable(RunDir(path), "SIGINT")

    assert pty.written.isascii()
    colours = re.findall(rb"\x1b\[([\d;]*)m", pty.written)
    assert not [code for found in colours for code in found.split(b";") if code and int(code) >= 30]


def test_a_run_is_logged_for_tensorboard_and_its_configuration_does_not_say_so(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    arguments = [*command, *QUICK, "--log-tensorboard", "board"]
    subprocess.run(arguments, env=environment, cwd=tmp_path, check=True, capture_output=True)
    run = the_run(tmp_path)
    losses = [end.val.loss for end in folded(run).epochs_ended]
    assert [*scalars(tmp_path / "board" / run.name)["val/loss"].values()] == pytest.approx(losses, rel=1e-6)
    assert b"board" not in run.config.read_bytes()
