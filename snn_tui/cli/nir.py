"""The network of a run as a NIR graph: what `export --nir` refuses, writes and checks."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snn_tui.errors import DataError, RunError, UsageError
from snn_tui.render.text import clean, count
from snn_tui.runs.cpu_contention import wait_without_spinning
from snn_tui.runs.graph import has_graph
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_network_config
from snn_tui.values.words import counted

if TYPE_CHECKING:
    from snn_tui.evaluation.nir.checking import Comparison

_STDOUT = Path("-")


def exportable(runs: list[RunDir], path: Path) -> Any:
    """The one run whose network is to be written, as an `OpenedRun` with images to check it by.

    Args:
        runs: The runs that were named.
        path: The file.

    Raises:
        UsageError: There are several runs, the file is the standard output, or the library is missing.
        RunError: The run has no checkpoint, or a network that NIR has no words for.
    """
    if len(runs) != 1:
        what = f"{len(runs)} runs were named, and a NIR graph is of one"
        raise UsageError(what, where="--nir", remedy="name one run")
    if path == _STDOUT:
        raise UsageError("a NIR graph goes to a file", where="--nir", remedy="give its name")
    run = runs[0]
    if has_graph(run):
        raise RunError(
            "it is a NIR graph already", where=run.name, remedy=f"copy {clean(str(run.graph), 400)}"
        )
    config = read_network_config(run)
    from snn_tui.evaluation.nir.writing import check_exportable

    check_exportable(config, run.name)
    wait_without_spinning()
    from snn_tui.evaluation.images import at_hand, images_for, phantoms, task_of, trained_on
    from snn_tui.evaluation.opened_run import OpenedRun

    images = None
    with contextlib.suppress(DataError):  # their file is gone: any images do for a comparison
        images = images_for(config, trained=trained_on(run)) if at_hand(config) else None
    return OpenedRun(run, images or phantoms(config, task_of(run)))


def write_nir(opened: Any, path: Path) -> list[str]:
    """Write a run's network to a file, read it back, and compare its spikes with the reference engine's.

    Args:
        opened: What `exportable` gave.
        path: The file, which may be there.

    Returns:
        What was compared and what came of it, in lines.

    Raises:
        SnnTuiError: The file cannot be written, or what was written cannot be read back.
    """
    from snn_tui.evaluation.images import task_of
    from snn_tui.evaluation.nir.checking import IMAGES, compared_with_file
    from snn_tui.evaluation.nir.writing import graph_bytes
    from snn_tui.export.writing import replaced

    task = task_of(opened.run) or opened.dataset.task
    with replaced(path) as file:
        file.write(graph_bytes(opened.network, opened.config, task))
    split = "val" if len(opened.dataset.splits["val"]) else "train"
    inputs = opened.inputs(split, IMAGES)
    of = f"{split} of {opened.dataset.name}" + (", which are generated" if opened.dataset.synthetic else "")
    return _lines(compared_with_file(opened.network, path, inputs), of, norm=opened.network.norm)


def _lines(compared: Comparison, images: str, *, norm: bool) -> list[str]:
    """A comparison in lines, for the first images of a data set."""
    setting = f"{counted(compared.images, 'image')} ({images}), {counted(compared.num_steps, 'time step')}"
    if compared.equal:
        return [
            f"read back and computed on {setting}: all {count(compared.spikes)} spikes are those of the "
            "reference engine, at the same neurons and steps"
        ]
    number = sum(compared.differing.values())
    layers = ", ".join(f"{name} {count(differing)}" for name, differing in compared.differing.items())
    return [
        f"read back and computed on {setting}: {count(number)} of {count(compared.places)} neurons' steps "
        f"differ from the reference engine, which has {count(compared.spikes)} spikes ({layers}); "
        f"{compared.verdicts} of {counted(compared.images, 'verdict')} differ",
        _reason(compared, norm=norm),
    ]


def _reason(compared: Comparison, *, norm: bool) -> str:
    """Why spikes differ."""
    from snn_tui.evaluation.nir.checking import ROUNDING

    distance = compared.distance or 0.0
    if distance > ROUNDING:
        return (
            f"the first differences are of membranes up to {distance:.2g} from the threshold, "
            "which is more than rounding: do not use this graph"
        )
    cause = "batch norm is folded into the convolutions" if norm else "tau and r have 32 bits"
    return (
        f"where they first differ, the membrane is within {distance:.1g} of the threshold: {cause}, "
        "which rounds otherwise"
    )
