"""`docs/sweeps.md` and the code say the same of `sweep.json`: every field, type and default."""

from __future__ import annotations

from pathlib import Path

from contract.pages import Page, row, structs
from snn_tui.runs.sweep import SweepDir, SweepRecord

PAGE = Page.read("sweeps.md")


def test_every_field_and_file_of_a_sweep_stands_on_the_page() -> None:
    known = structs(SweepRecord)
    assert PAGE.structs() == set(known)
    for name, struct in known.items():
        rows = PAGE.table(f"`{name}`")
        assert [tuple(cells[:3]) for cells in rows] == [row(field) for field in struct.fields]
        assert all(cells[3] for cells in rows)
    folder = SweepDir.of(Path("runs"), "rates")
    assert PAGE.first_column("Files") == {folder.plan.name, folder.journal.name, folder.record.name}
