"""How well a network does on images as another machine might have taken them."""

from __future__ import annotations

import dataclasses

import msgspec

from snn_tui.data.corruption import CORRUPTIONS, corrupt
from snn_tui.data.dataset import OnProgress
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.training.evaluate import Images, evaluate
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
        on_progress: Called before each evaluation.
    """
    clean = opened.split(split, balanced=balanced)
    ways = [("none", 0.0), *((name, at) for name, (_, ats, _) in CORRUPTIONS.items() for at in ats)]
    trials = []
    for number, (name, strength) in enumerate(ways):
        on_progress(f"judging {split}, {name}", number / len(ways))
        pixels = corrupt(clean.images, name, strength) if strength else clean.images
        images = Images.of(
            dataclasses.replace(clean, images=pixels), split, opened.device, opened.dataset.task
        )
        trials.append(Trial(name, strength, evaluate(opened.engine, images).score()))
    return trials
