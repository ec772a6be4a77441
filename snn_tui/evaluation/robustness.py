"""How well a network does on images as another machine might have taken them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from snn_tui.data.corruption import CORRUPTIONS, corrupted
from snn_tui.data.dataset import OnProgress, Split
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.training.evaluate import Evaluation, Images, evaluate
from snn_tui.values.scores import Scores


class Trial(msgspec.Struct, frozen=True):
    """The scores on images corrupted in one way.

    Args:
        corruption: One of `data.corruption.CORRUPTIONS`, or `none`.
        strength: How much, in the corruption's own unit; 0 for none.
        scores: The scores on the corrupted images.
    """

    corruption: str
    strength: float
    scores: Scores


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
        on_progress(words, number / len(ways))
        evaluations, done = [], 0
        # Part by part: corrupted images are in memory, and a set may be larger than that.
        for part in _corrupted(clean, name, strength) if strength else [clean]:
            size, before = len(part), done

            def on_batch(
                _: str, share: float | None, words: str = words, at: tuple[int, ...] = (number, before, size)
            ) -> None:
                number, before, size = at
                share_of_split = (before + (share or 0.0) * size) / len(clean)
                on_progress(words, (number + share_of_split) / len(ways))

            images = Images.of(part, split, opened.device, opened.dataset.task)
            evaluations.append(evaluate(opened.engine, images, on_progress=on_batch))
            done += size
        trials.append(Trial(name, strength, Evaluation.joined(evaluations).score()))
    return trials


def _corrupted(clean: Split, name: str, strength: float) -> Iterator[Split]:
    """The images of a split, corrupted, some at a time."""
    done = 0
    for images in corrupted(clean.images, name, strength):
        here = slice(done, done + len(images))
        yield Split(images, clean.labels[here], clean.ids[here])
        done += len(images)
