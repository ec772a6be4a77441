"""What training does around the engine on a GPU, with tensors that only say that they are there."""

from __future__ import annotations

import pytest
import torch
from snn.fake_tensors import network_there, on_cuda

from snn_tui.config.run_config import RunConfig
from snn_tui.snn.encoding import Stream
from snn_tui.snn.network import NetworkSpec
from snn_tui.snn.quantisation import FEW_BITS, masters_of, quantised
from snn_tui.training.augment import augment
from snn_tui.training.average import Average
from snn_tui.training.evaluate import Images
from snn_tui.training.loop import optimizer_of
from snn_tui.values.task import PNEUMONIA


def test_the_next_batch_is_prepared_without_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    with on_cuda(monkeypatch) as waits:
        split = Images(
            torch.empty(20, 28, 28, dtype=torch.uint8, device="cuda"),
            torch.empty(20, dtype=torch.int64, device="cuda"),
            torch.empty(20, dtype=torch.int64, device="cuda"),
            Stream.TRAIN,
            PNEUMONIA,
        )
        batch, labels = split.pick(torch.empty(5, dtype=torch.int64), draw=1)
        images = augment(batch.images, torch.Generator(), 1.0)
        assert {tensor.device.type for tensor in (batch.images, batch.ids, labels, images)} == {"cuda"}
        assert images.shape == (5, 1, 28, 28)
        assert waits == []


@pytest.mark.parametrize("optimizer", ["adam", "adamw"])
def test_weights_are_changed_without_waiting(optimizer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_cuda(monkeypatch) as waits:
        network = network_there(NetworkSpec(norm=True, learn_beta=True))
        average = Average(network, 0.9)
        steps = optimizer_of(RunConfig(optimizer=optimizer), network)
        for parameter in network.parameters():
            parameter.grad = torch.empty_like(parameter)
        waits.clear()  # snnTorch looks at beta when neurons are made
        for _ in range(2):
            steps.step()
            average.update(network)
        assert {value.device.type for value in average.weights.values()} == {"cuda"}
        assert waits == []


@pytest.mark.parametrize("bits", FEW_BITS)
def test_weights_are_quantised_without_waiting(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_cuda(monkeypatch) as waits:
        network = network_there(NetworkSpec(norm=True))
        waits.clear()
        masters = masters_of(network, bits)
        network.load_state_dict(quantised(masters, bits), strict=False)
        network.load_state_dict(masters, strict=False)
        assert {value.device.type for value in masters.values()} == {"cuda"}
        assert len(masters) == 3
        assert waits == []
