"""Images, codings and networks as the inspector's process shows them, asked over real pipes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from typed import synapses

from inspector.process import InspectorProcess
from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.data.balance import balance
from snn_tui.data.phantoms import generate_task
from snn_tui.data.registry import load
from snn_tui.evaluation.bench.dense import training_flops
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector import data_messages, messages, model_messages, run_messages
from snn_tui.inspector.data_messages import Coding
from snn_tui.inspector.run_messages import RunRef
from snn_tui.inspector.thumbnails import shrunk
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.snn.engines import Recipe
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.values.energy_constants import EnergyConstants
from snn_tui.values.image_ref import SplitImage
from snn_tui.values.task import Task


@pytest.fixture(scope="module")
def inspector() -> Iterator[InspectorProcess]:
    """A process for the whole room, in which no run was opened."""
    made = InspectorProcess(SNN_TUI_DATA="")
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.fixture
def config(tiny_file: Path) -> RunConfig:
    """A configuration of 40, 20 and 20 images, of which nothing was trained."""
    return build({"data": str(tiny_file), "seed": 3})


def test_the_data_are_described_before_any_run_exists(inspector: InspectorProcess, config: RunConfig) -> None:
    facts = inspector.ask(data_messages.DescribeData(config))
    assert isinstance(facts, data_messages.DataFacts)
    dataset = load(config)
    assert facts.summary.before == dataset.counts()
    assert facts.summary.after == balance(dataset, "undersample", 3).counts()
    assert facts.labels == {split: part.labels.tobytes() for split, part in dataset.splits.items()}
    assert (facts.stand_in, facts.summary.synthetic) == (False, False)


def test_loaded_images_are_the_images_asked_for_and_knows_which_are_kept(
    inspector: InspectorProcess, config: RunConfig
) -> None:
    dataset = load(config)
    for way in ("undersample", "none"):
        asked = msgspec.structs.replace(config, balance=way)
        kept = set(balance(dataset, way, 3).splits["train"].ids.tolist())
        loaded = inspector.ask(data_messages.LoadImages(asked, "train", [*range(40)][::-1]))
        assert isinstance(loaded, data_messages.LoadedImages)
        assert [image.index for image in loaded.images] == [*range(40)][::-1]
        for image in loaded.images:
            assert image.picture.pixels == dataset.splits["train"].images[image.index].tobytes()
            assert image.picture.label == dataset.splits["train"].labels[image.index]
            assert image.kept == (image.index in kept)


def test_a_coding_is_that_of_the_evaluation(inspector: InspectorProcess, finished: RunDir) -> None:
    own = msgspec.json.decode(finished.config.read_bytes(), type=RunConfig)
    for draw in (0, 2):
        seen = inspector.ask(run_messages.TraceImage(RunRef(str(finished.path)), SplitImage("val", 5), draw))
        encoded = inspector.ask(data_messages.EncodeImage(own, "val", 5, Coding(), 100, draw))
        assert isinstance(seen, run_messages.TraceResult)
        assert isinstance(encoded, data_messages.EncodedImage)
        assert encoded.frames[: seen.trace.num_steps] == seen.trace.spikes_in
        assert encoded.num_steps == 100


def test_latency_spikes_once_and_direct_is_the_picture(
    inspector: InspectorProcess, config: RunConfig
) -> None:
    once = inspector.ask(data_messages.EncodeImage(config, "test", 1, Coding(kind="latency", clip=False), 30))
    assert isinstance(once, data_messages.EncodedImage)
    frames = np.frombuffer(b"".join(once.frames), np.uint8).reshape(30, -1)
    assert np.all(frames.sum(0) == 1)
    direct = inspector.ask(data_messages.EncodeImage(config, "test", 1, Coding(kind="direct"), 3))
    assert isinstance(direct, data_messages.EncodedImage)
    assert direct.frames == [direct.image.picture.pixels] * 3
    assert not direct.binary


def test_images_in_colour_are_coded_channel_by_channel(inspector: InspectorProcess) -> None:
    config = build({"dataset": "demo-pathmnist"})
    dataset = load(config)
    facts = inspector.ask(data_messages.DescribeData(config))
    assert isinstance(facts, data_messages.DataFacts)
    assert facts.labels["val"] == dataset.splits["val"].labels.tobytes()
    pixels = dataset.splits["val"].images[4]
    direct = inspector.ask(data_messages.EncodeImage(config, "val", 4, Coding(kind="direct"), 2))
    assert isinstance(direct, data_messages.EncodedImage)
    assert direct.frames == [pixels.tobytes()] * 2
    assert (direct.image.picture.channels, direct.shrunk) == (3, False)
    rate = inspector.ask(data_messages.EncodeImage(config, "val", 4, Coding(), 100))
    assert isinstance(rate, data_messages.EncodedImage)
    fired = np.frombuffer(b"".join(rate.frames), np.uint8).reshape(100, 28, 28, 3).mean(0)
    assert np.abs(fired - pixels / 255).mean() < 0.04


def test_large_images_are_shrunk_to_what_is_asked_for(inspector: InspectorProcess) -> None:
    config = build({"dataset": "demo-bloodmnist", "size": 64})
    loaded = inspector.ask(data_messages.LoadImages(config, "val", [0, 3], 14))
    assert isinstance(loaded, data_messages.LoadedImages)
    pixels = load(config).splits["val"].images[3]
    assert loaded.images[1].picture.pixels == shrunk(pixels, 14).tobytes()
    coded = inspector.ask(data_messages.EncodeImage(config, "val", 3, Coding(), 5))
    assert isinstance(coded, data_messages.EncodedImage)
    assert (coded.image.picture.height, len(coded.frames[0]), coded.shrunk) == (28, 28 * 28 * 3, True)


def test_labels_of_an_image_with_several_are_a_row_of_each(inspector: InspectorProcess) -> None:
    config = build({"dataset": "demo-chestmnist"})
    facts = inspector.ask(data_messages.DescribeData(config))
    assert isinstance(facts, data_messages.DataFacts)
    labels = load(config).splits["test"].labels
    assert facts.labels["test"] == labels.tobytes()
    assert len(facts.labels["test"]) == 14 * len(labels)
    loaded = inspector.ask(data_messages.LoadImages(config, "test", [*range(9)]))
    assert isinstance(loaded, data_messages.LoadedImages)
    for image in loaded.images:
        assert image.picture.labels == tuple(np.flatnonzero(labels[image.index]).tolist())
        assert image.kept


def test_the_images_that_an_audit_names_are_loaded_by_those_names(
    inspector: InspectorProcess, tmp_path: Path
) -> None:
    task = Task(name="x", classes=("a", "b"), positive=1)
    made = generate_task(task, {"train": 30, "val": 9, "test": 9})
    arrays: dict[str, Any] = {}
    for name, split in made.splits.items():
        arrays |= {f"{name}_images": split.images.copy(), f"{name}_labels": split.labels}
    arrays["test_images"][4] = arrays["train_images"][7]
    np.savez(tmp_path / "own.npz", **arrays)
    for fold in (None, "1/3"):
        config = build({"dataset": "own", "data": str(tmp_path / "own.npz"), "fold": fold})
        found = inspector.ask(data_messages.AuditData(config))
        assert isinstance(found, data_messages.AuditResult)
        (same,) = found.audit.same
        (pair,) = same.images.pairs
        names = [(image.split, image.index) for image in (pair.first, pair.second)]
        assert names[1] == ("test", 4)
        loaded = inspector.ask(data_messages.LoadAudited(config, names, 56))
        assert isinstance(loaded, data_messages.AuditedPictures)
        assert [picture.pixels for picture in loaded.pictures] == [arrays["train_images"][7].tobytes()] * 2
    answer = inspector.ask(data_messages.LoadAudited(config, [("test", 99)], 56))
    assert isinstance(answer, messages.Failed)


@pytest.mark.parametrize(
    "question",
    [
        lambda config: data_messages.LoadImages(config, "test", [20]),
        lambda config: data_messages.EncodeImage(config, "test", -1, Coding(), 10),
        lambda config: data_messages.EncodeImage(config, "test", 0, Coding(), 101),
        lambda config: data_messages.EncodeImage(config, "test", 0, Coding(), 0),
    ],
)
def test_what_there_is_not_is_refused(inspector: InspectorProcess, config: RunConfig, question: Any) -> None:
    answer = inspector.ask(question(config))
    assert isinstance(answer, messages.Failed)
    assert answer.remedy


def test_where_no_images_are_found_phantoms_stand_in(tmp_path: Path) -> None:
    inspector = InspectorProcess(HOME=str(tmp_path), SNN_TUI_DATA="")
    facts = inspector.ask(data_messages.DescribeData(build({})))
    assert isinstance(facts, data_messages.DataFacts)
    assert (facts.stand_in, facts.summary.synthetic) == (True, True)
    demo = inspector.ask(data_messages.DescribeData(build({"dataset": "demo"})))
    assert isinstance(demo, data_messages.DataFacts)
    assert (demo.stand_in, demo.summary.synthetic) == (False, True)
    assert inspector.end() == (0, b"", b"")


def test_a_network_that_was_never_trained_is_told_too(inspector: InspectorProcess) -> None:
    facts = inspector.ask(model_messages.DescribeModel(build({"beta": 0.8, "num_steps": 30})))
    assert isinstance(facts, model_messages.ModelFacts)
    assert (facts.name, facts.epoch, facts.beta, facts.threshold, facts.num_steps) == ("", 0, 0.8, 1.0, 30)
    assert [layer.shape for layer in facts.layers] == [[12, 12, 12], [32, 5, 5], [2]]
    assert [layer.parameters for layer in facts.layers] == [312, 3488, 1602]
    assert sum(layer.parameters for layer in facts.layers) == SpikingNetwork(NetworkSpec()).parameter_count
    # Forward of the bench: two operations a multiply-add; the first layer's backward lacks one of three.
    macs = [layer.macs for layer in facts.layers]
    assert 2 * (2 * macs[0] + 3 * (macs[1] + macs[2])) == training_flops(
        SpikingNetwork(NetworkSpec()), Recipe(1)
    )
    assert facts.layers[0].synapses == ["conv 1>12, 5x5", "max pool 2x2"]
    assert facts.layers[2].synapses == ["linear 800>2"]
    weights = synapses(SpikingNetwork(NetworkSpec(), 0), "conv1")[0].weight
    assert np.allclose(facts.kernels, weights.detach().numpy().reshape(12, 25))


def test_a_network_that_was_never_trained_has_the_inputs_and_outputs_of_its_task(
    inspector: InspectorProcess,
) -> None:
    config = build({"dataset": "demo-pathmnist"})
    facts = inspector.ask(model_messages.DescribeModel(config))
    assert isinstance(facts, model_messages.ModelFacts)
    assert facts.input == [3, 28, 28]
    assert facts.layers[0].synapses[0] == "conv 3>12, 5x5"
    assert facts.layers[-1].shape == [9]
    assert {len(kernel) for kernel in facts.kernels} == {75}


def test_once_a_file_was_read_its_network_is_known(inspector: InspectorProcess, tmp_path: Path) -> None:
    task = Task(name="x", classes=("a", "b", "c"), kind="multiclass", channels=3)
    made = generate_task(task, {"train": 30, "val": 9, "test": 9})
    arrays: dict[str, Any] = {}
    for name, split in made.splits.items():
        arrays |= {f"{name}_images": split.images, f"{name}_labels": split.labels}
    np.savez(tmp_path / "own.npz", **arrays)
    config = build({"dataset": "own", "data": str(tmp_path / "own.npz")})
    assert isinstance(inspector.ask(data_messages.DescribeData(config)), data_messages.DataFacts)
    facts = inspector.ask(model_messages.DescribeModel(config))
    assert isinstance(facts, model_messages.ModelFacts)
    assert (facts.input, facts.layers[-1].shape) == ([3, 28, 28], [3])


def test_a_trained_network_is_told_with_its_own_kernels(
    inspector: InspectorProcess, finished: RunDir
) -> None:
    facts = inspector.ask(model_messages.DescribeModel(build({}), RunRef(str(finished.path))))
    assert isinstance(facts, model_messages.ModelFacts)
    assert (facts.name, facts.epoch, facts.num_steps) == (finished.name, 3, 8)
    fresh = inspector.ask(model_messages.DescribeModel(build({})))
    assert isinstance(fresh, model_messages.ModelFacts)
    assert facts.kernels != fresh.kernels


def test_the_firing_is_that_of_every_single_image(inspector: InspectorProcess, finished: RunDir) -> None:
    facts = inspector.ask(model_messages.MeasureActivity(RunRef(str(finished.path)), 128))
    assert isinstance(facts, model_messages.Activity)
    assert (facts.images, facts.epoch, facts.synthetic) == (20, 3, False)
    config = read_config(finished)
    opened = OpenedRun(finished, load(config))
    recordings = [opened.record("val", [index]) for index in range(20)]
    pixels = np.stack([one.spikes_in.numpy() for one in recordings])
    assert facts.input_rate == pytest.approx(pixels.mean())
    for name, layer in facts.layers.items():
        fired = np.stack([one.spikes[name].float().numpy().reshape(8, -1) for one in recordings]).mean((0, 1))
        assert layer.rate == pytest.approx(fired.mean())
        assert layer.dead == np.count_nonzero(fired == 0)
        assert layer.saturated == np.count_nonzero(fired >= 0.95)
        assert sum(layer.rate_histogram) == fired.size
        assert layer.rate_histogram == np.histogram(fired.astype(np.float32), 10, (0, 1))[0].tolist()


def test_additions_are_those_of_the_synapses_that_get_a_spike(
    inspector: InspectorProcess, finished: RunDir
) -> None:
    facts = inspector.ask(model_messages.MeasureActivity(RunRef(str(finished.path)), 3))
    assert isinstance(facts, model_messages.Activity)
    opened = OpenedRun(finished, load(read_config(finished)))
    spikes = opened.record("val", [0, 1, 2]).spikes_in.numpy().reshape(-1, 28, 28)
    # Each of 12 x 24 x 24 sums adds one weight for each spike under its kernel.
    reached = sum(spikes[:, y : y + 24, x : x + 24].sum() for y in range(5) for x in range(5))
    assert facts.layers["conv1"].operations == pytest.approx(12 * reached / 3)
    last = opened.record("val", [0, 1, 2]).spikes["conv2"].sum()
    assert facts.layers["out"].operations == pytest.approx(2 * float(last) / 3)


def test_a_run_without_a_checkpoint_is_refused(
    inspector: InspectorProcess, tmp_path: Path, new_tiny_run: Callable[..., RunDir]
) -> None:
    run = RunRef(str(new_tiny_run(tmp_path).path))
    for question in (model_messages.DescribeModel(build({}), run), model_messages.MeasureActivity(run, 128)):
        answer = inspector.ask(question)
        assert isinstance(answer, messages.Failed)
        assert "no checkpoint" in answer.what


@pytest.mark.parametrize("variable", ["mac=9.2,ac=1.8,byte=25", "mac=much"])
def test_energy_is_measured_with_the_constants_of_the_environment(finished: RunDir, variable: str) -> None:
    made = InspectorProcess(SNN_TUI_PJ=variable)
    try:
        answer = made.ask(run_messages.MeasureEnergy(RunRef(str(finished.path)), "val", 4))
        if variable == "mac=much":
            assert isinstance(answer, messages.Failed)
            assert "SNN_TUI_PJ" in str(answer)
        else:
            assert isinstance(answer, run_messages.EnergyResult)
            assert answer.energy.constants == EnergyConstants(mac=9.2, ac=1.8, byte=25.0)
    finally:
        made.process.kill()
        made.process.communicate()


def test_a_threshold_is_chosen_for_a_run_that_is_judged_without_one(
    inspector: InspectorProcess, finished: RunDir
) -> None:
    run = RunRef(str(finished.path))
    answer = inspector.ask(run_messages.MeasureExit(run, 0.1))
    assert isinstance(answer, run_messages.ExitResult)
    assert (answer.rule.split, answer.rule.loss) == ("val", 0.1)
    assert answer.points[-1].mean_steps == answer.rule.num_steps
    chosen = [point for point in answer.points if point.threshold >= answer.rule.threshold]
    assert chosen[0].mean_steps == pytest.approx(answer.rule.mean_steps)
    assert all(point.accuracy >= answer.rule.full_accuracy - 0.1 - 1e-9 for point in chosen)
    early = inspector.ask(run_messages.MeasureEarlyExit(run, "val", 8, loss=0.1))
    assert isinstance(early, run_messages.EarlyExitResult)
    assert early.exits.rule == answer.rule
    assert early.exits.accuracy == pytest.approx(answer.rule.accuracy)
    assert early.exits.mean_steps == pytest.approx(answer.rule.mean_steps)
    judged = inspector.ask(run_messages.JudgeSplit(run, "val"))
    assert isinstance(judged, run_messages.JudgementResult)
    assert judged.judgement.exit is None
