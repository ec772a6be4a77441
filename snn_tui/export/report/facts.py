"""What a report says of the run itself."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib import metadata

from snn_tui import __version__
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import read_config, read_metrics
from snn_tui.runs.summary import state_of

_LIBRARIES = ("torch", "snntorch", "numpy", "scikit-learn", "medmnist")


@dataclass(frozen=True)
class Facts:
    """A run, as far as its directory tells.

    Args:
        name: The run directory's name.
        config: What it was decided by.
        state: What its events add up to.
        finished: Whether it went to its end.
        versions: Library and version, those of the machine that judged it.
    """

    name: str
    config: RunConfig
    state: RunState
    finished: bool
    versions: dict[str, str]


def gather(run: RunDir) -> Facts:
    """Read a run's directory.

    Raises:
        RunError: Its configuration or metrics are missing or broken.
    """
    return Facts(
        name=run.name,
        config=read_config(run),
        state=state_of(run),
        finished=read_metrics(run) is not None,
        versions=_versions(),
    )


def tested(run: RunDir) -> bool:
    """Whether a run was judged by test at its end, so that it has been read anyway.

    Raises:
        RunError: Its metrics are broken.
    """
    metrics = read_metrics(run)
    return metrics is not None and metrics.test is not None


def _versions() -> dict[str, str]:
    found = {"snn-tui": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
