"""A prediction keeps the output neurons' spikes and membranes of every step, in every engine."""

from __future__ import annotations

import pytest
import torch

from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.registry import choose
from snn_tui.snn.network import NetworkSpec, SpikingNetwork

STEPS = 6


@pytest.mark.parametrize("name", ["reference", "batched", "fused"])
def test_the_steps_add_up_and_are_those_recorded(name: str) -> None:
    network = SpikingNetwork(NetworkSpec(), 3)
    with torch.no_grad():  # untrained ones are silent
        for parameter in network.parameters():
            parameter.mul_(4)
    engine = choose(name, network, Recipe(STEPS, 5)).engine
    images = torch.randint(0, 256, (9, 1, 28, 28), generator=torch.Generator().manual_seed(1))
    batch = Batch(images.to(torch.uint8), torch.arange(9), 2, Stream.TEST)
    seen, recorded = engine.predict(batch), engine.record(batch)
    assert seen.spikes_out.shape == seen.membranes_out.shape == (STEPS, 9, 2)
    assert torch.equal(seen.spikes_out.sum(0).to(torch.int64), seen.counts)
    assert torch.equal(seen.membranes_out[-1], seen.membranes)
    assert torch.equal(seen.spikes_out, recorded.spikes_out)
    assert torch.allclose(seen.membranes_out, recorded.membranes, atol=1e-5)
    assert seen.counts.sum() > 0
