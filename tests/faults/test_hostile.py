"""Run directories made to do harm: no code of theirs runs, memory stays bounded, the terminal stays ours."""

from __future__ import annotations

import collections
import io
import json
import pickle
import shutil
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from faults.forge import Forge, side_by_side
from faults.ledger import LEDGER
from faults.test_corruption import acceptable
from faults.test_random_events import sane
from faults.yard import new_run
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import state_of

MEMORY = 1 << 30
"""Address space a command may take on top of what it has after its imports."""

ESCAPE = "\x1b[31mred\x1b]0;title\x07\x9b2J[bold]b[/bold][/][link=x]\u202e\r\n"


class Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (exec, (f"open({str(self._mark)!r}, 'w')",))


class Calls:
    """Unpickled, it calls something torch allows."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self._call


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


def _archive(pickled: bytes, data: bytes = bytes(64), compression: int = zipfile.ZIP_STORED) -> bytes:
    """What torch.load takes for a checkpoint."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression, compresslevel=1) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/data/0", data)
    return packed.getvalue()


def _saved(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes, Path], bytes]:
    def make(content: bytes, mark: Path) -> bytes:
        state = torch.load(io.BytesIO(content), weights_only=True)
        change(state)
        buffer = io.BytesIO()
        torch.save(state, buffer)
        return buffer.getvalue()

    return make


def _hide(content: bytes, mark: Path) -> bytes:
    """A second archive in front of the good one, as a reader that looks from the front would find it."""
    return _archive(pickle.dumps(Bomb(mark), 2)) + content


def _overlapping(content: bytes, mark: Path) -> bytes:
    """A thousand names for one and the same megabyte."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}, 2))
        archive.writestr("archive/data/0", bytes(1 << 20))
        for number in range(1, 2000):
            archive.filelist.append(archive.getinfo("archive/data/0"))
            assert number
    return packed.getvalue()


def _first(state: dict[str, Any]) -> str:
    return next(iter(state["weights"]))


def _set_weight(make: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[bytes, Path], bytes]:
    def change(state: dict[str, Any]) -> None:
        state["weights"][_first(state)] = make(state["weights"][_first(state)])

    return _saved(change)


def _loop(state: dict[str, Any]) -> None:
    state["losses"].append(state)


RESUMES: dict[str, Callable[[bytes, Path], bytes]] = {
    "pickle": lambda content, mark: pickle.dumps(Bomb(mark)),
    "pickle in an archive": lambda content, mark: _archive(pickle.dumps(Bomb(mark), 2)),
    "torch.save of a pickle bomb": _saved(lambda state: None),
    "old format": lambda content, mark: b"".join(
        pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, {}, Bomb(mark), [])
    ),
    "bomb before a good archive": _hide,
    "zip bomb": lambda content, mark: _archive(pickle.dumps({}, 2), bytes(MEMORY), zipfile.ZIP_DEFLATED),
    "overlapping zip": _overlapping,
    "huge bytearray": lambda content, mark: _archive(pickle.dumps(Calls(bytearray, 1 << 40), 2)),
    "huge tensor": lambda content, mark: _archive(pickle.dumps(Calls(torch.Tensor, 1 << 19, 1 << 19), 2)),
    "huge counter": lambda content, mark: _archive(pickle.dumps(Calls(collections.Counter, "a" * 1000), 2)),
    "stride 0": _set_weight(lambda tensor: torch.zeros(1).expand(1 << 20, 1 << 20)),
    "stride 0 of the right shape": _set_weight(lambda tensor: torch.zeros(1).expand(tensor.shape)),
    "meta tensor": _set_weight(lambda tensor: tensor.to("meta")),
    "sparse tensor": _set_weight(lambda tensor: tensor.to_sparse()),
    "complex tensor": _set_weight(lambda tensor: tensor.to(torch.complex64)),
    "no numbers": _set_weight(lambda tensor: tensor * float("nan")),
    "a list": lambda content, mark: _archive(pickle.dumps([1], 2)),
    "nested": lambda content, mark: _archive(b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."),
    "endless": _saved(_loop),
    "negative epoch": _saved(lambda state: state.update(epochs_done=-5)),
    "huge epoch": _saved(lambda state: state.update(epochs_done=10**30)),
    "batches beyond the epoch": _saved(lambda state: state.update(batches_done=10**9, losses=[0.1])),
    "epochs as words": _saved(lambda state: state.update(epochs_done="3")),
    "other images": _saved(lambda state: state.update(images=1)),
    "nothing": _saved(lambda state: state.clear()),
    "a terabyte of nothing": lambda content, mark: b"",
}
HARMLESS = {"torch.save of a pickle bomb", "bomb before a good archive", "stride 0 of the right shape"}
HARMLESS |= {"huge epoch"}  # more epochs than there are: the run has finished


@pytest.mark.parametrize("what", RESUMES)
def test_resume_state(forge: Forge, run: RunDir, tmp_path: Path, what: str) -> None:
    kind = "hostile resume.pt"
    mark = tmp_path / "code-was-run"
    made = RESUMES[what](run.resume.read_bytes(), mark)
    if what == "torch.save of a pickle bomb":
        state = torch.load(run.resume, weights_only=True) | {"bomb": Bomb(mark)}
        torch.save(state, run.resume)
        made = run.resume.read_bytes()
    run.resume.write_bytes(made)
    if what == "a terabyte of nothing":
        with run.resume.open("wb") as file:
            file.truncate(1 << 40)
    LEDGER.hit(kind)
    answer = forge.command("--train-only", "--resume", str(run.path), memory=MEMORY)
    acceptable(answer, what)
    assert answer.code == 4 or what in HARMLESS, answer
    assert not mark.exists()
    assert "memory" not in answer.err
    LEDGER.survived(kind)


def _safetensors(header: bytes, length: int | None = None, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def _tensors(**tensors: tuple[list[int], list[int]]) -> bytes:
    named = {
        name: {"dtype": "F32", "shape": shape, "data_offsets": offsets}
        for name, (shape, offsets) in tensors.items()
    }
    return json.dumps(named).encode()


def _with_facts(content: bytes, **facts: str) -> bytes:
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"].update(facts)
    return _safetensors(json.dumps(header).encode(), None, content[end:])


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
    "hostile facts": lambda content: _with_facts(content, epoch="9" * 4000, dataset=ESCAPE, preset=ESCAPE),
    "epoch in words": lambda content: _with_facts(content, epoch=ESCAPE),
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
