"""Every engine against the reference: the same spikes, the same ties, the same gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from typed import present

from snn.parity import (
    FURTHER,
    NEAR,
    NORMED,
    REGIMES,
    SPECS,
    alone,
    closest_in_training,
    images,
    network,
    parted,
    with_firing_outputs,
)
from snn_tui.config.build import build
from snn_tui.config.layers import parse
from snn_tui.config.run_config import OPTIONS
from snn_tui.data import phantom
from snn_tui.errors import UsageError
from snn_tui.snn import engines
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Engine, Recipe, registry
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.engines.fused import engine as fused
from snn_tui.snn.engines.fused.engine import FusedEngine
from snn_tui.snn.engines.fused.jit import Store
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.engines.registry import choose
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import load_weights
from snn_tui.values.task import PNEUMONIA

STEPS = 9
SEED = 2**31 + 5
KERNELS: dict[str, bytes] = {}
"""Compiled once for all tests."""


def made_by(kind: registry.EngineKind, network: SpikingNetwork, recipe: Recipe) -> Engine:
    """An engine with the kernels of all tests."""
    return kind.make(network, recipe, "float32", KERNELS)


Make = Callable[[SpikingNetwork, Recipe], Engine]
ENGINES: dict[str, Make] = {
    name: partial(made_by, kind) for name, kind in registry.ENGINES.items() if name != registry.REFERENCE
}
"""Every engine that is not the reference."""


def gradients(
    engine: Engine, of: SpikingNetwork, batch: Batch, labels: Tensor, num_steps: int | None = None
) -> tuple[float, list[Tensor]]:
    """The loss, and the gradients by all parameters."""
    loss = engine.learn(batch, labels, num_steps)
    return loss, [present(parameter.grad).clone() for parameter in of.parameters()]


def assert_close(found: list[Tensor], expected: list[Tensor], of: SpikingNetwork) -> None:
    """Within 1e-4 of each parameter's gradient as a whole, or what rounding leaves where all cancels.

    That by a beta is one number, a sum over all neurons and steps in which most cancels: within 1e-3, or 1e-6
    of the gradient by everything.
    """
    whole = float(torch.stack([theirs.norm() for theirs in expected]).norm())
    for (name, _), mine, theirs in zip(of.named_parameters(), found, expected, strict=True):
        assert mine.shape == theirs.shape
        share, rounding = (1e-3, 1e-6 * whole) if name.endswith("beta") else (1e-4, 1e-9)
        assert float((mine - theirs).norm()) <= share * float(theirs.norm()) + rounding, name


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("name", ENGINES)
def test_same_spikes_and_gradients(name: str, spec: str, regime: str, seed: int) -> None:
    assert_same_spikes_and_gradients(name, SPECS[spec], regime, seed)


@pytest.mark.parametrize("regime", ["sparse", "half"])
@pytest.mark.parametrize("spec", FURTHER)
def test_same_spikes_and_gradients_of_other_networks(spec: str, regime: str) -> None:
    assert_same_spikes_and_gradients("fused", FURTHER[spec], regime, 0)


def assert_same_spikes_and_gradients(name: str, spec: NetworkSpec, regime: str, seed: int) -> None:
    of = network(spec, regime, seed)
    engine, reference = ENGINES[name](of, Recipe(STEPS, SEED)), ReferenceEngine(of, Recipe(STEPS, SEED))
    batch, labels = images(of.spec, seed=seed)
    keep = ~parted(of, batch, STEPS, SEED, engine.record(batch), name)
    assert int(keep.sum()) >= 7, "too many images to be by chance"
    batch, labels = alone(batch, keep), labels[keep]
    expected_loss, expected = gradients(reference, of, batch, labels)
    loss, found = gradients(engine, of, batch, labels)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert_close(found, expected, of)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("classes", [2, 3, 5, 14, 64])
def test_any_number_of_classes_and_channels(classes: int, channels: int) -> None:
    spec = NetworkSpec(parse("6C5-MP2-9C3-MP2"), size=19, channels=channels, classes=classes)
    of, recipe = with_firing_outputs(network(spec, "half", classes)), Recipe(STEPS, SEED)
    engine, reference = FusedEngine(of, recipe, KERNELS), ReferenceEngine(of, recipe)
    batch, labels = images(spec, count=24)
    keep = ~parted(of, batch, STEPS, SEED, engine.record(batch), "fused")
    assert int(keep.sum()) >= 20
    batch, labels = alone(batch, keep), labels[keep]
    mine, theirs = engine.predict(batch, labels), reference.predict(batch, labels)
    assert 0.05 < float(theirs.spikes_out.mean()) < 0.95
    assert torch.equal(mine.spikes_out, theirs.spikes_out)
    assert torch.allclose(present(mine.losses), present(theirs.losses), atol=1e-6)
    expected_loss, expected = gradients(reference, of, batch, labels)
    loss, found = gradients(engine, of, batch, labels)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert_close(found, expected, of)


@pytest.mark.parametrize(("smoothing", "weighted"), [(0.0, False), (0.0, True), (0.2, True)])
@pytest.mark.parametrize("loss", ["rate", "current"])
@pytest.mark.parametrize(
    ("several", "classes"), [(False, 2), (False, 3), (False, 14), (True, 1), (True, 3), (True, 14)]
)
def test_every_loss(several: bool, classes: int, loss: str, smoothing: float, weighted: bool) -> None:
    spec = NetworkSpec(parse("6C5-MP2-9C3-MP2"), size=19, classes=classes, integrate=loss == "current")
    factors = tuple(0.25 + 1.5 * index for index in range(classes)) if weighted else None
    recipe = Recipe(STEPS, SEED, 6, "rate", loss, smoothing, several_labels=several, class_weights=factors)
    of = with_firing_outputs(network(spec, "half", classes + 1))
    engine, reference = FusedEngine(of, recipe, KERNELS), ReferenceEngine(of, recipe)
    batch, labels = images(spec, count=24)
    if several:
        labels = torch.randint(0, 2, (24, classes), generator=torch.Generator().manual_seed(1)).float()
    keep = ~parted(of, batch, STEPS, SEED, engine.record(batch), "fused")
    assert int(keep.sum()) >= 20
    batch, labels = alone(batch, keep), labels[keep]
    mine, theirs = engine.predict(batch, labels), reference.predict(batch, labels)
    assert 0.05 < float(theirs.spikes_out.mean()) < 0.95
    assert torch.allclose(present(mine.losses), present(theirs.losses), atol=1e-6, rtol=1e-5)
    expected_loss, expected = gradients(reference, of, batch, labels)
    found_loss, found = gradients(engine, of, batch, labels)
    assert found_loss == pytest.approx(expected_loss, rel=1e-5, abs=1e-7)
    assert_close(found, expected, of)


@pytest.mark.parametrize("regime", ["sparse", "half"])
@pytest.mark.parametrize(
    "spec", ["paper", "two channels, wide", "rows left over by pooling", "padding", "all but batch norm"]
)
def test_direct_coding(spec: str, regime: str) -> None:
    of = network((SPECS | FURTHER)[spec], regime)
    recipe = Recipe(STEPS, encoding="direct")
    engine, reference = FusedEngine(of, recipe, KERNELS), ReferenceEngine(of, recipe)
    batch, labels = images(of.spec)
    keep = ~parted(of, batch, STEPS, 0, engine.record(batch), "fused", "direct")
    assert int(keep.sum()) >= 7
    batch, labels = alone(batch, keep), labels[keep]
    expected_loss, expected = gradients(reference, of, batch, labels)
    loss, found = gradients(engine, of, batch, labels)
    assert loss == pytest.approx(expected_loss, rel=1e-5)
    assert_close(found, expected, of)


@pytest.mark.parametrize("regime", REGIMES)
def test_regimes_are_what_they_say(regime: str) -> None:
    of = network(SPECS["paper"], regime)
    rate = ReferenceEngine(of, Recipe(STEPS, SEED)).predict(images(of.spec)[0]).rates["conv1"]
    low, high = {"silent": (0, 0), "sparse": (0.03, 0.1), "half": (0.4, 0.6), "saturated": (1, 1)}[regime]
    assert low <= rate <= high


@pytest.mark.parametrize("kind", [ReferenceEngine, BatchedEngine])
def test_a_prediction_of_many_steps_is_made_in_parts(
    kind: type[ReferenceEngine | BatchedEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = network(SPECS["paper"])
    batch, labels = images(of.spec, count=9)
    engine = kind(of, Recipe(STEPS, SEED))
    whole, frames = engine.predict(batch, labels), []
    encode = Recipe.encode

    def counted(self: Recipe, part: Batch, num_steps: int) -> Tensor:
        frames.append(len(part.images) * num_steps)
        return encode(self, part, num_steps)

    monkeypatch.setattr(Recipe, "encode", counted)
    values = of.spec.layers.values(of.spec.size, padded=of.spec.padded)
    monkeypatch.setattr(engines, "CHUNK_VALUES", 2 * STEPS * values)
    parts = engine.predict(batch, labels)
    assert frames == [2 * STEPS] * 4 + [STEPS]
    assert torch.equal(parts.counts, whole.counts)
    assert torch.allclose(present(parts.losses), present(whole.losses), atol=1e-6)
    assert parts.rates == pytest.approx(whole.rates, abs=1e-6)


@pytest.mark.parametrize("name", ENGINES)
def test_predictions_agree(name: str) -> None:
    of = network(SPECS["paper"])
    batch, labels = images(of.spec, count=21)
    engine, reference = ENGINES[name](of, Recipe(STEPS, SEED)), ReferenceEngine(of, Recipe(STEPS, SEED))
    keep = ~parted(of, batch, STEPS, SEED, engine.record(batch), name)
    mine, theirs = (some.predict(alone(batch, keep), labels[keep]) for some in (engine, reference))
    assert torch.equal(mine.counts, theirs.counts)
    assert mine.counts.dtype == torch.int64
    assert torch.allclose(mine.membranes, theirs.membranes, atol=1e-5)
    assert mine.losses is not None
    assert theirs.losses is not None
    assert torch.allclose(mine.losses, theirs.losses, atol=1e-6)
    assert mine.rates == pytest.approx(theirs.rates, abs=1e-6)
    assert list(mine.rates) == list(theirs.rates)
    assert engine.predict(batch).losses is None


@pytest.mark.parametrize("name", ENGINES)
def test_ties_in_a_pool_go_to_the_first_as_in_torch(name: str) -> None:
    """Uniform images tie everywhere, so which position wins decides the whole gradient."""
    of = network(SPECS["paper"])
    pixels = torch.zeros(4, 1, 28, 28, dtype=torch.uint8)
    pixels[1], pixels[2, :, :, 14:], pixels[3, :, 7:9] = 255, 255, 255
    batch, labels = Batch(pixels, torch.arange(4), 0, Stream.TRAIN), torch.tensor([0, 1, 0, 1])
    engine, reference = ENGINES[name](of, Recipe(STEPS, SEED)), ReferenceEngine(of, Recipe(STEPS, SEED))
    for one in range(4):
        only = torch.arange(4) == one
        part = alone(batch, only)
        expected = gradients(reference, of, part, labels[only])[1]
        assert_close(gradients(engine, of, part, labels[only])[1], expected, of)


@pytest.mark.parametrize("name", ENGINES)
def test_order_of_a_batch_changes_no_spike(name: str) -> None:
    of = network(SPECS["paper"])
    batch, _ = images(of.spec, count=20)
    engine = ENGINES[name](of, Recipe(STEPS, SEED))
    order = torch.randperm(20, generator=torch.Generator().manual_seed(1))
    mixed = Batch(batch.images[order], batch.ids[order], torch.as_tensor(batch.draws)[order], batch.stream)
    straight, shuffled = engine.record(batch), engine.record(mixed)
    for layer, spikes in straight.spikes.items():
        assert torch.equal(spikes[:, order], shuffled.spikes[layer])


@pytest.mark.parametrize("name", ENGINES)
def test_the_shipped_network_on_phantoms(name: str) -> None:
    """Trained weights, images that look like x-rays, and all 20 steps."""
    of = SpikingNetwork(NetworkSpec())
    shipped = Path(__file__).parents[2] / "checkpoints" / "pneumonia-paper" / "model.safetensors"
    load_weights(of, shipped.read_bytes(), str(shipped))
    test = phantom.generate().splits["test"]
    pixels = torch.from_numpy(test.images[:64]).unsqueeze(1)
    batch, labels = Batch(pixels, torch.arange(64), 0, Stream.TEST), torch.from_numpy(test.labels[:64]).long()
    engine, reference = ENGINES[name](of, Recipe(20)), ReferenceEngine(of, Recipe(20))
    keep = ~parted(of, batch, 20, 0, engine.record(batch), name)
    assert int(keep.sum()) >= 56
    part = alone(batch, keep)
    expected = gradients(reference, of, part, labels[keep])[1]
    assert_close(gradients(engine, of, part, labels[keep])[1], expected, of)


@pytest.mark.parametrize(
    ("spec", "several"), [("paper", False), ("colour", True), ("as plus, events alone", False)]
)
def test_threads_change_nothing(spec: str, several: bool) -> None:
    of = network((SPECS | FURTHER | NORMED)[spec])
    batch, labels = images(of.spec, count=43)
    if several:
        labels = torch.stack([labels, 1 - labels], 1).float()
    found = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            engine = FusedEngine(of, Recipe(STEPS, SEED, several_labels=several), KERNELS)
            found.append([gradients(engine, of, batch, labels) for _ in range(3)])
    finally:
        torch.set_num_threads(before)
    first = found[0][0]
    for loss, values in [*found[0], *found[1]]:
        assert loss == first[0]
        assert all(torch.equal(one, other) for one, other in zip(values, first[1], strict=True))


def test_steps_may_change_without_new_kernels() -> None:
    of = network(SPECS["one block"])
    store: dict[str, bytes] = {}
    batch, labels = images(of.spec)
    for steps in (1, 2, 33):
        engine, reference = FusedEngine(of, Recipe(steps, 7), store), ReferenceEngine(of, Recipe(steps, 7))
        keep = ~parted(of, batch, steps, 7, engine.record(batch), "fused")
        part = alone(batch, keep)
        expected = gradients(reference, of, part, labels[keep])[1]
        assert_close(gradients(engine, of, part, labels[keep])[1], expected, of)
    assert len(store) == 1


def test_steps_of_training_and_of_judging_may_differ() -> None:
    of = network(SPECS["one block"])
    batch, labels = images(of.spec)
    for steps, train_steps in ((7, 4), (4, 7)):
        recipe = Recipe(steps, SEED, train_steps)
        engine, reference = FusedEngine(of, recipe, KERNELS), ReferenceEngine(of, recipe)
        expected = gradients(reference, of, batch, labels)[1]
        assert_close(gradients(engine, of, batch, labels)[1], expected, of)
        assert engine.predict(batch).spikes_out.shape == reference.predict(batch).spikes_out.shape


def test_kernels_are_kept_by_all_that_they_are_generated_from() -> None:
    """Another network never gets kernels that do not fit it."""
    spec = NetworkSpec(parse("5C3-MP2"), size=16)
    recipe = Recipe(STEPS, SEED)
    others = [
        (replace(spec, classes=3), recipe),
        (replace(spec, channels=3), recipe),
        (replace(spec, size=17), recipe),
        (replace(spec, surrogate="arctan"), recipe),
        (replace(spec, layers=parse("5C4-MP2")), recipe),
        (replace(spec, layers=parse("5C3-AP2")), recipe),
        (replace(spec, layers=parse("5C3")), recipe),
        (replace(spec, learn_beta=True), recipe),
        (replace(spec, padded=True), recipe),
        (spec, replace(recipe, several_labels=True)),
        (spec, replace(recipe, encoding="direct")),
        (spec, replace(recipe, loss="current")),
        (spec, replace(recipe, loss="current", several_labels=True)),
        (spec, replace(recipe, loss="current", loss_steps="every")),
        (spec, replace(recipe, spike_penalty=1.0)),
    ]
    store: dict[str, bytes] = {}
    for number, (other, way) in enumerate([(spec, recipe), *others], 1):
        FusedEngine(SpikingNetwork(other), way, store)
        assert len(store) == number
    for same in (replace(spec, beta=0.3), replace(spec, integrate=True)):
        FusedEngine(SpikingNetwork(same), replace(recipe, label_smoothing=0.1, class_weights=(1, 2)), store)
    other_weight = replace(recipe, spike_penalty=2.0, spike_target=0.1)
    FusedEngine(SpikingNetwork(spec), other_weight, store)
    assert len(store) == number


def test_kernels_are_taken_from_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    of = network(SPECS["one block"])
    store: dict[str, bytes] = {}
    first = FusedEngine(of, Recipe(STEPS, SEED), store)
    (code,) = store.values()
    asked = []

    class Watched(dict[str, bytes]):
        def get(self, name: str, default: object = None) -> bytes | None:  # type: ignore[override]
            asked.append(name)
            return super().get(name)

    monkeypatch.setattr("snn_tui.snn.engines.fused.jit._optimise", None)  # not called again
    second = FusedEngine(of, Recipe(STEPS, SEED), Watched(store))
    assert asked == list(store)
    assert store == {asked[0]: code}
    batch, _ = images(of.spec)
    assert torch.equal(first.record(batch).membranes, second.record(batch).membranes)


def test_learning_goes_the_same_way() -> None:
    """Ten steps of Adam on the same images end with nearly the same weights, whichever engine."""
    ends = {}
    batch, labels = images(SPECS["paper"], count=16)
    for name, make in {"reference": ReferenceEngine, **ENGINES}.items():
        of = network(SPECS["paper"], "sparse", 4)
        engine, optimizer = make(of, Recipe(STEPS, SEED)), torch.optim.Adam(of.parameters(), 1e-3)
        losses = []
        for _ in range(10):
            losses.append(engine.learn(batch, labels))
            optimizer.step()
        ends[name] = losses
        assert losses[-1] < losses[0]
    for name in ENGINES:
        assert ends[name] == pytest.approx(ends["reference"], abs=0.02)


@pytest.mark.parametrize(
    ("spec", "steps", "why"),
    [
        (NetworkSpec(size=300, channels=3), 20, "at 20 steps and 300 pixels a side"),
        (NetworkSpec(parse("12C9-MP2-32C3-MP2")), 20, "first kernel of 9 pixels"),
        (NetworkSpec(parse("12C8-AP2-32C3-MP2")), 20, "first kernel of 8 pixels"),
        (NetworkSpec(size=54, padded=True), 20, "padding around rate-coded images of 54 pixels a side"),
        (NetworkSpec(), 5000, "131 MB for each image"),
        (NetworkSpec(parse("900C8-MP2-4C3-MP2"), channels=3), 20, "tables"),
    ],
)
def test_what_is_not_covered_is_said(spec: NetworkSpec, steps: int, why: str) -> None:
    of = SpikingNetwork(spec)
    assert why in fused.obstacle(of, Recipe(steps))
    chosen = choose("auto", of, Recipe(steps))
    assert chosen.engine.name == "batched"
    assert why in chosen.note
    with pytest.raises(UsageError, match=why):
        choose("fused", of, Recipe(steps))


CHOICES = [
    (name, choice)
    for name, option in OPTIONS.items()
    for choice in option.choices or ()
    if name in {field.name for field in fields(NetworkSpec)} | {field.name for field in fields(Recipe)}
    or name in ("norm", "padding", "leak", "readout")
    if name != "neuron"  # of which the fused engine covers one; see test_dense
]


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_no_option_is_passed_over(name: str, choice: str) -> None:
    """Each choice is covered, and the loss is the reference's."""
    needed = {"loss": "current"} if name == "loss_steps" else {}  # the loss on spikes has no such choice
    config = build({"layers": "4C3-MP2-5C3", "num_steps": 3, name: choice} | needed)
    spec, recipe = NetworkSpec.of(config, PNEUMONIA), Recipe.of(config, PNEUMONIA)
    batch, labels = images(spec)
    assert not fused.obstacle(SpikingNetwork(spec), recipe)
    mine, theirs = (SpikingNetwork(spec) for _ in range(2))
    found = FusedEngine(mine, recipe, KERNELS).learn(batch, labels)
    assert found == pytest.approx(ReferenceEngine(theirs, recipe).learn(batch, labels), rel=1e-5)


