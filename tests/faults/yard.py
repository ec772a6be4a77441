"""Small runs to break, and how to tell whether they are whole."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from faults.forge import environment
from faults.ledger import LEDGER
from snn_tui.config.build import build
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.signals import held_back
from snn_tui.runs.state import RunState
from snn_tui.runs.store import create
from snn_tui.runs.summary import state_of

SIZES = {"train": 48, "val": 24, "test": 24}
EPOCHS = 3
BATCHES = 6
NOON = datetime(2026, 11, 23, 12, 0)
FILES = {
    "config.json",
    "events.jsonl",
    "metrics.json",
    "model.safetensors",
    "resume.safetensors",
    "worker.log",
}
"""What a run that has ended is made of. A lock half written is cleared away an hour later."""


def draw_images(folder: Path, seed: int = 0) -> Path:
    """A file in MedMNIST's layout: noise, and a blob that is bright in pneumonia."""
    rng = np.random.default_rng(seed)
    arrays: dict[str, Any] = {}
    for split, size in SIZES.items():
        labels = (np.arange(size) % 2).astype(np.uint8)
        images = rng.integers(0, 120, (size, 28, 28))
        images[:, 8:20, 8:20] += 110 * labels[:, None, None]
        arrays |= {f"{split}_images": images.astype(np.uint8), f"{split}_labels": labels[:, None]}
    path = folder / "pneumoniamnist.npz"
    np.savez(path, **arrays)
    return path


def new_run(root: Path, images: Path, **options: object) -> RunDir:
    """A run of three epochs of six batches; all have one title, as it stands in their weights' metadata."""
    quick = {"data": str(images), "epochs": EPOCHS, "batch_size": 8, "num_steps": 2, "device": "cpu"}
    return create(root, build({**quick, "name": "r", **options}), NOON)


def phase(run: RunDir) -> str:
    """Where its events say it stands."""
    return state_of(run).phase


def failure(run: RunDir) -> str:
    """What its last trainer failed of."""
    state: RunState = state_of(run)
    return f"{state.failure.where}: {state.failure.what} ({state.failure.remedy})" if state.failure else ""


def results(run: RunDir) -> dict[str, bytes]:
    """What a run is for."""
    return {path.name: path.read_bytes() for path in (run.weights, run.metrics)}


def content(run: RunDir) -> dict[str, bytes]:
    """Every file of a run."""
    return {path.name: path.read_bytes() for path in sorted(run.path.iterdir()) if path.is_file()}


def whole_tensors(path: Path) -> bool:
    """Whether a safetensors file is as long as its header says."""
    found = path.read_bytes()
    length = int.from_bytes(found[:8], "little")
    header = json.loads(found[8 : 8 + length])
    ends = [tensor["data_offsets"][1] for name, tensor in header.items() if name != "__metadata__"]
    return len(found) == 8 + length + max(ends)


class Checkpoints:
    """Looks at a run between two faults: what was saved once must never be gone or cut short."""

    def __init__(self, run: RunDir, kind: str) -> None:
        self._run = run
        self._kind = kind
        self._sizes: dict[Path, int] = {}
        self._told = b""

    def look(self) -> None:
        """After a fault."""
        for path in (self._run.weights, self._run.resume_state):
            if path.exists():
                self._sizes[path] = path.stat().st_size
                assert whole_tensors(path), f"{path} is cut short"
            elif path in self._sizes:
                LEDGER.lost(self._kind, self._sizes[path])
                raise AssertionError(f"{path} is gone")
        told = self._run.events.read_bytes() if self._run.events.exists() else b""
        kept = self._told[: self._told.rfind(b"\n") + 1]
        if not told.startswith(kept):
            LEDGER.lost(self._kind, len(kept))
            raise AssertionError("events are gone")
        self._told = told


def same_end(run: RunDir, expected: dict[str, bytes], kind: str) -> None:
    """Assert that a run ended as the one that nothing happened to, to the byte, and left nothing behind."""
    assert phase(run) == "finished"
    found = results(run)
    for name, there in expected.items():
        LEDGER.lost(kind, len(there) if found[name] != there else 0)
    assert found == expected
    left = {path.name for path in run.path.iterdir() if not path.name.startswith(".lock.")}
    assert left <= FILES, "something was left behind"


def real_trainer(run: RunDir, **environ: str) -> subprocess.Popen[bytes]:
    """`python -m snn_tui.worker RUN`, started as the screens do."""
    with run.log.open("ab") as log, held_back():
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "snn_tui.worker", str(run.path)],
            env=environment() | environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
