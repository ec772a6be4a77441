"""A run's configuration as the run is judged: after another number of steps, or with another early exit."""

from __future__ import annotations

import msgspec

from snn_tui.config.checks import check_exit
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import UsageError
from snn_tui.values.early_exit import OFF


def judged_as(config: RunConfig, steps: int | None, early_exit: str | None) -> RunConfig:
    """A configuration with what is not None in place of its own.

    Args:
        config: The configuration that the run was trained with.
        steps: Time steps of an image.
        early_exit: When verdicts fall, as the option `exit` takes it. An exit of the configuration itself is
            off where there is one step.

    Raises:
        UsageError: A value is not allowed, a network without spikes has one step, or there is no step before
            the last.
    """
    if steps is not None:
        OPTIONS["num_steps"].check(steps)
        if config.neuron == "relu" and steps > 1:
            raise UsageError(
                "a network without spikes (--neuron relu) has one time step",
                where="--steps",
                remedy="leave it out",
            )
        config = msgspec.structs.replace(config, num_steps=steps)
    if early_exit is not None:
        config = msgspec.structs.replace(config, exit=OPTIONS["exit"].check(early_exit))
        check_exit(config)
    elif config.num_steps == 1:
        config = msgspec.structs.replace(config, exit=OFF)
    return config
