"""Published ACC and AUC on the official test splits of the twelve 2D sets of MedMNIST.

A score says little without the images that its model was selected on, so every row names them. Methods that
keep the epoch with the best score on test are left out: their scores are no estimate for other images.
(For PneumoniaMNIST these are MedViT V2 and MedVK at 224 px, with ACC from .951 to .973.)
"""

from __future__ import annotations

from typing import NamedTuple

from snn_tui.values.scores import PUBLISHED
from snn_tui.values.task import PNEUMONIA, Task

YANG = "MedMNIST v2, Yang et al. 2023, table 3"
DOERRICH = "MedMNIST+, Doerrich et al. 2024"
RESNET_18 = "ResNet-18"
BEST_OF_MEDMNIST_PLUS = "best of MedMNIST+"

SIZES = (28, 64, 128, 224)
"""Heights and widths that MedMNIST publishes its 2D sets in, in pixels."""


class Benchmark(NamedTuple):
    """Published scores of one model on the official test split of a set.

    Args:
        model: Name of the model. The best of several in a benchmark may be one for ACC and another for AUC.
        accuracy: MedMNIST's ACC, 0 to 1.
        auc: MedMNIST's AUC, 0 to 1.
        source: The publication.
        selected_on: What the model or its epoch was selected on, in a few words.
        side: Height and width of its images, in pixels; None where the source that was read does not say.
    """

    model: str
    accuracy: float
    auc: float
    source: str = YANG
    selected_on: str = "val"
    side: int | None = 28


def _rows(resnet_18: tuple[float, float], best: tuple[float, float]) -> tuple[Benchmark, ...]:
    return Benchmark(RESNET_18, *resnet_18), Benchmark(BEST_OF_MEDMNIST_PLUS, *best, DOERRICH)


BENCHMARKS: dict[str, tuple[Benchmark, ...]] = {
    "pathmnist": _rows((0.907, 0.983), (0.889, 0.986)),
    "chestmnist": _rows((0.947, 0.768), (0.948, 0.762)),
    "dermamnist": _rows((0.735, 0.917), (0.766, 0.927)),
    "octmnist": _rows((0.743, 0.943), (0.775, 0.958)),
    "pneumoniamnist": (
        *_rows((0.854, 0.944), (0.866, 0.973)),
        Benchmark("ResNet-50", 0.884, 0.962, side=224),
        Benchmark("AutoKeras", 0.878, 0.947, side=None),
        Benchmark(
            "Google AutoML Vision", 0.946, 0.991, selected_on="the vendor's choice, not verified", side=None
        ),
        Benchmark("DINO ViT-B/16, probe", 0.916, 0.989, DOERRICH, "val loss, 3 seeds", 224),
    ),
    "retinamnist": _rows((0.524, 0.717), (0.543, 0.754)),
    "breastmnist": _rows((0.863, 0.901), (0.865, 0.891)),
    "bloodmnist": _rows((0.958, 0.998), (0.949, 0.997)),
    "tissuemnist": _rows((0.676, 0.930), (0.678, 0.927)),
    "organamnist": _rows((0.935, 0.997), (0.932, 0.995)),
    "organcmnist": _rows((0.900, 0.992), (0.915, 0.993)),
    "organsmnist": _rows((0.782, 0.972), (0.789, 0.976)),
}
"""Published scores by the flag of a set, ResNet-18 at 28 px first, then the best of MedMNIST+ at 28 px."""


def medmnist_flag(name: str) -> str | None:
    """MedMNIST's flag of a data set such as `BreastMNIST`, in any case; None for any other set."""
    flag = name.strip().lower()
    return flag if flag in BENCHMARKS else None


def benchmarks(name: str, side: int | None = None) -> tuple[Benchmark, ...]:
    """Published scores on the test split of a data set.

    They may stand beside a run's own scores on all images of the official test split, not beside those of
    phantoms, of other images, or of a part of the split.

    Args:
        name: The data set's name or flag; of `Task.name`.
        side: Only models of images of this height and width, in pixels; None for all.

    Returns:
        The rows, ResNet-18 at 28 px first; none for a data set that is not a 2D set of MedMNIST.
    """
    flag = medmnist_flag(name)
    rows = BENCHMARKS[flag] if flag else ()
    return rows if side is None else tuple(row for row in rows if row.side == side)


def beside(task: Task, split: str, *, official: bool) -> tuple[Benchmark, ...]:
    """Published scores that may stand beside those of judged images.

    Args:
        task: What was asked of the images.
        split: train, val or test.
        official: Whether they are all images of that split of MedMNIST's own file.

    Returns:
        The rows of models of images of the same side; none where the scores are of other images.
    """
    return benchmarks(task.name, task.side) if split == "test" and official else ()


def study_beside(
    task: Task, split: str, *, balanced: bool, comparable: bool, synthetic: bool
) -> dict[str, float] | None:
    """The study's scores by field of `Scores`, if they may stand beside those of judged images.

    Args:
        task: What was asked of the images.
        split: train, val or test.
        balanced: Whether images were left out so that both classes are equally large.
        comparable: Whether test is PneumoniaMNIST's, in the study's size.
        synthetic: Whether the images are phantoms.
    """
    asked = task.classes == PNEUMONIA.classes and split == "test"
    return PUBLISHED if asked and balanced and comparable and not synthetic else None