def test_all_that_is_not_covered_is_listed() -> None:
    spec = NetworkSpec(parse("80C9-MP2"), size=54, padded=True)
    assert fused.obstacle(SpikingNetwork(spec), Recipe(20, encoding="latency")) == (
        "latency coding, padding around rate-coded images of 54 pixels a side (48 at most), "
        "a first kernel of 9 pixels (8 at most)"
    )


PLUS = NORMED["as plus"]
PLUS_RECIPE = Recipe(7, SEED, 4, encoding="direct", loss="current", label_smoothing=0.1)


@pytest.mark.parametrize("recipe", [PLUS_RECIPE, Recipe(6, SEED)], ids=["direct", "rate"])
@pytest.mark.parametrize("spec", NORMED)
@pytest.mark.parametrize("name", ENGINES)
def test_batch_norm(name: str, spec: str, recipe: Recipe) -> None:
    """It mixes images: a batch with one membrane next to the threshold is left out."""
    compared = 0
    for seed in range(4):
        found = []
        for make in (ReferenceEngine, ENGINES[name]):
            of = SpikingNetwork(NORMED[spec], seed)
            batch, labels = images(of.spec, seed=seed)
            with torch.no_grad():
                for module in of.modules():
                    if isinstance(module, nn.BatchNorm2d):  # let neurons fire
                        module.weight.add_(0.5)
                        module.bias.add_(0.5)
            engine = make(of, recipe)
            closest = closest_in_training(of, recipe.encode(batch, recipe.learning_steps))
            loss, by_parameter = gradients(engine, of, batch, labels)
            found.append((loss, by_parameter, engine.record(batch), of.state_dict(), engine, of))
        (loss, wanted, shown, buffers, reference, _), (other, got, also, others, engine, of) = found
        if closest < NEAR:
            continue
        assert all(torch.allclose(others[name].float(), buffers[name].float(), atol=1e-5) for name in buffers)
        if any(not torch.equal(also.spikes[name], spikes) for name, spikes in shown.spikes.items()):
            continue
        compared += 1
        assert 0.02 < float(shown.spikes["conv1"].mean()) < 0.9
        assert torch.allclose(also.membranes, shown.membranes, atol=1e-5)
        assert other == pytest.approx(loss, rel=1e-5)
        for (parameter, _), gradient, by_reference in zip(of.named_parameters(), got, wanted, strict=True):
            scale = float(by_reference.norm()) + 1e-6
            assert float((gradient - by_reference).norm()) < 1e-3 * scale, parameter
        there, here = reference.predict(batch, labels), engine.predict(batch, labels)
        assert torch.equal(there.counts, here.counts)
        assert torch.allclose(present(there.losses), present(here.losses), atol=1e-5)
        assert here.rates == pytest.approx(there.rates)
    assert compared >= 2


