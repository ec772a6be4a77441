"""`snn-tui config` shows and sets what the user prefers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Command, Refused


@pytest.fixture(autouse=True)
def own_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of preferences of this test alone."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "snn-tui" / "config.toml"


def test_a_preference_is_set_shown_and_taken_out(command: Command, own_file: Path) -> None:
    assert command("config", "theme", "light") == (0, "", "")
    assert command("config", "theme") == (0, "light\n", "")
    code, out, err = command("config")
    assert (code, err) == (0, "")
    assert "light" in out
    assert str(own_file) in out.replace("\n", "")
    assert json.loads(command("config", "--json")[1])["theme"] == "light"
    assert command("config", "theme", "--unset") == (0, "", "")
    assert command("config", "theme") == (0, "-\n", "")


def test_a_variable_that_goes_before_the_file_is_named(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNN_TUI_ASCII", "1")
    code, out, err = command("config", "ascii", "false")
    assert (code, out) == (0, "")
    assert "$SNN_TUI_ASCII" in err
    assert command("config", "ascii")[1] == "true\n"


def test_what_does_not_exist_is_refused(refused: Refused) -> None:
    assert "theme" in refused(2, "config", "theem", "light")
    assert "there is no such preference" in refused(2, "config", "theem")
    assert "is no theme" in refused(2, "config", "theme", "lite")
    assert "--unset" in refused(2, "config", "--unset")


def test_what_is_preferred_holds_for_commands(command: Command) -> None:
    command("config", "ascii", "true")
    assert command("config")[1].isascii()


def test_a_key_is_set_listed_and_refused_where_it_is_taken(command: Command, refused: Refused) -> None:
    assert command("config", "keys.runs.mark", "f8") == (0, "", "")
    assert any(line.split()[:2] == ["runs.mark", "f8"] for line in command("config", "keys")[1].splitlines())
    assert "m is the key of runs.results" in refused(2, "config", "keys.runs.note", "m")
    assert "did you mean runs.mark?" in refused(2, "config", "keys.runs.makr", "f9")
