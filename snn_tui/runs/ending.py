"""How a run ended, in one line and as facts: for notices, commands and webhooks."""

from __future__ import annotations

from typing import Literal

import msgspec

from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import ENDED, RunState
from snn_tui.values.scores import METRICS
from snn_tui.values.words import printable

Outcome = Literal["finished", "failed", "stopped", "crashed"]

REASON_LIMIT = 300
"""Longest reason, in characters."""

_NAMED = ("accuracy", "auc")
"""The scores of the line, by field."""


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended. All texts are free of control characters.

    Args:
        run: The run directory's name.
        run_dir: The run directory, an absolute path.
        outcome: `crashed` is a trainer that is gone without a word.
        reason: Why it failed, or which signal stopped it; empty where it finished or crashed.
        exit_code: The trainer's, where it is known.
        epoch: Epochs completed.
        epochs: Epochs the whole run has; 0 if it never began.
        seconds: What trainers have spent on it, without pauses.
        split: What the scores are on: test of a finished run that read it, else val; empty without scores.
        scores: Its scores by field of `Scores`, those that are defined.
    """

    run: str
    run_dir: str
    outcome: Outcome
    reason: str = ""
    exit_code: int | None = None
    epoch: int = 0
    epochs: int = 0
    seconds: float = 0.0
    split: str = ""
    scores: dict[str, float] = {}

    @property
    def line(self) -> str:
        """The ending in one line, such as `paper-s4 finished: accuracy 0.853, AUC 0.902 on test`."""
        parts = [self.reason] if self.reason else []
        if self.outcome != "finished" and self.epochs:
            parts.append(f"epoch {self.epoch} of {self.epochs}")
        scores = [
            f"{METRICS[field].name} {self.scores[field]:.3f}" for field in _NAMED if field in self.scores
        ]
        if scores:
            parts.append(f"{', '.join(scores)} on {self.split}")
        return f"{self.run} {self.outcome}" + (f": {', '.join(parts)}" if parts else "")


def ending_of(run: RunDir, state: RunState) -> Ending:
    """How a run ended, by the state after its events; without an event that ends it, it crashed."""
    outcome: Outcome = "crashed"
    reason, exit_code = "", None
    if state.phase in ENDED:
        if state.failure is not None:
            outcome, exit_code = "failed", state.failure.exit_code
            reason = ": ".join(filter(None, (state.failure.where, state.failure.what)))
        elif state.stop is not None:
            outcome, reason = "stopped", state.stop.signal
        else:
            outcome, exit_code = "finished", 0
    last = state.epochs_ended[-1] if state.epochs_ended else None
    test = state.result.test if state.result else None
    scores = test or (last.val if last else None)
    values = {field: getattr(scores, field) for field in METRICS} if scores else {}
    return Ending(
        run=printable(run.name),
        run_dir=printable(str(run.path.absolute()), 4096),
        outcome=outcome,
        reason=printable(reason, REASON_LIMIT),
        exit_code=exit_code,
        epoch=last.epoch if last else 0,
        epochs=state.epochs,
        seconds=round(state.spent, 3),
        split="" if not values else "test" if test else "val",
        scores={field: value for field, value in values.items() if value is not None},
    )
