"""Scores of a network on corrupted images: in strengths of this program, and as MedMNIST-C has them."""

from __future__ import annotations

import msgspec

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


class SeverityError(msgspec.Struct, frozen=True):
    """The scores under a corruption of one severity.

    Args:
        severity: 1 to 5.
        parameters: The corruption's own parameters at this severity.
        balanced_error: 1 minus the balanced accuracy; None where that is undefined.
        scores: All scores on the corrupted images.
    """

    severity: int
    parameters: tuple[float, ...]
    balanced_error: float | None
    scores: Scores


class CorruptionError(msgspec.Struct, frozen=True):
    """The balanced error under a corruption.

    Args:
        corruption: Its name in the paper.
        balanced_error: The mean over the severities; None where it is undefined.
        severities: Each severity, 1 first.
    """

    corruption: str
    balanced_error: float | None
    severities: tuple[SeverityError, ...]


class MedMNISTC(msgspec.Struct, frozen=True):
    """The balanced errors of a network under MedMNIST-C's corruptions.

    They are errors as they are. The paper divides each corruption's by AlexNet's under the same corruption,
    which was trained and judged at 224 pixels, before it takes the mean; that is not done here.

    Args:
        dataset: The set of MedMNIST, by its name in the medmnist package, whose corruptions these are; empty
            for the general choice.
        side: Height and width of the images, in pixels.
        paper_side: Those of the images that the paper corrupts.
        clean: The balanced error on the images as they are; None where it is undefined.
        balanced_error: The mean over the corruptions of their means over severities.
        corruptions: Each corruption.
        left_out: Corruptions that the paper has for the set and this program does not, by name.
    """

    dataset: str
    side: int
    paper_side: int
    clean: float | None
    balanced_error: float | None
    corruptions: tuple[CorruptionError, ...]
    left_out: tuple[str, ...]
