"""Runs that nobody trained here: the network is a NIR graph that another program wrote."""

from __future__ import annotations

import os

import msgspec

from snn_tui.errors import RunError
from snn_tui.runs.files import read_bounded
from snn_tui.runs.rundir import RunDir
from snn_tui.values.words import printable

_LIMIT = 1 << 16


class GraphSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the equations of a graph become time steps, as `graph.json` holds it.

    Args:
        dt: Length of a step in the unit of the graph's time constants; None for what the graph says.
        reset: `value`, `subtract` or `subtract-later`: what a spike does to the membrane; None for what the
            graph says, else `value`.
    """

    dt: float | None = None
    reset: str | None = None


def has_graph(run: RunDir) -> bool:
    """Whether a run's network is a graph."""
    return os.path.lexists(run.graph)


def read_graph_settings(run: RunDir) -> GraphSettings:
    """The settings of a run's graph; the usual ones where there is no such file.

    Raises:
        RunError: The file is unreadable, too large, or not what it should be.
    """
    try:
        return msgspec.json.decode(read_bounded(run.graph_settings, _LIMIT), type=GraphSettings)
    except FileNotFoundError:
        return GraphSettings()
    except (ValueError, RecursionError) as error:
        raise RunError(
            f"not the settings of a graph: {printable(str(error))}",
            where=printable(str(run.graph_settings)),
            remedy="the file is damaged; remove it, or add the graph again",
        ) from error


def refuse_graph(run: RunDir, where: str) -> None:
    """Refuse what only a trained network of our own can do.

    Args:
        run: The run.
        where: What is refused, for the message.

    Raises:
        RunError: Its network is a graph.
    """
    if has_graph(run):
        raise RunError(
            "its network is a NIR graph, which is judged and not trained",
            where=where,
            remedy="name another run",
        )
