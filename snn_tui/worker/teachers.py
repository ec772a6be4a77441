"""The networks that a run learns from, brought to life."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from snn_tui.errors import RunError
from snn_tui.runs.kernel_store import KernelStore
from snn_tui.runs.named_weights import teachers_of
from snn_tui.runs.store import read_network_config
from snn_tui.values.words import printable

if TYPE_CHECKING:
    import torch

    from snn_tui.config.run_config import RunConfig
    from snn_tui.training.teaching import Teachers
    from snn_tui.values.task import Task


_REMEDY = "give teachers that were trained on images of the same size, with the same classes"


def open_teachers(config: RunConfig, root: Path, task: Task, device: torch.device) -> Teachers | None:
    """The networks that a run learns from; None where there are none.

    Each predicts with as many time steps as it was trained with.

    Args:
        config: The run's configuration.
        root: Where runs are kept.
        task: What the run is trained for.
        device: What to compute on.

    Raises:
        RunError: One is missing, has other weights than it had, or is of another task.
    """
    if config.teacher is None:
        return None
    from snn_tui.evaluation.images import difference, task_of
    from snn_tui.snn.engines import Recipe
    from snn_tui.snn.engines.registry import choose, for_device
    from snn_tui.snn.network import NetworkSpec, SpikingNetwork
    from snn_tui.training.checkpoint import load_weights
    from snn_tui.training.teaching import Teachers

    engines = []
    for run, content in teachers_of(config, root):
        theirs, where = read_network_config(run), f"--teacher {printable(run.name, 80)}"
        taught = task_of(run)
        if taught is not None and (words := difference(task, taught)):
            raise RunError(f"it cannot teach these images: {words}", where=where, remedy=_REMEDY)
        if theirs.network is not None:
            raise RunError("a network of one's own cannot teach", where=where, remedy="give another teacher")
        network = SpikingNetwork(NetworkSpec.of(theirs, task)).to(device)
        load_weights(network, content, where)
        recipe = Recipe.of(theirs, task)
        recipe = replace(recipe, num_steps=recipe.learning_steps)
        name = for_device(theirs.engine, device)
        engines.append(choose(name, network, recipe, store=KernelStore(), or_another=True).engine)
    return Teachers(engines, task, config.teacher_share)
