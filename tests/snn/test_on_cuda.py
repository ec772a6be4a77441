"""Forward passes on a GPU, with tensors that only say that they are there: none is of another device."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from snn.fake_tensors import batch_there, network_there, on_cuda
from snn.parity import FURTHER, NORMED, SPECS
from snn_tui.snn.encoding import latency
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import NetworkSpec
from snn_tui.snn.neurons import LeakyOverTime, Surrogate
from snn_tui.snn.occlusion import _covered
from snn_tui.snn.operations import Tally, multiply_adds

PLUS = Recipe(4, 3, encoding="direct", loss="current", label_smoothing=0.1, class_weights=(0.5, 1.5))
LABELS = Recipe(4, 3, several_labels=True, class_weights=(0.5, 1.5))
CASES = {
    "paper": (SPECS["one block"], Recipe(4, 3)),
    "plus": (NORMED["as plus"], PLUS),
    "labels": (FURTHER["colour"], LABELS),
    "learned betas": (FURTHER["learned betas"], Recipe(4, 3, train_steps=2, class_weights=(1.0, 1.0, 2.0))),
}


@pytest.mark.parametrize("kind", [BatchedEngine, ReferenceEngine])
@pytest.mark.parametrize("case", CASES)
def test_engines(
    case: str, kind: type[BatchedEngine | ReferenceEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, recipe = CASES[case]
    with on_cuda(monkeypatch):
        network = network_there(spec)
        engine = kind(network, recipe)
        batch, labels = batch_there(spec)
        if recipe.several_labels:
            labels = torch.empty(3, spec.classes, device="cuda")
        prediction, recording = engine.predict(batch, labels), engine.record(batch)
        found = [prediction.counts, prediction.membranes, prediction.losses, recording.membranes]
        assert {tensor.device.type for tensor in found if tensor is not None} == {"cuda"}
        assert recording.spikes_in.shape == (4, 3, spec.channels, spec.size, spec.size)


@pytest.mark.parametrize("case", CASES)
def test_a_training_step_waits_for_nothing(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From images to the loss; torch runs no backward pass of a device that is not there."""
    spec, recipe = CASES[case]
    with on_cuda(monkeypatch) as waits:
        network = network_there(spec).train()
        engine = BatchedEngine(network, recipe, graph=False)
        batch, labels = batch_there(spec)
        if recipe.several_labels:
            labels = torch.empty(3, spec.classes, device="cuda")
        losses: list[Tensor] = []

        def differentiated(loss: Tensor, parameters: list[Tensor]) -> list[Tensor]:
            losses.append(loss)
            return [torch.zeros_like(parameter) for parameter in parameters]

        monkeypatch.setattr(torch.autograd, "grad", differentiated)
        waits.clear()  # snnTorch looks at beta when neurons are made
        total, gradients = engine.gradients(batch, labels, engine.num_steps)
        assert {tensor.device.type for tensor in (total, *losses, *gradients)} == {"cuda"}
        assert losses[0].requires_grad
        assert waits == []


@pytest.mark.parametrize("name", ["fast_sigmoid", "arctan"])
def test_gradients_of_neurons(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with on_cuda(monkeypatch) as waits:
        beta, membranes = torch.empty((), device="cuda"), torch.empty(4, 3, 5, device="cuda")
        context = SimpleNamespace(
            saved_tensors=(membranes, beta, beta),
            threshold=1.0,
            surrogate=Surrogate(name, 2.0),
            needs_input_grad=(True, True),
        )
        errors, by_beta, _, _ = LeakyOverTime.backward(context, torch.empty(4, 3, 5, device="cuda"))
        assert by_beta is not None
        assert (errors.device.type, by_beta.device.type) == ("cuda", "cuda")
        assert waits == []


def test_what_looks_at_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Latency coding, occlusion, multiply-adds, and what recordings cost."""
    spec = NetworkSpec()
    with on_cuda(monkeypatch):
        network = network_there(spec)
        batch, _ = batch_there(spec)
        assert _covered(batch.images[0], 5, [(0, 0), (3, 3)]).device.type == "cuda"
        assert latency(batch.images, 4).device.type == "cuda"
        assert list(multiply_adds(network)) == ["conv1", "conv2", "out"]
        tally = Tally(network)
        tally.add(BatchedEngine(network, Recipe(4)).record(batch))
        assert tally.images == 3
