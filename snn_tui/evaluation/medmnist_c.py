"""The balanced error of a network under the corruptions of MedMNIST-C, see `data.medmnist_c`."""

from __future__ import annotations

from statistics import fmean

from snn_tui.data.dataset import OnProgress
from snn_tui.data.medmnist_c.choices import PAPER_SIDE, SEVERITIES, choice_for
from snn_tui.data.medmnist_c.corrupted import corrupted
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.evaluation.robustness import scores_of_parts
from snn_tui.values.robustness import CorruptionError, MedMNISTC, SeverityError
from snn_tui.values.scores import Scores


def medmnist_c(
    opened: OpenedRun,
    split: str,
    *,
    balanced: bool = True,
    on_progress: OnProgress = lambda what, fraction: None,
) -> MedMNISTC:
    """Evaluate a split under each corruption of MedMNIST-C for its kind of image, at each severity.

    Args:
        opened: The run.
        split: train, val or test.
        balanced: Whether to leave out what the run's own balancing leaves out.
        on_progress: Called before each evaluation and after each batch.
    """
    task = opened.dataset.task
    choice = choice_for(task)
    clean = opened.split(split, balanced=balanced)
    evaluations = len(choice.levels) * len(SEVERITIES)
    number, corruptions = 0, []
    for name, levels in choice.levels.items():
        severities = []
        for severity in SEVERITIES:
            words = f"judging {split}, {name} {severity}"

            def on_share(share: float, words: str = words, number: int = number) -> None:
                on_progress(words, (number + share) / evaluations)

            on_share(0.0)
            parts = corrupted(clean, choice, name, severity)
            scores = scores_of_parts(opened, split, parts, len(clean), on_share)
            severities.append(SeverityError(severity, levels[severity - 1], _error(scores), scores))
            number += 1
        mean = _mean([one.balanced_error for one in severities])
        corruptions.append(CorruptionError(name, mean, tuple(severities)))
    return MedMNISTC(
        dataset=choice.dataset,
        side=task.side,
        paper_side=PAPER_SIDE,
        clean=_error(opened.evaluate(split, balanced=balanced).score()),
        balanced_error=_mean([one.balanced_error for one in corruptions]),
        corruptions=tuple(corruptions),
        left_out=choice.left_out,
    )


def _error(scores: Scores) -> float | None:
    balanced = scores.balanced_accuracy
    return None if balanced is None else 1 - balanced


def _mean(errors: list[float | None]) -> float | None:
    """The mean, or None where one is undefined."""
    defined = [error for error in errors if error is not None]
    return fmean(defined) if len(defined) == len(errors) else None
