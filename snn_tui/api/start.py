"""Beginning a run of a training loop of the user's own."""

from __future__ import annotations

import dataclasses
import os
import platform
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from snn_tui import __version__
from snn_tui.api.run import Run
from snn_tui.config.loop import of_loop
from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import UsageError
from snn_tui.runs.events import RunStarted
from snn_tui.runs.rundir import RUNS_FOLDER, RUNS_VARIABLE
from snn_tui.runs.store import create
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.task import MOST_CLASSES, Task
from snn_tui.values.words import comparable, printable

_LIBRARIES = ("torch", "snntorch", "spikingjelly", "norse", "jax", "tensorflow", "numpy")
"""Libraries whose versions are recorded, where the program has loaded them."""


def start(
    name: str,
    *,
    config: object = None,
    epochs: int | None = None,
    batches: int | None = None,
    classes: Sequence[str] = (),
    positive: str | None = None,
    dataset: str = "",
    parameters: int = 0,
    device: str = "",
    runs_dir: str | os.PathLike[str] | None = None,
) -> Run:
    """Begin a run, to be written by a training loop of one's own and watched with `snn-tui`.

    Use it as a context manager: the run is finished at the end of the `with` block, failed where an exception
    leaves it, and stopped by ctrl-c or SIGTERM.

    Args:
        name: Name of the run: up to 64 letters, digits, '.', '_' and '-', beginning with a letter or digit.
        config: The loop's settings: a mapping, a dataclass or an `argparse.Namespace`. Nested ones and lists
            are kept; what JSON does not know becomes a text.
        epochs: Epochs that the loop has; without it no end is predicted.
        batches: Batches of an epoch; without it those of the first epoch count for all.
        classes: Names of the classes in the order of the output neurons.
        positive: The positive one of two classes, for sensitivity and specificity.
        dataset: Name of the data set.
        parameters: Trainable parameters of the network.
        device: What computes, such as `cuda`.
        runs_dir: Where runs are kept; by default `$SNN_TUI_RUNS_DIR`, else `./checkpoints`.

    Raises:
        UsageError: An argument is not what it should be.
        RunError: The run directory cannot be made.
    """
    values = _jsonable(config)
    try:
        made = of_loop(name, values, epochs or 0)
    except UsageError as error:
        where = {"--name": "name", "--epochs": "epochs"}.get(error.where, error.where)
        raise UsageError(error.what, where=where, remedy=error.remedy) from None
    task = _task(dataset, tuple(map(str, classes)), positive)
    run = create(_root(runs_dir), made, datetime.now())
    return Run(run, _started(made, task, batches or 0, parameters, device))


def _root(runs_dir: str | os.PathLike[str] | None) -> Path:
    given = os.fspath(runs_dir) if runs_dir is not None else os.environ.get(RUNS_VARIABLE, "")
    return Path(os.path.abspath(typed_path(given))) if given else Path(os.path.abspath(RUNS_FOLDER))


def _task(dataset: str, classes: tuple[str, ...], positive: str | None) -> Task:
    """What the data set asks.

    Raises:
        UsageError: There are too many classes, two alike, or the positive one is not one of two.
    """
    names = tuple(printable(name, 100) for name in classes)
    if len(set(map(comparable, names))) < len(names) or len(names) > MOST_CLASSES:
        raise UsageError(
            f"there are {len(names)} names, of which some are equal or which are more than {MOST_CLASSES}",
            where="classes",
            remedy="give each class its own name, or leave classes out",
        )
    if positive is not None and (len(classes) != 2 or positive not in classes):
        raise UsageError(
            f"{printable(repr(positive), 60)} is not one of two classes",
            where="positive",
            remedy="leave it out, or give two classes and the name of one",
        )
    return Task(
        name=printable(dataset, 100),
        classes=names,
        kind="binary" if positive is not None else "multiclass",
        positive=None if positive is None else classes.index(positive),
    )


def _started(config: RunConfig, task: Task, batches: int, parameters: int, device: str) -> RunStarted:
    return RunStarted(
        t=0.0,
        name=config.title,
        config=config,
        dataset=DatasetSummary(
            name=task.name,
            synthetic=False,
            source="",
            notice="",
            before={},
            after={},
            comparable=False,
            task=task,
        ),
        device=printable(device, 100),
        engine="",
        parameters=max(0, parameters),
        layers={},
        batches=max(0, batches),
        images=0,
        started_at=time.time(),
        pid=os.getpid(),
        host=socket.gethostname(),
        versions={"snn-tui": __version__, "python": platform.python_version()} | _versions(),
    )


def _versions() -> dict[str, str]:
    versions = {}
    for name in _LIBRARIES:
        if name in sys.modules:
            try:
                versions[name] = metadata.version(name)
            except metadata.PackageNotFoundError:
                continue  # a folder beside the program has its name
    return versions


def _jsonable(config: object) -> dict[str, Any]:
    """A loop's settings as JSON has them, without control characters.

    Raises:
        UsageError: They are no mapping, dataclass or namespace.
    """
    if config is None:
        return {}
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        config = dataclasses.asdict(config)
    elif not isinstance(config, Mapping):
        config = getattr(config, "__dict__", None)
    if not isinstance(config, Mapping):
        raise UsageError(
            "it has no names and values", where="config", remedy="give a dict, a dataclass or a namespace"
        )
    made = _plain(config, 32)
    assert isinstance(made, dict)
    return made


def _plain(value: object, deepest: int) -> object:
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if abs(value) <= 2**53 else str(value)
        case str():
            return printable(value, 10_000)
        case Mapping() if deepest:
            return {printable(str(name)): _plain(item, deepest - 1) for name, item in value.items()}
        case list() | tuple() | set() | frozenset() if deepest:
            return [_plain(item, deepest - 1) for item in value]
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "shape", None) == ():
        return _plain(item(), 0)
    return printable(str(value))
