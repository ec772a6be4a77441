"""`docs/run-directory.md` and the code say the same: every file, event, field, type and default."""

from __future__ import annotations

import json
import re
import typing
from pathlib import Path

import msgspec
import pytest
from training.tiny import CONFIG, Training

from contract.pages import ROOT, Page, row, structs
from snn_tui.config.run_config import RunConfig
from snn_tui.runs import events, lock, manage, process, tail
from snn_tui.runs.graph import GraphSettings
from snn_tui.runs.job import Job
from snn_tui.runs.notes import NOTE_LIMIT
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics
from snn_tui.runs.traces import StoredTrace
from snn_tui.training.checkpoint import TrainingPosition, metadata_of, state_to_bytes
from snn_tui.values.task import PNEUMONIA
from snn_tui.worker.heartbeat import HEARTBEAT_SECONDS
from snn_tui.worker.session import weights_metadata

PAGE = Page.read("run-directory.md")
EVENTS = typing.get_args(events.AnyEvent)
COMMON = ("t", "v")
"""Fields of every event, which the page lists once."""

STRUCTS = structs(
    events.AnyEvent, GraphSettings, Metrics, Job, lock.LockInfo, RunConfig, TrainingPosition, StoredTrace
)


@pytest.mark.parametrize("name", sorted({*STRUCTS, "Event"}))
def test_every_field_stands_on_the_page(name: str) -> None:
    if name == "Event":
        fields = [field for field in STRUCTS["Paused"].fields if field.name in COMMON]
    else:
        event = issubclass(STRUCTS[name].cls, events.Event)
        fields = [field for field in STRUCTS[name].fields if not (event and field.name in COMMON)]
    rows = PAGE.table(f"`{name}`")
    assert sorted(tuple(cells[:3]) for cells in rows) == sorted(map(row, fields))
    assert all(cells[3] for cells in rows)


def test_the_page_describes_nothing_that_is_not_there() -> None:
    headings = PAGE.structs()
    assert headings == {*STRUCTS, "Event"}
    assert {kind.__name__ for kind in EVENTS} <= headings


def test_every_file_stands_on_the_page() -> None:
    files = {
        value.name
        for name, attribute in vars(RunDir).items()
        if isinstance(attribute, property)
        and isinstance(value := getattr(RunDir(Path("runs/x")), name), Path)
    }
    assert PAGE.first_column("Files") == files
    assert {*manage.RUN_FILES} == files - {"MODEL_CARD.md"}  # a shipped run is not deleted


def test_the_metadata_of_the_weights_stand_on_the_page() -> None:
    metadata = weights_metadata(
        msgspec.structs.replace(RunConfig(), dataset="demo", bits=8), PNEUMONIA, 1, batch=2
    )
    assert PAGE.first_column("`model.safetensors`") == {"format", *metadata}


def test_the_tensors_of_a_resume_state_stand_on_the_page() -> None:
    config = msgspec.structs.replace(CONFIG, keep="best", ema=0.9, epochs=2)
    training = Training(config)
    for step in training.trainer.run():
        if training.trainer.position == (2, 1):
            break
        assert step
    content = state_to_bytes(training.trainer.state())
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert set(header.pop("__metadata__")) == {"format", "position"}
    assert "`format`" in PAGE.section("`resume.safetensors`")
    assert "`position`" in PAGE.section("`resume.safetensors`")
    names = {re.sub(r"^(weights|average|kept)\..*", r"\1.NAME", name) for name in header}
    names = {re.sub(r"^optimizer\.\d+\.", "optimizer.N.", name) for name in names}
    assert PAGE.first_column("`resume.safetensors`") == names


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        ("`events.jsonl`", f"whose `v` is greater than {events.VERSION}"),
        ("`events.jsonl`", f"longer than {tail.MAX_LINE >> 20} MiB"),
        ("`events.jsonl`", f"every {HEARTBEAT_SECONDS:g} seconds"),
        ("Files", f"{NOTE_LIMIT} characters at most"),
        ("`lock`", f"{lock.LOCK_LIMIT} bytes at most"),
        ("`LockInfo`", f"for {process.SILENT_SECONDS:g} seconds"),
        ("`LockInfo`", f"after {lock.TAKE_OVER_SECONDS:g} seconds"),
    ],
)
def test_numbers_in_the_text_are_those_of_the_code(heading: str, sentence: str) -> None:
    assert sentence in " ".join(PAGE.section(heading).split())


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", PAGE.text, re.DOTALL)
    assert code
    exec(code[1], {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 40 + 2
    assert printed[-2:] == ["24C3-AP2-24C3-48C3-AP2-48C3-96C3-GAP", "torch.Size([24, 1, 3, 3])"]


def test_metadata_that_a_reader_asks_for_are_text() -> None:
    content = state_to_bytes(Training().trainer.state())
    assert all(isinstance(value, str) for value in metadata_of(content).values())
