"""`snn-tui report`: the page and the table on disk, and refusals before any work."""

from __future__ import annotations

import csv
from pathlib import Path

from cli.conftest import Command, Refused
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_metrics


def test_a_report_of_a_finished_run_is_on_test(command: Command, finished: RunDir, tmp_path: Path) -> None:
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    code, out, err = command("report", finished.path, "-o", page, "--csv", table)
    assert (code, out.splitlines(), err) == (0, [str(page), str(table)], "")
    text = page.read_text("utf-8")
    metrics = read_metrics(finished)
    assert metrics is not None
    assert metrics.test is not None
    assert "split <b>test</b>" in text
    assert f"<b>{metrics.test.accuracy:.3f}</b>" in text
    assert "8 draws" in text
    assert "no medical device" in text
    wrong = metrics.test.fp + metrics.test.fn
    assert text.count("data:image/png;base64,") == min(wrong, 12)
    rows = list(csv.DictReader(table.open()))
    assert len(rows) == metrics.test.images
    assert sum(row["right"] == "0" for row in rows) == wrong


def test_a_report_of_a_run_that_goes_on_is_on_val(command: Command, copy: RunDir, tmp_path: Path) -> None:
    copy.metrics.unlink()
    assert command("report", copy.name, "-o", tmp_path / "r.html")[0] == 0
    text = (tmp_path / "r.html").read_text("utf-8")
    assert "split <b>val</b>" in text
    assert "has not finished" in text
    assert command("report", copy.name, "-o", tmp_path / "t.html", "--split", "test")[0] == 0
    assert "split <b>test</b>" in (tmp_path / "t.html").read_text("utf-8")


def test_nothing_is_written_over_without_force(
    command: Command, refused: Refused, finished: RunDir, tmp_path: Path
) -> None:
    page = tmp_path / "r.html"
    page.write_text("mine")
    assert "exists already" in refused(2, "report", finished.path, "-o", page)
    assert page.read_text() == "mine"
    assert command("report", finished.path, "-o", page, "--force")[0] == 0
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_what_is_wrong_is_named(refused: Refused, copy: RunDir, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    assert "--split" in refused(2, "report", copy.name, "-o", page, "--split", "train")
    assert "HTML, not pdf" in refused(2, "report", copy.name, "-o", tmp_path / "r.pdf")
    assert "no such folder" in refused(2, "report", copy.name, "-o", tmp_path / "no" / "r.html")
    assert "/no.npz" in refused(3, "report", copy.name, "-o", page, "--data", "/no.npz")
    assert "no run" in refused(4, "report", "nothing", "-o", page)
    copy.weights.unlink()
    assert "no checkpoint yet" in refused(4, "report", copy.name, "-o", page)
    assert not page.exists()
    refused(2, "report", copy.name)
