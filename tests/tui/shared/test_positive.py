"""The positive class in titles."""

from __future__ import annotations

from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_symbol
from snn_tui.render.terminal import Terminal
from snn_tui.tui.shared.positive import positive_title
from snn_tui.values.task import PNEUMONIA, Task

BREAST = Task(name="BreastMNIST", classes=("malignant", "normal or benign"), positive=0)
GRADES = Task(name="eyes", classes=("0", "1", "2"), kind="ordinal")


def test_titles_name_the_positive_class_where_it_is_not_the_studys() -> None:
    assert positive_title(BREAST) == " · positive: malignant"
    assert positive_title(PNEUMONIA) == positive_title(GRADES) == ""


def test_the_positive_class_has_the_full_circle_whichever_index_it_has() -> None:
    for unicode, marks in ((True, "○●"), (False, "o#")):
        canvas = Canvas(40, 10, Terminal("truecolor", unicode, False))
        assert [class_symbol(label, BREAST, canvas) for label in (1, 0)] == list(marks)
        assert [class_symbol(label, PNEUMONIA, canvas) for label in (0, 1)] == list(marks)
