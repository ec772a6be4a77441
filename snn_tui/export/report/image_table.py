"""The table of all images, as CSV."""

from __future__ import annotations

import csv
import io

from snn_tui.analysis.results import Results, Threshold
from snn_tui.values.task import Task


def header(task: Task) -> tuple[str, ...]:
    """The columns: `image` is the index in the whole split, `decision` the decision score in spikes."""
    names = [name.replace(" ", "_") for name in task.classes]
    return (
        *("image", "truth", "decision", "threshold"),
        *(f"spikes_{name}" for name in names),
        *(f"membrane_{name}" for name in names),
        *("probability", "verdict", "right"),
    )


def image_table(results: Results, threshold: Threshold) -> str:
    """The table as CSV text with one row for each image, in the order of the split."""
    judgement, file = results.judgement, io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    classes = judgement.task.classes
    writer.writerow(header(judgement.task))
    for index, (id_, label, score) in enumerate(
        zip(judgement.ids, judgement.labels, judgement.scores, strict=True)
    ):
        predicted = judgement.predicted(score, threshold.value)
        writer.writerow(
            (
                id_,
                classes[label],
                repr(score),
                repr(threshold.value),
                *judgement.spike_counts(index),
                *(f"{membrane:.6g}" for membrane in judgement.final_membranes(index)),
                f"{judgement.probability(index):.6g}",
                classes[predicted],
                int(predicted == label),
            )
        )
    return file.getvalue()
