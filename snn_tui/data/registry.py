"""Which data sets there are, and the one way to get one."""

from __future__ import annotations

from snn_tui.config.run_config import RunConfig
from snn_tui.data import folds, phantom, pneumoniamnist
from snn_tui.data.dataset import Dataset, OnProgress


def load(config: RunConfig, on_progress: OnProgress = lambda what, fraction: None) -> Dataset:
    """Get the data set a run asks for, whole: `balance.balance` comes after.

    The demo is always the same images, whatever the run's seed, so that runs can be compared.

    Args:
        config: Says which data set, and where its file lies.
        on_progress: Told what is going on; an exception it raises ends the loading and is passed on.

    Raises:
        DataError: The file is missing or faulty, or could not be downloaded.
    """
    if config.synthetic:
        on_progress("drawing the demo's phantoms", None)
        return folds.apart(phantom.generate(), config.fold)
    path = pneumoniamnist.locate(config.data) or pneumoniamnist.download(on_progress)
    on_progress(f"reading {path.name}", None)
    return folds.apart(pneumoniamnist.read(path), config.fold)
