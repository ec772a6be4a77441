"""What must not stand in any file that is published."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from snn_tui import __version__

ROOT = Path(__file__).parents[2]

_FOLDERS = ("work", "root", "home", "Users", "mnt", "private")
PRIVATE = re.compile(
    rf"""(?:^|[\s"'`(=:,<>\[])/(?:{"|".join(_FOLDERS)})/[\w.-]"""  # a folder of a developer's machine
    r"|[A-Za-z]:\\\\?Users\b"
)
REGISTRY = re.compile(
    r"(?:(?:index|registry)[-_]url|trusted[-_]host)\b"
    r"|\b(?:pypi|files\.pythonhosted|test\.pypi|registry\.npmjs)\.(?:org|python\.org)\b"
    r"|\b(?:artifactory|nexus|devpi|jfrog|proxpi)\b"
    r"|/simple/?(?=[\s\"'])",
    re.IGNORECASE,
)


@pytest.mark.parametrize("pattern", [PRIVATE, REGISTRY], ids=["private", "registry"])
def test_no_file_names_a_developers_machine_or_a_registry(pattern: re.Pattern[str]) -> None:
    found = []
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        for number, line in enumerate(text.splitlines(), 1):
            if path != Path(__file__) and (match := pattern.search(line)):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    assert found == []


def tracked() -> list[Path]:
    """The files that git would publish; the test is skipped where there is no git checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    try:
        told = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"git does not answer: {error}")
    return [ROOT / name for name in told.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_the_citation_names_this_version() -> None:
    assert f"\nversion: {__version__}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
