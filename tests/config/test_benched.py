"""Speeds that bench measured are kept by what they are of, and nothing else hangs on them."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.config.benched import benched_speed, remember_speed, work_key
from snn_tui.config.build import build

SHAPE = (1, 28, 28, 2)


def key(**options: object) -> str:
    return work_key(build(options), engine="fused", device="cpu", threads=2, shape=SHAPE)


def test_a_speed_is_found_again_by_the_same_work_alone(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    assert benched_speed(key(), environ) is None
    remember_speed(key(), 1200.0, environ)
    remember_speed(key(num_steps=4), 5000.0, environ)
    assert benched_speed(key(seed=3, epochs=40, lr=0.1), environ) == 1200.0
    assert benched_speed(key(num_steps=4), environ) == 5000.0
    assert benched_speed(key(batch_size=64), environ) is None
    remember_speed(key(), 900.0, environ)
    assert benched_speed(key(), environ) == 900.0


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": "b"}', "\x00"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    file = tmp_path / "snn-tui" / "speeds.json"
    file.parent.mkdir()
    file.write_text(content)
    assert benched_speed(key(), environ) is None
    remember_speed(key(), 900.0, environ)
    assert benched_speed(key(), environ) == 900.0


def test_the_oldest_of_many_speeds_goes(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    for number in range(70):
        remember_speed(f"work {number}", float(number), environ)
    assert benched_speed("work 0", environ) is None
    assert benched_speed("work 69", environ) == 69.0
