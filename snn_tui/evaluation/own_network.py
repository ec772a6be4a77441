"""The network of a configuration: this program's, or the one that a file of the user's makes.

The file is the one that the command line named (`config.own_network`), never one that a run names.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import torch
from torch import nn

from snn_tui.config.own_network import FLAG, NamedNetwork, network_of_run
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError, UsageError
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.own_network import OwnNetwork
from snn_tui.values.task import Task
from snn_tui.values.words import printable

_MODULE = "snn_tui_own_network"


def network_for(config: RunConfig, task: Task) -> LayeredNetwork:
    """The network that a configuration asks for, untrained.

    Args:
        config: The configuration; its seed is that of the initial weights.
        task: The images and classes.

    Raises:
        UsageError: The layers do not fit the images, or the file that was named makes no network.
        RunError: The network is the user's own, and no file was named.
    """
    named = network_of_run(config)
    if named is None:
        return SpikingNetwork(NetworkSpec.of(config, task), config.seed)
    torch.manual_seed(config.seed)  # what dropout draws later, too
    with torch.random.fork_rng(devices=[]), _faults_named(named), contextlib.redirect_stdout(sys.stderr):
        made = _call(_function(named), config, task)
        if not isinstance(made, nn.Module):
            what = f"{named.described.function} returns {type(made).__name__}, not a torch module"
            raise UsageError(what, where=FLAG, remedy="return an nn.Module")
        return OwnNetwork(made, task, config.loss)


def _function(named: NamedNetwork) -> Callable[..., object]:
    """The function of the file, which is run."""
    module = ModuleType(_MODULE)
    module.__file__ = named.path
    sys.modules[_MODULE] = module  # where pickles, dataclasses and the like look for it
    folder = os.path.dirname(named.path)
    if folder not in sys.path:
        sys.path.append(folder)  # last: a `torch.py` beside it is not taken for torch
    exec(compile(named.source, named.path, "exec"), module.__dict__)
    name = named.described.function
    function: object = getattr(module, name, None)
    if not callable(function):
        there = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        remedy = f"it has {', '.join(there[:6])}" if there else "write one that returns a torch module"
        raise UsageError(f"{printable(named.path)} has no function {name}", where=FLAG, remedy=remedy)
    return function


def _call(function: Callable[..., object], config: RunConfig, task: Task) -> object:
    """Call the function with those facts of the task that it declares."""
    facts: dict[str, Any] = {
        "channels": task.channels,
        "side": task.side,
        "classes": task.outputs,
        "num_steps": config.num_steps,
    }
    declared = inspect.signature(function).parameters.values()
    if not any(entry.kind is entry.VAR_KEYWORD for entry in declared):
        facts = {entry.name: facts[entry.name] for entry in declared if entry.name in facts}
    return function(**facts)


@contextlib.contextmanager
def _faults_named(named: NamedNetwork) -> Iterator[None]:
    """Turn what the user's code raises into an error that says where in the file."""
    try:
        yield
    except SnnTuiError:
        raise
    except (Exception, SystemExit) as error:
        lines = [
            entry.lineno
            for entry in traceback.extract_tb(error.__traceback__)
            if entry.filename == named.path
        ]
        if isinstance(error, SyntaxError) and error.filename == named.path:
            lines.append(error.lineno)
        where = printable(named.path) + (f", line {lines[-1]}" if lines else "")
        what = printable(f"{type(error).__name__}: {error}", 300)
        raise UsageError(f"{where}: {what}", where=FLAG, remedy="mend the file") from error
