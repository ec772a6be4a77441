"""Generated images for a task of any kind: any classes, grey or colour, any side.

They let every kind of data set be tried without a download. They are drawings of soft tissue with marks on
it, and what a network reaches on them says nothing about patients. How they are the same on every machine,
says `snn_tui.data.drawing`.

- One of several classes: one mark an image. Where it lies, its shape and in colour its hue are its class's,
  none of them reliably; each image has a fainter disc that says nothing.
- An ordinal task: the higher the grade, the more spots, mostly in the middle; adjacent grades overlap.
- Several labels: one mark for each label that the image has, as the classes' marks.

In colour, marks differ from the tissue in hue and hardly in brightness.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.drawing import Draws, Plane, bump, step
from snn_tui.data.luma import LUMA
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import Task

SIZES: Mapping[str, int] = {"train": 600, "val": 100, "test": 200}
"""Images of each split, where no others are asked for."""

DEMO_SIZES: Mapping[str, int] = {"train": 3000, "val": 400, "test": 800}
"""Images of each split of a demo at 28 pixels or less.

Larger images take longer to learn from, and there are as many as `SIZES` says.
"""

SPOTS = 8
"""Spots of an image of the highest grade."""

_CHUNK = 256 * 28 * 28  # pixels drawn at once: their planes stay in the processor's cache
_MOST_OF_100, _FEWEST_OF_100 = 40, 15  # images that have the first label, and the last

_Labels = npt.NDArray[np.uint8]
_Layer = tuple[Plane, Plane]
"""A mark's strength at each pixel `[n, side, side]`, and its hue as red, green and blue `[n, 3]`."""


def generate_task(task: Task, sizes: Mapping[str, int] = SIZES, seed: int = 0) -> Dataset:
    """Draw a data set for a task, its classes mixed in file order and a little unbalanced.

    Args:
        task: What the images are to ask: its kind, classes, channels and side are kept.
        sizes: Images of each split.
        seed: Other seeds give other images; the same seed gives the same bytes everywhere.

    Raises:
        ValueError: A split has fewer images than there are classes, or than two.
    """
    splits = {}
    for number, name in enumerate(SPLITS):
        rng = np.random.default_rng([seed, number])
        labels = _labels(task, sizes[name], rng)
        ids = np.arange(len(labels), dtype=np.int64)
        splits[name] = Split(_images(task, labels, rng), labels, ids)
    return Dataset(
        task=task,
        source=f"generated, seed {seed}",
        synthetic=True,
        notice="generated, not from people: says nothing about patients",
        splits=splits,
    )


@dataclass(frozen=True)
class Demo:
    """Generated images of the kind of a data set, always the same, so that runs can be compared.

    Args:
        real: What the data set asks.
        side: Height and width of the images, in pixels.
    """

    real: Task
    side: int = 28

    @property
    def task(self) -> Task:
        """What its images ask: the same, by another name."""
        return msgspec.structs.replace(
            self.real, name=f"demo of {self.real.name}", side=self.side, noun="image"
        )

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """Draw it; see `Source.load`."""
        on_progress(f"drawing images like {self.real.name}'s", None)
        return generate_task(self.task, DEMO_SIZES if self.side <= 28 else SIZES)

    def at_hand(self, data: str | None) -> bool:
        """It needs no file."""
        return True

    def of_size(self, size: int | None) -> Demo:
        """The demo with images of another height and width."""
        return Demo(self.real, size or self.side)


