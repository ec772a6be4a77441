"""The table of all images, as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from snn_tui.analysis.results import Threshold
from snn_tui.analysis.task_results import AnyResults, TaskResults
from snn_tui.values.cells import text_cell
from snn_tui.values.task import Task


def header(task: Task, *, spiking: bool = True) -> tuple[str, ...]:
    """The columns: `image` is the index in the whole split.

    Of a binary task `decision` is the decision score in spikes, and `probability` the positive class's share
    of all output spikes; of any other there is a probability for each class or label, and the names of
    several labels are separated by semicolons. Without spikes `decision` is the log-odds, `probability` what
    they come to, and each output neuron has its current.
    """
    names = [name.replace(" ", "_") for name in task.classes]
    neurons = tuple(f"current_{name}" for name in names)
    if spiking:
        neurons = *(f"spikes_{name}" for name in names), *(f"membrane_{name}" for name in names)
    if task.kind == "binary":
        first = "image", "truth", "decision", "threshold"
        return (*first, *neurons, "probability", "verdict", "right")
    return ("image", "truth", *neurons, *(f"probability_{name}" for name in names), "verdict", "right")


def image_table(results: AnyResults, threshold: Threshold) -> str:
    """The table as CSV text with one row for each image, in the order of the split."""
    judgement, file = results.judgement, io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    classes = judgement.task.classes
    writer.writerow(header(judgement.task, spiking=judgement.spiking))
    if isinstance(results, TaskResults):
        writer.writerows(_rows(results))
        return file.getvalue()
    for index, (id_, label, score) in enumerate(
        zip(judgement.ids, judgement.labels, judgement.scores, strict=True)
    ):
        predicted = judgement.predicted(score, threshold.value)
        writer.writerow(
            (
                id_,
                text_cell(classes[label]),
                repr(score),
                repr(threshold.value),
                *judgement.spike_counts(index),
                *(f"{membrane:.6g}" for membrane in judgement.final_membranes(index)),
                f"{judgement.calibrated(index):.6g}",
                text_cell(classes[predicted]),
                int(predicted == label),
            )
        )
    return file.getvalue()


def _rows(results: TaskResults) -> Iterator[tuple[object, ...]]:
    """The rows of a task that is not binary."""
    judgement, classes = results.judgement, results.task.classes
    for index, id_ in enumerate(judgement.ids):
        truth, predicted = results.answer(index)
        yield (
            id_,
            text_cell("; ".join(classes[label] for label in truth)),
            *judgement.spike_counts(index),
            *(f"{membrane:.6g}" for membrane in judgement.final_membranes(index)),
            *(f"{probability:.6g}" for probability in judgement.probabilities[index]),
            text_cell("; ".join(classes[label] for label in predicted)),
            int(truth == predicted),
        )
