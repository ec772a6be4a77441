"""Writing reports, and the table of all images."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import msgspec
import pytest
from analysis.samples import many, task_judgement, task_of

from snn_tui.analysis.results import Results, Threshold
from snn_tui.analysis.task_results import TaskResults
from snn_tui.errors import SnnTuiError, UsageError
from snn_tui.export.report.image_table import image_table
from snn_tui.export.writing import check_targets, write
from snn_tui.values.task import PNEUMONIA


@pytest.mark.parametrize("threshold", [Threshold(), Threshold(2.5, "val")])
def test_the_table_has_a_row_for_each_image(threshold: Threshold) -> None:
    judged = many()
    results = Results(judged)
    rows = list(csv.DictReader(io.StringIO(image_table(results, threshold))))
    assert [int(row["image"]) for row in rows] == judged.ids
    assert [float(row["decision"]) for row in rows] == judged.scores
    assert {row["truth"] for row in rows} == {row["verdict"] for row in rows} == {"normal", "pneumonia"}
    wrong = [int(row["image"]) for row in rows if row["right"] == "0"]
    assert wrong == sorted(mistake.index for mistake in results.mistakes(threshold.value))
    for place, row in enumerate(rows):
        assert (row["truth"] != row["verdict"]) is (row["right"] == "0")
        assert (int(row["spikes_normal"]), int(row["spikes_pneumonia"])) == judged.spike_counts(place)
        assert float(row["threshold"]) == threshold.value


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1", "-x", "@SUM(1)", "＝1"])
def test_class_names_are_no_formulas_in_the_table(name: str) -> None:
    binary = many(task=msgspec.structs.replace(PNEUMONIA, classes=(name, "b")))
    several = task_judgement(msgspec.structs.replace(task_of("multiclass", 3), classes=(name, "b", "c")))
    for results in (Results(binary), TaskResults(several)):
        rows = list(csv.DictReader(io.StringIO(image_table(results, Threshold()))))
        names = {row[column] for row in rows for column in ("truth", "verdict")}
        assert names - {"c"} == {f"'{name}", "b"}
        assert not any(header.startswith(("=", "+", "-", "@")) for header in rows[0])


def test_files_are_written_whole(tmp_path: Path) -> None:
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    write({page: "<p>é", table: "a\n"}, force=False)
    assert page.read_text("utf-8") == "<p>é"
    assert sorted(os.listdir(tmp_path)) == ["r.csv", "r.html"]


def test_nothing_is_written_over_without_force(tmp_path: Path) -> None:
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    table.write_text("mine")
    with pytest.raises(UsageError, match="exists already"):
        write({page: "new", table: "new"}, force=False)
    assert not page.exists()
    assert table.read_text() == "mine"
    write({page: "new", table: "new"}, force=True)
    assert table.read_text() == "new"


def test_what_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        check_targets([tmp_path / "no" / "r.html"], force=True)
    with pytest.raises(UsageError, match="a folder"):
        check_targets([tmp_path], force=True)
    with pytest.raises(UsageError, match="same name"):
        check_targets([tmp_path / "r.html", tmp_path / "x" / ".." / "r.html"], force=True)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(SnnTuiError, match="No space left") as told:
        write({tmp_path / "r.html": "x"}, force=False)
    assert told.value.exit_code == 1
    assert "runs-dir" not in told.value.remedy
    assert os.listdir(tmp_path) == []


def test_a_disk_with_room_for_one_of_two_files_gets_neither(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    page.write_text("before")
    really = os.write

    def full(descriptor: int, content: bytes) -> int:
        if bytes(content) == b"table":
            raise OSError(28, "No space left on device")
        return really(descriptor, content)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(SnnTuiError, match=r"r\.csv.*No space left"):
        write({page: "page", table: "table"}, force=True)
    assert page.read_text() == "before"
    assert os.listdir(tmp_path) == ["r.html"]
