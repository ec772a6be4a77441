"""Scores of a checkpoint on images drawn again, for several classes or labels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from snn_tui.analysis.bootstrap import RESAMPLES, SEED
from snn_tui.training.evaluate import Evaluation

Values = NDArray[np.float64]

BUDGET = 200_000_000
"""Images times classes times checkpoints that all resamples may have together, which bounds their time."""

FEWEST = 200
"""Resamples there are in any case."""

_AT_ONCE = 1_000_000  # weights held at once, eight bytes each; their AUC takes some five times as much


def affordable(labels: int, checkpoints: int) -> int:
    """Resamples that are drawn of images with so many labels, or classes, together, for each checkpoint."""
    return min(max(BUDGET // (checkpoints * labels), FEWEST), RESAMPLES)


def resampled_scores(
    evaluation: Evaluation,
    number: int,
    seed: int = SEED,
    on_share: Callable[[float], None] = lambda share: None,
) -> dict[str, Values]:
    """Accuracy, balanced accuracy and AUC as of `TaskScores`.

    Args:
        evaluation: A checkpoint's predictions.
        number: Resamples: images drawn with replacement, within each class where an image has one label.
        seed: Seed of the random numbers; with the same images are the same drawn.
        on_share: Called with the share of the resamples that is done, from 0 to 1.

    Returns:
        `[number]` of each; NaN where it is undefined.
    """
    truths = _truths(evaluation)
    images = len(truths)
    strata = [np.arange(images)]
    if evaluation.task.kind != "multilabel":
        strata = [members for column in truths.T if len(members := np.flatnonzero(column))]
    blocks, done = [], 0
    for weights in drawn_weights(strata, images, number, seed):
        blocks.append(weighted_scores(evaluation, weights))
        done += len(weights)
        on_share(done / number)
    return joined(blocks)


def drawn_weights(
    strata: Sequence[NDArray[np.int64]], images: int, number: int, seed: int = SEED
) -> Iterator[Values]:
    """How often each image is drawn, with replacement within each stratum, some resamples at a time.

    Args:
        strata: Indices of the images of each stratum; none is empty.
        images: N.
        number: Resamples of all blocks together.
        seed: Seed of the random numbers.

    Yields:
        `[R, N]` weights, so many resamples that they are at most a million numbers, or a single one.
    """
    rng = np.random.default_rng(seed)
    at_once = max(1, _AT_ONCE // images)
    for start in range(0, number, at_once):
        weights = np.zeros((min(at_once, number - start), images))
        for members in strata:
            even = np.full(len(members), 1 / len(members))
            weights[:, members] = rng.multinomial(len(members), even, size=len(weights))
        yield weights


def joined(blocks: Sequence[dict[str, Values]]) -> dict[str, Values]:
    """The scores of all resamples, of those of blocks of them."""
    return {field: np.concatenate([block[field] for block in blocks]) for field in blocks[0]}


def _truths(evaluation: Evaluation) -> NDArray[np.bool_]:
    """`[N, K]` whether an image has the class or label."""
    if evaluation.task.kind == "multilabel":
        has: NDArray[np.bool_] = evaluation.labels == 1
    else:
        has = evaluation.labels[:, None] == np.arange(evaluation.task.outputs)
    return has


def weighted_scores(evaluation: Evaluation, weights: Values) -> dict[str, Values]:
    """The scores of images of which each counts as often as its weight says, `[R, N]`; else as above."""
    truths = _truths(evaluation)
    images, answers = weights.sum(1), evaluation.probabilities
    if evaluation.task.kind == "multilabel":
        right = evaluation.right_labels
        accuracy = weights @ right.mean(axis=1)
        balanced = (_share(weights, right, truths) + _share(weights, right, ~truths)) / 2
    else:
        accuracy = weights @ evaluation.right
        balanced = _share(weights, evaluation.right[:, None], truths)
    areas = np.stack(
        [weighted_auc(truth, score, weights) for truth, score in zip(truths.T, answers.T, strict=True)]
    )
    return {"accuracy": accuracy / images, "balanced": _mean(balanced), "auc": _mean(areas.T)}


def _share(weights: Values, right: NDArray[np.bool_], of: NDArray[np.bool_]) -> Values:
    """`[R, K]` the share of some images `[N, K]` that are right; NaN without any."""
    total = weights @ of
    return _ratio(weights @ (right & of), total)


def _mean(values: Values) -> Values:
    """`[R]` means of the defined values of `[R, K]`; NaN without any."""
    defined = np.isfinite(values)
    number = defined.sum(1)
    total = np.where(defined, values, 0.0).sum(1)
    return _ratio(total, number)


def weighted_auc(truth: NDArray[np.bool_], scores: Values, weights: Values) -> Values:
    """`analysis.roc.auc` for each row of weights.

    Args:
        truth: `[N]` whether an image is of the positive class.
        scores: `[N]` of the images.
        weights: `[R, N]` how often each image counts.

    Returns:
        `[R]`; NaN where it is undefined.
    """
    order = np.argsort(scores, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(scores[order]) != 0])
    negatives = np.add.reduceat((weights * ~truth)[:, order], starts, axis=1)
    positives = np.add.reduceat((weights * truth)[:, order], starts, axis=1)
    up_to = negatives.cumsum(1)
    twice = (positives * (2 * up_to - negatives)).sum(1)
    pairs = up_to[:, -1] * positives.sum(1)
    return _ratio(twice, 2 * pairs)


def _ratio(part: Values, whole: Values | NDArray[np.int_]) -> Values:
    """The quotient, NaN where it is undefined."""
    ratio: Values = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio
