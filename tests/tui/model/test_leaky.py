"""The screens' neuron is snnTorch's, to the last bit."""

from __future__ import annotations

from typing import Any

import pytest
import snntorch
import torch
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.tui.model.leaky import RESETS, Leaky


@given(
    currents=st.lists(st.floats(-3, 3), min_size=1, max_size=60),
    beta=st.floats(0, 1),
    threshold=st.floats(0.01, 3),
    reset=st.sampled_from(RESETS),
)
def test_it_does_what_snntorch_does(currents: Any, beta: Any, threshold: Any, reset: Any) -> None:
    theirs = snntorch.Leaky(
        beta=torch.tensor(beta, dtype=torch.float64),
        threshold=torch.tensor([threshold], dtype=torch.float64),
        reset_mechanism=reset,
    )
    membrane = torch.zeros(1, dtype=torch.float64)
    membranes, spikes = [], []
    for current in currents:
        spike, membrane = theirs(torch.tensor([current], dtype=torch.float64), membrane)
        membranes.append(membrane.item())
        spikes.append(int(spike.item()))
    assert Leaky(beta, threshold, reset).respond(currents) == (membranes, spikes)


@pytest.mark.parametrize(
    ("reset", "membranes"),
    [("subtract", [0.75, 1.125, 0.3125]), ("zero", [0.75, 1.125, 0.75]), ("none", [0.75, 1.125, 1.3125])],
)
def test_a_spike_resets_the_membrane_a_step_later(reset: str, membranes: list[float]) -> None:
    assert Leaky(0.5, 1.0, reset).respond([0.75] * 3) == (membranes, [0, 1, int(reset == "none")])


def test_on_the_threshold_it_does_not_fire_yet() -> None:
    assert Leaky(0.5, 1.0).respond([1.0, 0.0])[1] == [0, 0]
