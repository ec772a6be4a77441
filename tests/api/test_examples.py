"""The examples of `docs/own-loop.md` run, and write what the screens show."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from snn_tui.inspector import run_messages
from snn_tui.inspector.answers import Answers
from snn_tui.runs.rundir import RUNS_VARIABLE, RunDir
from snn_tui.runs.summary import state_of
from snn_tui.values.image_ref import SplitImage

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "own-loop.md").read_text(encoding="utf-8")
EXAMPLES = sorted((DOCS / "own_loop").glob("*.py"))
PEERS = {"spikingjelly", "norse", "jax"}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_writes_a_run_that_learns_and_can_be_looked_into(example: Path, tmp_path: Path) -> None:
    library = example.stem.removeprefix("with_")
    if library in PEERS and find_spec(library) is None:
        pytest.skip(f"{library} is not installed: pip install {library}")
    done = subprocess.run(
        [sys.executable, str(example)],
        env={**os.environ, RUNS_VARIABLE: str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.iterdir()
    state = state_of(RunDir(path))
    assert state.phase == "finished"
    assert len(state.losses) == state.epochs * state.batches > 0
    accuracy = state.epochs_ended[-1].val.accuracy
    assert accuracy is not None
    assert accuracy > 0.6
    ref = run_messages.RunRef(str(path))
    question = run_messages.TraceImage(ref, SplitImage("traces", 0))
    answer = Answers().answer(question, lambda what, share: None)
    assert isinstance(answer, run_messages.TraceResult)
    assert answer.trace.picture.labels is not None
    assert answer.trace.predicted(answer.trace.num_steps)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_page_names_every_example(example: Path) -> None:
    assert f"](own_loop/{example.name})" in PAGE
