"""The contents of a report: the run as its directory describes it, and the results of a split."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata

from snn_tui import __version__
from snn_tui.analysis.bootstrap import Interval
from snn_tui.analysis.results import Results, Threshold
from snn_tui.analysis.task_results import AnyResults, TaskResults
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.state import RunState
from snn_tui.runs.store import read_metrics, read_network_config
from snn_tui.runs.summary import state_of
from snn_tui.values.early_exit import EarlyExit
from snn_tui.values.energy import Energy

_LIBRARIES = ("torch", "snntorch", "numpy", "scikit-learn", "medmnist")


@dataclass(frozen=True)
class RunFacts:
    """A run as its directory describes it.

    Args:
        name: Name of the run directory.
        config: Its configuration.
        state: The state after all its events.
        finished: Whether it was trained to its end.
        versions: Versions by library, on the machine that writes the report.
    """

    name: str
    config: RunConfig
    state: RunState
    finished: bool
    versions: dict[str, str]


def read_facts(run: RunDir) -> RunFacts:
    """Read a run's directory.

    Raises:
        RunError: Its configuration or metrics are missing or broken.
    """
    return RunFacts(
        name=run.name,
        config=read_network_config(run),
        state=state_of(run),
        finished=read_metrics(run) is not None,
        versions=_versions(),
    )


def has_test_scores(run: RunDir) -> bool:
    """Whether a run was evaluated on test at its end: then a report may read test, too.

    Raises:
        RunError: Its metrics are broken.
    """
    metrics = read_metrics(run)
    return metrics is not None and metrics.test is not None


@dataclass(frozen=True)
class Report:
    """The contents of a page.

    Args:
        results: The judged split, with any number of draws of the rate coding.
        threshold: The decision threshold of a binary task.
        intervals: 95 % intervals of all metrics at that threshold, by field of `Scores`.
        settled_step: The step from which on nine images in ten have their final prediction.
        pictures: PNG files of the first mistakes, in their order.
        facts: The run.
        written: When the report is written, in local time.
        energy: What an image costs; None where that was not measured.
        exits: The early exit of the split beside all steps; None where verdicts do not fall early.
    """

    results: AnyResults
    threshold: Threshold
    intervals: Mapping[str, Interval | None]
    settled_step: int
    pictures: Sequence[bytes]
    facts: RunFacts
    written: datetime
    energy: Energy | None = None
    exits: EarlyExit | None = None

    @classmethod
    def of(
        cls,
        results: AnyResults,
        threshold: Threshold,
        pictures: Sequence[bytes],
        facts: RunFacts,
        written: datetime,
        energy: Energy | None = None,
        exits: EarlyExit | None = None,
    ) -> Report:
        """A report with its intervals, which take a fraction of a second to compute."""
        if isinstance(results, TaskResults):
            intervals, settled = results.intervals, results.settled_step
        else:
            intervals, settled = results.intervals(threshold.value), results.settled_step(threshold.value)
        return cls(
            results=results,
            threshold=threshold,
            intervals=intervals,
            settled_step=settled,
            pictures=pictures,
            facts=facts,
            written=written,
            energy=energy,
            exits=exits,
        )

    @property
    def binary(self) -> Results:
        """The results, which are of a binary task."""
        assert isinstance(self.results, Results)
        return self.results

    @property
    def values(self) -> Mapping[str, float | None]:
        """All metrics by field of `Scores`."""
        if isinstance(self.results, TaskResults):
            return self.results.values
        return self.results.values(self.threshold.value)


def _versions() -> dict[str, str]:
    versions = {"snn-tui": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
