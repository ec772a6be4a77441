import io
from typing import Any

import pytest
from rich.console import Console, RenderableType

from render.terminals import ALL, BARE, FULL
from snn_tui.render.canvas import Canvas
from snn_tui.render.tables import confusion_table, epoch_table, final_table
from snn_tui.render.terminal import Terminal
from snn_tui.runs.events import EpochEnded
from snn_tui.values.scores import PUBLISHED, Scores, metrics_for
from snn_tui.values.task import PNEUMONIA, Task

WIDTHS = (20, 34, 54, 58, 74, 78, 100, 114, 118)


def shown(table: RenderableType, width: int = 200) -> list[str]:
    out = io.StringIO()
    Console(width=width, file=out, color_system=None).print(table)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def scores(**changes: Any) -> Scores:
    values: dict[str, Any] = dict.fromkeys(metrics_for("binary"), 0.5) | {
        "images": 1624,
        "loss": 0.4,
        "accuracy": 0.861,
        "sensitivity": 0.88,
        "specificity": 0.81,
        "precision": 0.834,
        "recall": 0.88,
        "f1": 0.857,
        "gmean": 0.852,
        "auc": 0.921,
        "tn": 193,
        "fp": 41,
        "fn": 47,
        "tp": 343,
        "rates": {},
    }
    return Scores(**(values | changes))


def epochs(count: int = 20, **changes: Any) -> list[EpochEnded]:
    return [
        EpochEnded(t=0, epoch=n, train_loss=1 / n, val=scores(**changes), lr=1e-4, seconds=3600)
        for n in range(1, count + 1)
    ]


def epoch_lines(
    width: int, terminal: Any = FULL, rows: Any = None, best: int | None = 18, limit: int = 5
) -> Any:
    return shown(epoch_table(epochs() if rows is None else rows, best, Canvas(width, limit + 2, terminal)))


def words(line: str) -> Any:
    return line.split()


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_in_the_epoch_table_is_ever_cut(width: int, terminal: Terminal) -> None:
    lines = epoch_lines(width, terminal)
    assert max(map(len, lines)) <= width
    assert not any("…" in line or "..." in line for line in lines)
    assert terminal.unicode or "".join(lines).isascii()
    columns = len(words(lines[0])) - lines[0].count("val loss")
    assert all(len(words(line)) == columns for line in lines[2:] if "18" not in line)


def test_the_widest_epoch_table_has_all_columns_of_the_design() -> None:
    metrics = " ".join(metric.name for metric in metrics_for("binary").values())
    assert " ".join(words(epoch_lines(150)[0])) == f"epoch loss val loss {metrics} lr time"


def test_recall_goes_first_and_then_the_learning_rate() -> None:
    for width in range(20, 130):
        header = words(epoch_lines(width)[0])
        assert "lr" in header or not {"recall", "rec"} & set(header)
        assert "precision" not in header or "lr" in header
    header = words(epoch_lines(78)[0])
    assert {"acc", "sens", "spec", "F1", "GMean", "AUC"} <= set(header)
    assert not {"rec", "recall"} & set(header)


def test_the_last_epochs_are_shown_oldest_first_and_the_best_is_marked() -> None:
    rows = epoch_lines(118)[2:]
    assert [next(word for word in words(row) if word.isdigit()) for row in rows] == [
        "16",
        "17",
        "18",
        "19",
        "20",
    ]
    assert [words(row)[0] for row in rows].count("★") == 1
    assert words(rows[2])[:2] == ["★", "18"]
    assert words(epoch_lines(118, BARE)[4])[:2] == ["*", "18"]


def test_an_undefined_metric_is_a_dash() -> None:
    row = words(epoch_lines(150, rows=epochs(1, auc=None, gmean=None), best=None)[2])
    assert row.count("–") == 2
    assert words(epoch_lines(150, BARE, rows=epochs(1, auc=None), best=None)[2]).count("-") == 1


@pytest.mark.parametrize(("rows", "limit"), [([], 5), (epochs(3), 0)])
def test_an_epoch_table_without_rows_has_its_header(rows: Any, limit: int) -> None:
    assert "epoch" in epoch_lines(118, rows=rows, limit=limit)[0]


