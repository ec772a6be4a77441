"""Files of other versions: what an older one lacks reads as a default, what a newer one adds is ignored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from runs.samples import ended, finished, scores, started
from snn_tui.config.files import from_json, to_json
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs import events
from snn_tui.runs.lock import LockInfo
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import Metrics, read_config, read_metrics, shipped_runs
from snn_tui.training.checkpoint import TrainingPosition
from snn_tui.values.scores import metrics_for

STORED = (events.AnyEvent, Metrics, LockInfo, RunConfig, TrainingPosition)

REQUIRED = {
    "ClassScores": "name matrix",
    "CheckpointSaved": "t epoch batch weights",
    "DatasetSummary": "name synthetic source notice before after",
    "Diagnosed": "t",
    "EpochEnded": "t epoch train_loss val lr seconds",
    "Heartbeat": "t cpu memory",
    "ImageStatistics": "images mean_image brightest mean contrast likeness roughness",
    "LockInfo": "pid host process_start",
    "Metrics": "test kept_epoch synthetic dataset",
    "Noted": "t text",
    "OwnNetwork": "file function sha256",
    "Paused": "t",
    "Preparing": "t what",
    "Task": "name classes",
    "Progress": "t epoch batch losses lr images_per_s",
    "Resumed": "t",
    "RunConfig": "",
    "RunFailed": "t what where remedy exit_code",
    "RunFinished": "t test kept_epoch seconds",
    "RunStarted": "t name config dataset device engine parameters layers batches images started_at pid host "
    "versions",
    "RunStopped": "t signal",
    "Scores": "images rates",
    "TrainingPosition": "images epochs_done batches_done",
}
"""Fields without a default: all files have them. None may be added, for older files would lack it."""


def structs(kind: inspect.Type) -> Iterator[inspect.StructType]:
    """All structs that a type is made of."""
    if isinstance(kind, inspect.StructType):
        yield kind
        parts = [field.type for field in kind.fields]
    else:
        inner = (getattr(kind, name, None) for name in ("item_type", "key_type", "value_type"))
        parts = [*getattr(kind, "types", ()), *(part for part in inner if part is not None)]
    for part in parts:
        yield from structs(part)


@pytest.mark.parametrize("stored", STORED, ids=str)
def test_a_field_that_older_files_lack_has_a_default(stored: Any) -> None:
    for struct in structs(inspect.type_info(stored)):
        required = {field.name for field in struct.fields if field.required}
        assert required <= set(REQUIRED[struct.cls.__name__].split()), struct.cls


@pytest.mark.parametrize("field", metrics_for("binary"))
def test_an_epoch_without_a_metric_is_read(field: str) -> None:
    event = ended(5.0, 2)
    line = msgspec.json.decode(events.encode(event))
    del line["val"][field]
    older = msgspec.structs.replace(event, val=msgspec.structs.replace(event.val, **{field: None}))
    assert events.decode(msgspec.json.encode(line)) == older


def _with_more(value: Any) -> Any:
    """JSON with a field more in every object."""
    if isinstance(value, list):
        return [_with_more(item) for item in value]
    if isinstance(value, dict):
        return {name: _with_more(item) for name, item in value.items()} | {"later": 3}
    return value


@pytest.mark.parametrize("event", [started(), ended(5.0, 2), finished(9.0)])
def test_what_a_newer_version_adds_to_an_event_is_ignored(event: events.AnyEvent) -> None:
    line = msgspec.json.decode(events.encode(event))
    free = [name for name in ("layers", "versions") if name in line]  # names of these are data
    more = _with_more(line) | {name: line[name] for name in free}
    for part in ("val", "test"):
        if part in line:
            more[part]["rates"] = line[part]["rates"]
    if "metrics" in line:
        more["metrics"] = line["metrics"]  # names of the user's own
    if "dataset" in line:
        more["dataset"] |= {"before": {}, "after": {}, "checksums": {}, "sizes": {}}
    assert events.decode(msgspec.json.encode(more)) == event


def test_what_a_newer_version_adds_to_the_metrics_is_ignored(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    metrics = Metrics(test=scores(), kept_epoch=3, synthetic=True, dataset="Phantoms")
    stored = msgspec.to_builtins(metrics)
    stored["test"]["later"] = 0.5
    run.metrics.write_bytes(msgspec.json.encode(stored | {"later": "more"}))
    assert read_metrics(run) == metrics


def test_an_option_of_a_newer_version_is_not_passed_over() -> None:
    stored = msgspec.json.decode(to_json(RunConfig()))
    with pytest.raises(UsageError, match="neuron"):
        from_json(msgspec.json.encode(stored | {"neuron": "adaptive"}))
    assert from_json(b"{}") == RunConfig()


@pytest.mark.parametrize("run", shipped_runs(), ids=lambda run: run.name)
def test_shipped_runs_are_read_to_the_last_line(run: RunDir) -> None:
    lines = run.events.read_bytes().splitlines()
    assert None not in [events.decode(line) for line in lines]
    assert read_config(run).title == run.name
    metrics = read_metrics(run)
    assert metrics is not None
    assert metrics.test is not None
    assert metrics.test.accuracy is not None


def test_a_configuration_of_a_newer_version_is_not_called_damaged(tmp_path: Path) -> None:
    content = json.loads(to_json(RunConfig()))
    (tmp_path / "config.json").write_text(json.dumps({**content, "dendrites": 3}))
    with pytest.raises(
        RunError, match="it has the option 'dendrites', so it was written by a newer"
    ) as caught:
        read_config(RunDir(tmp_path))
    assert "damaged" not in caught.value.remedy
    assert "newer snn-tui" in caught.value.remedy
