"""MedMNIST's own result files, which `medmnist.Evaluator.parse_and_evaluate` reads.

Such a file has a line for each image of the split: its index, and its score for each class or label. There is
no header. The name says the set, the split and both scores: `breastmnist_test_[AUC]0.901_[ACC]0.863@1.csv`,
or `breastmnist_64_test_...` for images of 64 px. Source: `medmnist/evaluator.py`, version 3.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence

from snn_tui.errors import UsageError
from snn_tui.values.benchmarks import SIZES, medmnist_flag
from snn_tui.values.task import Task
from snn_tui.values.task_scores import TaskScores

_SMALLEST = 28
_SPLITS = ("train", "val", "test")
_AT_ONCE = 256  # lines that are text at once


def medmnist_name(task: Task, split: str, result: TaskScores, run: str) -> str:
    """The name that MedMNIST gives the file.

    Args:
        task: A task of one of MedMNIST's 2D sets.
        split: train, val or test.
        result: The scores of all images of the split, at the threshold 0.5. Where the AUC of a class is
            undefined, the name says `nan` as MedMNIST's does.
        run: Name of the run. MedMNIST reads it from the last `@` to the next full stop, so whatever could
            end it, or is no part of a file name everywhere, becomes `-`.

    Raises:
        UsageError: The images are not of MedMNIST, or of a size that it does not have, or the split is none
            of its splits.
    """
    flag = medmnist_flag(task.name)
    if flag is None or task.side not in SIZES:
        raise UsageError(
            f"MedMNIST has no {task.name} of {task.side} px, so its evaluator could not read the result",
            where="--medmnist-csv",
            remedy="leave the option out, or evaluate a run on one of MedMNIST's 2D sets",
        )
    if split not in _SPLITS:
        raise UsageError(
            f"MedMNIST has no split {split}",
            where="--medmnist-csv",
            remedy=f"choose one of {', '.join(_SPLITS)}",
        )
    size = "" if task.side == _SMALLEST else f"_{task.side}"
    auc = math.nan if result.auc is None or result.auc_left_out else result.auc
    accuracy = math.nan if result.accuracy is None else result.accuracy
    name = re.sub(r"[^\w+-]", "-", run)
    return f"{flag}{size}_{split}_[AUC]{auc:.3f}_[ACC]{accuracy:.3f}@{name}.csv"


def medmnist_rows(ids: Sequence[int], scores: Sequence[Sequence[float]]) -> Iterator[str]:
    """The content of the file, some lines at a time, in the order of the split.

    Args:
        ids: `[N]` indices of the images in the whole split, each once.
        scores: `[N][K]` scores for each class or label; `[N][1]` does for a binary task.

    Raises:
        UsageError: The indices are not those of a whole split; MedMNIST judges only whole ones.
    """
    order = sorted(range(len(ids)), key=ids.__getitem__)
    if any(ids[position] != index for index, position in enumerate(order)):
        raise UsageError(
            f"these are {len(ids)} images out of a larger split, and MedMNIST judges whole splits only",
            where="--medmnist-csv",
            remedy="give --all, which judges by all images of the split",
        )
    return ("".join(_lines(start, order, scores)) for start in range(0, len(order), _AT_ONCE))


def _lines(start: int, order: Sequence[int], scores: Sequence[Sequence[float]]) -> Iterator[str]:
    for index, position in enumerate(order[start : start + _AT_ONCE], start):
        yield ",".join(map(repr, (index, *scores[position]))) + "\n"
