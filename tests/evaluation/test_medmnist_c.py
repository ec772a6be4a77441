"""The balanced error of a run under MedMNIST-C's corruptions."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from statistics import fmean

import msgspec
import numpy as np
import pytest

from snn_tui.data.dataset import Dataset
from snn_tui.data.medmnist_c import corrupted as module
from snn_tui.data.medmnist_c.choices import CHOICES, GENERAL, SEVERITIES
from snn_tui.data.medmnist_c.corrupted import corrupted
from snn_tui.data.rows import is_mapped, parts
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.medmnist_c import medmnist_c
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.values.robustness import MedMNISTC

PNEUMONIA = CHOICES["pneumoniamnist"].levels


@pytest.fixture(scope="module")
def dataset(finished: RunDir) -> Dataset:
    """The images that the run was trained on."""
    return images_for(read_config(finished))


@pytest.fixture(scope="module")
def opened(finished: RunDir, dataset: Dataset) -> OpenedRun:
    """The run with its weights."""
    return OpenedRun(finished, dataset)


@pytest.fixture(scope="module")
def errors(opened: OpenedRun) -> MedMNISTC:
    """Its errors on val."""
    return medmnist_c(opened, "val")


def without_rates(errors: MedMNISTC) -> object:
    """All but the firing rates, whose parts are added up in another order."""
    content = msgspec.to_builtins(errors)
    for corruption in content["corruptions"]:
        for severity in corruption["severities"]:
            del severity["scores"]["rates"]
    return content


def test_errors_are_means_of_severities_and_corruptions(opened: OpenedRun, errors: MedMNISTC) -> None:
    assert [one.corruption for one in errors.corruptions] == list(PNEUMONIA)
    for corruption in errors.corruptions:
        assert tuple(one.severity for one in corruption.severities) == SEVERITIES
        assert tuple(one.parameters for one in corruption.severities) == PNEUMONIA[corruption.corruption]
        for one in corruption.severities:
            sensitivity, specificity = one.scores.sensitivity, one.scores.specificity
            assert sensitivity is not None
            assert specificity is not None
            assert one.balanced_error == pytest.approx(1 - (sensitivity + specificity) / 2)
        assert corruption.balanced_error == pytest.approx(
            fmean(one.balanced_error or 0.0 for one in corruption.severities)
        )
    assert errors.balanced_error == pytest.approx(
        fmean(one.balanced_error or 0.0 for one in errors.corruptions)
    )
    scores = opened.evaluate("val", balanced=True).score()
    assert scores.balanced_accuracy is not None
    assert errors.clean == pytest.approx(1 - scores.balanced_accuracy)
    assert (errors.dataset, errors.side, errors.paper_side, errors.left_out) == (
        "pneumoniamnist",
        28,
        224,
        (),
    )


def test_the_corrupted_images_are_judged(opened: OpenedRun, errors: MedMNISTC) -> None:
    clean = opened.split("val", balanced=True)
    (part,) = corrupted(clean, CHOICES["pneumoniamnist"], "gaussian_blur", 5)
    images = opened.dataset.splits["val"].images.copy()
    images[clean.ids] = part.images
    splits = {
        **opened.dataset.splits,
        "val": dataclasses.replace(opened.dataset.splits["val"], images=images),
    }
    changed = OpenedRun(opened.run, dataclasses.replace(opened.dataset, splits=splits))
    expected = changed.evaluate("val", balanced=True).score()
    found = next(one for one in errors.corruptions if one.corruption == "gaussian_blur").severities[4]
    assert found.scores == expected


def test_a_mapped_split_is_judged_part_by_part(
    opened: OpenedRun, errors: MedMNISTC, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    val = opened.dataset.splits["val"]
    np.save(tmp_path / "val.npy", val.images)
    mapped = np.lib.format.open_memmap(tmp_path / "val.npy", mode="r")
    splits = {**opened.dataset.splits, "val": dataclasses.replace(val, images=mapped)}
    again = OpenedRun(opened.run, dataclasses.replace(opened.dataset, splits=splits))
    assert is_mapped(again.split("val", balanced=True).images)
    monkeypatch.setattr(module, "parts", lambda images: parts(images, 50 * 28 * 28))
    progress: list[float] = []
    found = medmnist_c(again, "val", on_progress=lambda words, share: progress.append(share or 0.0))
    assert without_rates(found) == without_rates(errors)
    assert progress == sorted(progress)
    assert (progress[0], progress[-1]) == (0.0, 1.0)


def test_images_of_no_set_of_medmnist_have_the_general_corruptions(opened: OpenedRun) -> None:
    task = msgspec.structs.replace(opened.dataset.task, name="films")
    own = OpenedRun(opened.run, dataclasses.replace(opened.dataset, task=task))
    found = medmnist_c(own, "val")
    assert found.dataset == ""
    assert [[one.parameters for one in corruption.severities] for corruption in found.corruptions] == [
        list(parameters) for parameters in GENERAL.levels.values()
    ]


def test_what_is_undefined_has_no_error(opened: OpenedRun) -> None:
    val = opened.dataset.splits["val"]
    positives = np.flatnonzero(val.labels == opened.dataset.task.positive)[:20]
    splits = {**opened.dataset.splits, "val": val.take(positives)}
    found = medmnist_c(
        OpenedRun(opened.run, dataclasses.replace(opened.dataset, splits=splits)), "val", balanced=False
    )
    assert (found.clean, found.balanced_error, found.corruptions[0].balanced_error) == (None, None, None)
    assert found.corruptions[0].severities[0].scores.sensitivity is not None
