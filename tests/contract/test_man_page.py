"""`docs/snn-tui.1` says what the program's options are now."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess

import pytest

from contract.pages import ROOT

PAGE = ROOT / "docs" / "snn-tui.1"


def test_the_manual_page_is_current() -> None:
    spec = importlib.util.spec_from_file_location("man_page", ROOT / "docs" / "man_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert PAGE.read_text(encoding="utf-8") == module.page(), "run: python docs/man_page.py"


@pytest.mark.skipif(shutil.which("groff") is None, reason="there is no groff")
def test_groff_has_nothing_to_warn_of() -> None:
    told = subprocess.run(
        ["groff", "-man", "-Tascii", "-ww", str(PAGE)], capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")
