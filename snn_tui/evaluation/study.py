"""A study's checkpoints evaluated together: mean metrics, with intervals over images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from snn_tui.analysis.bootstrap import LEVEL, RESAMPLES, SEED
from snn_tui.analysis.mcnemar import Comparison, compare
from snn_tui.errors import UsageError
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.evaluation.resampled import (
    affordable,
    drawn_weights,
    joined,
    mean_scores,
    resampled_scores,
    weighted_auc,
)
from snn_tui.training.evaluate import Evaluation
from snn_tui.values.confusion import ConfusionMatrix, mean_of
from snn_tui.values.scores import matrix_metrics

Values = NDArray[np.float64]
Labels = NDArray[np.int64]


class Together(msgspec.Struct, frozen=True, kw_only=True):
    """The metrics of a study's checkpoints on the same images.

    Args:
        split: val or test, all images of it.
        images: Images of the split.
        means: Means over the checkpoints: accuracy, balanced accuracy, AUC.
        intervals: Their 95 % intervals over images: the same images are drawn again, with replacement, for
            all checkpoints at once, within each class.
        against: Name of the run they are compared with; empty without one.
        comparisons: McNemar's test of each checkpoint against that run.
        resamples: How often the images were drawn again.
        full_means: The means after all steps, where verdicts fall early; else empty.
        mean_steps: Steps until a verdict, the mean over images and checkpoints.
    """

    split: str
    images: int
    means: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    against: str
    comparisons: list[Comparison]
    resamples: int = RESAMPLES
    full_means: dict[str, float] = {}
    mean_steps: float = 0.0


def judge_together(
    opened: Sequence[OpenedRun],
    split: str,
    against: OpenedRun | None,
    on_progress: Callable[[str, float], None],
) -> Together:
    """Evaluate all checkpoints of a study on all images of a split.

    Args:
        opened: The checkpoints, at least one.
        split: val or test.
        against: Another run to compare each with.
        on_progress: Called with what is done and its share, from 0 to 1.

    Raises:
        UsageError: The runs do not have the same images.
    """
    evaluations = []
    runs = [*opened, *([against] if against else [])]
    for index, run in enumerate(runs):
        words = f"judging {run.run.name}"

        def on_batch(_: str, share: float | None, words: str = words, index: int = index) -> None:
            on_progress(words, (index + (share or 0.0)) / len(runs))

        on_batch("", 0.0)
        evaluations.append(run.evaluate(split, on_progress=on_batch))
    judged = evaluations[: len(opened)]
    full = []
    if any(evaluation.exits is not None for evaluation in judged):
        full = [run.evaluate(split, all_steps=True) for run in opened]
    labels = judged[0].labels
    if any(not np.array_equal(labels, evaluation.labels) for evaluation in evaluations):
        raise UsageError(f"the runs have different images in {split}", remedy="give --data")

    def on_share(share: float) -> None:
        on_progress("drawing the images again", share)

    means = _means(judged)
    if judged[0].task.kind == "binary":
        decisions = np.stack([evaluation.decisions for evaluation in judged])
        positives, number = judged[0].positives, RESAMPLES
        blocks: list[dict[str, Values]] = []
        for weights in resamples(positives):
            blocks.append(mean_metrics(positives, decisions, weights))
            on_share(sum(len(block["auc"]) for block in blocks) / number)
        resampled = joined(blocks)
    else:
        number = affordable(judged)
        resampled = resampled_scores(judged, number, on_share=on_share)
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    return Together(
        split=split,
        images=len(labels),
        means=means,
        intervals={
            name: (float(np.quantile(values, ends[0])), float(np.quantile(values, ends[1])))
            for name, values in resampled.items()
        },
        against=against.run.name if against else "",
        comparisons=[
            compare(evaluation.right.tolist(), evaluations[-1].right.tolist())
            for evaluation in judged
            if against is not None
        ],
        resamples=number,
        full_means=_means(full) if full else {},
        mean_steps=float(np.mean([evaluation.steps_taken.mean() for evaluation in judged])),
    )


def _means(judged: Sequence[Evaluation]) -> dict[str, float]:
    """Means over checkpoints by field of `Scores`."""
    once = np.ones((1, len(judged[0].labels)))
    if judged[0].task.kind == "binary":
        decisions = np.stack([evaluation.decisions for evaluation in judged])
        means = mean_metrics(judged[0].positives, decisions, once)
    else:
        means = mean_scores(judged, once)
    return {name: float(value[0]) for name, value in means.items()}


def resamples(positives: Labels, number: int = RESAMPLES, seed: int = SEED) -> Iterator[Values]:
    """How often each image is drawn, within each class, see `drawn_weights`."""
    strata = [members for label in (0, 1) if len(members := np.flatnonzero(positives == label))]
    return drawn_weights(strata, len(positives), number, seed)


def mean_metrics(positives: Labels, decisions: Values, weights: Values) -> dict[str, Values]:
    """Accuracy, balanced accuracy and AUC, each the mean over checkpoints.

    Args:
        positives: `[N]` 1 for an image of the positive class, 0 for one of the other.
        decisions: `[K, N]` decision scores of K checkpoints.
        weights: `[R, N]` how often each image counts.

    Returns:
        `[R]` of each; NaN where it is undefined.
    """
    positive = positives == 1
    checkpoints = [_metrics(positive, row, weights) for row in decisions]
    return {field: np.mean([values[field] for values in checkpoints], axis=0) for field in checkpoints[0]}


def _metrics(positive: NDArray[np.bool_], scores: Values, weights: Values) -> dict[str, Values]:
    """The metrics of one checkpoint, from its decision scores `[N]`; the rest as for `mean_metrics`."""
    predicted = scores > 0
    outcomes = ~positive & ~predicted, ~positive & predicted, positive & ~predicted, positive & predicted
    counts = np.stack([weights @ images for images in outcomes], axis=1).astype(np.int64)
    metrics = [matrix_metrics(ConfusionMatrix(*row)) for row in counts.tolist()]
    balanced = [mean_of(row["sensitivity"], row["specificity"]) for row in metrics]
    return {
        "accuracy": np.array([row["accuracy"] for row in metrics], np.float64),
        "balanced": np.array(balanced, np.float64),
        "auc": weighted_auc(positive, scores, weights),
    }
