"""Latency and direct coding against snnTorch's own."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from snntorch import spikegen

from snn_tui.snn.encoding import direct, latency

ALL_GREYS = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16)


@given(
    num_steps=st.integers(1, 100),
    linear=st.booleans(),
    tau=st.none() | st.floats(0.1, 50),
    threshold=st.floats(0.005, 0.9),
    clip=st.booleans(),
)
def test_every_grey_spikes_when_snntorch_says(
    num_steps: Any, linear: Any, tau: Any, threshold: Any, clip: Any
) -> None:
    ours = latency(ALL_GREYS, num_steps, linear=linear, tau=tau, threshold=threshold, clip=clip)
    theirs = spikegen.latency(
        ALL_GREYS.to(torch.float32) / 255,
        num_steps=num_steps,
        threshold=threshold,
        tau=1 if tau is None else tau,
        clip=clip,
        normalize=tau is None,
        linear=linear,
        bypass=True,
    )
    assert ours.shape == (num_steps, 1, 1, 16, 16)
    assert torch.equal(ours, theirs)


def test_a_pixel_spikes_once_at_most_and_the_brighter_earlier() -> None:
    for linear in (False, True):
        spikes = latency(ALL_GREYS, 100, linear=linear, tau=None, threshold=0.1).flatten(1)
        lit = spikes.sum(0)
        assert lit[:25].sum() == 0  # below the threshold
        assert torch.all(lit[26:] == 1)
        assert torch.all(spikes.argmax(0)[26:].diff() <= 0)


@pytest.mark.parametrize("num_steps", [1, 7])
def test_direct_coding_is_the_picture_at_every_step(num_steps: int) -> None:
    currents = direct(ALL_GREYS, num_steps)
    assert currents.shape == (num_steps, *ALL_GREYS.shape)
    for current in currents:
        assert torch.equal((current * 255).round().to(torch.uint8), ALL_GREYS)
