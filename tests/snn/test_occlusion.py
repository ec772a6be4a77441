"""Hidden layers as the screens get them, and what covering a place does."""

from __future__ import annotations

import msgspec
import pytest
import torch

from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Prediction, Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.occlusion import PATCH, occlusion, patch_of
from snn_tui.values.decision import class_score, decision_score, output_score
from snn_tui.values.task import PNEUMONIA, Task

STEPS, SEED = 8, 3


@pytest.fixture
def engine() -> ReferenceEngine:
    """The reference, with random weights."""
    return ReferenceEngine(SpikingNetwork(NetworkSpec(), 1), Recipe(STEPS, SEED))


def batch(image: torch.Tensor, draw: int = 0) -> Batch:
    """One picture."""
    return Batch(image[None, None], torch.tensor([7]), torch.tensor([draw]), Stream.TEST)


def picture() -> torch.Tensor:
    """A picture of random greys."""
    return torch.randint(0, 256, (28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_hidden_layers_are_the_recordings(engine: ReferenceEngine) -> None:
    one = batch(picture(), draw=2)
    recording = engine.record(one)
    layers = recording.hidden_layers()
    assert [layer.name for layer in layers] == ["conv1", "conv2"]
    for layer in layers:
        spikes = recording.spikes[layer.name][:, 0]
        assert (layer.channels, layer.height, layer.width) == tuple(spikes.shape[1:])
        assert layer.neurons == spikes[0].numel()
        assert [list(step) for step in layer.spikes] == spikes.flatten(1).to(torch.int64).tolist()
        assert layer.counts(5) == spikes[:5].sum(0).flatten().to(torch.int64).tolist()
        assert layer.counts(0) == [0] * layer.neurons
    assert any(sum(layer.counts(STEPS)) for layer in layers)


def test_covering_one_place_is_showing_the_picture_covered_there(engine: ReferenceEngine) -> None:
    image = picture()
    found = occlusion(engine, batch(image), PNEUMONIA)
    assert (found.height, found.width, found.patch) == (28, 28, PATCH)

    def score(shown: torch.Tensor) -> float:
        seen = engine.predict(batch(shown))
        return decision_score(seen.counts[0].tolist(), seen.membranes[0].tolist(), PNEUMONIA)

    assert found.score == pytest.approx(score(image))
    # A corner is covered by one patch alone.
    covered = image.clone()
    covered[:PATCH, :PATCH] = int(image.double().mean().round())
    assert found.pull[0] == pytest.approx(score(image) - score(covered), abs=1e-6)
    covered = image.clone()
    covered[-PATCH:, -PATCH:] = int(image.double().mean().round())
    assert found.pull[-1] == pytest.approx(score(image) - score(covered), abs=1e-6)
    assert found.strongest == max(map(abs, found.pull)) > 0


def test_a_picture_that_is_grey_already_cannot_be_covered(engine: ReferenceEngine) -> None:
    found = occlusion(engine, batch(torch.full((28, 28), 90, dtype=torch.uint8)), PNEUMONIA)
    assert found.strongest == pytest.approx(0, abs=1e-6)


EYES = Task(name="eyes", classes=("a", "b", "c"), kind="ordinal", channels=3, side=42)
FINDINGS = msgspec.structs.replace(EYES, kind="multilabel")


@pytest.mark.parametrize("task", [EYES, FINDINGS], ids=lambda task: task.kind)
@pytest.mark.parametrize("label", [0, 2, None])
def test_of_several_classes_it_is_the_score_of_one(task: Task, label: int | None) -> None:
    """The patch has each channel's own mean, and is as large as the image's side asks for."""
    network = SpikingNetwork(NetworkSpec(channels=3, size=42, classes=3), 1)
    engine = ReferenceEngine(network, Recipe(STEPS, SEED))
    image = torch.randint(0, 256, (3, 42, 42), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    image[1] //= 3

    def seen(shown: torch.Tensor) -> tuple[list[int], list[float]]:
        outputs = engine.predict(Batch(shown[None], torch.tensor([7]), torch.tensor([0]), Stream.TEST))
        return outputs.counts[0].tolist(), outputs.membranes[0].tolist()

    def score(shown: torch.Tensor) -> float:
        counts, membranes = seen(shown)
        assert found.label is not None
        return class_score(found.label, counts, membranes, STEPS, task)

    batch = Batch(image[None], torch.tensor([7]), torch.tensor([0]), Stream.TEST)
    found = occlusion(engine, batch, task, label)
    if label is None:
        scores = list(map(output_score, *seen(image)))
        label = scores.index(max(scores))
    assert (found.label, found.patch, len(found.pull)) == (label, 9, 42 * 42)
    assert found.score == pytest.approx(score(image))
    covered = image.clone()
    for channel in range(3):
        covered[channel, :9, :9] = int(image[channel].double().mean().round())
    assert found.pull[0] == pytest.approx(score(image) - score(covered), abs=1e-6)


@pytest.mark.parametrize(
    ("side", "patch"), [(8, (2, 1)), (28, (6, 2)), (64, (14, 5)), (128, (27, 9)), (224, (48, 16))]
)
def test_the_patch_grows_with_the_image(side: int, patch: tuple[int, int]) -> None:
    assert patch_of(side) == patch


def test_large_images_are_covered_a_few_at_a_time_to_the_same_result(
    engine: ReferenceEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = occlusion(engine, batch(picture()), PNEUMONIA)
    monkeypatch.setattr("snn_tui.snn.occlusion.PIXELS_AT_ONCE", 50 * 28 * 28)
    sizes: list[int] = []
    shares: list[float] = []
    predict = engine.predict

    def counted(part: Batch, labels: torch.Tensor | None = None) -> Prediction:
        sizes.append(len(part.images))
        return predict(part, labels)

    monkeypatch.setattr(engine, "predict", counted)
    parts = occlusion(engine, batch(picture()), PNEUMONIA, on_share=shares.append)
    assert parts.pull == pytest.approx(whole.pull)
    assert sizes == [1, 50, 50, 44]
    assert shares == pytest.approx([50 / 144, 100 / 144, 1.0])
