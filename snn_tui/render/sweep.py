"""A sweep in words: objectives, options and values as tables and screens call them."""

from __future__ import annotations

from snn_tui.config.run_config import OPTIONS
from snn_tui.runs.sweep import ENERGY, SMALLER_IS_BETTER, SweepRecord, Trial
from snn_tui.values.scores import METRICS
from snn_tui.values.words import counted, listed


def objective_name(objective: str) -> str:
    """An objective as tables call it."""
    if objective == ENERGY:
        return "energy nJ"
    return METRICS[objective].short if objective in METRICS else objective


def option_name(option: str) -> str:
    """A swept option as its file calls it."""
    return OPTIONS[option].flag[2:] if option in OPTIONS else option


def number(value: float | int | str) -> str:
    """A value of an option or objective, with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def counts(record: SweepRecord) -> str:
    """How many trials ended in which way, and how many have only begun; empty without any."""
    states = [trial.state for trial in record.trials]
    words = {"complete": "complete", "pruned": "pruned", "failed": "failed", "running": "begun"}
    return listed([f"{states.count(state)} {word}" for state, word in words.items() if state in states])


def best_words(record: SweepRecord) -> str:
    """The best trial with its objective, or how many trials the front has; empty while there are none."""
    if not record.front:
        return ""
    if len(record.objectives) > 1:
        names = " and ".join(map(objective_name, record.objectives))
        return f"{counted(len(record.front), 'trial')} on the front of {names}"
    best = next((trial for trial in record.trials if trial.number == record.front[0]), None)
    if best is None or not best.values:
        return ""
    return f"best {objective_name(record.objectives[0])} {number(best.values[0])}, trial {best.number}"


def by_rank(record: SweepRecord) -> list[Trial]:
    """The front, then the other complete trials from the best in the first objective, then the others."""
    place = {number: at for at, number in enumerate(record.front)}
    sign = 1 if record.objectives[:1] and record.objectives[0] in SMALLER_IS_BETTER else -1
    states = ("complete", "running", "pruned", "failed")

    def rank(trial: Trial) -> tuple[int, int, float, int]:
        value = sign * trial.values[0] if trial.values else 0.0
        return place.get(trial.number, len(place)), states.index(trial.state), value, trial.number

    return sorted(record.trials, key=rank)
