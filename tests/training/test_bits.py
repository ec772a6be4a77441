"""Training with weights of few bits: which weights compute, which are changed, and which are kept."""

from __future__ import annotations

import threading

import pytest
import torch
from safetensors.torch import load, save
from snn.test_engines import KERNELS
from torch import Tensor

from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.registry import ENGINES, choose
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.quantisation import FEW_BITS, is_quantised, quantised
from snn_tui.training.average import Average
from snn_tui.training.checkpoint import (
    checkpoint_to_bytes,
    load_initial,
    load_weights,
    state_from_bytes,
    state_to_bytes,
    weights_to_bytes,
)
from snn_tui.training.group import RankLost
from snn_tui.training.loop import Trainer
from snn_tui.training.outcomes import BatchTrained
from snn_tui.values.task import PNEUMONIA
from training.tiny import SPLITS, Training

PLUS = {
    "preset": "plus",
    "layers": "4C3-AP2-6C3-GAP",
    "epochs": 3,
    "batch_size": 16,
    "num_steps": 4,
    "train_steps": 2,
    "ema": 0.9,
}
PAPER = {"layers": "4C5-MP2", "epochs": 2, "batch_size": 16, "num_steps": 4, "lr": 1e-3}


def config(bits: int, **options: object) -> RunConfig:
    """A quick configuration, without batch norm and average unless it is like `PLUS`."""
    return build({**(PLUS if options.get("preset") == "plus" else PAPER), **options, "bits": bits})


def weights_of(network: SpikingNetwork) -> dict[str, Tensor]:
    """A copy of a network's tensors."""
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    """Whether all tensors are equal."""
    return one.keys() == other.keys() and all(value.equal(other[name]) for name, value in one.items())


