"""Numbers of an evaluation: those that are scores, which tables compare, and all others."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from snn_tui.values.scores import Scores, metrics_for
from snn_tui.values.task import TaskKind

_FIELDS = {"balanced_accuracy": "balanced"}
"""Fields of `Scores` that are not called what the metric is."""


def parted(
    values: Mapping[str, float],
    kind: TaskKind,
    images: int,
    rates: dict[str, float],
    before: str = "val_",
) -> tuple[Scores, dict[str, float]]:
    """The scores among some numbers, and the others.

    Args:
        values: Numbers by name.
        kind: The kind of task, which decides what is a score.
        images: Images that they are of.
        rates: Firing rate of each layer.
        before: What may stand before the name of a score.
    """
    known = {"loss", *metrics_for(kind)}
    scores: dict[str, float] = {}
    others: dict[str, float] = {}
    for name, value in values.items():
        field = name.removeprefix(before)
        if field in known and field not in scores:
            scores[field] = value
        else:
            others[name] = value
    fields = {_FIELDS.get(name, name): value for name, value in scores.items()}
    return msgspec.structs.replace(Scores(images=max(0, images), rates=rates), **fields), others
