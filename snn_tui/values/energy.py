"""What a decision costs in the field's terms: synaptic operations, sparsity, footprint.

As NeuroBench (Yik et al. 2025) defines them: a synaptic operation is counted where neither input nor weight
is zero; it is an accumulation (AC) where all inputs of a layer are spikes, else a multiplication with one, a
MAC.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from snn_tui.values.numbers import Whole

PICOJOULES_A_MAC = 4.6
PICOJOULES_AN_AC = 0.9
"""Arithmetic on 32-bit floats in 45 nm, a multiplication being 3.7 pJ and an addition 0.9 (Horowitz 2014).
Memory, which costs more than arithmetic on most machines, is not in it."""


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """Synaptic operations of one layer for one image, all time steps together, on average.

    Args:
        macs: Multiplications with an accumulation.
        acs: Accumulations.
        dense: Both, if no input and no weight were zero.
    """

    macs: float
    acs: float
    dense: float


class Energy(msgspec.Struct, frozen=True, kw_only=True):
    """What a network costs for one image, measured on some.

    Args:
        images: How many were shown.
        num_steps: Time steps, T.
        layers: Synaptic operations of each layer, first to last.
        sparsity: Share of neurons and steps without a spike.
        parameter_bytes: Weights and all else that stays.
        state_bytes: Membranes of one image.
    """

    images: Whole
    num_steps: Whole
    layers: dict[str, Operations]
    sparsity: float
    parameter_bytes: Whole
    state_bytes: Whole

    @property
    def macs(self) -> float:
        """Effective MACs an image."""
        return sum(layer.macs for layer in self.layers.values())

    @property
    def acs(self) -> float:
        """Effective ACs an image."""
        return sum(layer.acs for layer in self.layers.values())

    @property
    def dense(self) -> float:
        """Synaptic operations an image if none were left out."""
        return sum(layer.dense for layer in self.layers.values())

    @property
    def nanojoules(self) -> float:
        """Arithmetic of an image."""
        return (self.macs * PICOJOULES_A_MAC + self.acs * PICOJOULES_AN_AC) / 1e3

    @property
    def dense_nanojoules(self) -> float:
        """Arithmetic of an image in a network without spikes of the same shape: all of it once, as MACs."""
        return self.dense / self.num_steps * PICOJOULES_A_MAC / 1e3

    @property
    def share(self) -> float:
        """Share of the operations of the layers that get spikes that was done: the firing rate they saw."""
        spiking = [layer for layer in self.layers.values() if layer.acs]
        dense = sum(layer.dense for layer in spiking)
        return sum(layer.acs for layer in spiking) / dense if dense else 0.0

    @property
    def break_even(self) -> float:
        """The `share` at which arithmetic costs as much as without spikes; below 0 where none does."""
        fixed = self.macs * PICOJOULES_A_MAC / 1e3
        spiking = sum(layer.dense for layer in self.layers.values() if layer.acs) * PICOJOULES_AN_AC / 1e3
        return (self.dense_nanojoules - fixed) / spiking if spiking else 0.0


def facts(energy: Energy) -> Mapping[str, object]:
    """All of it with what follows from it, for JSON."""
    return {
        **msgspec.to_builtins(energy),
        "effective_macs": energy.macs,
        "effective_acs": energy.acs,
        "dense": energy.dense,
        "nanojoules": energy.nanojoules,
        "dense_nanojoules": energy.dense_nanojoules,
        "share": energy.share,
        "break_even": energy.break_even,
    }
