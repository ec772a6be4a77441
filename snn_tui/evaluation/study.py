"""A study's checkpoints evaluated together: mean metrics, with intervals over images."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

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
    resampled_scores,
    weighted_auc,
    weighted_scores,
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
    runs = [*opened, *([against] if against else [])]
    labels = runs[0].split(split).labels
    if any(not np.array_equal(labels, run.split(split).labels) for run in runs[1:]):
        raise UsageError(f"the runs have different images in {split}", remedy="give --data")
    number = RESAMPLES if runs[0].dataset.task.kind == "binary" else affordable(labels.size, len(opened))
    # One by one, each with the same resamples: of many images, the predictions of all would not be few bytes.
    judged = []
    for index, run in enumerate(runs):

        def on_share(what: str, share: float, index: int = index) -> None:
            on_progress(what, (index + share) / len(runs))

        judged.append(_judged(run, split, number if index < len(opened) else 0, on_share))
    other = judged.pop() if against else None
    resampled = _mean_over_checkpoints([one.resampled for one in judged])
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    early = any(one.full for one in judged)
    return Together(
        split=split,
        images=len(labels),
        means=_single(_mean_over_checkpoints([one.means for one in judged])),
        intervals={
            name: (float(np.quantile(values, ends[0])), float(np.quantile(values, ends[1])))
            for name, values in resampled.items()
        },
        against=against.run.name if against else "",
        comparisons=[compare(one.right, other.right) for one in judged] if other else [],
        resamples=number,
        full_means=_single(_mean_over_checkpoints([one.full or one.means for one in judged]))
        if early
        else {},
        mean_steps=float(np.mean([one.mean_steps for one in judged])),
    )


class _Judged(NamedTuple):
    """What is kept of a checkpoint's predictions; scores by name, `[1]`, or `[R]` of resamples."""

    means: dict[str, Values]
    full: dict[str, Values]
    resampled: dict[str, Values]
    right: list[bool]
    mean_steps: float


def _judged(run: OpenedRun, split: str, number: int, on_progress: Callable[[str, float], None]) -> _Judged:
    """Judge a checkpoint, with so many resamples of the images; none does without its scores."""
    words = f"judging {run.run.name}"

    def on_batch(_: str, share: float | None) -> None:
        on_progress(words, (share or 0.0) / 2)

    def on_share(share: float) -> None:
        on_progress(f"drawing the images of {run.run.name} again", (1 + share) / 2)

    on_batch("", 0.0)
    evaluation = run.evaluate(split, on_progress=on_batch)
    means: dict[str, Values] = {}
    full: dict[str, Values] = {}
    resampled: dict[str, Values] = {}
    if number:
        means, resampled = _once(evaluation), _resampled(evaluation, number, on_share)
        if evaluation.exits is not None:
            full = _once(run.evaluate(split, all_steps=True))
    run.forget()
    return _Judged(means, full, resampled, evaluation.right.tolist(), float(evaluation.steps_taken.mean()))


def _once(evaluation: Evaluation) -> dict[str, Values]:
    """`[1]` scores of all images, each counted once."""
    once = np.ones((1, len(evaluation.labels)))
    if evaluation.task.kind == "binary":
        return binary_scores(evaluation.positives, evaluation.decisions, once)
    return weighted_scores(evaluation, once)


def _resampled(evaluation: Evaluation, number: int, on_share: Callable[[float], None]) -> dict[str, Values]:
    """`[number]` scores of images drawn again; the same images for each checkpoint."""
    if evaluation.task.kind != "binary":
        return resampled_scores(evaluation, number, on_share=on_share)
    blocks: list[dict[str, Values]] = []
    for weights in resamples(evaluation.positives, number):
        blocks.append(binary_scores(evaluation.positives, evaluation.decisions, weights))
        on_share(sum(len(block["auc"]) for block in blocks) / number)
    return joined(blocks)


def _mean_over_checkpoints(checkpoints: Sequence[dict[str, Values]]) -> dict[str, Values]:
    return {name: np.mean([one[name] for one in checkpoints], axis=0) for name in checkpoints[0]}


def _single(values: dict[str, Values]) -> dict[str, float]:
    return {name: float(value[0]) for name, value in values.items()}


def resamples(positives: Labels, number: int = RESAMPLES, seed: int = SEED) -> Iterator[Values]:
    """How often each image is drawn, within each class, see `drawn_weights`."""
    strata = [members for label in (0, 1) if len(members := np.flatnonzero(positives == label))]
    return drawn_weights(strata, len(positives), number, seed)


def binary_scores(positives: Labels, decisions: Values, weights: Values) -> dict[str, Values]:
    """Accuracy, balanced accuracy and AUC of one checkpoint.

    Args:
        positives: `[N]` 1 for an image of the positive class, 0 for one of the other.
        decisions: `[N]` decision scores.
        weights: `[R, N]` how often each image counts.

    Returns:
        `[R]` of each; NaN where it is undefined.
    """
    positive, predicted = positives == 1, decisions > 0
    outcomes = ~positive & ~predicted, ~positive & predicted, positive & ~predicted, positive & predicted
    counts = np.stack([weights @ images for images in outcomes], axis=1).astype(np.int64)
    rows = [matrix_metrics(ConfusionMatrix(*row)) for row in counts.tolist()]
    balanced = [mean_of(row["sensitivity"], row["specificity"]) for row in rows]
    return {
        "accuracy": np.array([row["accuracy"] for row in rows], np.float64),
        "balanced": np.array(balanced, np.float64),
        "auc": weighted_auc(positive, decisions, weights),
    }
