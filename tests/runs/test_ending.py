"""How a run ended, in one line and as facts."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from runs.samples import ended, finished, scores, started
from snn_tui.runs.ending import ending_of
from snn_tui.runs.events import AnyEvent, RunFailed, RunStopped
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import replay

RUN = RunDir(Path("runs/2026-11-23T1200-paper-s4"))
NAME = "2026-11-23T1200-paper-s4"
AUC = msgspec.structs.replace(scores(), auc=0.9021)


@pytest.mark.parametrize(
    ("events", "line"),
    [
        (
            [started(), msgspec.structs.replace(finished(9.0), test=AUC)],
            f"{NAME} finished: accuracy 0.750, AUC 0.902 on test",
        ),
        (
            [started(), ended(1.0, 1), RunStopped(t=2.0, signal="SIGTERM")],
            f"{NAME} stopped: SIGTERM, epoch 1 of 4, accuracy 0.750 on val",
        ),
        (
            [RunFailed(t=1.0, what="out of\x1b]0;memory", where="gpu", remedy="halve it", exit_code=1)],
            f"{NAME} failed: gpu: out of?]0;memory",
        ),
        ([started()], f"{NAME} crashed: epoch 0 of 4"),
        ([], f"{NAME} crashed"),
    ],
    ids=["finished", "stopped", "failed", "crashed", "at once"],
)
def test_the_line_names_outcome_reason_and_scores(events: list[AnyEvent], line: str) -> None:
    ending = ending_of(RUN, replay(events))
    assert ending.line == line
    assert Path(ending.run_dir).is_absolute()


def test_scores_that_are_not_defined_are_left_out() -> None:
    ending = ending_of(RUN, replay([started(), ended(1.0, 1), finished(2.0)]))
    assert ending.split == "test"
    assert ending.scores["accuracy"] == 0.75
    assert "auc" not in ending.scores
