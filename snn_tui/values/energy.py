"""The cost of one prediction: synaptic operations, sparsity, footprint, as NeuroBench defines them.

A synaptic operation is counted where neither the input nor the weight is zero. It is an accumulation (AC) in
a layer whose inputs are all spikes, and else a multiplication and accumulation, a MAC (Yik et al. 2025).

NeuroBench counts every time step. But where the input of a layer is the same at each step, as the pixels of
direct coding are, its currents are too: they are computed once, and energy counts them once.

Energy has two forms, each of the network and of dense networks of its shape, which do each synapse once:

- Arithmetic: MACs and ACs of synapses alone, as most papers count.
- With memory: also the update of each neuron at each step (a MAC), and the bytes that are read and written.
  Each operation reads its weight, and a MAC its input; membranes are read and written at each step, a
  constant current is written once and read at each step, and a spike or its absence is a bit that is written
  and read. A dense network reads weight and input of each MAC, and writes each output once. Neither uses a
  value twice that it has read, so what a cache or an array of processors would save is not in it; nor is the
  address of a spike, or a membrane that is read and written by each spike alone (Lemaire et al. 2022).

A dense network has 32-bit floats, or is matched: a neuron that fires from 0 to T times tells no more than a
number of ceil(log2(T + 1)) bits, so that is all its activations have (Yan et al. 2024). Inputs that are the
same at each step are as they are in the spiking network. Weights of few bits are read as such, in all of
these networks, while arithmetic is that of floats: membranes and scales are floats.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from snn_tui.values.energy_constants import FLOAT_BITS, EnergyConstants
from snn_tui.values.numbers import Count

_CURRENT_BYTES = 4  # a membrane or current is a 32-bit float

PUBLISHED_SPIKES = (0.15, 1.38)
"""Spikes a synapse and image below which an integrate-and-fire network takes less than a dense one, memory
counted: by how well the dense one uses what it has read (Dampfhoffer et al. 2023)."""


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """Synaptic operations of one layer for one image, averaged over images, in all time steps.

    Args:
        macs: Multiplications with accumulation, each step counted.
        acs: Accumulations, each step counted.
        dense: Operations of both kinds if no input and no weight were zero, each step counted.
        macs_by_step: The MACs of each step, first to last; empty where only their sum is known.
        acs_by_step: The ACs of each step.
        constant: Whether the inputs are the same at each step, so that the first computes for all.
        inputs: Inputs of the layer's synapses, as they reach them.
        neurons: Neurons of the layer.
    """

    macs: float
    acs: float
    dense: float
    macs_by_step: list[float] = msgspec.field(default_factory=list)
    acs_by_step: list[float] = msgspec.field(default_factory=list)
    constant: bool = False
    inputs: Count = 0
    neurons: Count = 0

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
    """The sum of the first values, and the part of the next that a fraction of a step takes of it."""
    whole = math.floor(step)
    return sum(by_step[:whole]) + sum(by_step[whole : whole + 1]) * (step - whole)


class Energy(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of one image, measured on several.

    Args:
        images: Number of images measured.
        num_steps: Time steps, T.
        layers: Synaptic operations by layer, first to last.
        sparsity: Activation sparsity: the share of neurons and time steps without a spike; of hidden neurons
            with an output of 0, where none spike.
        parameter_bytes: Size of the parameters and buffers.
        state_bytes: Size of the membranes for one image.
        weight_bits: Width of a weight in memory; the arithmetic is of floats whatever it is.
        constants: What an operation and a byte of memory take.
        note: What is counted, where that is not all there is; empty where it is.
    """

    images: Count
    num_steps: Count
    layers: dict[str, Operations]
    sparsity: float
    parameter_bytes: Count
    state_bytes: Count
    weight_bits: Count = FLOAT_BITS
    constants: EnergyConstants = EnergyConstants()
    note: str = ""

    @property
    def spiking(self) -> bool:
        """Whether the neurons spike: only then they keep membranes."""
        return self.state_bytes > 0

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

    def operations_after(self, step: float) -> tuple[float, float]:
        """MACs and ACs of an image that are done after some of the steps, see `Operations.after`."""
        return _total(layer.after(step, self.num_steps) for layer in self.layers.values())

    def nanojoules_after(self, step: float) -> float:
        """Energy of the arithmetic for an image that is decided after some of the steps, in nJ.

        A layer whose input is the same at each step is computed and counted once.

        Args:
            step: The number of steps, from 0 to `num_steps`. The mean of several images may lie
                between two, and is interpolated: for images that stop at different steps, the mean of
                `nanojoules_after` of each is better.
        """
        return self._arithmetic(*self.operations_after(step))

    def neurobench_nanojoules_after(self, step: float) -> float:
        """`nanojoules_after` of the operations that NeuroBench counts: all layers at each step, in nJ."""
        layers = self.layers.values()
        return self._arithmetic(*_total(layer.counted_after(step, self.num_steps) for layer in layers))

    def memory_nanojoules_after(self, step: float) -> float:
        """`nanojoules_after` with the neurons' updates and the memory traffic, in nJ."""
        macs, acs = self.operations_after(step)
        moved = macs * FLOAT_BITS / 8 + (macs + acs) * self.weight_bits / 8 + 2 * self.state_bytes * step
        moved += sum(self._moved_between(layer, step) for layer in self.layers.values())
        updates = self.state_bytes / _CURRENT_BYTES * step * self.constants.mac
        return self._arithmetic(macs, acs) + (updates + moved * self.constants.byte) / 1e3

    def _moved_between(self, layer: Operations, step: float) -> float:
        """Bytes that a layer's neurons write and its inputs take, but for those of MACs."""
        if not self.spiking:
            return layer.neurons * _CURRENT_BYTES
        written = layer.neurons / 8 * step
        if layer.constant:
            return written + layer.neurons * _CURRENT_BYTES * (min(step, 1.0) + step)
        return written + layer.inputs / 8 * step

    @property
    def nanojoules(self) -> float:
        """Energy of the arithmetic for an image, in nJ; what is the same at each step is counted once."""
        return self.nanojoules_after(self.num_steps)

    @property
    def neurobench_nanojoules(self) -> float:
        """Energy of the arithmetic for an image if each step is counted, as NeuroBench does, in nJ."""
        return self.neurobench_nanojoules_after(self.num_steps)

    @property
    def memory_nanojoules(self) -> float:
        """Energy for an image with the neurons' updates and the memory traffic, in nJ."""
        return self.memory_nanojoules_after(self.num_steps)

    @property
    def matched_bits(self) -> int:
        """Bits of the activations of the matched dense network: those of a count of 0 to T spikes.

        Of a network without spikes, which keeps no membranes, those of a float.
        """
        if not self.spiking:
            return FLOAT_BITS
        return max(math.ceil(math.log2(self.num_steps + 1)), 1)

    def dense_nanojoules(self, bits: int = FLOAT_BITS) -> float:
        """Energy of the arithmetic in a dense network of the same shape: one step of MACs, in nJ.

        Args:
            bits: Width of its activations.
        """
        return (
            sum(
                layer.dense / self.num_steps * self.constants.multiply_add(width)
                for layer, width in self._dense_layers(bits)
            )
            / 1e3
        )

    def dense_memory_nanojoules(self, bits: int = FLOAT_BITS) -> float:
        """`dense_nanojoules` with the memory traffic, in nJ."""
        moved = sum(
            layer.dense / self.num_steps * (self.weight_bits + width) / 8 + layer.neurons * bits / 8
            for layer, width in self._dense_layers(bits)
        )
        return self.dense_nanojoules(bits) + moved * self.constants.byte / 1e3

    @property
    def share(self) -> float:
        """Effective share of the operations in layers whose inputs are spikes: their inputs' firing rate."""
        dense = self._spiking_dense
        spiking = sum(layer.acs for layer in self.layers.values() if layer.acs)
        return spiking / dense if dense else 0.0

    def break_even(self, bits: int = FLOAT_BITS) -> float:
        """The `share` at which the arithmetic takes as much as in a dense network; below 0 if it never does.

        Args:
            bits: Width of the dense network's activations.
        """
        gap = self.dense_nanojoules(bits) - self.nanojoules
        return self._break_even(gap, self.constants.ac)

    def memory_break_even(self, bits: int = FLOAT_BITS) -> float:
        """`break_even` with memory."""
        gap = self.dense_memory_nanojoules(bits) - self.memory_nanojoules
        weight = self.constants.byte * self.weight_bits / 8
        return self._break_even(gap, self.constants.ac + weight)

    @property
    def moved_bits_break_even(self) -> float:
        """The firing rate at which spikes move as many bits as the activations of the matched network.

        Its neurons move their bits once, where here each spike moves a word of 8 bits, the weight that
        it adds: s T 8 = ceil(log2(T + 1)). This bounds what is moved, and nothing else: the model of Yan et
        al. (2024), with buffers and links, has 5.7 % for 5 steps, where this has 7.5 %.
        """
        return self.matched_bits / (8 * self.num_steps)

    @property
    def _spiking_dense(self) -> float:
        """Dense operations of the layers whose inputs are spikes."""
        return sum(layer.dense for layer in self.layers.values() if layer.acs)

    def _break_even(self, gap: float, picojoules: float) -> float:
        """The rate that closes a gap of energy in nJ, where an operation of a spike takes some pJ."""
        at_most = self._spiking_dense * picojoules / 1e3
        return self.share + gap / at_most if at_most else 0.0

    def _arithmetic(self, macs: float, acs: float) -> float:
        """Energy of MACs and ACs, in nJ."""
        return (macs * self.constants.mac + acs * self.constants.ac) / 1e3

    def _dense_layers(self, bits: int) -> Iterator[tuple[Operations, int]]:
        """Each layer with the width of its inputs in a dense network whose activations have some bits."""
        for layer in self.layers.values():
            yield layer, FLOAT_BITS if layer.constant else bits


