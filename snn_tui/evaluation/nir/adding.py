"""A NIR file made a run: its directory, its configuration, and the images that it is judged by."""

from __future__ import annotations

import os
import platform
import re
import socket
import time
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from snn_tui import __version__
from snn_tui.config.build import build
from snn_tui.config.files import to_json
from snn_tui.config.run_config import OPTIONS, SIDE, RunConfig
from snn_tui.data.balance import summary
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.errors import UsageError
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.nir.graph import Graph, graph_of
from snn_tui.evaluation.nir.network import GraphNetwork
from snn_tui.evaluation.nir.opening import network_for
from snn_tui.evaluation.nir.reading import read_file, tree_of
from snn_tui.runs.events import Noted, RunFinished, RunStarted, encode
from snn_tui.runs.files import write_atomic
from snn_tui.runs.graph import GraphSettings
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create, with_absolute_data

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_FIXED: dict[str, Any] = {"balance": "none", "engine": "reference", "read_test": "never"}


class GraphToAdd:
    """A NIR file with the images it is to be judged by, checked against each other.

    Args:
        path: The file.
        options: Options of `RunConfig` that were set by hand, by field name; None means not set.
        settings: How its equations become time steps.
        on_progress: Called while images are read or downloaded.

    Raises:
        RunError: The graph cannot be read or computed, or is for other images.
        DataError: The images cannot be read.
        UsageError: An option is wrong.
    """

    def __init__(
        self,
        path: Path,
        options: Mapping[str, object],
        settings: GraphSettings,
        on_progress: OnProgress = lambda what, fraction: None,
    ) -> None:
        self._content = read_file(path)
        graph = graph_of(tree_of(self._content, str(path)), str(path))
        self.settings = settings
        self.config = with_absolute_data(_config(graph, path, options))
        self.images: Dataset = images_for(self.config, on_progress=on_progress)
        self.network: GraphNetwork = network_for(graph, settings, self.images.task)

    def add(self, root: Path, now: datetime) -> RunDir:
        """Make a run of it among those of a folder.

        Raises:
            RunError: The folder cannot be written to.
            UsageError: Its name cannot be that of a run.
        """
        return self._fill(create(root, self.config, now))

    def put_into(self, folder: Path) -> RunDir:
        """Make a run of it that has its bare name, in a folder for this alone."""
        run = RunDir(folder / self.config.title)
        run.path.mkdir()
        write_atomic(run.config, to_json(self.config))
        return self._fill(run)

    def _fill(self, run: RunDir) -> RunDir:
        write_atomic(run.graph, self._content)
        write_atomic(run.graph_settings, msgspec.json.format(msgspec.json.encode(self.settings)) + b"\n")
        notes = [Noted(t=0.0, text=text) for text in self.network.notes]
        events = [self._started(), *notes, RunFinished(t=0.0, test=None, kept_epoch=0, seconds=0.0)]
        write_atomic(run.events, b"".join(map(encode, events)))
        return run

    def _started(self) -> RunStarted:
        return RunStarted(
            t=0.0,
            name=self.config.title,
            config=self.config,
            dataset=summary(self.images, self.images),
            device="cpu",
            engine="reference",
            parameters=self.network.parameter_count,
            layers=self.network.neuron_counts,
            batches=0,
            images=0,
            started_at=time.time(),
            pid=os.getpid(),
            host=socket.gethostname(),
            versions={"snn-tui": __version__, "python": platform.python_version()}
            | {name: metadata.version(name) for name in ("torch", "h5py")},
        )


def _config(graph: Graph, path: Path, options: Mapping[str, object]) -> RunConfig:
    """The configuration of a graph's run: what was set, else what the graph says of its input.

    Where no size was set, the images are as large as the graph's input, if there are such.
    """
    said: dict[str, Any] = {**_FIXED, "name": _name(path)}
    if graph.texts.get("encoding") in (OPTIONS["encoding"].choices or ()):
        said["encoding"] = graph.texts["encoding"]
    steps = graph.numbers.get("num_steps", 0.0)
    if steps in range(1, int(OPTIONS["num_steps"].high or 1) + 1):
        said["num_steps"] = int(steps)
    wanted = said | {name: value for name, value in options.items() if value is not None}
    shape = graph.input_shape or ()
    if "size" not in wanted and len(shape) == 3 and shape[1] == shape[2] != SIDE:
        try:
            return build(wanted | {"size": int(shape[1])})
        except UsageError:
            pass  # there are no images of that size
    return build(wanted)


def _name(path: Path) -> str:
    """A title for the run of a file."""
    return _NO_NAME.sub("-", path.stem).strip("-._")[:64] or "graph"
