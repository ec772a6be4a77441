"""The penalty on an image's spikes: their number in each block, what they cost, and the gradient by each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32
from snn_tui.snn.engines.fused.plan import Plan
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.operations import spike_costs


def tables(network: SpikingNetwork, plan: Plan, recipe: Recipe) -> dict[str, NDArray[np.float32]]:
    """The array of `Plan.parameters` that the penalty reads: none where there is no penalty.

    `spike_costs` holds the penalty of one spike a step in each block, and at its end that of the target; in
    the unit of the loss that is summed over steps and labels.
    """
    if not plan.penalised:
        return {}
    neurons = network.neuron_counts
    each = [cost / neurons[name] for name, cost in spike_costs(network).items()]
    scale = recipe.spike_penalty * plan.labels
    return {"spike_costs": np.array([cost * scale for cost in (*each, recipe.spike_target)], np.float32)}


def penalty(code: Code, plan: Plan) -> None:
    """The penalty of an image: the spikes of each block are replaced by the gradient by one of them.

    Arguments: spikes, their costs, loss, steps, factor of the loss (of what is summed over steps and labels).
    """
    spikes, costs, loss = (code.array(index, F32) for index in range(3))
    num_steps, scale = code.argument(3), code.argument(4)
    numbers = range(len(plan.blocks))
    over = costs.get(len(plan.blocks)) * num_steps.as_float() * -1.0
    for number in numbers:
        over = over + spikes.get(number) * costs.get(number)
    zero = code.number(F32, 0.0)
    penalised = over > 0.0
    loss.put(0, loss.get(0) + penalised.choose(over, 0.0))
    for number in numbers:
        spikes.put(number, penalised.choose(costs.get(number) * scale, zero))
