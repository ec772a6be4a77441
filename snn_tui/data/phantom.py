"""The demo: generated chest phantoms with PneumoniaMNIST's splits and class counts.

They show the program without a download. They are drawings, not x-rays: what a network reaches on them
says nothing about patients.

How they are the same on every machine, says `snn_tui.data.drawing`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from snn_tui.config.run_config import SIDE
from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.drawing import Draws, Plane, bump, step
from snn_tui.values.dataset import SPLITS
from snn_tui.values.task import PNEUMONIA, Task

SIZES = {"train": (1214, 3494), "val": (135, 389), "test": (234, 390)}
"""Normal and pneumonia images of each split, as in PneumoniaMNIST."""

TASK = Task(name="demo phantoms", classes=PNEUMONIA.classes, positive=1)

BLOBS = 4
CHUNK = 256  # images drawn at once: their planes stay in the processor's cache


def generate(seed: int = 0) -> Dataset:
    """Draw the demo data set: 5856 images, the classes mixed in file order.

    Args:
        seed: Other seeds give other chests; the same seed gives the same bytes everywhere.
    """
    splits = {}
    for name, (normal, pneumonia) in SIZES.items():
        rng = np.random.default_rng([seed, SPLITS.index(name)])
        labels = np.repeat(np.array([0, 1], np.uint8), (normal, pneumonia))
        labels = labels[np.argsort(rng.random(len(labels)), kind="stable")]
        images = np.concatenate([_draw(labels[i : i + CHUNK], rng) for i in range(0, len(labels), CHUNK)])
        splits[name] = Split(images, labels, np.arange(len(labels), dtype=np.int64))
    return Dataset(
        task=TASK,
        source=f"generated, seed {seed}",
        synthetic=True,
        notice="generated, not x-rays: says nothing about patients",
        splits=splits,
    )


class _Demo:
    """The demo, always the same images, so that runs can be compared."""

    task = TASK

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """Draw it; see `Source.load`."""
        on_progress("drawing the demo's phantoms", None)
        return generate()

    def at_hand(self, data: str | None) -> bool:
        """It needs no file."""
        return True

    def of_size(self, size: int | None) -> _Demo:
        """The demo itself, which has one size."""
        return self


SOURCE = _Demo()


def _draw(labels: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draw one phantom for each label: `[n, 28, 28]`. Brightness is 0 (air) to 1 (bone), then exposed."""
    draw = Draws(rng, len(labels), SIDE)
    x, y = _grid(draw)
    soft = draw(0.10, 0.26)
    side = np.abs(x)
    left = (x > 0).astype(np.float32)  # the patient's left lung is on the viewer's right

    lung = _lungs(draw, x, y, side, left, soft)
    heart = _heart(draw, x, y, soft)
    disease = labels.astype(np.float32)[:, None, None]
    clear: Plane = 1 - disease * 0
    for opacity in _opacities(draw, x, y):
        clear = clear * (1 - disease * opacity)
    # Filled lung is mottled, and hides its vessels.
    mottle = (1 - clear) * draw(0.04, 0.16) * draw.mottle()
    vessels = bump(((side - 0.27) / draw(0.16, 0.34)) ** 2 + ((y - 0.02) / draw(0.25, 0.5)) ** 2)
    open_lung = lung * (1 - heart)
    air = open_lung * ((1 - draw(0.05, 0.5) * vessels) * clear + mottle)

    spine = bump((x / draw(0.20, 0.34)) ** 2)
    ribs = _ribs(draw, x, y, side)
    shoulders = step(y - (draw(-1.35, -0.95) + draw(0.1, 0.5) * side * side), soft * 2)
    chest = shoulders * step(draw(0.93, 1.35) - side, soft)
    chin = bump((x / draw(0.3, 0.55)) ** 2 + ((y + draw(1.0, 1.5)) / draw(0.25, 0.5)) ** 2) * draw(0, 0.5)

    tissue = draw.bell(0.60, 0.10) + draw(0.10, 0.24) * spine + draw.bell(0.05, 0.05) * y
    tissue = tissue * (0.15 + 0.85 * chest) + chin
    depth = draw.bell(0.50, 0.09)
    below = step(y - draw(0.60, 0.72), soft) * draw(0.02, 0.14)
    # Ribs show against air, hardly against tissue.
    scene = tissue + below + ribs * (0.25 + air) - depth * air + draw(0, 0.1) * heart
    scene = scene + draw.bell(0, 0.12) * x + draw(0.004, 0.016) * draw.grain()
    exposed = (scene - 0.5) * draw.bell(1.08, 0.28) + draw.bell(0.50, 0.12)
    return np.asarray(np.clip(exposed, 0, 1) * 255 + 0.5, dtype=np.float32).astype(np.uint8)


