"""What a program loads that imports the package for its own training loop."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import snn_tui

HEAVY = {"torch", "snntorch", "numpy", "textual", "rich", "plotext", "typer", "sklearn", "PIL", "medmnist"}


def loaded_by(code: str, folder: Path) -> set[str]:
    """Names of the modules that a new process has loaded after running some code."""
    report = "import sys; sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"{code}\n{report}"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.split())


def test_importing_the_package_loads_nothing_but_itself(tmp_path: Path) -> None:
    extra = loaded_by("import snn_tui", tmp_path) - loaded_by("", tmp_path)
    assert {name for name in extra if name.partition(".")[0] not in sys.stdlib_module_names} == {"snn_tui"}


def test_a_whole_run_loads_nothing_that_computes_and_no_screens(tmp_path: Path) -> None:
    code = "import snn_tui\nwith snn_tui.start('a') as run: run.batch(loss=1.0); run.epoch(accuracy=1.0)"
    assert not {name.partition(".")[0] for name in loaded_by(code, tmp_path)} & HEAVY


def test_every_public_name_is_there() -> None:
    for name in snn_tui.__all__:
        assert getattr(snn_tui, name)
    with pytest.raises(AttributeError, match="no attribute 'strat'"):
        snn_tui.strat  # type: ignore[attr-defined]  # noqa: B018
