"""Made-up images and codings for the drawings of the Data screen."""

from __future__ import annotations

from snn_tui.inspector.data_messages import Coding, DatasetImage, EncodedImage
from snn_tui.values.dataset import Picture
from snn_tui.values.task import PNEUMONIA

SIDE = 28
RAMP = bytes(at * 255 // (SIDE * SIDE - 1) for at in range(SIDE * SIDE))
"""From black at the top to white at the bottom."""


def dataset_image(index: int = 0, label: int = 0, kept: bool = True) -> DatasetImage:
    """An image that gets brighter downwards."""
    return DatasetImage(index, kept, Picture(pixels=RAMP, height=SIDE, width=SIDE, labels=(label,)))


def encoded(kind: str = "rate", num_steps: int = 10, **settings: object) -> EncodedImage:
    """The ramp coded: rate fires as evenly as it can, latency linearly."""
    coding = Coding(kind=kind, **settings)  # type: ignore[arg-type]
    frames = []
    for step in range(num_steps):
        if kind == "rate":
            frames.append(bytes((step + 1) * value // 255 > step * value // 255 for value in RAMP))
        elif kind == "latency":
            frames.append(bytes((255 - value) * (num_steps - 1) // 255 == step for value in RAMP))
        else:
            frames.append(RAMP)
    return EncodedImage(dataset_image(), coding, 0, frames, PNEUMONIA)
