"""Before a run on an accelerator, engines are compared with the reference: the first right one is taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from typed import present

from snn.parity import FURTHER, NORMED, SPECS, images, network
from snn_tui.snn.device import resolve
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine, Prediction, Recipe, registry, selfcheck
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.registry import Chosen, checked
from snn_tui.snn.engines.selfcheck import Candidate, first_right
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.recording import Recording

RECIPE = Recipe(5, 3)


class Altered:
    """The batched engine, with what it records, or the gradients it leaves, changed."""

    name = "batched"
    num_steps = RECIPE.num_steps
    spiking = True

    def __init__(
        self,
        network: SpikingNetwork,
        *,
        recorded: Callable[[Recording], Recording] = lambda recording: recording,
        learned: Callable[[list[Tensor], int], None] = lambda gradients, call: None,
    ) -> None:
        self._network, self._engine = network, BatchedEngine(network, RECIPE)
        self._recorded, self._learned, self._calls = recorded, learned, 0

    def learn(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        loss = self._engine.learn(batch, labels, num_steps)
        self._calls += 1
        self._learned([present(parameter.grad) for parameter in self._network.parameters()], self._calls)
        return loss

    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        return self._engine.predict(batch, labels)

    def record(self, batch: Batch) -> Recording:
        return self._recorded(self._engine.record(batch))


def fails() -> Engine:
    """A way of an engine that the machine cannot take."""
    raise RuntimeError("no kernel image is available\nand a second line")


def chosen_of(
    of: SpikingNetwork, *candidates: Candidate, exact: bool = True
) -> tuple[Engine, list[str], ReferenceEngine]:
    """The engine chosen, the notes, and the reference."""
    reference = ReferenceEngine(of, RECIPE)
    batches = [images(of.spec, 6, seed) for seed in (0, 1)]
    engine, notes = first_right(candidates, reference, of, batches, exact=exact)
    return engine, notes, reference


def one_spike(recording: Recording) -> Recording:
    spikes = {name: layer.clone() for name, layer in recording.spikes.items()}
    spikes["conv2"][3, 2, 5, 1, 1] = 1 - spikes["conv2"][3, 2, 5, 1, 1]
    return replace(recording, spikes=spikes)


def other_input(recording: Recording) -> Recording:
    return replace(recording, spikes_in=1 - recording.spikes_in)


def other_membranes(recording: Recording) -> Recording:
    return replace(recording, membranes=recording.membranes * 1.01)


def no_number(gradients: list[Tensor], call: int) -> None:
    gradients[1].fill_(float("nan"))


def one_percent(gradients: list[Tensor], call: int) -> None:
    gradients[0].mul_(1.01)


def stale(gradients: list[Tensor], call: int, kept: list[Tensor]) -> None:
    """Of a graph that reads the images it was captured with: the first gradients, again and again."""
    if not kept:
        kept.extend(gradient.clone() for gradient in gradients)
    for gradient, first in zip(gradients, kept, strict=True):
        gradient.copy_(first)


FAULTS: dict[str, tuple[Callable[[SpikingNetwork], Engine], str]] = {
    "raises": (lambda of: fails(), "RuntimeError: no kernel image is available"),
    "a spike": (lambda of: Altered(of, recorded=one_spike), "spikes of conv2 are others at step 4"),
    "the input": (lambda of: Altered(of, recorded=other_input), "the input spikes are others"),
    "membranes": (lambda of: Altered(of, recorded=other_membranes), "membranes of the output neurons"),
    "not finite": (lambda of: Altered(of, learned=no_number), "conv1.synapses.0.bias is no finite number"),
    "gradients": (lambda of: Altered(of, learned=one_percent), "conv1.synapses.0.weight is another"),
    "stale": (lambda of: Altered(of, learned=partial(stale, kept=[])), "is another"),
}


@pytest.mark.parametrize("spec", [SPECS["paper"], FURTHER["learned betas"], NORMED["as plus"]])
def test_the_batched_engine_is_right(spec: NetworkSpec) -> None:
    of = network(spec)
    before = {name: value.clone() for name, value in of.state_dict().items()}
    of.train()
    engine, notes, _ = chosen_of(of, Candidate("batched", partial(BatchedEngine, of, RECIPE)))
    assert (engine.name, notes) == ("batched", [])
    assert of.training
    assert all(torch.equal(value, before[name]) for name, value in of.state_dict().items())
    assert all(parameter.grad is None for parameter in of.parameters())


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_wrong_is_not_used_and_it_is_said_why(fault: str) -> None:
    of = network(SPECS["paper"])
    make, reason = FAULTS[fault]
    right = Candidate("kernels", partial(BatchedEngine, of, RECIPE))
    engine, notes, _ = chosen_of(of, Candidate("a graph", lambda: make(of)), right)
    assert isinstance(engine, BatchedEngine)
    assert len(notes) == 1
    assert notes[0].startswith("a graph not used: ")
    assert reason in notes[0]
    assert "\n" not in notes[0]


def test_the_reference_is_the_last() -> None:
    of = network(SPECS["paper"])
    engine, notes, reference = chosen_of(
        of, Candidate("a graph", fails), Candidate("kernels", lambda: Altered(of, recorded=one_spike))
    )
    assert engine is reference
    assert [note.split(" not used: ")[0] for note in notes] == ["a graph", "kernels"]


def test_an_engine_that_fails_at_the_size_of_the_run_is_not_used() -> None:
    """The engine that does not is the one that has learned from such a batch already."""
    of = network(NORMED["as plus"])
    before = {name: value.clone() for name, value in of.state_dict().items()}
    sizes: list[int] = []

    class Small(BatchedEngine):
        def learn(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
            sizes.append(len(labels))
            if len(labels) > 6:
                raise torch.OutOfMemoryError("no memory is left")
            return super().learn(batch, labels, num_steps)

    candidates = [
        Candidate("a captured graph", partial(Small, of, RECIPE)),
        Candidate("kernels", partial(BatchedEngine, of, RECIPE)),
    ]
    engine, notes = first_right(
        candidates, ReferenceEngine(of, RECIPE), of, [images(of.spec, 6)], largest=images(of.spec, 20)
    )
    assert type(engine) is BatchedEngine
    assert notes == ["a captured graph not used: OutOfMemoryError: no memory is left"]
    assert sizes == [6, 20]
    assert all(torch.equal(value, before[name]) for name, value in of.state_dict().items())


def test_a_membrane_next_to_the_threshold_may_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The image that parts is left out of the gradients; nothing is left out where the membrane was far."""
    of = network(SPECS["paper"])
    seen = []

    def learned(gradients: list[Tensor], call: int) -> None:
        seen.append(call)

    monkeypatch.setattr(selfcheck, "NEAR", 100.0)
    engine, notes, _ = chosen_of(
        of, Candidate("near", lambda: Altered(of, recorded=one_spike, learned=learned))
    )
    assert isinstance(engine, Altered)
    assert notes == []
    assert seen == [1, 2]


