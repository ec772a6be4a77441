"""The cost of one prediction: synaptic operations, sparsity, footprint, as NeuroBench defines them.

A synaptic operation is counted where neither the input nor the weight is zero. It is an accumulation (AC) in
a layer whose inputs are all spikes, and else a multiplication and accumulation, a MAC (Yik et al. 2025).
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from snn_tui.values.numbers import Count

PICOJOULES_A_MAC = 4.6
PICOJOULES_AN_AC = 0.9
"""Energy of 32-bit float arithmetic in 45 nm: 3.7 pJ a multiplication, 0.9 pJ an addition (Horowitz 2014).
Memory access, which costs more than arithmetic on most machines, is not included."""


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """Synaptic operations of one layer for one image in all time steps, averaged over images.

    Args:
        macs: Multiplications with accumulation.
        acs: Accumulations.
        dense: Operations of both kinds if no input and no weight were zero.
    """

    macs: float
    acs: float
    dense: float


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
        """Effective MACs of an image."""
        return sum(layer.macs for layer in self.layers.values())

    @property
    def acs(self) -> float:
        """Effective ACs of an image."""
        return sum(layer.acs for layer in self.layers.values())

    @property
    def dense(self) -> float:
        """Synaptic operations of an image if no input and no weight were zero."""
        return sum(layer.dense for layer in self.layers.values())

    @property
    def nanojoules(self) -> float:
        """Energy of the arithmetic for an image, in nJ."""
        return (self.macs * PICOJOULES_A_MAC + self.acs * PICOJOULES_AN_AC) / 1e3

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
        fixed = self.macs * PICOJOULES_A_MAC / 1e3
        spiking = sum(layer.dense for layer in self.layers.values() if layer.acs) * PICOJOULES_AN_AC / 1e3
        return (self.dense_nanojoules - fixed) / spiking if spiking else 0.0


def facts(energy: Energy) -> Mapping[str, object]:
    """The measurements and all that is derived from them, for JSON."""
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