def _grid(draw: Draws) -> tuple[Plane, Plane]:
    """Where each pixel lies in the chest, -1 to 1 to the right and down: scaled, turned, shifted."""
    across, down = draw.pixels()
    half = draw.bell(0, 0.09)  # tangent of half the angle: sine and cosine by division alone
    cosine, sine = (1 - half * half) / (1 + half * half), 2 * half / (1 + half * half)
    zoom = draw.bell(0.92, 0.24)
    x = (cosine * across + sine * down) * zoom * draw.bell(1, 0.1) + draw.bell(0, 0.40)
    y = (cosine * down - sine * across) * zoom + draw.bell(0, 0.44)
    return x, y


def _lungs(draw: Draws, x: Plane, y: Plane, side: Plane, left: Plane, soft: Plane) -> Plane:
    """How much lung lies in the beam, 0 to 1: narrow at the top, wide at the base, domed below."""
    top = draw(-0.88, -0.68)
    base = draw.bell(0.60, 0.14) + draw(0, 0.12) * left
    height = np.clip((y - top) / (base - top), 0, 1)
    inner = draw(0.12, 0.20) + draw(0, 0.08) * height
    flare = 0.8 * np.sqrt(height) + 0.2 * height
    outer = draw(0.22, 0.32) + draw.bell(0.57, 0.09) * flare
    middle = (inner + outer) * 0.5
    dome = base - draw(0.08, 0.32) * bump(((side - draw(0.25, 0.42)) / draw(0.34, 0.46)) ** 2)
    across = step(side - inner, soft) * step(outer - side, soft)
    # Thicker in the middle: the edges of a lung are lighter than its core.
    arch = 0.75 + 0.25 * bump(((side - middle) / 0.35) ** 2)
    return across * arch * step(y - top, soft * 2) * step(dome - y, soft)


def _heart(draw: Draws, x: Plane, y: Plane, soft: Plane) -> Plane:
    """The heart's shadow, 0 to 1, on the viewer's right."""
    wide, high = draw.bell(0.32, 0.09), draw.bell(0.40, 0.08)
    u, v = x - draw.bell(0.14, 0.07), y - draw.bell(0.34, 0.08)
    u = u - 0.25 * v
    radius = np.sqrt((u / wide) ** 2 + (v / high) ** 2)
    return step((1 - radius) * wide, soft)


def _ribs(draw: Draws, x: Plane, y: Plane, side: Plane) -> Plane:
    """Ribs front and back as waves down the chest, bent at the sides."""
    bend = draw(0, 0.6)
    total: Plane = 0 * side
    for strength, slope in ((0.08, 1.0), (0.04, -0.8)):
        wave = (y + slope * bend * side * side) * draw(3.2, 4.6) + draw(0, 1)
        phase = wave - np.floor(wave)
        total = total + draw(0.1, 1) * strength * (4 * phase * (1 - phase) * 2 - 1)
    return total


def _opacities(draw: Draws, x: Plane, y: Plane) -> Iterator[Plane]:
    """What pneumonia takes from the air, as shares 0 to 1: a lobe, patches, or a haze over all.

    Every image draws the same random numbers, sick or not, so that a label never shifts its neighbours.
    """
    kind = draw(0, 1)
    lobar = (kind < 0.4).astype(np.float32)
    diffuse = (kind > 0.80).astype(np.float32)
    patchy = 1 - lobar - diffuse
    strength = draw(0.65, 1.0)
    flank = draw.chance(0.45) * 2 - 1
    for number in range(BLOBS):
        other = draw.chance(0.35)
        here = flank * (1 - 2 * other * patchy)
        u = x - here * draw(0.26, 0.62)
        v = y - draw(-0.45, 0.50)
        reach = draw(0.20, 0.38) + lobar * draw(0.12, 0.22)
        shape = bump((u / reach) ** 2 + (v / (reach * draw(0.8, 1.4))) ** 2)
        # A lobe is one blob; the others only fray its edge.
        share = patchy * draw(0.6, 1) + (lobar if number == 0 else lobar * draw(0, 0.3))
        yield strength * share * shape
    yield strength * diffuse * draw(0.5, 0.9)