def test_counts_of_integrating_outputs_tell_the_summed_current() -> None:
    """Spikes times threshold and what is left on the membrane are all that came in."""
    of = SpikingNetwork(PLUS, 3)
    shown = of.eval().over_time(PLUS_RECIPE.encode(images(PLUS)[0], 7))["out"]
    before_last = shown.spikes[:-1].sum(0) * PLUS.threshold
    assert torch.allclose(shown.currents.sum(0), shown.membranes[-1] + before_last, atol=1e-5)


def test_engines_can_be_chosen_and_are_described() -> None:
    assert {"auto", *registry.ENGINES} == set(OPTIONS["engine"].choices)
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    for name in registry.ENGINES:
        assert name in OPTIONS["engine"].help
        assert f"`{name}`" in readme


def test_choice() -> None:
    of = SpikingNetwork(NetworkSpec())
    for name, expected in {
        "auto": "fused",
        "fused": "fused",
        "batched": "batched",
        "reference": "reference",
    }.items():
        chosen = choose(name, of, Recipe(20), store=KERNELS)
        assert (chosen.engine.name, chosen.note) == (expected, "")
    assert choose("auto", of, Recipe(20), precision="bfloat16").engine.name == "batched"
    assert [registry.for_device(name, torch.device("cuda")) for name in ("fused", "batched", "auto")] == [
        "auto",
        "batched",
        "auto",
    ]
    with pytest.raises(UsageError, match="float32"):
        choose("fused", of, Recipe(20), precision="bfloat16")


