"""Shells complete commands, options and names of runs."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from cli.conftest import Command, Refused
from snn_tui.cli import completing
from snn_tui.runs.rundir import RunDir

PROGRAM = Path(sys.executable).parent / "snn-tui"


@functools.cache
def bash_script() -> str:
    """What `snn-tui completion bash` prints."""
    return subprocess.run([PROGRAM, "completion", "bash"], capture_output=True, text=True, check=True).stdout


def completions(words: str, folder: Path) -> list[str]:
    """What bash would offer after some words, by the script that the program prints, in a real bash."""
    script = bash_script()
    parts = words.split(" ")
    asked = f"""{script}
COMP_WORDS=({" ".join(f"'{part}'" for part in parts)}); COMP_CWORD={len(parts) - 1}
{function_of(script)} snn-tui; printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
    told = subprocess.run(
        ["bash", "--norc", "-c", asked],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stderr == ""
    return told.stdout.split()


def function_of(script: str) -> str:
    """The function that the script has bash call."""
    return script.partition("complete -o default -F ")[2].split()[0]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_options_values_and_runs(copy: RunDir, tmp_path: Path) -> None:
    assert completions("snn-tui ev", tmp_path) == ["evaluate"]
    assert "--train-only" in completions("snn-tui --tr", tmp_path)
    assert completions("snn-tui --preset pa", tmp_path) == ["paper"]
    assert completions("snn-tui inspect 2026", tmp_path) == [copy.name]
    assert completions("snn-tui --train-only --resume la", tmp_path) == ["last"]
    for name in ("2026-$(touch x)", "2026;x", "2026 x"):  # would be part of the command
        shutil.copytree(copy.path, copy.path.parent / name)
    assert completions("snn-tui inspect 2026", tmp_path) == [copy.name]
    assert completions("snn-tui --train-only --teacher pneumonia-plus,2026", tmp_path) == [
        f"pneumonia-plus,{copy.name}"
    ]
    elsewhere = tmp_path / "elsewhere"
    copy.path.parent.rename(elsewhere)
    assert completions("snn-tui inspect 2026", tmp_path) == []
    assert completions("snn-tui --runs-dir elsewhere inspect 2026", tmp_path) == [copy.name]


def test_preferences_actions_and_values_are_completed() -> None:
    assert completing.preferences("slow-") == ["slow-link"]
    assert completing.preferences("t") == ["theme"]
    assert completing.preferences("keys.runs.ma") == ["keys.runs.mark"]
    for name, values in (("theme", ["dark"]), ("smoothing", []), ("mouse", [])):
        context = typer.Context(typer.main.get_command(typer.Typer(callback=lambda: None)))
        context.params["key"] = name
        assert completing.preferred(context, "d") == values
        assert completing.preferred(context, "t") == (["true"] if name == "mouse" else [])


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script(command: Command, shell: str) -> None:
    code, script, err = command("completion", shell)
    assert (code, err) == (0, "")
    assert "_SNN_TUI_COMPLETE" in script
    assert "snn-tui" in script


def test_another_shell_is_refused(refused: Refused) -> None:
    assert "'tcsh'" in refused(2, "completion", "tcsh")


def test_completing_loads_nothing_that_takes_long(tmp_path: Path) -> None:
    code = (
        "import sys; sys.argv = ['snn-tui']\n"
        "from snn_tui.cli.start import start\n"
        "try: start()\n"
        "except SystemExit: pass\n"
        "print({'torch', 'textual', 'numpy'} & set(sys.modules), file=sys.stderr)"
    )
    asked = {"_SNN_TUI_COMPLETE": "complete_bash", "COMP_WORDS": "snn-tui inspect ", "COMP_CWORD": "2"}
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "last" in told.stdout
    assert told.stderr == "set()\n"
