"""A container or a batch job may have less memory than its machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.config import machine
from snn_tui.config.machine import machine_memory


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for /sys/fs/cgroup; `own` beside it for /proc/self/cgroup."""
    monkeypatch.setattr(machine, "_GROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(machine, "_OWN_GROUPS", tmp_path / "own")
    return tmp_path / "cgroup"


def limit(folder: Path, text: str, name: str = "memory.max") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def test_a_container_has_its_limit_at_the_top(groups: Path) -> None:
    whole = machine_memory()
    for text, expected in (("1048576\n", 1 << 20), ("max\n", whole), (str(1 << 60), whole), ("", whole)):
        limit(groups, text)
        assert machine_memory() == expected


def test_the_least_limit_of_the_groups_above_counts(groups: Path) -> None:
    (groups.parent / "own").write_text("0::/jobs/17/step\n")
    limit(groups / "jobs/17/step", "max\n")
    limit(groups / "jobs/17", "2097152\n")
    limit(groups / "jobs", "4194304\n")
    assert machine_memory() == 2 << 20


def test_version_1_is_read_too(groups: Path) -> None:
    (groups.parent / "own").write_text("5:cpu,cpuacct:/jobs\n4:memory:/jobs/17\n1:name=systemd:/init.scope\n")
    limit(groups / "memory", str(2**63 - 4096), "memory.limit_in_bytes")
    limit(groups / "memory/jobs/17", "3145728\n", "memory.limit_in_bytes")
    assert machine_memory() == 3 << 20


def test_a_group_that_is_not_there_has_no_limit(groups: Path) -> None:
    whole = machine_memory()
    (groups.parent / "own").write_text("0::/../elsewhere:x\n\n")
    assert machine_memory() == whole
