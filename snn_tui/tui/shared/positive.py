"""The name of the positive class in titles of panels with sensitivity, precision and F1."""

from __future__ import annotations

from snn_tui.values.task import PNEUMONIA, Task


def positive_title(task: Task) -> str:
    """The end of a title, such as ` · positive: malignant`.

    Empty where no class is positive, and for the study's own classes, of which pneumonia is known to be.
    """
    if task.positive is None or task.classes == PNEUMONIA.classes:
        return ""
    return f" · positive: {task.positive_name}"