def test_without_a_compiler_another_engine_is_taken_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*arguments: object) -> None:
        raise RuntimeError("no such target")

    monkeypatch.setattr(fused, "compile_module", fails)
    chosen = choose("auto", SpikingNetwork(NetworkSpec()), Recipe(20))
    assert chosen.engine.name == "batched"
    assert "no such target" in chosen.note
    with pytest.raises(UsageError, match="no such target"):
        choose("fused", SpikingNetwork(NetworkSpec()), Recipe(20))


def test_bfloat16_convolutions_leave_membranes_in_float32() -> None:
    of = network(SPECS["paper"])
    batch, labels = images(of.spec)
    engine = BatchedEngine(of, Recipe(STEPS, SEED), half=True)
    recording = engine.record(batch)
    assert recording.membranes.dtype == torch.float32
    assert recording.spikes["conv1"].dtype == torch.float32
    exact = BatchedEngine(of, Recipe(STEPS, SEED)).record(batch)
    same = (recording.spikes["conv1"] == exact.spikes["conv1"]).float().mean()
    assert 0.98 < float(same) < 1
    loss, found = gradients(engine, of, batch, labels)
    assert all(bool(torch.isfinite(gradient).all()) for gradient in found)
    assert loss == pytest.approx(
        gradients(BatchedEngine(of, Recipe(STEPS, SEED)), of, batch, labels)[0], abs=0.1
    )


