"""Tables of studies and comparisons: figures, and that they fit a terminal of 80 columns."""

from __future__ import annotations

import io

import msgspec
import pytest
from render import runs
from render.terminals import ALL, FULL
from rich.console import Console, RenderableType
from typed import present

from snn_tui.analysis.mcnemar import Comparison
from snn_tui.cli.draw.comparison import mcnemar_table, p_words
from snn_tui.cli.draw.robustness import robustness_table
from snn_tui.cli.draw.study import (
    MemberRow,
    comparisons_table,
    members_table,
    spread_table,
    spreads,
    together_table,
)
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.values.robustness import Trial
from snn_tui.values.task import Task


def drawn(what: RenderableType, width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width, no_color=True).print(what)
    return out.getvalue()


SCORES = msgspec.structs.replace(present(present(runs.finished().result).test), auc=0.9)
ACCURACY = present(SCORES.accuracy)
COMPARISON = Comparison(images=312, both=250, first=30, second=12, neither=20, p=0.008)


def test_mean_and_spread() -> None:
    better = msgspec.structs.replace(SCORES, accuracy=ACCURACY + 0.02, auc=None)
    found = spreads([SCORES, better])
    assert found["accuracy"] == pytest.approx((ACCURACY + 0.01, 0.02 / 2**0.5))
    assert found["auc"] == (0.9, None)
    assert found["balanced"][0] == pytest.approx(
        (present(SCORES.sensitivity) + present(SCORES.specificity)) / 2
    )
    assert msgspec.structs.replace(SCORES, specificity=None).balanced_accuracy is None


def test_the_spread_names_the_positive_class() -> None:
    breast = Task(name="x", classes=("malignant", "normal or benign"), positive=0)
    assert (
        drawn(spread_table({"val": [SCORES] * 2}, FULL, breast)).splitlines()[0].strip()
        == "positive: malignant"
    )
    grades = Task(name="eyes", classes=("0", "1", "2"), kind="ordinal")
    assert "positive" not in drawn(spread_table({"val": [SCORES] * 2}, FULL, grades))


@pytest.mark.parametrize("terminal", ALL)
def test_nothing_is_cut_at_80_columns(terminal: Terminal) -> None:
    rows = [MemberRow("plus-s0", "finished", "20/20", SCORES, SCORES, 600.0)]
    rows.append(MemberRow("plus-s1", "waiting", "0/20", None, None, 0.0))
    trials = [Trial("none", 0.0, SCORES), Trial("noise", 0.04, SCORES), Trial("shift", 4.0, SCORES)]
    measures = {"noise": "sd", "shift": "px"}
    named = {"2026-11-26T0020-plus-s0": trials, "2026-11-26T0040-paper-s0": trials}
    text = "".join(
        map(
            drawn,
            (
                members_table(rows, Canvas(80, 24, terminal)),
                spread_table({"val": [SCORES] * 2, "test": [SCORES] * 2}, terminal),
                together_table({"accuracy": 0.94}, {"accuracy": (0.92, 0.96)}, "test", 312, terminal),
                comparisons_table(["plus-s0"], "paper-s0", [COMPARISON], terminal),
                mcnemar_table("plus-s0", "paper-s0", COMPARISON, "312 images, all", terminal),
                robustness_table(named, measures, "val", terminal),
            ),
        )
    )
    assert "…" not in text
    assert terminal.unicode or text.isascii()
    for words in ("plus-s1", "val, 2 runs", "0.920", "p = 0.008", "shift 4 px", "bal b", "plus-s0 only"):
        assert words in text


def test_folds_are_told_apart_where_it_is_narrow() -> None:
    names = [f"paper-demo-s12-f{fold}of10" for fold in range(1, 11)]
    rows = [MemberRow(name, "finished", "20/20", SCORES, None, 600.0) for name in names]
    for width in (60, 80):
        lines = drawn(members_table(rows, Canvas(width, 24, ALL[0])))
        assert all(f"{name} " in lines for name in names)
        assert "val acc" in lines
        assert max(map(len, lines.splitlines())) <= width


def test_small_probabilities_are_said_to_be_small() -> None:
    assert p_words(3e-9) == "< 0.0001"
    assert p_words(0.0312) == "0.031"


def test_no_finished_run_no_table_of_it() -> None:
    assert "test" not in drawn(spread_table({"val": [SCORES], "test": []}, FULL))
