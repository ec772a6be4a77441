"""`snn-tui inspect` of several classes in colour and of several labels, and the inspector's answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Command
from cli.test_evaluate_tasks import write_set
from cli.test_other_images import trained
from snn_tui.inspector import run_messages
from snn_tui.inspector.answers import Answers
from snn_tui.values.image_ref import SplitImage


@pytest.mark.parametrize(("flag", "outputs"), [("retinamnist", 5), ("chestmnist", 14)])
def test_an_image_of_any_task_is_inspected(command: Command, tmp_path: Path, flag: str, outputs: int) -> None:
    several = flag == "chestmnist"
    write_set(tmp_path / f"{flag}.npz", outputs, several=several)
    run = trained(command, tmp_path / "runs", "--data", tmp_path / f"{flag}.npz", "--dataset", flag)
    ref, answers = run_messages.RunRef(str(run.path)), Answers()

    def ignore(what: str, share: float | None) -> None:
        pass

    facts = answers.answer(run_messages.OpenRun(ref), ignore)
    assert isinstance(facts, run_messages.RunFacts)
    assert (facts.task.outputs, facts.missing) == (outputs, "")
    split = answers.answer(run_messages.PredictSplit(ref, "test"), ignore)
    assert isinstance(split, run_messages.SplitPredictions)
    assert len(split.truth) == len(split.predicted) == len(split.margins) == 30
    for index in (0, 20):
        code, out, _ = command("inspect", run.path, "--index", index, "--json")
        assert code == 0
        found = json.loads(out)
        names = found["classes"]
        assert len(found["counts"]) == len(found["membranes"]) == len(found["scores"]) == outputs
        assert found["truth"] == [names[label] for label in split.truth[index]]
        assert found["predicted"] == [names[label] for label in split.predicted[index]]
        assert found["score"] is None
        assert (found["label"] is None) is several
        code, out, _ = command("inspect", run.path, "--index", index)
        assert code == 0
        rows = ("labels   ", "found   ") if several else ("ahead of",)
        assert any(row in out for row in rows)
        assert "true" in out
    image = SplitImage("test", 1)
    drawn = answers.answer(run_messages.PredictDraws(ref, image, 4), ignore)
    assert isinstance(drawn, run_messages.DrawPredictions)
    assert drawn.predicted[0] == split.predicted[1]
    for label in (None, 2):
        covered = answers.answer(run_messages.OccludeImage(ref, image, 0, label), ignore)
        assert isinstance(covered, run_messages.OcclusionResult)
        assert covered.evidence.label == (label if label is not None else covered.evidence.label)
        assert len(covered.evidence.pull) == 28 * 28
