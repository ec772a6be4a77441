"""What is done when a run has ended: a command with the run's facts, and a webhook that leaks nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import pytest

from snn_tui.errors import UsageError
from snn_tui.runs.ending import Ending
from snn_tui.runs.process import worker_command
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of
from snn_tui.worker.on_end import OnEnd, command, webhook
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import train_run

ENDING = Ending(
    run="try1",
    run_dir="/runs/try1",
    outcome="finished",
    exit_code=0,
    epoch=3,
    epochs=3,
    seconds=1.5,
    split="test",
    scores={"accuracy": 0.853},
)
SECRET = "sEcReT"


def never() -> bool:
    """Nobody interrupts the command."""
    return False


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has reaped yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@dataclass
class Server:
    """What a server on this machine was sent; answers with a status, after a while.

    Args:
        status: The status it answers with.
        hold: Is waited for before each answer.
    """

    port: int = 0
    status: int = 204
    hold: threading.Event = field(default_factory=threading.Event)
    bodies: list[dict[str, object]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Server]:
    """A server for one test."""
    server = Server()
    server.hold.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            server.headers.append(dict(self.headers) | {"path": self.path})
            server.hold.wait(30)
            self.send_response(server.status)
            if server.status == 302:
                self.send_header("Location", f"http://127.0.0.1:{server.port}/elsewhere")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = HTTPServer(("127.0.0.1", 0), Handler)
    server.port = http.server_port
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield server
    server.hold.set()
    http.shutdown()
    http.server_close()


def test_the_command_has_the_facts_and_prints_into_the_log(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    line = (
        'echo "$SNN_TUI_RUN|$SNN_TUI_RUN_DIR|$SNN_TUI_OUTCOME|$SNN_TUI_ACCURACY|$SNN_TUI_AUC|$SNN_TUI_EPOCH"'
    )
    assert command.run(line, ENDING, log, never) == ""
    assert log.read_text() == "try1|/runs/try1|finished|0.853||3\n"


def test_a_command_that_fails_is_named_by_its_exit_code_only(tmp_path: Path) -> None:
    fault = command.run(f"echo {SECRET}; exit 3", ENDING, tmp_path / "worker.log", never)
    assert fault == "the command of --on-end ended with exit code 3; worker.log has what it printed"


def test_a_command_has_a_limit_and_what_it_started_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "LIMIT_SECONDS", 0.3)
    pid = tmp_path / "pid"
    fault = command.run(f"sleep 100 & echo $! > {pid}; wait", ENDING, tmp_path / "worker.log", never)
    assert "took more than 0.3 seconds" in fault
    until = time.monotonic() + 30
    while lives(int(pid.read_text())):
        assert time.monotonic() < until
        time.sleep(0.05)


def test_ctrl_c_ends_the_command(tmp_path: Path) -> None:
    assert "interrupted" in command.run("sleep 100", ENDING, tmp_path / "worker.log", lambda: True)


def test_the_webhook_is_sent_the_ending_once(server: Server) -> None:
    assert webhook.send(f"http://me:{SECRET}@127.0.0.1:{server.port}/a/b?token={SECRET}", ENDING) == ""
    (body,), (headers,) = server.bodies, server.headers
    assert body["text"] == "try1 finished: accuracy 0.853 on test"
    assert (body["run"], body["outcome"], body["scores"]) == ("try1", "finished", {"accuracy": 0.853})
    assert headers["path"] == f"/a/b?token={SECRET}"
    assert headers["Authorization"].startswith("Basic ")
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_refusal_is_named_without_the_address(server: Server, status: int) -> None:
    server.status = status
    fault = webhook.send(f"http://u:{SECRET}@127.0.0.1:{server.port}/{SECRET}?{SECRET}", ENDING)
    assert fault == f"the webhook of http://127.0.0.1/... was not reached: HTTP status {status}"
    assert len(server.bodies) == 1


def test_a_server_that_does_not_answer_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "TIMEOUT_SECONDS", 0.3)
    server.hold.clear()
    fault = webhook.send(f"http://127.0.0.1:{server.port}/{SECRET}", ENDING)
    assert "was not reached" in fault
    assert SECRET not in fault


@pytest.mark.parametrize("port", ["1", "99999", "x"])
def test_an_address_that_leads_nowhere_is_named_without_its_path(port: str) -> None:
    url = f"http://{SECRET}:{SECRET}@127.0.0.1:{port}/{SECRET}"
    if port != "1":
        with pytest.raises(UsageError) as refused:
            webhook.check(url)
        assert SECRET not in f"{refused.value} {refused.value.remedy}"
    else:
        assert webhook.send(url, ENDING) == (
            "the webhook of http://127.0.0.1/... was not reached: Connection refused"
        )


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/",
        "file:///etc/passwd",
        "http://",
        "host/path",
        "http://host/a b",
        "http://host/\n",
        "http://[x/",
    ],
)
def test_other_addresses_are_refused_before_anything_begins(url: str) -> None:
    with pytest.raises(UsageError):
        OnEnd.of(None, url)


def test_a_run_that_finishes_does_both_after_its_lock_is_free(
    new_tiny_run: Callable[..., RunDir], tmp_path: Path, server: Server
) -> None:
    run = new_tiny_run(tmp_path, epochs=1, read_test="once")
    url = f"http://127.0.0.1:{server.port}/{SECRET}"
    code = train_run(
        run,
        lambda event: None,
        StopRequest(),
        on_end=OnEnd('ls "$SNN_TUI_RUN_DIR"/lock; echo "$SNN_TUI_SPLIT $SNN_TUI_EXIT_CODE"; exit 1', url),
    )
    assert code == 0
    log = run.log.read_text()
    assert "test 0\n" in log
    assert "No such file" in log
    assert "ended with exit code 1" in log
    assert server.bodies[0]["outcome"] == "finished"
    for path in run.path.iterdir():
        assert SECRET.encode() not in path.read_bytes()


def test_a_trainer_takes_both_from_its_environment_and_hands_neither_on(
    new_tiny_run: Callable[..., RunDir], tmp_path: Path, server: Server
) -> None:
    run = new_tiny_run(tmp_path, data=str(tmp_path / "missing.npz"))
    url = f"http://127.0.0.1:{server.port}/{SECRET}"
    line = 'echo "[$SNN_TUI_OUTCOME $SNN_TUI_EXIT_CODE ${SNN_TUI_WEBHOOK-none} ${SNN_TUI_ON_END-none}]"'
    environment = {**os.environ, "SNN_TUI_WEBHOOK": url, "SNN_TUI_ON_END": line}
    code = subprocess.run(worker_command(run), env=environment, check=False).returncode
    assert code == 3
    assert state_of(run).phase == "failed"
    assert "[failed 3 none none]\n" in run.log.read_text()
    assert server.bodies[0]["outcome"] == "failed"
    assert SECRET not in run.log.read_text()


@pytest.mark.parametrize("option", ["--webhook", "SNN_TUI_WEBHOOK"])
def test_an_address_is_refused_by_the_command_line_without_repeating_it(option: str, tmp_path: Path) -> None:
    bad = f"ftp://host/{SECRET}"
    environment = {**os.environ, "HOME": str(tmp_path)}
    arguments = [sys.executable, "-m", "snn_tui", "--train-only", "--demo"]
    if option.startswith("--"):
        arguments += [option, bad]
    else:
        environment[option] = bad
    ran = subprocess.run(
        arguments, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 2
    assert "no http or https URL" in ran.stderr
    assert SECRET not in ran.stderr + ran.stdout
