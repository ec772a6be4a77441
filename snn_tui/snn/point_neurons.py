"""Neurons of graphs in the Neuromorphic Intermediate Representation (NIR), one time step after the other.

NIR gives differential equations. They are computed by forward Euler steps of `dt`, the way most libraries
read them: tau dv/dt = (v_leak - v) + r I becomes v[t + 1] = (1 - dt / tau) v[t] + (r I + v_leak) dt / tau,
and dv/dt = r I becomes v[t + 1] = v[t] + dt r I. All is zero before the first step. A neuron fires where its
membrane is above the threshold, and is reset then in one of the ways of `RESETS`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from snn_tui.snn.neurons import State, step_by_step

TO_VALUE = "value"
SUBTRACT = "subtract"
SUBTRACT_LATER = "subtract-later"

RESETS = (TO_VALUE, SUBTRACT, SUBTRACT_LATER)
"""What a spike does to the membrane: it is set to `v_reset` at once, as NIR says; the threshold is subtracted
at once, so that it leaks with the membrane; or the whole threshold is subtracted in the next step, after the
leak, as snnTorch's `Leaky` does."""


@dataclass(frozen=True)
class Dynamics:
    """What one time step does to membranes; each a number or a tensor that fits `[B, *shape]`.

    Args:
        decay: Share of the membrane that is left.
        gain: What an input current is multiplied by.
        drift: What is added.
        threshold: Membrane above which a neuron fires; None for neurons that never fire.
        v_reset: What a spike sets the membrane to.
        reset: One of `RESETS`.
        synapse_decay: Share of the synaptic current that is left; None for neurons without one.
        synapse_gain: What an input is multiplied by before it is added to the synaptic current.
        unit: What recorded membranes are divided by.
    """

    decay: Tensor
    gain: Tensor
    drift: Tensor
    threshold: Tensor | None = None
    v_reset: Tensor | None = None
    reset: str = TO_VALUE
    synapse_decay: Tensor | None = None
    synapse_gain: Tensor | None = None
    unit: Tensor | None = None


class PointNeurons(nn.Module):
    """Integrate-and-fire neurons: leaky or not, with a synaptic current or not; see `Neuron`.

    The state is the membrane that the last spikes were decided by, before their reset: in the unit of
    recorded membranes, and as it is where that is another; then the synaptic current where there is one.

    Args:
        dynamics: What a time step does.
    """

    decay: Tensor
    gain: Tensor
    drift: Tensor
    threshold: Tensor | None
    v_reset: Tensor
    synapse_decay: Tensor | None
    synapse_gain: Tensor
    unit: Tensor | None

    def __init__(self, dynamics: Dynamics) -> None:
        super().__init__()
        self.reset = dynamics.reset
        for field in fields(dynamics):
            if field.name != "reset":
                self.register_buffer(field.name, getattr(dynamics, field.name))
        self.state_size = 1 + (dynamics.unit is not None) + (dynamics.synapse_decay is not None)

    def step(self, current: Tensor, state: State) -> tuple[Tensor, State]:
        """See `Neuron.step`."""
        before = state[0] if self.unit is None else state[1]
        synapse: State = ()
        if self.synapse_decay is not None:
            current = state[-1] * self.synapse_decay + current * self.synapse_gain
            synapse = (current,)
        subtracted = torch.zeros_like(before)
        if self.threshold is not None:
            fired = before > self.threshold
            if self.reset == TO_VALUE:
                before = torch.where(fired, self.v_reset, before)
            else:
                subtracted = fired.to(before.dtype) * self.threshold
        if self.reset == SUBTRACT:
            before = before - subtracted
        membrane = before * self.decay + current * self.gain + self.drift
        if self.reset == SUBTRACT_LATER:
            membrane = membrane - subtracted
        recorded = (membrane,) if self.unit is None else (membrane / self.unit, membrane)
        if self.threshold is None:
            return torch.zeros_like(membrane), (*recorded, *synapse)
        return (membrane > self.threshold).to(membrane.dtype), (*recorded, *synapse)

    def over_time(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        """See `Neuron.over_time`; no gradients."""
        return step_by_step(self, currents)


class Threshold(nn.Module):
    """Neurons without memory, which fire at each step at which their input is above a threshold.

    Args:
        threshold: A number or a tensor that fits `[B, *shape]`.
    """

    state_size = 0
    threshold: Tensor

    def __init__(self, threshold: Tensor) -> None:
        super().__init__()
        self.register_buffer("threshold", threshold)

    def step(self, current: Tensor, state: State) -> tuple[Tensor, State]:
        """See `Neuron.step`."""
        return (current > self.threshold).to(current.dtype), (current,)

    def over_time(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        """See `Neuron.over_time`."""
        return (currents > self.threshold).to(currents.dtype), currents
