"""`evaluate --medmnist-csv`: a judged split as a result file of MedMNIST."""

from __future__ import annotations

from array import array
from pathlib import Path
from typing import Any

from snn_tui.errors import UsageError


def write_medmnist_csv(opened: Any, split: str, folder: Path, balanced: bool) -> Path:
    """Write a judged split as a result file of MedMNIST.

    Its scores are the probabilities of the classes or labels, of a binary task that of class 1.

    Args:
        opened: The run, as an `OpenedRun`.
        split: val or test.
        folder: Where the file goes.
        balanced: Whether the run's balancing left images out, with which MedMNIST has nothing to do.

    Returns:
        The file.

    Raises:
        UsageError: The images are not a whole split of MedMNIST, or there is such a file already.
    """
    from snn_tui.analysis.judgement import Rows
    from snn_tui.export import medmnist_csv, writing

    task, evaluation = opened.dataset.task, opened.evaluate(split, balanced=balanced)
    if opened.dataset.synthetic or (split == "val" and opened.config.fold is not None):
        what = "generated" if opened.dataset.synthetic else "a fold of train"
        remedy = "give MedMNIST's own images" if opened.dataset.synthetic else "give --split test"
        raise UsageError(f"these images are {what}", where="--medmnist-csv", remedy=remedy)
    first = 1 if task.kind == "binary" else 0
    columns = evaluation.probabilities[:, first:]
    scores = Rows(array("d", columns.tobytes()), columns.shape[1])  # not yet a Python number each
    rows = medmnist_csv.medmnist_rows(opened.split(split, balanced=balanced).ids.tolist(), scores)
    file = folder / medmnist_csv.medmnist_name(task, split, evaluation.task_scores, opened.run.name)
    writing.write({file: rows}, force=False)
    return file
