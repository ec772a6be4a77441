"""What this machine lets a process have."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

_OWN_GROUPS = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def machine_memory() -> int:
    """Memory that this process may use, in bytes: the machine's, or less in a container or a batch job.

    Those have control groups of the kernel, version 1 or 2; a limit of any group above the process's counts.
    """
    return min(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), *_limits())


def _limits() -> Iterator[int]:
    """Each limit of this process's control groups; one that means "none" is larger than any memory."""
    for top, group, name in _groups():
        for folder in (group, *group.parents):
            try:
                limit = (folder / name).read_text(encoding="ascii").strip()
            except (OSError, ValueError):
                limit = ""
            if limit.isdecimal():
                yield int(limit)
            if folder == top:
                break
    yield 1 << 62


def _groups() -> Iterator[tuple[Path, Path, str]]:
    """The top folder of each version, this process's folder below it, and the name of its file."""
    try:
        lines = _OWN_GROUPS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        lines = []
    for line in ("0::/", *lines):  # a container may have only the top, whatever the process's group is called
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            yield _GROUPS, _GROUPS / path.lstrip("/"), "memory.max"
        elif "memory" in controllers.split(","):
            top = _GROUPS / "memory"
            yield top, top / path.lstrip("/"), "memory.limit_in_bytes"
