"""`runs`: which runs it lists."""

from __future__ import annotations

import json
from pathlib import Path

from tui import made_runs

from cli.conftest import Command, Refused


def test_a_query_chooses_the_runs_of_the_table_and_of_the_json(command: Command, tmp_path: Path) -> None:
    for seed in (3, 4):
        made_runs.finished_run(tmp_path, seed=seed, minute=seed, epochs=2)
    code, out, _ = command("runs", "--runs-dir", tmp_path, "--query", "seed>3 name~paper", "--json")
    assert code == 0
    (run,) = [row for row in json.loads(out) if not row["shipped"]]
    assert run["config"]["seed"] == 4
    assert run["best"]["accuracy"] >= run["val"]["accuracy"]
    code, out, _ = command("runs", "--runs-dir", tmp_path, "--query", "seed=3 state:finished best.acc>0.1")
    assert code == 0
    assert "paper-s3" in out
    assert "paper-s4" not in out


def test_a_wrong_query_is_refused_with_its_position(refused: Refused, tmp_path: Path) -> None:
    said = refused(2, "runs", "--runs-dir", tmp_path, "--query", "acc>high")
    assert "--query: high is no number, at position 5" in said
