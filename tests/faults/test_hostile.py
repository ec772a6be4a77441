"""Run directories made to do harm: no code of theirs runs, memory stays bounded, the terminal stays ours."""

from __future__ import annotations

import json
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save

from faults.forge import Forge, side_by_side
from faults.ledger import LEDGER
from faults.test_corruption import acceptable
from faults.test_random_events import sane
from faults.yard import content, new_run
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of
from snn_tui.training.checkpoint import metadata_of

MEMORY = 1 << 30
"""Address space a command may take on top of what it has after its imports."""

ESCAPE = "\x1b[31mred\x1b]0;title\x07\x9b2J[bold]b[/bold][/][link=x]\u202e\r\n"


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (f"open({str(self._mark)!r}, 'w')",))


@pytest.fixture(scope="module")
def stopped(forge: Forge, images: Path, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """A run stopped in its last epoch."""
    run = new_run(tmp_path_factory.mktemp("hostile"), images)
    assert forge.train(run, ("signals_itself", [15, 14])) == 143
    return run


@pytest.fixture
def run(stopped: RunDir, tmp_path: Path) -> RunDir:
    """A copy of it to put things into."""
    copy = RunDir(tmp_path / "runs" / stopped.name)
    shutil.copytree(stopped.path, copy.path)
    return copy


def _safetensors(header: bytes, length: int | None = None, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def _tensors(**tensors: tuple[list[int], list[int]]) -> bytes:
    named = {
        name: {"dtype": "F32", "shape": shape, "data_offsets": offsets}
        for name, (shape, offsets) in tensors.items()
    }
    return json.dumps(named).encode()


def _with_metadata(content: bytes, **facts: str) -> bytes:
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"].update(facts)
    return _safetensors(json.dumps(header).encode(), None, content[end:])


Make = Callable[[bytes], bytes]


def _position(**changes: object) -> Make:
    """Other values in the metadata."""

    def make(content: bytes) -> bytes:
        position = json.loads(metadata_of(content)["position"]) | changes
        return _with_metadata(content, position=json.dumps(position))

    return make


def _state(change: Callable[[dict[str, torch.Tensor]], object]) -> Make:
    """Other tensors."""

    def make(content: bytes) -> bytes:
        tensors = load(content)
        change(tensors)
        return save(tensors, metadata=metadata_of(content))

    return make


def _weight(make: Callable[[torch.Tensor], torch.Tensor]) -> Make:
    name = "weights.layers.conv1.synapses.0.weight"
    return _state(lambda tensors: tensors.update({name: make(tensors[name])}))


RESUMES: dict[str, Make] = {
    "pickle": lambda content: pickle.dumps([1]),
    "header of 2^63": lambda content: _safetensors(b"{}", 1 << 63),
    "header of 1 GB": lambda content: _safetensors(b"{}" + b" " * 100, 1 << 30),
    "header of 100 MB": lambda content: _safetensors(b"{" + b" " * 100_000_000 + b"}"),
    "nested": lambda content: _safetensors(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "nested position": lambda content: _with_metadata(content, position='{"a":' * 100_000),
    "no position": lambda content: save(load(content)),
    "huge shape": lambda content: _safetensors(_tensors(a=([1 << 40, 1 << 40], [0, 4])), None, bytes(4)),
    "empty and huge": lambda content: _safetensors(_tensors(a=([0, 1 << 62], [0, 0]))),
    "overlapping": lambda content: _safetensors(_tensors(a=([1], [0, 4]), b=([1], [0, 4])), None, bytes(4)),
    "no numbers": _weight(lambda tensor: tensor * float("nan")),
    "another shape": _weight(lambda tensor: tensor.flatten()),
    "another type": _weight(lambda tensor: tensor.double()),
    "a tensor missing": _state(lambda tensors: tensors.popitem()),
    "a tensor more": _state(lambda tensors: tensors.update({"weights.more": torch.zeros(1)})),
    "a group more": _state(lambda tensors: tensors.update({"spirits.more": torch.zeros(1)})),
    "moments of nothing": _state(lambda tensors: tensors.update({"optimizer.x.step": torch.zeros(())})),
    "losses in rows": _state(lambda tensors: tensors.update(losses=tensors["losses"].expand(2, -1).clone())),
    "one loss": _state(lambda tensors: tensors.update(losses=torch.zeros((), dtype=torch.float64))),
    "losses no numbers": _state(lambda tensors: tensors.update(losses=tensors["losses"] * float("inf"))),
    "negative epoch": _position(epochs_done=-5),
    "huge epoch": _position(epochs_done=2**53),
    "endless epoch": _position(epochs_done=10**400),
    "batches beyond the epoch": _position(batches_done=10**9),
    "epochs as words": _position(epochs_done="3"),
    "other images": _position(images=1),
    "a terabyte of nothing": lambda content: b"",
}
HARMLESS = {"huge epoch"}
"""More epochs than there are: the run has finished."""


@pytest.mark.parametrize("what", RESUMES)
def test_resume_state(forge: Forge, run: RunDir, what: str) -> None:
    kind = "hostile resume.safetensors"
    run.resume_state.write_bytes(RESUMES[what](run.resume_state.read_bytes()))
    if what == "a terabyte of nothing":
        with run.resume_state.open("wb") as file:
            file.truncate(1 << 40)
    LEDGER.hit(kind)
    answer = forge.command("--train-only", "--resume", str(run.path), memory=MEMORY)
    acceptable(answer, what)
    assert answer.code == 4 or what in HARMLESS, answer
    assert "memory" not in answer.err
    LEDGER.survived(kind)


def test_a_pickle_of_an_earlier_version_is_never_loaded(forge: Forge, run: RunDir, tmp_path: Path) -> None:
    kind = "hostile resume.pt"
    mark = tmp_path / "code-was-run"
    run.resume_state.unlink()
    run.old_resume_state.write_bytes(pickle.dumps(Bomb(mark)))
    before = content(run)
    LEDGER.hit(kind)
    for argv in (["--train-only", "--resume"], ["evaluate"], ["inspect", "--index", "0"]):
        answer = forge.command(*argv, str(run.path), memory=MEMORY)
        acceptable(answer, argv)
        assert answer.code == (4 if "--resume" in argv else 0), answer
    assert content(run) == before
    assert not mark.exists()
    pickle.loads(run.old_resume_state.read_bytes())
    assert mark.exists()  # so it would have run
    LEDGER.survived(kind)


WEIGHTS: dict[str, Callable[[bytes], bytes]] = {
    "header of 2^63": lambda content: _safetensors(b"{}", 1 << 63),
    "header of 2^64-1": lambda content: _safetensors(b"{}", (1 << 64) - 1),
    "header of 1 GB": lambda content: _safetensors(b"{}" + b" " * 100, 1 << 30),
    "huge shape": lambda content: _safetensors(_tensors(a=([1 << 40, 1 << 40], [0, 4])), None, bytes(4)),
    "huge offsets": lambda content: _safetensors(_tensors(a=([1], [0, 1 << 62])), None, bytes(4)),
    "negative": lambda content: _safetensors(_tensors(a=([-1], [-4, 0])), None, bytes(4)),
    "empty and huge": lambda content: _safetensors(_tensors(a=([0, 1 << 62], [0, 0]))),
    "overlapping": lambda content: _safetensors(_tensors(a=([1], [0, 4]), b=([1], [0, 4])), None, bytes(4)),
    "nested": lambda content: _safetensors(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "no numbers": lambda content: content[:-4] + struct.pack("<f", float("nan")),
    "pickle": lambda content: pickle.dumps([1]),
    "hostile facts": lambda content: _with_metadata(content, epoch="9" * 4000, dataset=ESCAPE, preset=ESCAPE),
    "epoch in words": lambda content: _with_metadata(content, epoch=ESCAPE),
    "a terabyte": lambda content: b"",
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_weights(forge: Forge, run: RunDir, what: str) -> None:
    kind = "hostile model.safetensors"
    run.weights.write_bytes(WEIGHTS[what](run.weights.read_bytes()))
    if what == "a terabyte":
        with run.weights.open("wb") as file:
            file.truncate(1 << 40)
    LEDGER.hit(kind)
    for command in (["evaluate", str(run.path)], ["inspect", str(run.path), "--index", "0"]):
        answer = forge.command(*command, memory=MEMORY)
        acceptable(answer, what)
        assert answer.code == (0 if what in ("hostile facts", "epoch in words") else 4), answer
    LEDGER.survived(kind)


def hostile_events(run: RunDir) -> list[bytes]:
    """Lines made from a run's own, with everything in them that could do harm."""
    lines = run.events.read_bytes().splitlines()
    started = json.loads(next(line for line in lines if b'"RunStarted"' in line))
    ended = json.loads(next(line for line in lines if b'"EpochEnded"' in line))
    big = 10**400

    def changed(event: dict[str, Any], **changes: Any) -> bytes:
        return json.dumps(event | changes).encode()

    count = {"normal": big, "pneumonia": -big}
    dataset = started["dataset"] | {"name": ESCAPE, "notice": ESCAPE, "source": ESCAPE}
    return [
        b"x" * (3 << 20),
        b"[" * 500_000,
        b'{"type":' * 100_000,
        b'{"type":"Heartbeat","t":NaN,"cpu":Infinity,"memory":1}',
        b'{"type":"Heartbeat","t":1e999,"cpu":1,"memory":1}',
        b"\xff\xfe\x00",
        b"\x1b[2J\x1b]0;title\x07",
        changed(started, batches=big),
        changed(started, batches=-1, images=-1),
        changed(started, batches=1 << 62, config=started["config"] | {"epochs": 1 << 62}),
        changed(started, config=started["config"] | {"epochs": big}),
        changed(started, parameters=big, pid=big, layers={ESCAPE: big}),
        changed(started, dataset=dataset | {"after": {ESCAPE: count}, "before": {}}),
        changed(started, dataset=dataset, name=ESCAPE, device=ESCAPE, engine=ESCAPE, host=ESCAPE),
        changed(started, dataset=dataset, started_at=1e300),
        changed(started, dataset=dataset, started_at=-1e300),
        changed(ended, seconds=1e308, lr=1e308, train_loss=None, t=1e308),
        changed(ended, val=ended["val"] | {"rates": {ESCAPE: 1e308, "a" * 100_000: -1.0}, "images": big}),
        changed(ended, val=ended["val"] | {"loss": -1e308, "auc": 1e308, "accuracy": -1e308, "tp": -5}),
        changed(ended, val=ended["val"] | {"rates": {ESCAPE: 1e308}}),
        json.dumps({"type": "Heartbeat", "t": 0.1, "cpu": 1e308, "memory": big}).encode(),
        json.dumps({"type": "Heartbeat", "t": -5, "cpu": -1, "memory": 1 << 63, "gpu": 1e308}).encode(),
        json.dumps({"type": "Progress", "t": 1, "epoch": big, "batch": 1, "losses": [1], "lr": 1}).encode(),
        json.dumps(
            {"type": "Progress", "t": 1, "epoch": 1, "batch": 3, "losses": [1e308, -1e308, None], "lr": 1e308}
            | {"images_per_s": 1e308}
        ).encode(),
        json.dumps(
            {"type": "Progress", "t": 2, "epoch": 1, "batch": 4, "losses": [0.5] * 150_000, "lr": 1}
            | {"images_per_s": -1}
        ).encode(),
        json.dumps({"type": "CheckpointSaved", "t": 2, "epoch": big, "batch": 1, "weights": True}).encode(),
        json.dumps({"type": "CheckpointSaved", "t": 2, "epoch": -3, "batch": 1, "weights": True}).encode(),
        json.dumps({"type": "Preparing", "t": 2, "what": ESCAPE, "done": 1e308}).encode(),
        json.dumps(
            {"type": "RunFailed", "t": 2, "what": ESCAPE, "where": ESCAPE, "remedy": ESCAPE, "exit_code": big}
        ).encode(),
        json.dumps(
            {"type": "RunFailed", "t": 2, "what": ESCAPE, "where": ESCAPE, "remedy": ESCAPE, "exit_code": 4}
        ).encode(),
        json.dumps({"type": "RunStopped", "t": 2, "signal": ESCAPE}).encode(),
    ]


def harmless_text(text: str) -> None:
    """Assert that nothing of `ESCAPE` got through but its plain words."""
    assert "\x1b" not in text
    assert "\x9b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text


def test_events(forge: Forge, run: RunDir) -> None:
    kind = "hostile events.jsonl"
    good, root = run.events.read_bytes(), run.path.parent
    lines = hostile_events(run)
    for tried in [[line] for line in lines] + [lines, lines[::-1]]:
        run.events.write_bytes(good + b"\n".join(tried) + b"\n")
        LEDGER.hit(kind)
        ways = [["runs", *options, "--runs-dir", str(root)] for options in ([], ["--json"])]
        for answer in forge.commands(ways, memory=MEMORY):
            assert answer.code == 0, (tried[0][:100], answer)
            harmless_text(answer.text)
        sane(state_of(run))
        LEDGER.survived(kind)
    run.events.write_bytes(good + b"\n".join(lines) + b"\n")
    for argv in (["--train-only"], ["--train-only", "--epochs", "4"]):
        answer = forge.command(*argv, "--resume", str(run.path), memory=MEMORY)
        acceptable(answer, argv)
        harmless_text(answer.text)
    assert state_of(run).phase == "finished"


SMALL: dict[str, list[bytes]] = {
    "config.json": [
        b"[" * 500_000,
        b'{"preset":' * 100_000,
        b'{"epochs":' + b"9" * 4000 + b"}",
        b'{"epochs":-1}',
        b'{"lr":NaN}',
        b'{"num_steps":1000000000}',
        b'{"seed":1e400}',
        json.dumps({"name": ESCAPE}).encode(),
        json.dumps({"data": ESCAPE + "\0"}).encode(),
        json.dumps({ESCAPE: 1}).encode(),
        json.dumps({"dataset": ESCAPE}).encode(),
        b'{"name":"\xff\xfe"}',
        b" " * (2 << 20),
    ],
    "metrics.json": [
        b"[" * 500_000,
        b'{"test":' * 100_000,
        b'{"kept_epoch":' + b"9" * 4000 + b"}",
        json.dumps({"dataset": ESCAPE, ESCAPE: 1}).encode(),
        b'{"test":{"loss":NaN}}',
        b"\xff\xfe\x00",
        b" " * (2 << 20),
    ],
    "lock": [
        b"[" * 4000,
        b'{"pid":1,"host":"' + b"\\u001b[31m" * 100 + b'","process_start":"::"}',
        b'{"pid":0,"host":"x","process_start":""}',
        b'{"pid":-1,"host":"x","process_start":""}',
        b'{"pid":' + b"9" * 400 + b',"host":"x","process_start":""}',
        b"\x1b[2J",
        b" " * (2 << 20),
    ],
    "worker.log": [ESCAPE.encode() * 1000, b"\xff" * (2 << 20), b"\r" * 100_000, b"\0" * 100_000],
}


@pytest.mark.parametrize("name", SMALL)
def test_small_files(forge: Forge, run: RunDir, name: str) -> None:
    kind = f"hostile {name}"
    path = run.path / name
    good = path.read_bytes() if path.exists() else None
    for bad in SMALL[name]:
        path.write_bytes(bad)
        LEDGER.hit(kind)
        commands = [
            ["runs", "--runs-dir", str(run.path.parent)],
            ["logs", str(run.path)],
            ["evaluate", str(run.path)],
            ["--train-only", "--resume", str(run.path)],
        ]
        for argv in commands[:2] if name == "worker.log" else commands:
            answer = forge.command(*argv, memory=MEMORY)
            acceptable(answer, (bad[:80], argv))
            harmless_text(answer.text)
        LEDGER.survived(kind)
        if good is None:
            path.unlink(missing_ok=True)
        else:
            path.write_bytes(good)


def test_names_of_folders(forge: Forge, run: RunDir) -> None:
    kind = "hostile names"
    root = run.path.parent
    names = ["\x1b[31mred\x1b]0;t\x07", "[bold]b", "[red on", "a\nb", "-rf", "\udcff", "[link=x]", "x" * 255]
    for name in names:
        shutil.copytree(run.path, root / name)
        LEDGER.hit(kind)
    answer = forge.command("runs", "--runs-dir", str(root), memory=MEMORY)
    assert answer.code == 0, answer
    harmless_text(answer.text)
    assert "[bold]b" in answer.out

    def use(name: str) -> None:
        for argv in (["evaluate"], ["inspect", "--index", "0"], ["--train-only", "--resume"]):
            answer = forge.command(*argv, str(root / name), memory=MEMORY)
            acceptable(answer, name)
            harmless_text(answer.text)
        LEDGER.survived(kind)

    side_by_side(use, names)
