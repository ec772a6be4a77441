"""The page and the table of several classes, and of several labels an image."""

from __future__ import annotations

import csv
import io
import re
from xml.etree import ElementTree

import msgspec
import pytest
from analysis.samples import task_judgement, task_of

from export.test_page import NOON, PNG, Reader
from snn_tui.analysis.results import Threshold
from snn_tui.analysis.task_results import TaskResults
from snn_tui.export.report.contents import Report, RunFacts, read_facts
from snn_tui.export.report.documents import pictured
from snn_tui.export.report.image_table import header, image_table
from snn_tui.export.report.page import page
from snn_tui.runs.rundir import RunDir
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import TaskKind

KINDS: tuple[TaskKind, ...] = ("multiclass", "ordinal", "multilabel")


@pytest.fixture
def known(finished: RunDir) -> RunFacts:
    """What there is to say of the finished run."""
    return read_facts(finished)


def results_of(kind: TaskKind, classes: int = 5, **options: object) -> TaskResults:
    """Results with a further draw."""
    task = task_of(kind, classes, name=str(options.pop("name", "Samples")))
    results = TaskResults(task_judgement(task, **options))  # type: ignore[arg-type]
    results.add_draw(TaskResults(task_judgement(task, seed=1)).scored)
    return results


def written(results: TaskResults, known: RunFacts) -> str:
    """The page."""
    return page(Report.of(results, Threshold(), [PNG, PNG], known, NOON))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [5, 14])
def test_the_page_is_whole_and_has_a_curve_for_each_class(
    known: RunFacts, kind: TaskKind, classes: int
) -> None:
    results = results_of(kind, classes)
    text = written(results, known)
    read = Reader(text)
    words = " ".join(read.words.split())
    assert text.count('aria-label="ROC curve of') == classes
    assert text.count("<img") == 2
    assert not re.search(r"https?:|url\(|@import", text)
    own = text.partition("<h2>Training")[0]  # what follows is of the run, which learnt another task
    assert not re.search("x-ray|pneumonia", own, re.IGNORECASE)
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(drawing)
    for field, metric in metrics_for(kind).items():
        ends = results.intervals[field]
        assert ends is not None
        assert f"{metric.name} {results.values[field]:.3f} {ends[0]:.3f} – {ends[1]:.3f}" in words
    for row in results.scored.classes:
        assert f"{row.name} {row.images} {row.sensitivity:.3f} {row.specificity:.3f}" in words
    assert f"{len(results.mistakes)} of 90 images are judged wrong" in words
    assert "2 draws of it" in words
    assert ("neither (TN)" in words) is (kind == "multilabel")


def test_every_cell_of_the_matrix_is_there(known: RunFacts) -> None:
    results = results_of("multiclass")
    text = written(results, known)
    cells = re.findall(r'<td class="(right|wrong|none)" title="([^"]*)"><b>(\d+)</b>', text)
    assert [int(count) for _, _, count in cells] == [count for row in results.matrix for count in row]
    assert cells[1][1] == results.cell_words(0, 1)
    assert [kind for kind, _, _ in cells[::6]] == ["right"] * 5


def test_what_is_undefined_is_said(known: RunFacts) -> None:
    text = written(results_of("multilabel", absent=(1,)), known)
    assert "No curve: AUC is undefined." in text
    assert "AUC is the mean of 4 of 5 labels: no image has kind B; macro F1 counts kind B as 0" in text


def test_published_models_are_beside_the_official_test_split(known: RunFacts) -> None:
    official = written(results_of("ordinal", name="RetinaMNIST", official=True), known)
    words = " ".join(Reader(official).words.split())
    assert "ResNet-18 0.524 0.717 val MedMNIST v2, Yang et al. 2023, table 3" in words
    assert "ResNet-18" not in written(results_of("ordinal", name="RetinaMNIST"), known)


def test_names_cannot_become_markup(known: RunFacts) -> None:
    evil = "<script>alert('&')</script>"
    for kind in KINDS:
        task = msgspec.structs.replace(task_of(kind, 3), classes=(evil, "b", "c"))
        text = page(Report.of(TaskResults(task_judgement(task)), Threshold(), [PNG], known, NOON))
        read = Reader(text)
        assert "script" not in {tag for tag, _ in read.tags}
        assert evil in read.words


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_has_a_row_for_each_image(kind: TaskKind) -> None:
    results = results_of(kind)
    judged, task = results.judgement, results.task
    rows = list(csv.DictReader(io.StringIO(image_table(results, Threshold()))))
    assert tuple(rows[0]) == header(task)
    assert [int(row["image"]) for row in rows] == judged.ids
    wrong = [int(row["image"]) for row in rows if row["right"] == "0"]
    assert wrong == sorted(mistake.index for mistake in results.mistakes)
    assert pictured(results, Threshold()) == [mistake.index for mistake in results.mistakes[:12]]
    for index, row in enumerate(rows):
        truth, predicted = (row[column].split("; ") for column in ("truth", "verdict"))
        assert [name for name in truth if name] == [task.classes[label] for label in judged.truth(index)]
        assert [name for name in predicted if name] == [
            task.classes[label] for label in judged.predictions(index)
        ]
        assert int(row["spikes_kind_C"]) == judged.spike_counts(index)[2]
        assert float(row["probability_kind_C"]) == pytest.approx(judged.probabilities[index][2], rel=1e-5)
