"""NIR graphs in place of runs on the command line: their options, and what they are brought to life with."""

from __future__ import annotations

import functools
import inspect
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from snn_tui.cli.common import opened_run, option, with_demo
from snn_tui.cli.completing import one_of
from snn_tui.cli.progress import progress
from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import OPTIONS
from snn_tui.errors import UsageError
from snn_tui.runs.cpu_contention import wait_without_spinning
from snn_tui.runs.graph import GraphSettings

SUFFIX = ".nir"
"""What the name of a file ends in that is taken for a graph."""

_SHARED = ("dataset", "labels", "size", "encoding")
_RESETS = ("value", "subtract", "subtract-later")


class GraphOptions(NamedTuple):
    """Options for graphs, as they were typed; None for those that were not.

    Args:
        options: Options of a run's configuration, by name.
        dt: Length of a time step, in the unit of the graph's time constants.
        reset: What a spike does to the membrane.
    """

    options: dict[str, str | None]
    dt: float | None
    reset: str | None

    @property
    def settings(self) -> GraphSettings:
        """How the graph's equations become time steps.

        Raises:
            UsageError: A value is not allowed.
        """
        if self.dt is not None and not 0 < self.dt < float("inf"):
            raise UsageError(f"{self.dt:g} is not allowed", where="--dt", remedy="give a number above 0")
        if self.reset is not None and self.reset not in _RESETS:
            raise UsageError(
                f"{self.reset!r} is not allowed", where="--reset", remedy=f"give {', '.join(_RESETS)}"
            )
        return GraphSettings(dt=self.dt, reset=self.reset)

    def refuse(self) -> None:
        """Refuse these options for a run, whose configuration has them.

        Raises:
            UsageError: One was given.
        """
        given = [name for name, value in self.options.items() if value is not None]
        given += [name for name in ("dt", "reset") if getattr(self, name) is not None]
        if given:
            raise UsageError(
                "is for NIR graphs only: a run has its own",
                where=f"--{given[0]}",
                remedy="leave it out, or name a file that ends in .nir",
            )


_DT = Annotated[
    float | None,
    typer.Option(
        "--dt",
        metavar="DT",
        help="Of a NIR graph: length of a time step, in the unit of its time constants; default what it "
        "says, else 0.0001.",
    ),
]
_RESET = Annotated[
    str | None,
    typer.Option(
        "--reset",
        metavar="RESET",
        help="Of a NIR graph: what a spike does to the membrane, value (it is set to v_reset), subtract (the "
        "threshold, at once) or subtract-later (in the next step, after the leak); default what it says, "
        "else value.",
        autocompletion=one_of(_RESETS),
    ),
]


def with_graph_options(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of NIR graphs, which it gets together as `graph`."""
    kinds = inspect.Parameter  # of the signature that typer reads
    entries = inspect.signature(command, eval_str=True).parameters.values()
    own = [entry.replace(kind=kinds.KEYWORD_ONLY) for entry in entries if entry.name != "graph"]
    annotations: dict[str, Any] = {
        name: Annotated[str | None, option(name, usual="what the graph says, else as for training")]
        for name in _SHARED
    }
    annotations |= {"dt": _DT, "reset": _RESET}
    more = [
        kinds(name, kinds.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in annotations.items()
    ]

    @functools.wraps(command)
    def wrapped(**arguments: Any) -> int:
        shared = {name: arguments.pop(name) for name in _SHARED}
        graph = GraphOptions(shared, arguments.pop("dt"), arguments.pop("reset"))
        return command(**arguments, graph=graph)

    wrapped.__signature__ = inspect.Signature([*own, *more])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {entry.name: entry.annotation for entry in (*own, *more)}
    return wrapped


def is_graph(reference: str) -> bool:
    """Whether what was named in place of a run is a NIR file."""
    return reference.lower().endswith(SUFFIX) and not Path(typed_path(reference)).is_dir()


def graph_to_add(
    path: str, graph: GraphOptions, data: str | None, demo: bool, steps: int | None, name: str | None = None
) -> Any:
    """A NIR file with its images, as a `GraphToAdd`.

    Args:
        path: The file, as it was typed.
        graph: Options for graphs.
        data: The file or folder of the images; None for those of the option `dataset`.
        demo: Take generated images.
        steps: Time steps of an image; None for what the graph says.
        name: Title of its run; None for the file's name.

    Raises:
        SnnTuiError: The graph, its images or an option is refused.
    """
    settings = graph.settings
    options: dict[str, object] = {**with_demo(demo, graph.options), "data": data, "num_steps": steps}
    from snn_tui.evaluation.nir.adding import GraphToAdd

    with progress() as on_progress:
        return GraphToAdd(Path(typed_path(path)), options | {"name": name}, settings, on_progress)


def opened(
    context: typer.Context,
    run: str,
    data: str | None,
    demo: bool,
    device: str | None,
    runs_dir: Path | None,
    graph: GraphOptions,
    *,
    fetch: bool = True,
    steps: int | None = None,
    early_exit: str | None = None,
) -> Any:
    """A run's network and its images, or those of a NIR file, as an `OpenedRun`.

    A file becomes a run for as long as the command takes. The arguments are those of `common.opened_run`.

    Raises:
        SnnTuiError: There is no such run, checkpoint, file or device, or it is refused.
    """
    if not is_graph(run):
        graph.refuse()
        return opened_run(
            context, run, data, demo, device, runs_dir, fetch=fetch, steps=steps, early_exit=early_exit
        )
    wait_without_spinning()
    folder = context.with_resource(tempfile.TemporaryDirectory(prefix="snn-tui-graph-"))
    added = graph_to_add(run, graph, data, demo, steps)
    from snn_tui.evaluation.opened_run import OpenedRun

    checked_device = OPTIONS["device"].check(device or "auto")
    return OpenedRun(added.put_into(Path(folder)), added.images, checked_device, early_exit=early_exit)
