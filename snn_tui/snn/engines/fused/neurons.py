"""Leaky neurons in a kernel, and the vectors that long arrays are processed in.

For another neuron model: its parameters as `ARGUMENTS` and `values`, its step and the gradient of that step.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from llvmlite import ir

from snn_tui.snn.engines.fused.block import LANES
from snn_tui.snn.engines.fused.code import Code
from snn_tui.snn.engines.fused.lanes import F32, Value
from snn_tui.snn.network import ARCTAN_ALPHA, NetworkSpec, SpikingNetwork
from snn_tui.snn.neurons import Leaky

ARGUMENTS = (F32, F32, F32)
"""Types of the arguments that `Neurons.passed` reads: beta, threshold, steepness of the surrogate."""


def values(spec: NetworkSpec) -> tuple[float, ...]:
    """The arguments' values for the output neurons of a network; hidden layers have other betas."""
    steepness = ARCTAN_ALPHA if spec.surrogate == "arctan" else spec.slope
    return 1.0 if spec.integrate else spec.beta, spec.threshold, steepness


def covers(network: SpikingNetwork) -> bool:
    """Whether all neurons of a network are of this model."""
    return all(isinstance(layer.neurons, Leaky) for _, layer in network.named_layers())


WIDE = 32
"""Lanes of the widest vectors: four registers of AVX2 whose sums do not wait for each other."""


@dataclass
class Neurons:
    """The parameters of leaky neurons, as numbers in a kernel."""

    beta: Value
    threshold: Value
    steepness: Value

    @classmethod
    def passed(cls, code: Code, index: int) -> Neurons:
        """From the arguments of a function that begin at an index."""
        return cls(*(code.argument(index + number) for number in range(len(ARGUMENTS))))

    @property
    def all(self) -> tuple[Value, Value, Value]:
        """The arguments, to call another function of the module with."""
        return self.beta, self.threshold, self.steepness

    def step(self, before: Value, current: Value) -> tuple[Value, Value]:
        """The membrane a step later, and where it is above the threshold; as `snntorch.Leaky` rounds it."""
        beta, threshold = (_spread_like(number, before) for number in (self.beta, self.threshold))
        reset = (before > threshold).choose(threshold, 0.0)
        after = beta * before + current - reset
        return after, after > threshold

    def backward(self, surrogate: str, error: Value, membrane: Value, carry: Value) -> Value:
        """The gradient by a membrane: through its spike, and through the next step's membrane.

        Args:
            surrogate: `fast_sigmoid` or `arctan`.
            error: The gradient by the spike.
            membrane: The membrane.
            carry: The gradient by the next step's membrane.
        """
        beta, threshold, steepness = (_spread_like(number, error) for number in self.all)
        distance = membrane - threshold
        if surrogate == "arctan":
            steep = steepness * (math.pi / 2) * distance
            return error * (steepness * 0.5) / (steep * steep + 1.0) + beta * carry
        steep = steepness * distance.magnitude() + 1.0
        return error / (steep * steep) + beta * carry


def _spread_like(number: Value, model: Value) -> Value:
    """The number in every lane of a vector as long as another value."""
    kind = model.raw.type
    return number.spread(kind.count) if isinstance(kind, ir.VectorType) else number


def strides(elements: int) -> list[tuple[int, int, int]]:
    """Wide vectors while they fit, then narrow ones: start, end and lanes of each stretch of an array."""
    wide = elements - elements % WIDE
    return [(0, wide, WIDE)] * (wide > 0) + [(wide, elements, LANES)] * (wide < elements)
