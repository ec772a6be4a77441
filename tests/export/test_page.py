"""The page: true figures, nothing loaded from anywhere, and no name that could become markup."""

from __future__ import annotations

import re
from datetime import datetime
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from analysis.samples import judgement, many
from jinja2 import UndefinedError

from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.results import Results, Threshold
from snn_tui.export.report.contents import Report, RunFacts, read_facts
from snn_tui.export.report.markup import render
from snn_tui.export.report.page import page
from snn_tui.runs.rundir import RunDir
from snn_tui.values.energy import Energy, Operations
from snn_tui.values.scores import metrics_for
from snn_tui.values.task import PNEUMONIA

NOON = datetime(2026, 11, 23, 12, 0)
PNG = b"\x89PNG\r\n\x1a\n pretended"
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Takes a page apart, and complains about tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words += f" {data}"


@pytest.fixture
def known(finished: RunDir) -> RunFacts:
    """What there is to say of the finished run."""
    return read_facts(finished)


def written(judged: Judgement, known: RunFacts, threshold: Threshold = Threshold()) -> str:  # noqa: B008
    """The page of a judgement, with three draws and two pictures."""
    results = Results(judged)
    for number in (1, 2):
        results.add_draw([score + number for score in judged.scores])
    return page(Report.of(results, threshold, [PNG, PNG], known, NOON))


def test_the_page_is_whole_and_loads_nothing(known: RunFacts) -> None:
    text = written(many(), known)
    read = Reader(text)
    tags = [tag for tag, _ in read.tags]
    assert tags.count("svg") >= 4 + 2 * len(metrics_for("binary"))
    assert tags.count("img") == 2
    assert not {"script", "link", "iframe", "object", "embed", "base", "form"} & set(tags)
    for tag, attributes in read.tags:
        assert not {"href", "srcset", "action", "xlink:href"} & set(attributes), tag
        source = attributes.get("src")
        assert source is None or source.startswith("data:image/png;base64,")
        assert not any(name.startswith("on") for name in attributes)
    assert not re.search(r"https?:|url\(|@import", text)
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ElementTree.fromstring(drawing)


def test_the_page_says_what_there_is_to_know(known: RunFacts) -> None:
    judged = many()
    words = " ".join(Reader(written(judged, known)).words.split())
    results = Results(judged)
    values, intervals = results.values(0.0), results.intervals(0.0)
    for field, metric in metrics_for("binary").items():
        ends = intervals[field]
        assert ends is not None
        assert f"{metric.name} {values[field]:.3f} {ends[0]:.3f} – {ends[1]:.3f}" in words
    cells = results.confusion_matrix(0.0)
    for count in cells:
        assert f" {count} " in words
    for part in (
        "This is no medical device",
        "positive: pneumonia",
        "epoch 7",
        "split test : 300 images",
        f"ECE {results.reliability.ece:.3f}",
        f"Brier score {results.reliability.brier:.3f}",
        "3 draws of it",
        f"{len(results.mistakes(0.0))} of 300 images are judged wrong",
        "num_steps 8",
        "40 images".replace("40 images", "16 normal, 16 pneumonia"),
        "engine fused",
        "torch",
        "pneumoniamnist.npz",
        "2026-11-23 12:00",
        "published",
    ):
        assert part in words, part
    assert "/somewhere" not in words  # a path may tell whose machine it was
    assert "SYNTHETIC" not in words


def test_phantoms_and_unfair_thresholds_are_marked(known: RunFacts) -> None:
    phantoms = Reader(
        written(many(synthetic=True, task=msgspec.structs.replace(PNEUMONIA, name="Phantoms")), known)
    ).words
    assert "SYNTHETIC" in phantoms
    assert "published" not in phantoms
    moved = " ".join(Reader(written(many(), known, Threshold(1.5, "test"))).words.split())
    assert "Threshold +1.5: chosen on test: not a result" in moved
    fair = " ".join(Reader(written(many(), known, Threshold(1.5, "val"))).words.split())
    assert "Threshold +1.5:" not in fair
    assert "chosen on val" in fair


def test_names_cannot_become_markup(known: RunFacts) -> None:
    evil = "<script>alert('&')</script>"
    judged = many(
        task=msgspec.structs.replace(PNEUMONIA, name=evil, classes=(evil, "b")),
        notice=evil,
        source=evil,
        engine=evil,
    )
    strange = msgspec.structs.replace(known.config, name=evil)
    text = written(judged, RunFacts(evil, strange, known.state, True, {"snn-tui": evil}))
    read = Reader(text)
    assert "script" not in {tag for tag, _ in read.tags}
    assert evil in read.words


def test_a_template_refuses_to_do_without_a_value() -> None:
    with pytest.raises(UndefinedError):
        render("page.html", {})


def test_every_template_lies_in_the_package_and_is_used() -> None:
    """Files that are no Python are forgotten easily, by a wheel or by whoever changes the page."""
    folder = files("snn_tui.export.report") / "templates"
    texts = {entry.name: entry.read_text("utf-8") for entry in folder.iterdir()}
    named = {name for text in texts.values() for name in re.findall(r'"([a-z]+\.(?:html|css))"', text)}
    assert named | {"page.html"} == set(texts)


@pytest.mark.parametrize(
    "judged",
    [
        judgement([1], [[2.0, 3.0]]),
        judgement([0, 0], [[-1.0], [-2.0]]),
        judgement([0, 1], [[-1.0], [2.0]]),
    ],
    ids=["one image", "one class", "no mistake"],
)
def test_the_least_there_can_be(judged: Judgement, known: RunFacts) -> None:
    assert "Scores" in Reader(written(judged, known)).words
    alone = Report.of(Results(judged), Threshold(), [], known, NOON)
    assert "Only the draw that evaluation counts" in Reader(page(alone)).words


def test_a_run_without_events_is_described_by_its_configuration(finished: RunDir, tmp_path: Path) -> None:
    bare = RunDir(tmp_path / "bare")
    bare.path.mkdir()
    bare.config.write_bytes(finished.config.read_bytes())
    words = Reader(written(many(), read_facts(bare))).words
    assert "of a run that has not finished" in words
    assert "num_steps" in words
    assert "Training" not in words


ENERGY = Energy(
    images=40,
    num_steps=2,
    layers={
        "conv1": Operations(
            macs=4e6, acs=0.0, dense=16e6, macs_by_step=[2e6, 2e6], constant=True, inputs=16, neurons=2
        ),
        "out": Operations(macs=0.0, acs=4e6, dense=16e6, acs_by_step=[1e6, 3e6], inputs=2, neurons=2),
    },
    sparsity=0.5,
    parameter_bytes=104,
    state_bytes=16,
)


def test_the_page_says_what_an_image_costs(known: RunFacts) -> None:
    judged = Results(many())
    text = page(Report.of(judged, Threshold(), [PNG, PNG], known, NOON, ENERGY))
    words = " ".join(Reader(text).words.split())
    for part in (
        "arithmetic 12.8 73.6 45.9",  # 2e6 MACs once and 4e6 ACs; 16e6 MACs; half of them by 2-bit inputs
        "every step counted (NeuroBench) 22 – –",
        "25.0%",
        "conv1 once 2,000,000 0 8,000,000",
        "out 2 steps 0 4,000,000 8,000,000",
        "4.6 pJ a MAC and 0.9 pJ an AC",
        "0.50",  # spikes a synapse and image: 4e6 of 8e6
    ):
        assert part in words, part
    assert "What one image costs" not in written(many(), known)
