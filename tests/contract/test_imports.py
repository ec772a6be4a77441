"""Who may import whom: by the contracts of pyproject.toml, and by what a started process has loaded."""

from __future__ import annotations

import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import snn_tui.runs

ROOT = Path(__file__).parents[2]
SCRIPT = str(Path(sys.executable).parent / "lint-imports")

HEAVY = {"torch", "snntorch", "sklearn", "numpy", "medmnist", "PIL", "safetensors", "torchvision", "scipy"}
SCREENS = {"textual"}


def test_the_contracts_hold() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("arguments", [None, ["--version"], ["runs"], ["--help"]], ids=str)
def test_a_short_command_loads_neither_torch_nor_the_screens(
    arguments: list[str] | None, tmp_path: Path
) -> None:
    call = f"; snn_tui.cli.app.run_command({arguments})" if arguments else ""
    assert not loaded_by(f"import snn_tui.cli.app{call}", tmp_path) & (HEAVY | SCREENS)


def test_the_screens_load_nothing_that_computes(tmp_path: Path) -> None:
    loaded = loaded_by("import snn_tui.tui.app", tmp_path)
    assert "textual" in loaded
    assert not loaded & HEAVY


def test_runs_needs_the_standard_library_and_msgspec_only(tmp_path: Path) -> None:
    modules = [f"snn_tui.runs.{module.name}" for module in pkgutil.iter_modules(snn_tui.runs.__path__)]
    assert len(modules) > 5
    loaded = loaded_by(f"import {', '.join(modules)}", tmp_path) - loaded_by("import msgspec", tmp_path)
    assert loaded - sys.stdlib_module_names == {"snn_tui"}


def test_the_trainer_loads_no_screens(tmp_path: Path) -> None:
    loaded = loaded_by(
        "import snn_tui.worker.trainer, snn_tui.inspector.server, snn_tui.evaluation.opened_run", tmp_path
    )
    assert not loaded & (SCREENS | {"plotext", "typer"})


def test_the_inspector_loads_nothing_that_scores(tmp_path: Path) -> None:
    loaded = loaded_by("import snn_tui.inspector.server", tmp_path)
    assert "torch" in loaded
    assert not loaded & {"sklearn", "scipy", "pandas", "medmnist"}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the package that lies in a folder."""
    return subprocess.run(
        [SCRIPT, "--no-cache", "--config", str(folder / "pyproject.toml")],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def loaded_by(code: str, folder: Path) -> set[str]:
    """Names of the top-level modules a new process has loaded after running some code."""
    report = "import sys; sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    told = subprocess.run(
        [sys.executable, "-P", "-c", f"{code}\n{report}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    return set(told.stderr.split())


def test_a_file_in_no_room_breaks_the_contract(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "snn_tui", tmp_path / "snn_tui", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "snn_tui" / "helpers.py").write_text('"""A file in no room."""\n')
    answer = lint(tmp_path)
    assert answer.returncode == 1
    assert "helpers" in answer.stdout
    assert "BROKEN" in answer.stdout
