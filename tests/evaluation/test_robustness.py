"""A run judged by corrupted images: of a set larger than memory as of any other."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

from snn_tui.data import corruption
from snn_tui.data.dataset import Split
from snn_tui.data.rows import is_mapped, parts
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.evaluation.robustness import robustness
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.training.evaluate import Images
from snn_tui.values.robustness import Trial
from snn_tui.values.task import Task


def facts(trials: list[Trial]) -> list[object]:
    """What trials say, apart from firing rates, whose parts are added up in another order."""
    return [
        (
            one.corruption,
            one.strength,
            msgspec.structs.replace(one.scores, rates={}),
            sorted(one.scores.rates),
        )
        for one in trials
    ]


def test_a_mapped_split_is_corrupted_and_judged_part_by_part(
    finished: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = images_for(read_config(finished))
    expected = robustness(OpenedRun(finished, dataset), "val")

    val = dataset.splits["val"]
    np.save(tmp_path / "val.npy", val.images)
    mapped = np.lib.format.open_memmap(tmp_path / "val.npy", mode="r")
    splits = {**dataset.splits, "val": dataclasses.replace(val, images=mapped)}
    opened = OpenedRun(finished, dataclasses.replace(dataset, splits=splits))
    assert is_mapped(opened.split("val", balanced=True).images)
    in_memory: list[int] = []
    made = Images.of

    def watched(split: Split, name: str, device: torch.device, task: Task) -> Images:
        if not is_mapped(split.images):
            in_memory.append(len(split))
        return made(split, name, device, task)

    monkeypatch.setattr(Images, "of", watched)
    monkeypatch.setattr(corruption, "parts", lambda images: parts(images, 5 * 28 * 28))
    found = robustness(opened, "val")
    assert facts(found) == facts(expected)
    for one, other in zip(found, expected, strict=True):
        assert one.scores.rates == pytest.approx(other.scores.rates)
    assert max(in_memory) == 5