def test_what_the_kernels_would_misread_is_refused() -> None:
    of = network(SPECS["paper"])
    engine = FusedEngine(of, Recipe(2), KERNELS)
    batch, labels = images(of.spec)
    for wrong in (batch.images[:, :, 1:], batch.images.float(), batch.images[:3]):
        with pytest.raises(ValueError, match="not"):
            engine.predict(Batch(wrong, batch.ids, batch.draws, batch.stream))
    for wrong in (labels[:3], labels + 2, labels - 2):
        with pytest.raises(ValueError, match="labels"):
            engine.learn(batch, wrong)


def test_store_is_any_mapping() -> None:
    store: Store = {}
    FusedEngine(network(SPECS["one block"]), Recipe(2), store)
    assert all(isinstance(code, bytes) for code in store.values())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU here")
def test_on_cuda_a_replayed_graph_does_what_the_reference_does() -> None:
    """Three batches, the last one smaller, so that a graph is captured, replayed, and captured anew."""
    device = torch.device("cuda")
    of = network(SPECS["paper"], "sparse").to(device)
    engine, reference = (
        choose("auto", of, Recipe(STEPS, SEED)).engine,
        ReferenceEngine(of, Recipe(STEPS, SEED)),
    )
    assert engine.name == "batched"
    for count, seed in ((32, 0), (32, 1), (7, 2)):
        batch, labels = images(of.spec, count, seed)
        batch = Batch(
            batch.images.to(device),
            batch.ids.to(device),
            torch.as_tensor(batch.draws).to(device),
            batch.stream,
        )
        expected_loss, expected = gradients(reference, of, batch, labels.to(device))
        loss, found = gradients(engine, of, batch, labels.to(device))
        assert loss == pytest.approx(expected_loss, rel=1e-3)
        for mine, theirs in zip(found, expected, strict=True):
            assert float((mine - theirs).norm()) <= 1e-2 * float(theirs.norm()) + 1e-9
