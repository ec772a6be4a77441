"""How well a network does on images as another machine might have taken them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from snn_tui.data.corruption import CORRUPTIONS, corrupted
from snn_tui.data.dataset import OnProgress, Split
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.training.evaluate import Evaluation, Images, evaluate
from snn_tui.values.robustness import Trial
from snn_tui.values.scores import Scores


def robustness(
    opened: OpenedRun,
    split: str,
    *,
    balanced: bool = True,
    on_progress: OnProgress = lambda what, fraction: None,
) -> list[Trial]:
    """Evaluate a split as it is, then corrupted in each way and strength.

    Args:
        opened: The run.
        split: train, val or test.
        balanced: Whether to leave out what the run's own balancing leaves out.
        on_progress: Called before each evaluation and after each batch.
    """
    clean = opened.split(split, balanced=balanced)

    ways = [("none", 0.0), *((name, at) for name, (_, ats, _) in CORRUPTIONS.items() for at in ats)]
    trials = []
    for number, (name, strength) in enumerate(ways):
        words = f"judging {split}, {name}"

        def on_share(share: float, words: str = words, number: int = number) -> None:
            on_progress(words, (number + share) / len(ways))

        on_share(0.0)
        # Part by part: corrupted images are in memory, and a set may be larger than that.
        parts = _corrupted(clean, name, strength) if strength else iter([clean])
        trials.append(Trial(name, strength, scores_of_parts(opened, split, parts, len(clean), on_share)))
    return trials


def scores_of_parts(
    opened: OpenedRun, split: str, parts: Iterator[Split], total: int, on_share: Callable[[float], None]
) -> Scores:
    """The scores on images that are made some at a time.

    Args:
        opened: The run.
        split: The split that they are of: train, val or test.
        parts: The images.
        total: How many images there are in all parts.
        on_share: Called after each batch with the part of the images that is judged, from 0 to 1.
    """
    evaluations, done, lead = [], 0, opened.exit_lead()
    for part in parts:

        def on_batch(_: str, share: float | None, before: int = done, size: int = len(part)) -> None:
            on_share((before + (share or 0.0) * size) / total)

        images = Images.of(part, split, opened.device, opened.dataset.task)
        evaluations.append(evaluate(opened.engine, images, on_progress=on_batch, exit_lead=lead))
        done += len(part)
    return Evaluation.joined(evaluations).score()


def _corrupted(clean: Split, name: str, strength: float) -> Iterator[Split]:
    """The images of a split, corrupted, some at a time."""
    done = 0
    for images in corrupted(clean.images, name, strength):
        here = slice(done, done + len(images))
        yield Split(images, clean.labels[here], clean.ids[here])
        done += len(images)