@pytest.mark.parametrize("terminal", [FULL, BARE])
def test_final_scores_stand_beside_the_published_ones(terminal: Terminal) -> None:
    lines = {
        words(line)[0]: words(line)[1:]
        for line in shown(final_table(scores(), PUBLISHED, False, Canvas(80, 24, terminal)))
        if line
    }
    assert lines["accuracy"] == ["0.861", "0.853", "+0.008"]
    assert lines["specificity"] == ["0.810", "0.825", "-0.015"]
    assert lines["GMean"] == ["0.852", "0.852", "+0.000"]
    assert lines["AUC"] == ["0.921"]
    assert lines["images"] == ["1", "624"]


def test_scores_on_phantoms_are_not_compared_and_say_so() -> None:
    lines = shown(final_table(scores(), PUBLISHED, True, Canvas(80, 24, BARE)))
    everything = "\n".join(lines)
    assert "synthetic" in lines[0]
    assert "not comparable" in everything
    assert "0.853" not in everything
    assert "difference" not in everything


def test_scores_say_what_they_were_judged_by() -> None:
    for synthetic in (False, True):
        assert shown(final_table(scores(), None, synthetic, Canvas(80, 24, FULL), split="val"))[0].startswith(
            "Scores on val"
        )


def test_scores_name_the_positive_class_once() -> None:
    breast = Task(name="x", classes=("malignant", "normal or benign"), positive=0)
    for synthetic in (False, True):
        drawn = "\n".join(shown(final_table(scores(), None, synthetic, Canvas(80, 24, FULL), task=breast)))
        assert drawn.count("positive: malignant") == 1
    assert "positive: pneumonia" in "\n".join(shown(final_table(scores(), None, False, Canvas(80, 24, FULL))))
    grades = Task(name="eyes", classes=("0", "1", "2"), kind="ordinal")
    drawn = "\n".join(shown(final_table(scores(), None, False, Canvas(80, 24, FULL), task=grades)))
    assert "positive" not in drawn
    assert "● malignant" in "\n".join(shown(confusion_table(scores(), breast, Canvas(80, 24, FULL))))


def test_final_scores_without_a_study_have_no_comparison() -> None:
    lines = shown(final_table(scores(gmean=None), None, False, Canvas(80, 24, FULL)))
    assert "published" not in "\n".join(lines)
    assert any(words(line) == ["GMean", "–"] for line in lines)


def test_the_confusion_table_has_truth_in_rows_and_ticks_on_the_diagonal() -> None:
    lines = shown(confusion_table(scores(), PNEUMONIA, Canvas(80, 24, FULL)))
    assert words(lines[0]) == ["truth", "says", "normal", "says", "pneumonia", "images"]
    assert words(lines[2]) == ["○", "normal", "✓", "193", "✗", "41", "234"]
    assert words(lines[3]) == ["●", "pneumonia", "✗", "47", "✓", "343", "390"]
    assert "".join(shown(confusion_table(scores(), PNEUMONIA, Canvas(80, 24, BARE)))).isascii()


def test_names_that_a_loop_logs_by_are_no_markup_and_are_cut_to_the_cells_they_take() -> None:
    values: dict[str, float | None] = {"time [s]": 1.5, "acc [/x]": 2.5, "精度精度精度精度精度": 3.5}
    row = EpochEnded(
        t=0, epoch=1, train_loss=0.5, val=Scores(images=0, rates={}), lr=None, seconds=1, metrics=values
    )
    header, _, cells = shown(epoch_table([row], 1, Canvas(80, 9, FULL), own_loop=True), 80)
    assert header.split("  ")[-3:] == ["time [s]", "acc [/x]", "精度精度精度精…"]
    assert words(cells)[-3:] == ["1.5", "2.5", "3.5"]
    narrow = shown(epoch_table([row], 1, Canvas(52, 9, FULL), own_loop=True), 52)
    assert "精" in narrow[0]
    assert words(narrow[2])[-3:] == ["1.5", "2.5", "3.5"]
    plain = shown(epoch_table([row], 1, Canvas(80, 9, BARE), own_loop=True), 80)
    assert "".join(plain).isascii()
