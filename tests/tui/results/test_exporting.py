"""Where the report of Results goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis.samples import many

from snn_tui.analysis.results import Results, Threshold
from snn_tui.errors import UsageError
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.results.exporting import Export


@pytest.fixture
def export(tmp_path: Path) -> Export:
    """The report of a run that was judged by test."""
    return Export(RunDir(tmp_path / "2026-11-23T1200-paper-s4"), Results(many()), Threshold())


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("other", "other.html and other.csv"),
        ("other.htm", "other.htm and other.csv"),
        ("other.csv", "other.html and other.csv"),
        ("~nobody-of-this-name/x", "~nobody-of-this-name/x.html and x.csv"),
    ],
)
def test_page_and_table_are_two_files(export: Export, name: str, files: str) -> None:
    export.aim(name)
    assert export.file_names == files


@pytest.mark.parametrize("name", ["/", ".", "~"])
def test_a_folder_is_refused(export: Export, name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a file"):
        export.aim(name)
