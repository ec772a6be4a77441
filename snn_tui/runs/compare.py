"""What decided a run, and what differs between runs."""

from __future__ import annotations

from collections.abc import Iterable

from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.runs.history import History

_NO_OPTION = ("name",)  # what a run is called decides nothing


def facts(one: History) -> dict[str, str]:
    """Everything that decided a run, in words: its options, engine, device, images and versions."""
    told: dict[str, str] = {}
    if one.config is not None:
        told = {
            name: _word(getattr(one.config, name)) for name in OPTIONS if name not in (*_NO_OPTION, "dataset")
        }
    if one.started is None:
        return told
    dataset, started = one.started.dataset, one.started
    told["images"] = dataset.name + (" (synthetic)" if dataset.synthetic else "")
    told["file"] = dataset.source
    for split, counts in dataset.after.items():
        told[f"{split} images"] = f"{counts.normal}+{counts.pneumonia}"
    told["engine used"] = started.engine
    told["device used"] = started.device
    told["parameters"] = str(started.parameters)
    told["host"] = started.host
    told |= {f"{name} version": version for name, version in started.versions.items()}
    return told


def differences(runs: Iterable[History]) -> list[tuple[str, list[str | None]]]:
    """What differs between runs: each fact with its value in every run, None where one does not have it."""
    told = [facts(one) for one in runs]
    names = dict.fromkeys(name for one in told for name in one)
    rows = [(name, [one.get(name) for one in told]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def unusual(config: RunConfig) -> list[tuple[str, str]]:
    """The options of a run that are not as the published study's, and what they are."""
    usual = RunConfig()
    return [
        (name, _word(getattr(config, name)))
        for name in OPTIONS
        if name not in _NO_OPTION and getattr(config, name) != getattr(usual, name)
    ]


def _word(value: object) -> str:
    if value is None:
        return "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
