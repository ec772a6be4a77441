"""The table of all images, as CSV."""

from __future__ import annotations

import csv
import io

from snn_tui.analysis.calibration import probability
from snn_tui.analysis.results import Results, Threshold
from snn_tui.values.dataset import CLASSES

HEADER = (
    "image",
    "truth",
    "decision",
    "threshold",
    "spikes_normal",
    "spikes_pneumonia",
    "membrane_normal",
    "membrane_pneumonia",
    "probability",
    "verdict",
    "right",
)
"""The columns: `image` is the index in the whole split, `decision` the decision score in spikes."""


def image_table(results: Results, threshold: Threshold) -> str:
    """The table as CSV text with one row for each image, in the order of the split."""
    judgement, file = results.judgement, io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for index, (id_, label, score) in enumerate(
        zip(judgement.ids, judgement.labels, judgement.scores, strict=True)
    ):
        counts = judgement.spike_counts(index)
        predicted = int(score > threshold.value)
        writer.writerow(
            (
                id_,
                CLASSES[label],
                repr(score),
                repr(threshold.value),
                *counts,
                *(f"{membrane:.6g}" for membrane in judgement.final_membranes(index)),
                f"{probability(counts):.6g}",
                CLASSES[predicted],
                int(predicted == label),
            )
        )
    return file.getvalue()
