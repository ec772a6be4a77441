"""A process that has imported torch once, and forks a child of itself for every fault.

`python server.py SOCKET IMAGES [MODULE ...]`, further modules to import. A connection carries one job as a
line of JSON; back come the child's pid and, when it has ended, its status. A child is what
`python -m snn_tui.worker` or `snn-tui` would be after its imports: a session of its own, files for stdout and
stderr, and then `worker.main` or `cli.run_command`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import resource
import select
import signal
import socket
import sys
import tempfile
import traceback
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import points
import torch

import snn_tui
from snn_tui.cli import app
from snn_tui.config.build import build
from snn_tui.runs.store import create
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import state_from_bytes, state_to_bytes, weights_to_bytes
from snn_tui.worker import trainer

NOBODY = 65534
VERSIONS = {name: metadata.version(name) for name in ("torch", "snntorch", "medmnist")}


def main(path: str, images: str, *modules: str) -> None:
    """Serve until killed."""
    for module in pkgutil.walk_packages(snn_tui.__path__, "snn_tui."):
        if module.name.startswith("snn_tui.tui") or module.name.endswith("__main__"):
            continue
        if ".peers." not in module.name:  # their libraries need not be installed
            importlib.import_module(module.name)
    for name in modules:
        importlib.import_module(name)
    torch.set_num_threads(1)
    warm_up(images)
    gc.collect()
    gc.freeze()  # a child that collects garbage would have to copy what it only looks through
    ended, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    waiting: dict[int, socket.socket] = {}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        while True:
            watched: list[socket.socket | int] = [listener, ended]
            ready = select.select(watched, [], [])[0]
            if ended in ready:
                os.read(ended, 4096)
                reap(waiting)
            if listener in ready:
                connection, _ = listener.accept()
                child = fork(connection, listener)
                waiting[child] = connection


def reap(waiting: dict[int, socket.socket]) -> None:
    """Tell who waits for them how children ended."""
    while waiting:
        child, status = os.waitpid(-1, os.WNOHANG)
        if not child:
            return
        with waiting.pop(child) as connection, contextlib.suppress(OSError):
            connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def warm_up(images: str) -> None:
    """Have everything imported that is imported late: a child run as nobody may not read the packages.

    No gradient is computed: that might start threads, which forking does not copy.
    """
    network = SpikingNetwork(NetworkSpec(), 0)
    optimizer = torch.optim.Adam(network.parameters())
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    with tempfile.TemporaryDirectory() as folder:
        run = create(Path(folder), build({"data": images, "num_steps": 2, "device": "cpu"}), datetime.now())
        run.weights.write_bytes(weights_to_bytes(network.state_dict(), {}))
        weights = network.state_dict()
        empty = {"images": 0, "epochs_done": 0, "batches_done": 0, "losses": [], "best_loss": 0.0}
        state = empty | {"weights": weights, "average": None, "kept": None, "optimizer": {"state": {}}}
        state_from_bytes(state_to_bytes(state), "")
        with (
            open(os.devnull, "w", encoding="utf-8") as nowhere,
            contextlib.redirect_stdout(nowhere),
            contextlib.redirect_stderr(nowhere),
        ):
            for argv in (
                ["runs", "--runs-dir", folder],
                ["evaluate", str(run.path)],
                ["evaluate", "no-such-run"],
                ["inspect", str(run.path), "--index", "0"],
                ["--train-only", "--name", "/"],
            ):
                app.run_command(argv)


def fork(connection: socket.socket, listener: socket.socket) -> int:
    """Read a job and have a child do it."""
    with connection.makefile("r") as stream:
        job = json.loads(stream.readline())
    child = os.fork()
    if child:
        connection.sendall(f"{child}\n".encode())
        return child
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    try:
        connection.close()
        listener.close()
        code = become(job)
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001 - what the interpreter does at its end
        traceback.print_exc()
        code = 1
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    try:
        sys.stdout.flush()
    except OSError:
        code = 120  # so does the interpreter
    os._exit(code)


def become(job: dict[str, Any]) -> int:
    """In the child: what the job says."""
    if job["nobody"] and os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        metadata.version = VERSIONS.__getitem__  # type: ignore[assignment]
    for number, path in enumerate((os.devnull, job["out"], job["err"])):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        if job["terminal"]:  # of a session without one, this makes it the controlling one
            path, flags = job["terminal"], os.O_RDWR
        descriptor = os.open(path, flags, 0o666)
        os.dup2(descriptor, number)
        os.close(descriptor)
    # Made anew, as the interpreter does: a stream knows whether there is a file or a pipe behind it.
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    os.environ.update(job["environ"])
    os.chdir(job["folder"])
    for name, arguments in job["faults"]:
        getattr(points, name)(*arguments)
    if job["memory"]:
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()  # noqa: SIM115
        resource.setrlimit(resource.RLIMIT_AS, (used + job["memory"],) * 2)
    if job["run"]:
        return trainer.main([job["run"]])
    return app.run_command(job["argv"])


if __name__ == "__main__":
    main(*sys.argv[1:])
