"""Tables as plain text: nothing that a terminal or a spreadsheet would act on."""

from __future__ import annotations

from runs.samples import ended

from snn_tui.render.copied import epochs_tsv, run_command, runs_tsv
from snn_tui.runs.summary import RunSummary

RUN = RunSummary(
    name="=HYPERLINK(1)\t\x1b]0;x\x07",
    path="/runs/a",
    state="failed",
    epoch=0,
    epochs=2,
    val=None,
    test=None,
    started_at=None,
    dataset="",
    synthetic=False,
    shipped=False,
    trained=False,
    note="two\nlines",
)


def test_names_are_neither_formulas_nor_cells_of_their_own() -> None:
    header, row = runs_tsv([RUN]).splitlines()
    cells = dict(zip(header.split("\t"), row.split("\t"), strict=True))
    assert cells["run"] == "'=HYPERLINK(1) "
    assert cells["note"] == "two lines"
    assert cells["val accuracy"] == ""


def test_a_loss_that_is_no_number_is_an_empty_cell() -> None:
    header, row = epochs_tsv([ended(1.0, 1, None)], "binary").splitlines()
    assert dict(zip(header.split("\t"), row.split("\t"), strict=True))["val loss"] == ""


def test_a_command_has_the_path_as_one_word() -> None:
    assert run_command("/runs/a b;rm", True) == "snn-tui --train-only --resume '/runs/a b;rm'"
