"""Neuron models: what a layer's neurons make of their input currents.

A model is one class with the methods of `Neuron`. The reference engine calls `step`. The batched engine calls
`over_time`, for which `step_by_step` will do until the model has a kernel of its own. The fused engine covers
leaky neurons only; their kernel is in `engines.fused.neurons`. `Rectified` neurons do not spike: they make
the network a dense one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Protocol

import snntorch
import torch
from snntorch import surrogate
from torch import Tensor, nn

State = tuple[Tensor, ...]
"""What neurons keep from one step to the next, each tensor `[B, *shape]`; the first is the membrane.

Neurons that keep nothing take an empty state, and return their current as the membrane all the same."""


class Neuron(Protocol):
    """The neurons of a layer, a `torch.nn.Module` whose parameters are what they learn."""

    state_size: int
    """Tensors of `State` that are kept; all are zero before the first step."""

    def step(self, current: Tensor, state: State) -> tuple[Tensor, State]:
        """One time step.

        Args:
            current: `[B, *shape]` input currents.
            state: As the last step left it.

        Returns:
            `[B, *shape]` spikes, 0 or 1, and the state; its membrane is the one the spikes were decided by.
            Neurons that do not spike return numbers from 0 on in their place; those of the readout none,
            `[B, 0]`, as their membranes are the network's answer.
        """

    def over_time(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        """All time steps at once, beginning with a state of zero.

        Args:
            currents: `[T, B, *shape]` input currents.

        Returns:
            Spikes and membranes, both `[T, B, *shape]`; gradients flow through the spikes alone.
        """


def step_by_step(neurons: Neuron, currents: Tensor) -> tuple[Tensor, Tensor]:
    """What `Neuron.over_time` defines, by one `Neuron.step` after the other and torch's autograd."""
    state: State = tuple(torch.zeros_like(currents[0]) for _ in range(neurons.state_size))
    spikes, membranes = [], []
    for current in currents:
        fired, state = neurons.step(current, state)
        spikes.append(fired)
        membranes.append(state[0])
    return torch.stack(spikes), torch.stack(membranes)


@dataclass(frozen=True)
class Surrogate:
    """What stands in for the derivative of a spike by its membrane, a distance x from the threshold.

    Args:
        name: `fast_sigmoid`, 1 / (1 + k |x|)^2, or `arctan`, a / 2 / (1 + (pi a x / 2)^2).
        steepness: k or a.
    """

    name: str
    steepness: float

    def function(self) -> Any:
        """The spike function of snnTorch with this derivative."""
        if self.name == "arctan":
            return surrogate.atan(alpha=self.steepness)
        return surrogate.fast_sigmoid(slope=self.steepness)

    def times(self, gradients: Tensor, distance: Tensor) -> Tensor:
        """`gradients` times the derivative at `distance`, both of one shape; `distance` is overwritten."""
        if self.name == "arctan":
            distance.mul_(math.pi / 2 * self.steepness).square_().add_(1.0)
            return (gradients / distance).mul_(self.steepness / 2)
        return gradients / distance.abs_().mul_(self.steepness).add_(1.0).square_()


