"""The part of the stand-in inspector that answers the Data and the Model screen."""

from __future__ import annotations

import os
from pathlib import Path

import fake_inspector as fake

from snn_tui.inspector import messages, protocol
from snn_tui.inspector.messages import Exhibit, LayerActivity, LayerFacts
from snn_tui.values.dataset import Counts, DatasetSummary, Picture

_downloaded = False


def answer(question: messages.Question) -> protocol.Answer:
    """Answer as `snn_tui.inspector.answers.Exhibits` does."""
    match question:
        case messages.DataFacts(config, fetch):
            return _data(config.synthetic, fetch)
        case messages.Shelf(_, split, indices):
            return messages.Shelved([exhibit(split, index) for index in indices])
        case messages.Encode(_, split, index, coding, num_steps, draw):
            fake.Fake().maybe_die(index)
            pixels = exhibit(split, index).picture.pixels
            frames = [_frame(pixels, coding, step, num_steps, draw) for step in range(num_steps)]
            return messages.Encoded(exhibit(split, index), coding, draw, frames)
        case messages.ModelFacts(config, run):
            name, epoch = "", 0
            if run is not None:
                if not Path(run, "model.safetensors").exists():
                    return protocol.Failed("no checkpoint yet", run, "wait for its first epoch")
                name, epoch = Path(run).name, _epoch(run)
            return messages.ModelTold(
                name, epoch, [1, 28, 28], LAYERS, config.beta, 1.0, config.num_steps, _kernels(epoch)
            )
        case messages.Activity(run, images):
            return messages.ActivityTold(images, False, 0.55, ACTIVITY, _epoch(run))
    raise AssertionError(question)


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
        rate=0.288, dead=288, saturated=0, spread=[600, 500, 300, 200, 100, 28, 0, 0, 0, 0], additions=1.99e6
    ),
    "conv2": LayerActivity(
        rate=0.44, dead=0, saturated=4, spread=[10, 90, 200, 200, 150, 80, 40, 20, 6, 4], additions=2.01e6
    ),
    "out": LayerActivity(
        rate=0.509, dead=0, saturated=0, spread=[0, 0, 0, 1, 0, 0, 1, 0, 0, 0], additions=14078.0
    ),
}


def _epoch(run: str) -> int:
    file = Path(run) / "epoch"
    return int(file.read_text()) if file.exists() else 20


def _kernels(epoch: int) -> list[list[float]]:
    return [[(fake.noise(kernel, at, epoch) - 128) / 400 for at in range(25)] for kernel in range(12)]


def _data(synthetic: bool, fetch: bool) -> protocol.Answer:
    global _downloaded
    if fetch and "FAKE_NO_NETWORK" in os.environ:
        return protocol.Failed("no route to zenodo.org", "download", "copy the file here by hand")
    _downloaded |= fetch
    stand_in = "FAKE_STAND_IN" in os.environ and not _downloaded
    labels = {split: bytes(map(fake.label, range(size))) for split, size in fake.SIZES.items()}
    before = {split: Counts(all_.count(0), all_.count(1)) for split, all_ in labels.items()}
    after = {split: Counts(*[min(c.normal, c.pneumonia)] * 2) for split, c in before.items()}
    drawn = synthetic or stand_in
    summary = DatasetSummary(
        name="Phantoms" if drawn else "PneumoniaMNIST",
        synthetic=drawn,
        source="",
        notice="",
        before=before,
        after=after,
    )
    return messages.DataTold(summary, stand_in, labels)


def exhibit(split: str, index: int) -> Exhibit:
    """An image of a split; every third of pneumonia is left out."""
    picture = Picture(
        pixels=fake.pixels(index * 3 + len(split)), height=fake.SIDE, width=fake.SIDE, label=fake.label(index)
    )
    return Exhibit(index, not (fake.label(index) and index % 3 == 0), picture)


def _frame(pixels: bytes, coding: messages.Coding, step: int, num_steps: int, draw: int) -> bytes:
    if coding.kind == "direct":
        return pixels
    if coding.kind == "latency":
        return bytes(int((255 - value) * (num_steps - 1) // 255 == step) for value in pixels)
    return bytes(int(value > fake.noise(at, step, draw)) for at, value in enumerate(pixels))