def _total(layers: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """MACs and ACs of all layers."""
    macs, acs = 0.0, 0.0
    for layer_macs, layer_acs in layers:
        macs, acs = macs + layer_macs, acs + layer_acs
    return macs, acs


def facts(energy: Energy) -> Mapping[str, object]:
    """The measurements and all that is derived from them, for JSON."""
    bits = energy.matched_bits
    return {
        **msgspec.to_builtins(energy),
        "effective_macs": energy.macs,
        "effective_acs": energy.acs,
        "dense": energy.dense,
        "nanojoules": energy.nanojoules,
        "nanojoules_by_step": [energy.nanojoules_after(step + 1) for step in range(energy.num_steps)],
        "neurobench_nanojoules": energy.neurobench_nanojoules,
        "memory_nanojoules": energy.memory_nanojoules,
        "dense_nanojoules": energy.dense_nanojoules(),
        "dense_memory_nanojoules": energy.dense_memory_nanojoules(),
        "matched_bits": bits,
        "matched_nanojoules": energy.dense_nanojoules(bits),
        "matched_memory_nanojoules": energy.dense_memory_nanojoules(bits),
        "share": energy.share,
        "break_even": energy.break_even(),
        "memory_break_even": energy.memory_break_even(),
        "matched_break_even": energy.break_even(bits),
        "matched_memory_break_even": energy.memory_break_even(bits),
        "moved_bits_break_even": energy.moved_bits_break_even,
    }
