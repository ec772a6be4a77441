"""Made-up images and codings for the drawings of the Data screen."""

from __future__ import annotations

from snn_tui.inspector.data_messages import Coding, DatasetImage, EncodedImage
from snn_tui.values.dataset import Picture
from snn_tui.values.task import PNEUMONIA, Task

SIDE = 28
RAMP = bytes(at * 255 // (SIDE * SIDE - 1) for at in range(SIDE * SIDE))
"""From black at the top to white at the bottom."""


def dataset_image(index: int = 0, label: int = 0, kept: bool = True) -> DatasetImage:
    """An image that gets brighter downwards."""
    return DatasetImage(index, kept, Picture(pixels=RAMP, height=SIDE, width=SIDE, labels=(label,)))


def encoded(kind: str = "rate", num_steps: int = 10, **settings: object) -> EncodedImage:
    """The ramp coded: rate fires as evenly as it can, latency linearly."""
    return EncodedImage(dataset_image(), *_coded(RAMP, kind, num_steps, **settings), PNEUMONIA)


def encoded_colours(kind: str = "rate", num_steps: int = 10) -> EncodedImage:
    """A picture whose red is the ramp, half as bright in green and black in blue."""
    pixels = bytes(part for value in RAMP for part in (value, value // 2, 0))
    picture = Picture(pixels=pixels, height=SIDE, width=SIDE, labels=(3,), channels=3)
    task = PHANTOM_GRADES
    return EncodedImage(DatasetImage(7, True, picture), *_coded(pixels, kind, num_steps), task)


PHANTOM_GRADES = Task(
    name="Grades", classes=("none", "mild", "moderate", "severe"), kind="ordinal", channels=3
)
"""Four ordinal classes in colour."""


def _coded(pixels: bytes, kind: str, num_steps: int, **settings: object) -> tuple[Coding, int, list[bytes]]:
    """The coding, its draw and its frames."""
    coding = Coding(kind=kind, **settings)  # type: ignore[arg-type]
    frames = []
    for step in range(num_steps):
        if kind == "rate":
            frames.append(bytes((step + 1) * value // 255 > step * value // 255 for value in pixels))
        elif kind == "latency":
            frames.append(bytes((255 - value) * (num_steps - 1) // 255 == step for value in pixels))
        else:
            frames.append(pixels)
    return coding, 0, frames
