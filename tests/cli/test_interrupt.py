"""Ctrl-c ends every command silently, whatever is being imported when it comes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import os, signal, sys

module = sys.argv.pop(1)

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
from snn_tui.cli.main import main

main()
"""
"""The command, with ctrl-c pressed in the moment when a module is about to be imported."""

IMPORTED = [
    ("snn_tui.cli.start", "runs"),
    ("snn_tui.errors", "runs"),
    ("typer", "runs"),
    ("rich.console", "data"),
    ("numpy", "data --dataset demo"),
    ("torch", "--train-only --demo"),
]


@pytest.mark.parametrize(("module", "arguments"), IMPORTED)
def test_it_ends_a_command_silently_during_imports(module: str, arguments: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, module, *arguments.split()]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


def test_where_it_is_ignored_it_stays_so(tmp_path: Path) -> None:
    ignoring = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{PROGRAM}"
    command = [sys.executable, "-c", ignoring, "typer", "--version"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("snn-tui ")