class Leaky(snntorch.Leaky):  # type: ignore[misc]  # snnTorch has no types
    """Leaky integrate-and-fire neurons, reset by subtraction.

    U[t + 1] = beta U[t] + I[t + 1] - threshold S[t], where S[t] is 1 if U[t] > threshold, else 0.

    The membrane is passed in and out: hidden state and utils.reset go wrong in snnTorch 1.0.0 with nested
    modules, and reset every other network of the process too.

    Args:
        beta: Share of the membrane that is left a step later.
        threshold: Membrane above which a neuron fires; subtracted a step later.
        surrogate: What stands in for the spike's derivative.
        learn_beta: Whether the layer learns its beta, beginning with that one.
    """

    state_size = 1

    def __init__(
        self, beta: float, threshold: float, surrogate: Surrogate, *, learn_beta: bool = False
    ) -> None:
        super().__init__(
            beta=beta,
            threshold=threshold,
            spike_grad=surrogate.function(),
            learn_beta=learn_beta,
            reset_mechanism="subtract",
        )
        self.firing_threshold = threshold
        self.surrogate = surrogate

    def step(self, current: Tensor, state: State) -> tuple[Tensor, State]:
        """See `Neuron.step`."""
        spikes, membrane = self(current, state[0])
        return spikes, (membrane,)

    def over_time(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        """See `Neuron.over_time`."""
        spikes, membranes = LeakyOverTime.apply(currents, self.beta, self.firing_threshold, self.surrogate)
        return spikes, membranes


class Rectified(nn.Module):
    """Rectified linear neurons (Nair and Hinton 2010), without spikes, memory or time.

    Args:
        readout: Whether they are the output neurons, whose currents are the network's answer as they are.
    """

    state_size = 0

    def __init__(self, *, readout: bool) -> None:
        super().__init__()
        self._readout = readout

    def step(self, current: Tensor, state: State) -> tuple[Tensor, State]:
        """See `Neuron.step`."""
        return self._output(current), (current,)

    def over_time(self, currents: Tensor) -> tuple[Tensor, Tensor]:
        """See `Neuron.over_time`."""
        return self._output(currents), currents.detach()

    def _output(self, currents: Tensor) -> Tensor:
        return currents[..., :0] if self._readout else torch.relu(currents)


def membranes_over_time(currents: Tensor, beta: float | Tensor, threshold: float) -> Tensor:
    """The membranes of leaky neurons, step by step as `snntorch.Leaky` (reset by subtraction) computes them.

    Args:
        currents: `[T, ...]` input currents.
        beta: Share of the membrane that is left a step later.
        threshold: Membrane above which a neuron fires.

    Returns:
        `[T, ...]` membranes, each before its reset.
    """
    membranes = torch.empty_like(currents)
    membranes[0] = currents[0]
    for step in range(1, len(currents)):
        before, now = membranes[step - 1], membranes[step]
        torch.mul(before, beta, out=now)
        now += currents[step]
        now -= (before > threshold).to(now.dtype) * threshold
    return membranes


class LeakyOverTime(torch.autograd.Function):
    """Spikes of leaky neurons over all steps, with the gradient of a surrogate.

    With s(m) the surrogate's derivative at the distance of the membrane m from the threshold, the gradient by
    the current of step t is e[t] = d[t] s(m[t]) + beta e[t + 1], where d is the gradient by the spikes: the
    reset passes none on, as in snnTorch. That by beta is the sum of e[t] m[t - 1]. Only the membranes are
    kept.
    """

    @staticmethod
    def forward(
        ctx: Any, currents: Tensor, beta: Tensor, threshold: float, surrogate: Surrogate
    ) -> tuple[Tensor, Tensor]:
        """`[T, ...]` currents to `[T, ...]` spikes, and the membranes they were decided by."""
        held = beta.clamp(0, 1)
        membranes = membranes_over_time(currents, held, threshold)
        ctx.save_for_backward(membranes, beta, held)
        ctx.mark_non_differentiable(membranes)
        ctx.threshold, ctx.surrogate = threshold, surrogate
        return (membranes > threshold).to(currents.dtype), membranes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        """`[T, ...]` gradients by the spikes to those by the currents and by beta."""
        membranes, beta, held = ctx.saved_tensors
        errors = ctx.surrogate.times(gradients[0], membranes - ctx.threshold)
        for step in range(len(errors) - 2, -1, -1):
            errors[step].addcmul_(errors[step + 1], held)
        by_beta = None
        if ctx.needs_input_grad[1]:
            by_beta = torch.einsum("n,n->", errors[1:].flatten(), membranes[:-1].flatten())
            by_beta = by_beta * (beta == held)  # outside of 0 to 1 it is clamped, and has no gradient
        return errors, by_beta, None, None
