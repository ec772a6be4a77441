"""Weights of few bits: levels and scales by hand, products that are exact, and the same in all engines."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from snn.parity import NORMED, SPECS, images, network, parted
from snn.test_engines import ENGINES, SEED, STEPS
from snn_tui.config.run_config import OPTIONS
from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.quantisation import (
    FEW_BITS,
    are_products,
    largest,
    product,
    quantise,
    quantised,
    scales_of,
    stored_bytes,
)


def drawn(seed: int, factor: float = 1.0) -> Tensor:
    """Normal weights of 5 channels, one of which is zero and one far smaller than the others."""
    weight = torch.randn(5, 3, 3, 3, generator=torch.Generator().manual_seed(seed)) * factor
    weight[1] = 0
    weight[2] *= 1e-4
    return weight


@pytest.mark.parametrize(
    ("bits", "weights", "integers", "scale"),
    [
        (8, [127.0, -127.0, 0.4, -0.6, 63.5, 0.0], [127, -127, 0, -1, 64, 0], 1.0),
        (8, [-0.5 * 127, 0.5, 0.2, -0.3, 10.0, 0.0], [-127, 1, 0, -1, 20, 0], 0.5),
        (4, [7.0, -7.0, 0.4, -0.6, 3.4, -6.6], [7, -7, 0, -1, 3, -7], 1.0),
        (4, [-1.75, 0.25, 0.1, -0.15, 1.0, 0.0], [-7, 1, 0, -1, 4, 0], 0.25),
        # Magnitudes of mean 1: those above 0.7 are kept, with a mean of 1.5.
        (2, [2.0, -1.0, 1.5, -0.75, 0.65, 0.1], [1, -1, 1, -1, 0, 0], 1.3125),
        (2, [0.0, 0.0, 0.0, -3.0, 0.0, 0.0], [0, 0, 0, -1, 0, 0], 3.0),
        (4, [0.0] * 6, [0] * 6, 0.0),
        (2, [0.0] * 6, [0] * 6, 0.0),
    ],
)
def test_levels_and_scale_by_hand(bits: int, weights: list[float], integers: list[int], scale: float) -> None:
    found, scales = quantise(torch.tensor([weights, [10 * weight for weight in weights]]), bits)
    assert found.tolist() == [integers, integers]
    assert scales.tolist() == [scale, pytest.approx(10 * scale, rel=2**-8)]


@pytest.mark.parametrize("bits", FEW_BITS)
@given(st.integers(0, 1000), st.floats(1e-25, 1e25))
def test_a_weight_is_exactly_an_integer_times_its_scale(bits: int, seed: int, factor: float) -> None:
    """So it is in float64 too, and what was quantised stays as it is."""
    weight = drawn(seed, factor)
    integers, scales = quantise(weight, bits)
    made = product(integers, scales)
    exact = product(integers.double(), scales.double())
    assert torch.equal(made.double(), exact)
    assert integers.abs().amax((1, 2, 3)).tolist() == [largest(bits), 0, *[largest(bits)] * 3]
    again, same = quantise(made, bits)
    assert torch.equal(product(again, same).view(torch.int32), made.view(torch.int32))  # to the last bit
    assert torch.equal(again, integers)
    assert torch.equal(same, scales)
    assert are_products(made, scales, bits)
    if bits > 2:  # within half a level, but for what a scale of 8 significant bits cuts off
        within = 0.5 + largest(bits) * 2**-8
        assert bool(((weight - made).abs() <= within * scales.view(-1, 1, 1, 1)).all())


@pytest.mark.parametrize("bits", FEW_BITS)
def test_what_is_no_integer_times_its_scale_is_noticed(bits: int) -> None:
    made, scales = product(*quantise(drawn(0), bits)), quantise(drawn(0), bits)[1]
    assert not are_products(made * 1.001, scales, bits)
    assert not are_products(made, scales[:-1], bits)
    assert not are_products(made, scales.double(), bits)
    assert not are_products(made * 2, scales, bits)  # an integer, but too large
    assert not are_products(made + 1, scales, bits)  # where the scale is 0, too


@pytest.mark.parametrize("bits", FEW_BITS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_stay_none(bits: int, value: float) -> None:
    """A loss or a gradient tells of them, and the run stops."""
    weight = drawn(0)
    weight[3, 0, 0, 0] = value
    assert not bool(torch.isfinite(product(*quantise(weight, bits))[3]).all())


def test_biases_batch_norm_and_betas_stay_floats() -> None:
    state = SpikingNetwork(NORMED["as plus"]).state_dict()
    few, scales = quantised(state, 4), scales_of(state, 4)
    changed = [name for name, value in few.items() if not value.equal(state[name])]
    weights = [f"layers.conv{number}.synapses.0.weight" for number in (1, 2, 3)]
    weights.append(next(name for name in state if name.startswith("layers.out.") and name.endswith("weight")))
    assert changed == weights
    assert [*scales] == [f"{name}.scale" for name in weights]
    assert all(scales[f"{name}.scale"].shape == state[name].shape[:1] for name in weights)
    assert all(value is state[name] for name, value in quantised(state, 32).items())
    assert scales_of(state, 32) == {}


def test_memory_of_integers_and_scales() -> None:
    """54 and 5 weights; 6 and 2 channels."""
    tensors = {
        "a": torch.zeros(6, 1, 3, 3),
        "b": torch.zeros(2, 3),
        "bias": torch.zeros(6),
        "batches": torch.tensor(3),
    }
    rest = 6 * 4 + 8
    assert stored_bytes(tensors, 32) == (54 + 6) * 4 + rest
    assert stored_bytes(tensors, 8) == 54 + 6 + 8 * 4 + rest
    assert stored_bytes(tensors, 2) == 14 + 2 + 8 * 4 + rest  # whole bytes


def test_the_option_has_these_bits_and_floats() -> None:
    assert {*map(int, OPTIONS["bits"].choices)} == {32, *FEW_BITS}


@pytest.mark.parametrize("bits", FEW_BITS)
@pytest.mark.parametrize("spec", ["paper", "as plus"])
@pytest.mark.parametrize("name", ENGINES)
def test_engines_compute_quantised_weights_alike(name: str, spec: str, bits: int) -> None:
    of = network((SPECS | NORMED)[spec]).eval()
    of.load_state_dict(quantised(of.state_dict(), bits))
    batch, _ = images(of.spec)
    engine = ENGINES[name](of, Recipe(STEPS, SEED))
    assert int(parted(of, batch, STEPS, SEED, engine.record(batch), name).sum()) <= 3
