"""Judging a split in full: what both output neurons did after every time step, image by image."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from snn_tui.analysis.judgement import Judgement
from snn_tui.snn.engines import Engine
from snn_tui.training.evaluate import EVALUATION_DRAW, Images
from snn_tui.training.metrics import decision_scores

OnProgress = Callable[[str, float | None], None]


def judge(
    engine: Engine,
    split: Images,
    *,
    name: str,
    balanced: bool,
    dataset: str,
    synthetic: bool,
    notice: str,
    source: str,
    epoch: int,
    on_progress: OnProgress = lambda what, done: None,
) -> Judgement:
    """Show every image of a split once, in the draw that evaluation counts.

    Args:
        engine: The network's engine.
        split: The images.
        name: What the split is called.
        balanced: Whether images were left out of it.
        dataset: Name of their data set.
        synthetic: Whether they are generated.
        notice: What the user should know about them.
        source: The file they come from.
        epoch: The epoch the weights are of.
        on_progress: Told how far it is, from 0 to 1.
    """
    counts, decisions, membranes, losses = [], [], [], []
    rates: dict[str, float] = {}
    done = 0
    for batch, labels in split.batches(EVALUATION_DRAW):
        seen = engine.predict(batch, labels)
        assert seen.losses is not None
        fired = seen.spikes_out.cumsum(0).to(dtype=seen.counts.dtype).transpose(0, 1).cpu().numpy()
        at_step = seen.membranes_out.transpose(0, 1).cpu().numpy()
        size, num_steps = fired.shape[:2]
        counts.append(fired)
        decisions.append(
            decision_scores(fired.reshape(-1, 2), at_step.reshape(-1, 2)).reshape(size, num_steps)
        )
        membranes.append(at_step[:, -1])
        losses.append(seen.losses.cpu().numpy())
        for layer, rate in seen.rates.items():
            rates[layer] = rates.get(layer, 0.0) + rate * size / len(split)
        done += size
        on_progress(f"judging {name}", done / len(split))
    loss = float(np.concatenate(losses).mean(dtype=np.float64))
    return Judgement(
        split=name,
        balanced=balanced,
        dataset=dataset,
        synthetic=synthetic,
        notice=notice,
        source=source,
        epoch=epoch,
        engine=engine.name,
        num_steps=num_steps,
        ids=[int(number) for number in split.ids],
        labels=split.labels.cpu().numpy().astype(np.uint8).tobytes(),
        counts=np.concatenate(counts).astype("<u2").tobytes(),
        decisions=np.concatenate(decisions).astype("<f8").tobytes(),
        membranes=np.concatenate(membranes).astype("<f4").tobytes(),
        loss=loss if np.isfinite(loss) else None,
        rates=rates,
    )


def packed_scores(decisions: NDArray[np.float64]) -> bytes:
    """Decision scores `[N]` as `analysis.judgement.packed` reads them."""
    return decisions.astype("<f8").tobytes()