def _labels(task: Task, size: int, rng: np.random.Generator) -> _Labels:
    """Labels of a split, `[N]` or `[N, K]`: every class and every label occurs, the first most often."""
    classes = task.outputs
    if size < max(classes, 2):
        raise ValueError(f"{size} images are too few for {classes} classes")
    if task.kind == "multilabel":
        labels = np.zeros((size, classes), np.uint8)
        for label in range(classes):
            of_100 = _MOST_OF_100 - (_MOST_OF_100 - _FEWEST_OF_100) * label // max(classes - 1, 1)
            labels[_mixed(size, rng)[: max(size * of_100 // 100, 1)], label] = 1
        return labels
    weights = [3 * classes - 2 * label for label in range(classes)]
    counts = [1 + (size - classes) * weight // sum(weights) for weight in weights]
    counts[0] += size - sum(counts)
    return np.repeat(np.arange(classes, dtype=np.uint8), counts)[_mixed(size, rng)]


def _mixed(size: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    return np.argsort(rng.random(size), kind="stable")


def _images(task: Task, labels: _Labels, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """One image for each label or row of labels: `[N, side, side]`, or `[N, side, side, 3]` in colour."""
    colour = (3,) if task.channels == 3 else ()
    images = np.empty((len(labels), task.side, task.side, *colour), np.uint8)
    chunk = max(_CHUNK // task.side**2, 1)
    for start in range(0, len(labels), chunk):
        some = labels[start : start + chunk]
        images[start : start + chunk] = _draw(task, some, Draws(rng, len(some), task.side))
    return images


def _draw(task: Task, labels: _Labels, draw: Draws) -> npt.NDArray[np.uint8]:
    """Draw a chunk of images. Brightness is 0 to 1, then exposed."""
    across, down = draw.pixels()
    half = draw.bell(0, 0.08)  # tangent of half the angle: sine and cosine by division alone
    cosine, sine = (1 - half * half) / (1 + half * half), 2 * half / (1 + half * half)
    zoom = draw.bell(1, 0.1)
    x = (cosine * across + sine * down) * zoom + draw.bell(0, 0.08)
    y = (cosine * down - sine * across) * zoom + draw.bell(0, 0.08)
    tissue = _tissue(draw, x, y)
    if task.kind == "ordinal":
        layers = _spots(draw, x, y, labels, task.outputs)
    else:
        layers = _marks(draw, x, y, labels, task.outputs)
    contrast, light = draw.bell(1, 0.2), draw.bell(0.5, 0.1)
    if task.channels == 1:
        scene = tissue
        for strength, _ in layers:
            scene = scene + 0.25 * strength
        return _exposed(scene, contrast, light)
    planes = []
    cast = [np.ravel(draw(low, high)) for low, high in ((0.6, 0.9), (0.15, 0.4), (0.1, 0.4))]
    hue = np.stack(cast, axis=-1)  # tissue is reddish
    for channel in range(3):
        scene = tissue * (0.6 + _chroma(hue, channel))
        for strength, hues in layers:
            scene = scene + strength * (0.22 * _chroma(hues, channel))
        planes.append(_exposed(scene + 0.012 * draw.grain(), contrast, light))
    return np.stack(planes, axis=-1)


def _exposed(scene: Plane, contrast: Plane, light: Plane) -> npt.NDArray[np.uint8]:
    exposed = np.clip((scene - 0.5) * contrast + light, 0, 1) * 255 + 0.5
    return np.asarray(exposed, dtype=np.float32).astype(np.uint8)


def _tissue(draw: Draws, x: Plane, y: Plane) -> Plane:
    """An oval of mottled tissue on a dark ground, brighter to one side and in a few soft places."""
    radius = np.sqrt((x / draw(0.85, 1.05)) ** 2 + (y / draw(0.85, 1.05)) ** 2)
    inside = step(1 - radius, 0.25)
    light = draw.bell(0.5, 0.1) + draw.bell(0, 0.12) * x + draw.bell(0, 0.12) * y
    for _ in range(3):
        reach = draw(0.25, 0.6)
        u, v = (x - draw(-0.7, 0.7)) / reach, (y - draw(-0.7, 0.7)) / reach
        light = light + draw.bell(0, 0.15) * bump(u * u + v * v)
    tissue: Plane = 0.05 + inside * (light + 0.025 * draw.mottle()) + 0.012 * draw.grain()
    return tissue


def _marks(draw: Draws, x: Plane, y: Plane, labels: _Labels, classes: int) -> list[_Layer]:
    """The marks of the images' classes or labels, and one of no class.

    Every image draws the same random numbers whatever its labels are, so that a label never changes another
    image.
    """
    columns = math.isqrt(classes - 1) + 1
    rows = -(-classes // columns)
    cell = 1.5 / columns
    if labels.ndim == 1:
        marks = [(labels[:, None, None], np.ones_like(labels))]
    else:
        marks = [(np.full((1, 1, 1), label, np.uint8), labels[:, label]) for label in range(classes)]
    layers = []
    for number, present in marks:
        reach = max(cell, 0.3) * draw(0.28, 0.42)
        column, row = (part.astype(np.float32) for part in (number % columns, number // columns))
        u = (x - (column + 0.5) * cell + 0.75 - draw.bell(0, 0.9 * cell)) / reach
        v = (y - (row + 0.5) * (1.5 / rows) + 0.75 - draw.bell(0, 0.9 * cell)) / reach
        strength = present.astype(np.float32)[:, None, None] * draw(0.6, 1.2) * _shape(u, v, number % 4)
        layers.append((strength, _hue(np.ravel(number), classes)))
    u, v = (x - draw(-0.8, 0.8)) / 0.2, (y - draw(-0.8, 0.8)) / 0.2
    other = draw(0.2, 0.8) * bump(u * u + v * v)
    return [*layers, (other, _hue(np.ravel(np.floor(draw(0, classes))), classes))]


def _shape(u: Plane, v: Plane, kind: npt.NDArray[np.uint8]) -> Plane:
    """A disc, a ring, an upright bar or a cross, 0 to 1, of distances in units of the mark's reach."""
    squared = u * u + v * v
    disc = bump(squared)
    upright, level = bump(9 * u * u + 0.3 * v * v), bump(9 * v * v + 0.3 * u * u)
    ring = bump((squared - 1) * (squared - 1) * 4)
    shape: Plane = np.choose(kind, (disc, ring, upright, np.maximum(upright, level)))
    return shape


def _spots(draw: Draws, x: Plane, y: Plane, labels: _Labels, classes: int) -> list[_Layer]:
    """Spots, the more the higher the grade; adjacent grades have as many now and then."""
    grade = labels.astype(np.float32)[:, None, None]
    amount = (grade + draw.bell(0, 0.9)) * (SPOTS / max(classes - 1, 1))
    yellow = np.array([[0.9, 0.8, 0.0]], np.float32)
    total: Plane = 0 * x
    for number in range(SPOTS):
        reach = draw(0.09, 0.2)
        u, v = (x - draw.bell(0, 0.6)) / reach, (y - draw.bell(0, 0.6)) / reach
        total = total + draw(0.7, 1.1) * np.clip(amount - number, 0, 1) * bump(u * u + v * v)
    return [(np.clip(total, 0, 1.5), yellow)]


def _hue(number: Plane, classes: int) -> Plane:
    """Red, green and blue of each class, `[n, 3]`: evenly spread over the wheel of hues."""
    turn = number.astype(np.float32) * 6 / classes
    red = np.clip(np.abs(turn - 3) - 1, 0, 1)
    green, blue = (np.clip(2 - np.abs(turn - middle), 0, 1) for middle in (2, 4))
    return np.stack([red, green, blue], axis=-1)


def _chroma(hue: Plane, channel: int) -> Plane:
    """What one channel of a hue has more than its brightness, `[n, 1, 1]`."""
    red, green, blue = LUMA
    brightness = red * hue[:, 0] + green * hue[:, 1] + blue * hue[:, 2]
    return (hue[:, channel] - brightness)[:, None, None]
