"""`snn-tui doctor`: what to paste into a report of a fault, also where torch is broken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Command
from snn_tui import __version__


def test_it_names_what_matters_and_no_person_and_no_secret(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNN_TUI_WEBHOOK", "https://host/sEcReT")
    monkeypatch.setenv("SNN_TUI_ON_END", "curl sEcReT")
    monkeypatch.setenv("SNN_TUI_DATA", str(tmp_path / "home" / "images"))
    monkeypatch.setenv("TERM_PROGRAM", "a\x1b]0;b\x07")
    code, out, err = command("doctor")
    assert (code, err) == (0, "")
    assert __version__ in out
    for section in ("versions", "terminal", "devices", "files", "preferences", "environment"):
        assert f"\n{section}\n" in f"\n{out}"
    assert "SNN_TUI_DATA     ~/images" in out
    assert "SNN_TUI_WEBHOOK  is set" in out
    assert "sEcReT" not in out
    assert str(tmp_path / "home") not in out
    assert out.replace("\n", "").isprintable()


def test_a_broken_torch_is_named_and_the_rest_is_there(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "torch.py").write_text("raise OSError('libcudart.so: cannot open')\n")
    (broken / "llvmlite.py").write_text("import os; os.abort()\n")
    monkeypatch.setenv("PYTHONPATH", str(broken))
    code, out, err = command("doctor", "--json")
    assert (code, err) == (0, "")
    report = json.loads(out)
    assert report["devices"]["torch"] == "cannot be used: OSError: libcudart.so: cannot open"
    assert report["compiler of the fused engine"]["llvmlite"].startswith("cannot be used")
    assert report["versions"]["snn-tui"] == __version__
