"""Early exit as a fake inspector measures it."""

from __future__ import annotations

from snn_tui.values.early_exit import EarlyExit, ExitPoint, ExitRule

STEPS = 20

POINTS = [
    ExitPoint(
        threshold=at / 10,
        accuracy=0.95 - 0.02 * max(4 - at, 0),
        mean_steps=1 + at * 0.625,
        nanojoules=1000.0 + 800 * at,
        neurobench_nanojoules=2000.0 + 800 * at,
        memory_nanojoules=9000.0 + 800 * at,
    )
    for at in range(11)
]


def rule(loss: float, images: int) -> ExitRule:
    """A rule that was chosen on so many images of val."""
    return ExitRule(
        threshold=0.4,
        loss=loss,
        split="val",
        images=images,
        accuracy=0.95,
        full_accuracy=0.95,
        mean_steps=3.5,
        num_steps=STEPS,
    )


def early_exit(loss: float, chosen_on: int, images: int) -> EarlyExit:
    """The early exit of so many images, which all stop at step 4."""
    stops = [0] * STEPS
    stops[3] = images
    return EarlyExit(
        rule=rule(loss, chosen_on),
        points=POINTS,
        mean_steps=4.0,
        stops=stops,
        accuracy=0.94,
        full_accuracy=0.95,
        auc=0.97,
        full_auc=0.98,
        nanojoules=1000.0,
        full_nanojoules=5000.0,
        neurobench_nanojoules=1500.0,
        full_neurobench_nanojoules=7500.0,
        memory_nanojoules=9000.0,
        full_memory_nanojoules=45000.0,
        dense_nanojoules=20000.0,
        matched_nanojoules=8000.0,
    )
