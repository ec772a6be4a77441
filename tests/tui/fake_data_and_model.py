"""The part of the stand-in inspector that answers the Data and the Model screen."""

from __future__ import annotations

import os
from pathlib import Path

import fake_inspected
import fake_inspector as fake

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import data_messages, model_messages, protocol
from snn_tui.inspector.data_messages import DatasetImage
from snn_tui.inspector.model_messages import LayerActivity, LayerFacts
from snn_tui.values.audit import Audit, AuditedImage, ImagePair, Overlap, PairList
from snn_tui.values.dataset import DatasetSummary, Picture
from snn_tui.values.task import PNEUMONIA


def answer(
    question: protocol.DataQuestion | model_messages.DescribeModel | model_messages.MeasureActivity,
    process: fake.Fake,
) -> protocol.AnyAnswer:
    """Answer as `snn_tui.inspector.answers.Answers` does."""
    other = fake_inspected.TASKS.get(os.environ.get("FAKE_INSPECTED", ""))
    match question:
        case data_messages.DescribeData() if other:
            return fake_inspected.data_facts(other)
        case data_messages.LoadImages(_, _, indices) if other:
            return fake_inspected.images(other, indices)
        case data_messages.DescribeData(config, download):
            if download:
                process.download()
            return _data(config, process.stand_in)
        case data_messages.LoadImages(_, split, indices):
            return data_messages.LoadedImages([image(split, index) for index in indices])
        case data_messages.EncodeImage(_, split, index, coding, num_steps, draw):
            fake.maybe_die(index)
            pixels = image(split, index).picture.pixels
            frames = [_frame(pixels, coding, step, num_steps, draw) for step in range(num_steps)]
            return data_messages.EncodedImage(image(split, index), coding, draw, frames, PNEUMONIA)
        case data_messages.AuditData(config):
            return data_messages.AuditResult(_audit(config))
        case data_messages.LoadAudited(_, images, _):
            return data_messages.AuditedPictures([image(split, index).picture for split, index in images])
        case model_messages.DescribeModel(config, run):
            name, epoch = "", 0
            if run is not None:
                path = Path(run.path)
                if not (path / "model.safetensors").exists():
                    raise SnnTuiError("no checkpoint yet", where=run.path, remedy="wait for its first epoch")
                name, epoch = path.name, fake.epoch(path)
            return model_messages.ModelFacts(
                name, epoch, [1, 28, 28], LAYERS, config.beta, 1.0, config.num_steps, _kernels(epoch)
            )
        case model_messages.MeasureActivity(run, images):
            return model_messages.Activity(images, False, 0.55, ACTIVITY, fake.epoch(Path(run.path)))


LAYERS = [
    LayerFacts(
        name="conv1",
        synapses=["conv 1>12, 5x5", "max pool 2x2"],
        shape=[12, 12, 12],
        parameters=312,
        macs=172800,
    ),
    LayerFacts(
        name="conv2",
        synapses=["conv 12>32, 3x3", "max pool 2x2"],
        shape=[32, 5, 5],
        parameters=3488,
        macs=345600,
    ),
    LayerFacts(name="out", synapses=["linear 800>2"], shape=[2], parameters=1602, macs=1600),
]
ACTIVITY = {
    "conv1": LayerActivity(
        rate=0.288,
        dead=288,
        saturated=0,
        rate_histogram=[600, 500, 300, 200, 100, 28, 0, 0, 0, 0],
        operations=1.99e6,
    ),
    "conv2": LayerActivity(
        rate=0.44,
        dead=0,
        saturated=4,
        rate_histogram=[10, 90, 200, 200, 150, 80, 40, 20, 6, 4],
        operations=2.01e6,
    ),
    "out": LayerActivity(
        rate=0.509, dead=0, saturated=0, rate_histogram=[0, 0, 0, 1, 0, 0, 1, 0, 0, 0], operations=14078.0
    ),
}


def _kernels(epoch: int) -> list[list[float]]:
    return [[(fake.noise(kernel, at, epoch) - 128) / 400 for at in range(25)] for kernel in range(12)]


def _data(config: RunConfig, stand_in: bool) -> data_messages.DataFacts:
    """The images of a configuration; with a fold, val has that fold of train."""
    labels = {split: bytes(map(fake.label, range(size))) for split, size in fake.SIZES.items()}
    if config.fold is not None:
        number, folds = map(int, config.fold.split("/"))
        train = labels["train"]
        parts = [index * folds // len(train) == number - 1 for index in range(len(train))]
        for split, held in (("train", False), ("val", True)):
            labels[split] = bytes(label for label, part in zip(train, parts, strict=True) if part is held)
    before = {split: {"normal": all_.count(0), "pneumonia": all_.count(1)} for split, all_ in labels.items()}
    after = {split: dict.fromkeys(c, min(c.values())) for split, c in before.items()}
    drawn = config.synthetic or stand_in
    summary = DatasetSummary(
        name="Phantoms" if drawn else "PneumoniaMNIST",
        synthetic=drawn,
        source="",
        notice="",
        before=before,
        after=after,
    )
    missing = "PneumoniaMNIST" if stand_in else ""
    return data_messages.DataFacts(summary, stand_in, labels, missing)


def image(split: str, index: int) -> DatasetImage:
    """An image of a split; every third of pneumonia is left out."""
    picture = Picture(
        pixels=fake.pixels(index * 3 + len(split)),
        height=fake.SIDE,
        width=fake.SIDE,
        labels=(fake.label(index),),
    )
    return DatasetImage(index, not (fake.label(index) and index % 3 == 0), picture)


def _audit(config: RunConfig) -> Audit:
    """Two of test are in train, one image has two labels; a fold has nothing to find."""

    def audited(split: str, index: int) -> AuditedImage:
        return AuditedImage(split=split, index=index, labels=(PNEUMONIA.classes[fake.label(index)],))

    same = (
        ImagePair(first=audited("train", 3), second=audited("test", 7)),
        ImagePair(first=audited("train", 4), second=audited("test", 9)),
    )
    two = (ImagePair(first=audited("train", 5), second=audited("val", 2)),)
    overlap = Overlap(split="test", earlier="train", images=PairList(total=2, pairs=same))
    counts = _data(config, False).summary.before
    return Audit(
        task=PNEUMONIA,
        source="here",
        synthetic=False,
        counts=counts,
        sizes={split: sum(each.values()) for split, each in counts.items()},
        one_colour=dict.fromkeys(counts, 0),
        same=() if config.fold else (overlap,),
        two_labels=PairList(total=0, pairs=()) if config.fold else PairList(total=1, pairs=two),
        near=(),
    )


def _frame(pixels: bytes, coding: data_messages.Coding, step: int, num_steps: int, draw: int) -> bytes:
    if coding.kind == "direct":
        return pixels
    if coding.kind == "latency":
        return bytes(int((255 - value) * (num_steps - 1) // 255 == step) for value in pixels)
    return bytes(int(value > fake.noise(at, step, draw)) for at, value in enumerate(pixels))
