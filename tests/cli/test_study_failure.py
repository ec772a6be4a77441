"""Why the runs of a study failed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from snn_tui.cli.study import _failure
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.events import RunFailed
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.study import Member
from snn_tui.runs.writer import EventWriter


def failed(folder: Path, name: str, what: str) -> Member:
    run = RunDir(folder / name)
    run.path.mkdir()
    with EventWriter(run) as writer:
        writer.write(RunFailed(t=0.0, what=what, where="--data", remedy="", exit_code=3))
    return Member(msgspec.structs.replace(RunConfig(), name=name), run)


@pytest.mark.parametrize(("second", "named"), [("it is empty", True), ("it is gone", False)])
def test_a_reason_that_all_runs_share_is_in_the_message_with_a_log(
    tmp_path: Path, second: str, named: bool
) -> None:
    study = [failed(tmp_path, "a", "it is empty"), failed(tmp_path, "b", second)]
    words = _failure(study).what
    assert words.startswith("2 of 2 runs did not finish")
    assert words.count("it is empty") == int(named)
    assert (str(study[0].run.log if study[0].run else "") in words) is named
