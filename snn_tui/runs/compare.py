"""Facts that decided a run, and those that differ between runs."""

from __future__ import annotations

from collections.abc import Iterable

from snn_tui.config.command import typed
from snn_tui.config.decided import NETWORK, value_of, values_of
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.runs.history import History
from snn_tui.values.words import printable

_FEW_CLASSES = 5
_NO_OPTION = ("name",)  # a run's name decides nothing


def facts(history: History) -> dict[str, str]:
    """Everything that decided a run, as texts: its options, engine, device, images and versions.

    Names are printable; values are as they stand in the files.
    """
    texts: dict[str, str] = {}
    if history.config is not None:
        own = history.config.own_loop
        texts = {
            name: option_text(value)
            for name, value in values_of(history.config).items()
            if own or name not in (*_NO_OPTION, "dataset")
        }
    if history.started is None:
        return texts
    dataset, started = history.started.dataset, history.started
    texts["images"] = dataset.name + (" (synthetic)" if dataset.synthetic else "")
    if dataset.source:
        texts["file"] = dataset.source
    noun = "labels" if dataset.task.kind == "multilabel" else "classes"
    texts["task"] = f"{dataset.task.kind}, {dataset.task.outputs} {noun}"
    for split, counts in dataset.after.items():
        # The images of each class, as long as one can take them in.
        of_each = len(counts) <= _FEW_CLASSES and noun == "classes"
        texts[f"{printable(split)} images"] = "+".join(
            map(str, counts.values() if of_each else [dataset.images[split]])
        )
    texts["engine used"] = started.engine or "own loop"
    texts["device used"] = started.device
    texts["parameters"] = str(started.parameters)
    texts["host"] = started.host
    return texts | {f"{printable(name)} version": version for name, version in started.versions.items()}


def differences(runs: Iterable[History], *, everything: bool = False) -> list[tuple[str, list[str | None]]]:
    """The facts that differ between runs: each with its value in every run, None where a run lacks it.

    Args:
        runs: The runs.
        everything: Whether facts that are equal are among them.
    """
    all_facts = [facts(history) for history in runs]
    names = dict.fromkeys(name for one_run in all_facts for name in one_run)
    rows = [(name, [one_run.get(name) for one_run in all_facts]) for name in names]
    return [(name, values) for name, values in rows if everything or len(set(values)) > 1]


def unusual(config: RunConfig) -> list[tuple[str, str]]:
    """The options of a run that differ from the published study's, with their values; all of an own loop.

    A network of the user's own comes first.
    """
    if config.own_loop:
        return [(name, option_text(value)) for name, value in values_of(config).items()]
    usual = RunConfig()
    found = [] if config.network is None else [(NETWORK, config.network.known)]
    return found + [
        (name, option_text(value))
        for name in OPTIONS
        if name not in _NO_OPTION and (value := value_of(config, name)) not in (None, getattr(usual, name))
    ]


def option_text(value: object) -> str:
    """The value of an option in few characters."""
    return "none" if value is None else typed(value)