@pytest.mark.parametrize("neuron", ["leaky", "relu"])
@pytest.mark.parametrize("bits", FEW_BITS)
def test_a_gradient_by_quantised_weights_changes_those_of_full_precision(bits: int, neuron: str) -> None:
    """A step of Adam by hand, from the weights of full precision."""
    options = {"neuron": neuron} | ({"num_steps": 1} if neuron == "relu" else {})
    training = Training(config(bits, **options))
    masters = weights_of(training.network)
    other = SpikingNetwork(training.network.spec)
    other.load_state_dict(quantised(masters, bits))
    recipe = Recipe.of(config(bits, **options), PNEUMONIA)
    batches: list[tuple[Batch, Tensor]] = []
    learn = training.engine.learn

    def noted(batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        assert same(weights_of(training.network), weights_of(other))
        batches.append((batch, labels))
        return learn(batch, labels, num_steps)

    training.engine.learn = noted  # type: ignore[method-assign]
    training.run(1)
    loss = ReferenceEngine(other, recipe).learn(*batches[0])
    assert training.batches[0].loss == loss
    gradients = [parameter.grad for parameter in other.parameters()]
    other.load_state_dict(masters)
    optimizer = torch.optim.Adam(other.parameters(), 1e-3)
    for parameter, gradient in zip(other.parameters(), gradients, strict=True):
        parameter.grad = gradient
    optimizer.step()
    trained = training.trainer.state()["weights"]
    assert same(trained, weights_of(other))
    assert all(not trained[name].equal(value) for name, value in masters.items() if is_quantised(value))
    assert same(training.trainer.evaluation_weights, quantised(trained, bits))


@pytest.mark.parametrize("bits", FEW_BITS)
def test_val_and_the_end_are_judged_by_the_quantised_average(bits: int) -> None:
    training = Training(config(bits, preset="plus"))
    average = Average(training.network, 0.9)
    judged: list[dict[str, Tensor]] = []
    predict = training.engine.predict

    def noted(batch: Batch, labels: Tensor | None = None) -> object:
        judged.append(weights_of(training.network))
        return predict(batch, labels)

    training.engine.predict = noted  # type: ignore[method-assign, assignment]
    for step in training.trainer.run():
        if isinstance(step, BatchTrained):
            average.update(training.network)  # it has those of full precision between batches
        else:
            assert same(judged[-1], quantised(average.weights, bits))
    assert same(weights_of(training.network), quantised(average.weights, bits))


@pytest.mark.parametrize(
    ("bits", "stop", "options"),
    [
        (4, 3, {}),
        (2, 5, {"keep": "best"}),
        (8, 4, {"preset": "plus"}),
        (2, 7, {"preset": "plus", "keep": "best", "lr": 0.06}),
    ],
)
def test_stopped_and_gone_on_with_to_the_last_byte(bits: int, stop: int, options: dict[str, object]) -> None:
    whole, stopped, resumed = (Training(config(bits, **options)) for _ in range(3))
    whole.run()
    stopped.run(stop)
    resumed.trainer.load_state(state_from_bytes(state_to_bytes(stopped.trainer.state()), "x"))
    resumed.run()
    assert resumed.weights == whole.weights
    assert state_to_bytes(resumed.trainer.state()) == state_to_bytes(whole.trainer.state())


def test_the_state_amid_a_batch_has_the_weights_of_full_precision() -> None:
    """Another thread may save then; and whatever ends the batch, the network has them again."""
    training = Training(config(4, preset="plus"))
    training.run(2)
    before, to_judge = training.trainer.state(), training.trainer.evaluation_weights
    state = state_to_bytes(before)
    amid: list[bytes] = []

    def learn_and_fail(batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        ReferenceEngine.learn(training.engine, batch, labels, num_steps)
        assert not same(weights_of(training.network), before["weights"])

        def save_state() -> None:
            with training.trainer.lock:
                amid.append(state_to_bytes(training.trainer.state()))
                assert same(training.trainer.evaluation_weights, to_judge)
                amid.append(b"judged")

        thread = threading.Thread(target=save_state)
        thread.start()
        thread.join()
        raise RankLost("another process")

    training.engine.learn = learn_and_fail  # type: ignore[method-assign]
    with pytest.raises(RankLost):
        training.run()
    assert amid == [state, b"judged"]
    assert state_to_bytes(training.trainer.state()) == state
    parameters = {name: value.detach() for name, value in training.network.named_parameters()}
    assert same(parameters, {name: before["weights"][name] for name in parameters})


def test_floats_are_never_quantised(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Training(config(32, preset="plus")).run()
    monkeypatch.setattr("snn_tui.snn.quantisation.quantise", None)
    again = Training(config(32, preset="plus")).run()
    assert again.weights == expected.weights
    state = again.network.state_dict()
    assert checkpoint_to_bytes(state, {"epoch": "3"}) == weights_to_bytes(state, {"epoch": "3"})


@pytest.mark.parametrize("preset", ["paper", "plus"])
@pytest.mark.parametrize("bits", FEW_BITS)
def test_engines_train_alike(bits: int, preset: str) -> None:
    """Loss and gradients of a batch, from the same weights of full precision.

    Not with max pools and biases: sums of integers are often equal, and where a bias is added first (fused)
    rounding decides which of the pixels is the largest.
    """
    found: dict[str, tuple[float, dict[int, dict[str, Tensor]]]] = {}
    for name in ENGINES:
        layers = "4C5-AP2-6C3-GAP" if preset == "paper" else "4C3-MP2-6C3-GAP"
        options = config(bits, preset=preset, layers=layers)
        network = SpikingNetwork(NetworkSpec.of(options, PNEUMONIA), options.seed)
        engine = choose(name, network, Recipe.of(options, PNEUMONIA), store=KERNELS).engine
        trainer = Trainer(options, network, engine, SPLITS)
        step = next(iter(trainer.run()))
        assert isinstance(step, BatchTrained)
        found[name] = step.loss, trainer.state()["optimizer"]["state"]
    expected_loss, expected = found.pop("reference")
    for loss, moments in found.values():
        assert loss == pytest.approx(expected_loss, rel=1e-5)
        for index, moment in expected.items():
            mine, theirs = moments[index]["exp_avg"], moment["exp_avg"]
            assert float((mine - theirs).norm()) <= 1e-4 * float(theirs.norm()) + 1e-9


@pytest.mark.parametrize("bits", FEW_BITS)
def test_a_checkpoint_has_integers_times_scales(bits: int) -> None:
    training = Training(config(bits, preset="plus"))
    training.run()
    facts = {"bits": str(bits), "epoch": "3"}
    content = checkpoint_to_bytes(training.network.state_dict(), facts)
    tensors, scaled = load(content), 0
    for name, scales in tensors.items():
        if name.endswith(".scale"):
            weight = tensors[name.removesuffix(".scale")].double()
            scales = scales.double().view(-1, *[1] * (weight.dim() - 1))
            integers = (weight / scales.where(scales > 0, 1.0)).round()
            assert float(integers.abs().max()) == 2 ** (bits - 1) - 1
            assert torch.equal(integers * scales, weight)
            scaled += 1
    assert scaled == 3
    opened = SpikingNetwork(training.network.spec, 5)
    load_weights(opened, content, "x")
    assert same(weights_of(opened), weights_of(training.network))
    begun = SpikingNetwork(training.network.spec, 6)
    load_initial(begun, content, "x")
    name = "layers.conv2.synapses.0.weight"
    assert begun.state_dict()[name].equal(tensors[name])


@pytest.mark.parametrize("fault", ["weight", "scale", "none", "more", "bits", "no bits", "words"])
def test_a_checkpoint_whose_scales_are_not_of_its_weights_is_refused(fault: str) -> None:
    network = SpikingNetwork(NetworkSpec(), 1)
    name = "layers.conv2.synapses.0.weight"
    network.load_state_dict(quantised(network.state_dict(), 4))
    tensors = load(checkpoint_to_bytes(network.state_dict(), {"bits": "4"}))
    metadata = {"bits": {"bits": "3", "words": "four"}.get(fault, "4")}
    match fault:
        case "weight":
            tensors[name][3, 2, 1, 0] += 1e-4
        case "scale":
            tensors[f"{name}.scale"][3] *= 1.5
        case "none":
            del tensors[f"{name}.scale"]
        case "more":
            tensors["layers.conv2.synapses.0.bias.scale"] = torch.ones(32)
        case "no bits":
            metadata = {}
    before = weights_of(network)
    with pytest.raises(RunError) as error:
        load_weights(network, save(tensors, metadata), "model.safetensors")
    assert error.value.where == "model.safetensors"
    assert same(weights_of(network), before)
