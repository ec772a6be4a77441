"""Preferences and view state: where they lie, what goes before what, and what a broken file does."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from snn_tui.config.preferences import (
    Loaded,
    Preferences,
    load_preferences,
    preferences_file,
    set_preference,
)
from snn_tui.config.view_state import view_memory
from snn_tui.errors import UsageError


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The folders of a user without files."""
    return {"XDG_CONFIG_HOME": str(tmp_path / "config"), "XDG_STATE_HOME": str(tmp_path / "state")}


def written(environ: dict[str, str], text: str) -> Loaded:
    """The preferences of a file with a text."""
    path = preferences_file(environ)
    assert path is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_preferences(environ)


def test_without_a_file_the_defaults_hold_and_nothing_is_written(environ: dict[str, str]) -> None:
    loaded = load_preferences(environ)
    assert loaded.preferences == Preferences()
    assert not loaded.warnings
    assert not Path(environ["XDG_CONFIG_HOME"]).exists()


def test_the_environment_goes_before_the_file_and_that_before_the_default(environ: dict[str, str]) -> None:
    loaded = written(environ, 'theme = "light"\nascii = true\n')
    assert (loaded.preferences.theme, loaded.preferences.ascii, loaded.preferences.mouse) == (
        "light",
        True,
        True,
    )
    loaded = load_preferences(environ | {"SNN_TUI_ASCII": "no", "SNN_TUI_MOUSE": "0"})
    assert (loaded.preferences.theme, loaded.preferences.ascii, loaded.preferences.mouse) == (
        "light",
        False,
        False,
    )
    assert loaded.sources == {"theme": "file", "ascii": "SNN_TUI_ASCII", "mouse": "SNN_TUI_MOUSE"}


def test_what_is_not_known_or_not_allowed_is_named_and_the_rest_holds(environ: dict[str, str]) -> None:
    loaded = written(environ, 'theem = "light"\nascii = "maybe"\nmouse = false\n')
    assert loaded.preferences == Preferences(mouse=False)
    assert len(loaded.warnings) == 2
    assert "'theem'" in loaded.warnings[0]
    assert "ascii" in loaded.warnings[1]
    assert "true or false" in loaded.warnings[1]


@pytest.mark.parametrize("text", ["theme = ", "[[[", "a = " + "[" * 5000, "\x00"])
def test_a_broken_file_is_named_once_and_left_alone(environ: dict[str, str], text: str) -> None:
    loaded = written(environ, text)
    assert loaded.preferences == Preferences()
    assert len(loaded.warnings) == 1
    path = preferences_file(environ)
    assert path is not None
    with pytest.raises(UsageError):
        set_preference("theme", "light", environ)
    assert path.read_text(encoding="utf-8") == text


def test_setting_keeps_comments_and_what_a_later_version_knows(environ: dict[str, str]) -> None:
    written(
        environ,
        '# mine\ntheme = "dark"  # for now\nlater = 3\n\n[keys]\n"runs.mark" = "m"\n\n[other]\na = 1\n',
    )
    set_preference("theme", "light", environ)
    set_preference("slow-link", "true", environ)
    set_preference("keys.train.stop", "X, f8", environ)
    path = preferences_file(environ)
    assert path is not None
    assert path.read_text(encoding="utf-8") == (
        '# mine\ntheme = "light"\nlater = 3\nslow_link = true\n\n[keys]\n"runs.mark" = "m"\n'
        '"train.stop" = "X,f8"\n\n[other]\na = 1\n'
    )
    loaded = load_preferences(environ)
    assert loaded.preferences.keys == {"runs.mark": "m", "train.stop": "X,f8"}
    set_preference("theme", None, environ)
    set_preference("keys.runs.mark", None, environ)
    assert load_preferences(environ).preferences == Preferences(slow_link=True, keys={"train.stop": "X,f8"})


def test_a_first_key_makes_its_table(environ: dict[str, str]) -> None:
    set_preference("keys.runs.mark", "m", environ)
    set_preference("theme", "light", environ)
    assert load_preferences(environ).preferences == Preferences(theme="light", keys={"runs.mark": "m"})


def test_keys_may_stand_in_tables_of_their_own_which_only_their_author_changes(
    environ: dict[str, str],
) -> None:
    text = '[keys.runs]\nmark = "m"\n'
    assert written(environ, text).preferences.keys == {"runs.mark": "m"}
    with pytest.raises(UsageError, match="only its author"):
        set_preference("keys.runs.mark", "n", environ)
    path = preferences_file(environ)
    assert path is not None
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("name", "value"),
    [("theem", "x"), ("ascii", "perhaps"), ("smoothing", "2"), ("keys", "m"), ("keys.a", " ")],
)
def test_what_is_not_allowed_is_refused(environ: dict[str, str], name: str, value: str) -> None:
    with pytest.raises(UsageError) as refused:
        set_preference(name, value, environ)
    assert refused.value.remedy
    assert not Path(environ["XDG_CONFIG_HOME"]).exists()


def test_a_file_that_is_a_link_stays_one(environ: dict[str, str], tmp_path: Path) -> None:
    path = preferences_file(environ)
    assert path is not None
    path.parent.mkdir(parents=True)
    (tmp_path / "elsewhere.toml").write_text("")
    path.symlink_to(tmp_path / "elsewhere.toml")
    set_preference("theme", "light", environ)
    assert path.is_symlink()
    assert (tmp_path / "elsewhere.toml").read_text() == 'theme = "light"\n'
    assert os.listdir(path.parent) == ["config.toml"]


def test_the_view_is_remembered_and_other_fields_stay(environ: dict[str, str]) -> None:
    memory = view_memory(environ)
    memory.remember(runs_sort="state", runs_rising=True)
    path = Path(environ["XDG_STATE_HOME"]) / "snn-tui" / "view.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"later": [1]}))
    other = view_memory(environ)
    other.remember(smoothing={"loss": 0.9})
    memory.remember(runs_rising=False)
    assert json.loads(path.read_text()) == {
        "runs_sort": "state",
        "runs_rising": False,
        "later": [1],
        "smoothing": {"loss": 0.9},
    }
    assert view_memory(environ).state.runs_sort == "state"


def test_a_broken_view_is_named_and_left_alone(environ: dict[str, str]) -> None:
    path = Path(environ["XDG_STATE_HOME"]) / "snn-tui" / "view.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    memory = view_memory(environ)
    assert "view.json" in memory.warning
    memory.remember(runs_sort="state")
    assert memory.state.runs_sort == "state"
    assert path.read_text() == "{"
