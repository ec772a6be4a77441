"""Small images and a small trained run, shared by all rooms' tests."""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

from snn_tui.config.build import build
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the networks here are too small to share out
_CACHE = tempfile.TemporaryDirectory(prefix="snn-tui-cache-")
os.environ["XDG_CACHE_HOME"] = (
    _CACHE.name
)  # kernels are compiled once for all tests, and the user's left alone
_OWN = tempfile.TemporaryDirectory(
    prefix="snn-tui-own-"
)  # the user's preferences are neither read nor written
os.environ |= {"XDG_CONFIG_HOME": f"{_OWN.name}/config", "XDG_STATE_HOME": f"{_OWN.name}/state"}
for _name in [name for name in os.environ if name.startswith("SNN_TUI_") and name != "SNN_TUI_DATA"]:
    del os.environ[_name]
settings.register_profile("snn-tui", deadline=None)
settings.load_profile("snn-tui")

LEDGERS = {"faults": "faults.ledger", "engines": "snn.parity"}
"""Tables at the end of the tests: the title, and the module whose LEDGER it is."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes that test side by side sends what it counted to the one that reports."""
    sent = getattr(session.config, "workeroutput", None)
    if sent is not None:
        sent |= {title: sys.modules[module].LEDGER.packed() for title, module in _counted().items()}


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take in what such a process counted."""
    for title, module in LEDGERS.items():
        if title in (getattr(node, "workeroutput", None) or {}):
            importlib.import_module(module).LEDGER.add(node.workeroutput[title])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was done to the program, and how many spikes the engines were compared by."""
    for title, module in _counted().items():
        terminalreporter.section(title)
        for line in sys.modules[module].LEDGER.lines():
            terminalreporter.line(line)


def _counted() -> dict[str, str]:
    loaded = {title: module for title, module in LEDGERS.items() if module in sys.modules}
    return {title: module for title, module in loaded.items() if sys.modules[module].LEDGER}


SIZES = {"train": 40, "val": 20, "test": 20}


@pytest.fixture(scope="session")
def tiny_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A MedMNIST file of 40, 20 and 20 images, three in five pneumonia: dim at the top, bright below."""
    rng = np.random.default_rng(0)
    arrays: dict[str, Any] = {}
    for split, size in SIZES.items():
        labels = (np.arange(size) % 5 > 1).astype(np.uint8)
        images = rng.integers(0, 80, (size, 28, 28))
        images[:, 14:] += rng.integers(0, 120, (size, 1, 1)) + 40 * labels[:, None, None]
        arrays |= {f"{split}_images": images.astype(np.uint8), f"{split}_labels": labels[:, None]}
    path = tmp_path_factory.mktemp("data") / "pneumoniamnist.npz"
    np.savez_compressed(path, **arrays)
    return path


def other_images(source: Path, target: Path) -> None:
    """Write a data file whose test images are the first 20 training images of another one."""
    with np.load(source) as file:
        arrays = dict(file)
    size = len(arrays["test_labels"])
    for kind in ("images", "labels"):
        arrays[f"test_{kind}"] = arrays[f"train_{kind}"][:size]
    np.savez_compressed(target, **arrays)


@pytest.fixture(scope="session")
def new_tiny_run(tiny_file: Path) -> Callable[..., RunDir]:
    """Makes a run directory for a quick training on `tiny_file`, with options of one's own."""

    def make(root: Path, **options: object) -> RunDir:
        quick = {"data": str(tiny_file), "epochs": 3, "batch_size": 8, "num_steps": 8, "lr": 3e-3}
        return create(root, build({**quick, "device": "cpu", **options}), datetime(2026, 11, 23, 12, 0))

    return make


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, new_tiny_run: Callable[..., RunDir]) -> RunDir:
    """A run that was trained to its end; for reading only."""
    from snn_tui.worker.stopping import StopRequest
    from snn_tui.worker.trainer import train_run

    run = new_tiny_run(tmp_path_factory.mktemp("runs"), name="tiny")
    assert train_run(run, lambda event: None, StopRequest()) == 0
    return run
