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
"""The columns; `image` is the position in the whole split, `decision` what the verdict is made of."""


def table(results: Results, threshold: Threshold) -> str:
    """One row an image, in the order of the split."""
    judgement, file = results.judgement, io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for place, (index, label, score) in enumerate(
        zip(judgement.ids, judgement.labels, judgement.scores, strict=True)
    ):
        fired, membranes = judgement.spike_counts(place), judgement.final_membranes(place)
        said = int(score > threshold.value)
        writer.writerow(
            (
                index,
                CLASSES[label],
                repr(score),
                repr(threshold.value),
                *fired,
                *(f"{membrane:.6g}" for membrane in membranes),
                f"{probability(fired):.6g}",
                CLASSES[said],
                int(said == label),
            )
        )
    return file.getvalue()