def test_bfloat16_is_compared_by_rates() -> None:
    of = network(SPECS["paper"])
    half = Candidate("bfloat16", partial(BatchedEngine, of, RECIPE, half=True))
    assert chosen_of(of, half)[1] != []
    assert chosen_of(of, half, exact=False)[1] == []

    def silent(recording: Recording) -> Recording:
        none = torch.zeros_like(recording.spikes["conv2"])
        return replace(recording, spikes=recording.spikes | {"conv2": none})

    makers: list[Callable[[], Engine]] = [
        lambda: Altered(of, recorded=silent),
        lambda: Altered(of, learned=no_number),
    ]
    for make in makers:
        assert len(chosen_of(of, Candidate("wrong", make), exact=False)[1]) == 1


@pytest.mark.parametrize(
    ("device", "triton", "names"),
    [
        ("cpu", True, []),
        ("mps", False, ["the batched engine"]),
        ("cuda", False, ["a captured graph", "the batched engine"]),
        (
            "cuda",
            True,
            [
                "Triton kernels in a captured graph",
                "Triton kernels",
                "a captured graph",
                "the batched engine",
            ],
        ),
    ],
)
def test_the_graph_is_given_up_before_the_kernels(
    device: str, triton: bool, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = SpikingNetwork(SPECS["one block"])
    monkeypatch.setattr(registry, "find_spec", lambda name: object() if triton else None)
    with FakeTensorMode(allow_non_fake_inputs=True):
        there = torch.empty(0, device=device)
    monkeypatch.setattr(SpikingNetwork, "parameters", lambda network: iter([there]))
    assert [candidate.name for candidate in registry.ways(of, RECIPE, "float32")] == names


def test_what_is_checked_is_the_batched_engine_off_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    of = network(SPECS["one block"])
    few = [images(of.spec, 4)]
    batched, reference = Chosen(BatchedEngine(of, RECIPE), "why not"), Chosen(ReferenceEngine(of, RECIPE))
    assert checked(batched, of, RECIPE, "float32", fails_to_give) is batched
    monkeypatch.setattr(registry, "ways", lambda *of: [Candidate("a graph", fails)])
    assert checked(reference, of, RECIPE, "float32", fails_to_give) is reference
    found = checked(batched, of, RECIPE, "float32", lambda: few)
    assert found.engine.name == "reference"
    assert found.fault == "a graph not used: RuntimeError: no kernel image is available"
    assert found.note == f"why not; {found.fault}"


def fails_to_give() -> list[tuple[Batch, Tensor]]:
    raise AssertionError("there is nothing to compare")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("spec", [SPECS["paper"], FURTHER["learned betas"], NORMED["as plus"]])
def test_every_way_is_right_on_cuda(spec: NetworkSpec, index: int) -> None:
    """With Triton kernels and without, captured and not."""
    device = resolve("cuda")
    of = network(spec).to(device)
    way, *_ = [*registry.ways(of, RECIPE, "float32")[index:], None]
    if way is None:
        pytest.skip("torch comes without Triton here")
    batches = []
    for seed in (0, 1):
        batch, labels = images(of.spec, 6, seed)
        pixels, ids = batch.images.to(device), batch.ids.to(device)
        draws = torch.as_tensor(batch.draws).to(device)
        batches.append((Batch(pixels, ids, draws, batch.stream), labels.to(device)))
    _, notes = first_right([way], ReferenceEngine(of, RECIPE), of, batches)
    assert notes == []
