"""The cost of one prediction: synaptic operations, sparsity, footprint, as NeuroBench defines them.

A synaptic operation is counted where neither the input nor the weight is zero. It is an accumulation (AC) in
a layer whose inputs are all spikes, and else a multiplication and accumulation, a MAC (Yik et al. 2025).

NeuroBench counts every time step. But where the input of a layer is the same at each step, as the pixels of
direct coding are, its currents are too: they are computed once, and energy counts them once.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from snn_tui.values.numbers import Count

PICOJOULES_A_MAC = 4.6
PICOJOULES_AN_AC = 0.9
"""Energy of 32-bit float arithmetic in 45 nm: 3.7 pJ a multiplication, 0.9 pJ an addition (Horowitz 2014).
Memory access, which costs more than arithmetic on most machines, is not included."""


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """Synaptic operations of one layer for one image, averaged over images, in all time steps.

    Args:
        macs: Multiplications with accumulation, each step counted.
        acs: Accumulations, each step counted.
        dense: Operations of both kinds if no input and no weight were zero, each step counted.
        macs_by_step: The MACs of each step, first to last; empty where only their sum is known.
        acs_by_step: The ACs of each step.
        constant: Whether the inputs are the same at each step, so that the first computes for all.
    """

    macs: float
    acs: float
    dense: float
    macs_by_step: list[float] = msgspec.field(default_factory=list)
    acs_by_step: list[float] = msgspec.field(default_factory=list)
    constant: bool = False

    def after(self, step: float, num_steps: int) -> tuple[float, float]:
        """MACs and ACs that are done after some of the steps; a constant input is computed in the first.

        Args:
            step: The number of steps, from 0 to `num_steps`; between whole numbers it is interpolated.
            num_steps: The number of all steps, T.
        """
        step = min(step, 1.0) if self.constant else step
        return self.counted_after(step, num_steps)

    def counted_after(self, step: float, num_steps: int) -> tuple[float, float]:
        """MACs and ACs after some of the steps as NeuroBench counts them: each step; see `after`."""
        return (
            _sum_until(step, self.macs_by_step or [self.macs / num_steps] * num_steps),
            _sum_until(step, self.acs_by_step or [self.acs / num_steps] * num_steps),
        )


def _sum_until(step: float, by_step: Sequence[float]) -> float:
    """The sum of the first values, and the part of the next that a broken number of steps takes of it."""
    whole = math.floor(step)
    return sum(by_step[:whole]) + sum(by_step[whole : whole + 1]) * (step - whole)


class Energy(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one image, measured on several.

    Args:
        images: Number of images measured.
        num_steps: Time steps, T.
        layers: Synaptic operations by layer, first to last.
        sparsity: Activation sparsity: the share of neurons and time steps without a spike.
        parameter_bytes: Size of the parameters and buffers.
        state_bytes: Size of the membranes for one image.
    """

    images: Count
    num_steps: Count
    layers: dict[str, Operations]
    sparsity: float
    parameter_bytes: Count
    state_bytes: Count

    @property
    def macs(self) -> float:
        """Effective MACs of an image as NeuroBench counts them: each step."""
        return sum(layer.macs for layer in self.layers.values())

    @property
    def acs(self) -> float:
        """Effective ACs of an image as NeuroBench counts them: each step."""
        return sum(layer.acs for layer in self.layers.values())

    @property
    def dense(self) -> float:
        """Synaptic operations of an image if no input and no weight were zero, each step counted."""
        return sum(layer.dense for layer in self.layers.values())

    def nanojoules_after(self, step: float) -> float:
        """Energy of the arithmetic for an image that is decided after some of the steps, in nJ.

        A layer whose input is the same at each step is computed and counted once.

        Args:
            step: The number of steps, from 0 to `num_steps`. The mean of several images may be a broken
                number, and is interpolated: their mean energy is exactly the mean of `nanojoules_after` of
                each, as long as an image costs what all of them do on average.
        """
        return _nanojoules(layer.after(step, self.num_steps) for layer in self.layers.values())

    def neurobench_nanojoules_after(self, step: float) -> float:
        """`nanojoules_after` of the operations that NeuroBench counts: all layers at each step, in nJ."""
        return _nanojoules(layer.counted_after(step, self.num_steps) for layer in self.layers.values())

    @property
    def nanojoules(self) -> float:
        """Energy of the arithmetic for an image, in nJ; what is the same at each step is counted once."""
        return self.nanojoules_after(self.num_steps)

    @property
    def neurobench_nanojoules(self) -> float:
        """Energy of the arithmetic for an image if each step is counted, as NeuroBench does, in nJ."""
        return self.neurobench_nanojoules_after(self.num_steps)

    @property
    def dense_nanojoules(self) -> float:
        """Energy of the arithmetic in a network of the same shape without spikes: one step of MACs, in nJ."""
        return self.dense / self.num_steps * PICOJOULES_A_MAC / 1e3

    @property
    def share(self) -> float:
        """Effective share of the operations in layers whose inputs are spikes: their inputs' firing rate."""
        spiking = [layer for layer in self.layers.values() if layer.acs]
        dense = sum(layer.dense for layer in spiking)
        return sum(layer.acs for layer in spiking) / dense if dense else 0.0

    @property
    def break_even(self) -> float:
        """The `share` at which the network costs as much as one without spikes; below 0 if it never does."""
        after = [layer.after(self.num_steps, self.num_steps) for layer in self.layers.values()]
        fixed = sum(macs for macs, _ in after) * PICOJOULES_A_MAC / 1e3
        spiking = sum(layer.dense for layer in self.layers.values() if layer.acs) * PICOJOULES_AN_AC / 1e3
        return (self.dense_nanojoules - fixed) / spiking if spiking else 0.0


def _nanojoules(layers: Iterable[tuple[float, float]]) -> float:
    """Energy of the MACs and ACs of layers."""
    return sum(macs * PICOJOULES_A_MAC + acs * PICOJOULES_AN_AC for macs, acs in layers) / 1e3


def facts(energy: Energy) -> Mapping[str, object]:
    """The measurements and all that is derived from them, for JSON."""
    return {
        **msgspec.to_builtins(energy),
        "effective_macs": energy.macs,
        "effective_acs": energy.acs,
        "dense": energy.dense,
        "nanojoules": energy.nanojoules,
        "neurobench_nanojoules": energy.neurobench_nanojoules,
        "dense_nanojoules": energy.dense_nanojoules,
        "share": energy.share,
        "break_even": energy.break_even,
    }
