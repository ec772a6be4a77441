"""`docs/run-directory.md` and the code say the same: every file, event, field, type and default."""

from __future__ import annotations

import json
import re
import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect
from training.tiny import CONFIG, Training

from snn_tui.config.run_config import RunConfig
from snn_tui.runs import events, lock, manage, process, tail
from snn_tui.runs.notes import NOTE_LIMIT
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics
from snn_tui.training.checkpoint import TrainingPosition, metadata_of, state_to_bytes
from snn_tui.values.task import PNEUMONIA
from snn_tui.worker.heartbeat import HEARTBEAT_SECONDS
from snn_tui.worker.session import weights_metadata

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "run-directory.md").read_text(encoding="utf-8")
EVENTS = typing.get_args(events.AnyEvent)
COMMON = ("t", "v")
"""Fields of every event, which the page lists once."""


def structs(*kinds: Any) -> dict[str, inspect.StructType]:
    """All structs that types are made of, by name."""
    found: dict[str, inspect.StructType] = {}
    waiting = list(map(inspect.type_info, kinds))
    while waiting:
        part = waiting.pop()
        if isinstance(part, inspect.StructType):
            found[part.cls.__name__] = part
            waiting += [field.type for field in part.fields]
        waiting += getattr(part, "types", ())
        inner = (getattr(part, name, None) for name in ("item_type", "key_type", "value_type"))
        waiting += [one for one in inner if one is not None]
    return found


STRUCTS = structs(events.AnyEvent, Metrics, lock.LockInfo, RunConfig, TrainingPosition)


def word(kind: inspect.Type) -> str:
    """A type as the page calls it."""
    match kind:
        case inspect.UnionType():
            return " or ".join(sorted(map(word, kind.types), key="null".__eq__))
        case inspect.NoneType():
            return "null"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true/false"
        case inspect.IntType():
            return "count" if (kind.ge, kind.le) == (0, 2**53) else "integer"
        case inspect.FloatType():
            return "number"
        case inspect.LiteralType():
            return "text"
        case inspect.ListType() | inspect.VarTupleType():
            return f"list of {word(kind.item_type)}"
        case inspect.BytesType():
            return "bytes"
        case inspect.NamedTupleType():
            return f"list of {word(kind.fields[0].type)}"
        case inspect.TupleType():
            assert len(kind.item_types) == 2
            return f"pair of {word(kind.item_types[0])}"
        case inspect.DictType():
            return f"map to {word(kind.value_type)}"
        case inspect.StructType():
            return kind.cls.__name__
    raise AssertionError(f"the page has no word for {kind}")


def row(field: inspect.Field) -> tuple[str, str, str]:
    """A field's name, type and default, as they stand in a row of the page."""
    value = field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
    default = "" if field.required else f"`{json.dumps(msgspec.to_builtins(value))}`"
    return f"`{field.name}`", word(field.type), default


def section(heading: str) -> str:
    """The text under a heading, up to the next one of any level."""
    match = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert match, f"the page has no heading {heading}"
    return match[1]


def table(heading: str) -> list[list[str]]:
    """Cells of the rows of the table under a heading; empty where there is none."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def first_column(heading: str) -> set[str]:
    return {cells[0].strip("`") for cells in table(heading)}


@pytest.mark.parametrize("name", sorted({*STRUCTS, "Event"}))
def test_every_field_stands_on_the_page(name: str) -> None:
    if name == "Event":
        fields = [field for field in STRUCTS["Paused"].fields if field.name in COMMON]
    else:
        event = issubclass(STRUCTS[name].cls, events.Event)
        fields = [field for field in STRUCTS[name].fields if not (event and field.name in COMMON)]
    rows = table(f"`{name}`")
    assert sorted(tuple(cells[:3]) for cells in rows) == sorted(map(row, fields))
    assert all(cells[3] for cells in rows)


def test_the_page_describes_nothing_that_is_not_there() -> None:
    headings = set(re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE))
    assert headings == {*STRUCTS, "Event"}
    assert {kind.__name__ for kind in EVENTS} <= headings


def test_every_file_stands_on_the_page() -> None:
    files = {
        value.name
        for name, attribute in vars(RunDir).items()
        if isinstance(attribute, property)
        and isinstance(value := getattr(RunDir(Path("runs/x")), name), Path)
    }
    assert first_column("Files") == files
    assert {*manage.RUN_FILES} == files - {"MODEL_CARD.md"}  # a shipped run is not deleted


def test_the_metadata_of_the_weights_stand_on_the_page() -> None:
    metadata = weights_metadata(msgspec.structs.replace(RunConfig(), dataset="demo"), PNEUMONIA, 1)
    assert first_column("`model.safetensors`") == {"format", *metadata}


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
    assert "`format`" in section("`resume.safetensors`")
    assert "`position`" in section("`resume.safetensors`")
    names = {re.sub(r"^(weights|average|kept)\..*", r"\1.NAME", name) for name in header}
    names = {re.sub(r"^optimizer\.\d+\.", "optimizer.N.", name) for name in names}
    assert first_column("`resume.safetensors`") == names


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
    assert sentence in " ".join(section(heading).split())


def test_the_example_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code
    exec(code[1], {})
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == 20 + 2
    assert printed[-2:] == ["24C3-AP2-24C3-48C3-AP2-48C3-96C3-GAP", "torch.Size([24, 1, 3, 3])"]


def test_metadata_that_a_reader_asks_for_are_text() -> None:
    content = state_to_bytes(Training().trainer.state())
    assert all(isinstance(value, str) for value in metadata_of(content).values())
