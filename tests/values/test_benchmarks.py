"""Published scores of the sets of MedMNIST."""

from __future__ import annotations

import msgspec
import pytest

from snn_tui.values.benchmarks import BENCHMARKS, RESNET_18, benchmarks, medmnist_flag, study_beside
from snn_tui.values.scores import PUBLISHED
from snn_tui.values.task import PNEUMONIA


def test_all_twelve_sets_of_medmnist_have_rows() -> None:
    from medmnist import INFO

    assert set(BENCHMARKS) == {flag for flag in INFO if "3d" not in flag}
    assert len(BENCHMARKS) == 12
    for flag in BENCHMARKS:
        assert medmnist_flag(INFO[flag]["python_class"]) == flag


@pytest.mark.parametrize("flag", BENCHMARKS)
def test_rows_are_scores_with_their_source_and_selection(flag: str) -> None:
    first, second = benchmarks(flag, side=28)
    assert first.model == RESNET_18
    assert first != second
    for row in benchmarks(flag):
        assert 0.5 < row.accuracy < 1
        assert 0.7 < row.auc < 1
        assert "20" in row.source
        assert row.selected_on
        assert "test" not in row.selected_on


def test_they_are_known_by_name_of_the_task() -> None:
    assert benchmarks(PNEUMONIA.name)[0][1:3] == (0.854, 0.944)
    assert benchmarks("BreastMNIST")[0][1:3] == (0.863, 0.901)
    assert benchmarks("RetinaMNIST", 28)[0][1:3] == (0.524, 0.717)
    assert [row.model for row in benchmarks("PneumoniaMNIST", 224)] == ["ResNet-50", "DINO ViT-B/16, probe"]
    assert benchmarks("my pictures") == ()
    assert benchmarks("breastmnist", 64) == ()


@pytest.mark.parametrize("wrong", ["", "task", "split", "balanced", "comparable", "synthetic"])
def test_the_studys_scores_stand_beside_those_of_its_own_images_alone(wrong: str) -> None:
    task = msgspec.structs.replace(PNEUMONIA, classes=("a", "b")) if wrong == "task" else PNEUMONIA
    published = study_beside(
        task,
        "val" if wrong == "split" else "test",
        balanced=wrong != "balanced",
        comparable=wrong != "comparable",
        synthetic=wrong == "synthetic",
    )
    assert published == (None if wrong else PUBLISHED)
