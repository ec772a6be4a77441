"""A run's checkpoint brought back to life: its network and its images, to evaluate and to trace.

Shared by the inspector process and the commands `evaluate` and `inspect`.
"""

from __future__ import annotations

import dataclasses
import os
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from snn_tui.analysis.judgement import Judgement
from snn_tui.config.options import DEMO, PNEUMONIAMNIST
from snn_tui.config.run_config import RunConfig
from snn_tui.data import registry
from snn_tui.data.balance import balance
from snn_tui.data.corruption import CORRUPTIONS, corrupt
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.picture import open_picture, png
from snn_tui.data.registry import load
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.files import failure, read_bounded
from snn_tui.runs.kernel_store import KernelStore
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.snn.device import resolve
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Recipe, Recording
from snn_tui.snn.engines.registry import choose, for_device
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.occlusion import occlusion
from snn_tui.snn.operations import Tally
from snn_tui.training.checkpoint import load_weights, weights_epoch
from snn_tui.training.evaluate import EVALUATION_DRAW, Evaluation, Images, evaluate, judge
from snn_tui.training.metrics import decision_scores
from snn_tui.values.dataset import Picture
from snn_tui.values.energy import Energy
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.scores import Scores
from snn_tui.values.trace import Trace

WEIGHTS_LIMIT = 256 * 1024 * 1024
ENERGY_IMAGES = 256
"""Images that energy is measured on at most: more change it in the third digit."""

_MOST_FRAMES = 1280  # images times steps recorded at once


class Trial(msgspec.Struct, frozen=True):
    """How a network judges corrupted images.

    Args:
        corruption: One of `data.corruption.CORRUPTIONS`, or `none`.
        strength: How much, in its own measure.
        scores: What came of it.
    """

    corruption: str
    strength: float
    scores: Scores


def images_for(
    config: RunConfig,
    data: str | None = None,
    on_progress: Callable[[str, float | None], None] = lambda what, done: None,
) -> Dataset:
    """The images to judge a run by.

    Args:
        config: The run's configuration.
        data: A file or folder to use instead of the run's own.
        on_progress: Told about a download.

    Raises:
        DataError: There are none, or they are broken.
    """
    used = _with_data(config, data)
    dataset = load(used, on_progress)
    if config.data is None or config.data == used.data:
        return dataset
    gone = f"not the file the run was trained on ({config.data})"
    notice = "; ".join(part for part in (gone, dataset.notice) if part)
    return dataclasses.replace(dataset, notice=notice)


def at_hand(config: RunConfig, data: str | None = None) -> bool:
    """Whether `images_for` would find the images on this machine, without a download.

    Raises:
        DataError: A file was named that is not there.
    """
    return registry.at_hand(_with_data(config, data))


def _with_data(config: RunConfig, data: str | None) -> RunConfig:
    if data is not None:
        return msgspec.structs.replace(config, dataset=PNEUMONIAMNIST, data=data)
    if config.data is not None and not os.path.exists(os.path.expanduser(config.data)):
        # The file may have been on another machine, or moved: look in the usual places.
        return msgspec.structs.replace(config, data=None)
    return config


class OpenedRun:
    """A run's network with the weights of its checkpoint.

    Args:
        run: The run directory.
        dataset: Images to judge it by.
        device: What to compute on, as `--device` takes it.

    Raises:
        RunError: It has no checkpoint yet, or a broken one.
    """

    def __init__(self, run: RunDir, dataset: Dataset, device: str = "cpu") -> None:
        self.run = run
        self.dataset = dataset
        self.config = read_config(run)
        self.epoch = 0
        self._device = resolve(device)
        self._spec = NetworkSpec.of(self.config)
        self._network = SpikingNetwork(self._spec).to(self._device)
        self._engine = choose(
            for_device(self.config.engine, self._device),
            self._network,
            Recipe.of(self.config),
            precision=self.config.precision,
            store=KernelStore(),
        ).engine
        self._stamp: tuple[int, int] | None = None
        self._answers: dict[str, Evaluation] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Load the weights again if the trainer has replaced them; True if so.

        Raises:
            RunError: As for the class.
        """
        try:
            stat = self.run.weights.stat()
            stamp = (stat.st_mtime_ns, stat.st_ino)
            if stamp == self._stamp:
                return False
            if stat.st_size > WEIGHTS_LIMIT:
                raise RunError(
                    f"{stat.st_size} bytes are no weights of this network",
                    where=str(self.run.weights),
                    remedy="choose another run",
                )
            content = read_bounded(self.run.weights, WEIGHTS_LIMIT)
        except FileNotFoundError:
            raise RunError(
                "this run has no checkpoint yet",
                where=self.run.name,
                remedy="the first is saved when its first epoch ends",
            ) from None
        except OSError as error:
            raise failure(error, self.run.weights) from error
        load_weights(self._network, content, str(self.run.weights))
        self.epoch = weights_epoch(content)
        self._stamp = stamp
        self._answers.clear()
        return True

    @property
    def network(self) -> SpikingNetwork:
        """The network, with the weights of the checkpoint."""
        return self._network

    def record(self, split: str, indices: Sequence[int]) -> Recording:
        """Images of a split through the network, as `answers` counts them, with everything kept."""
        shown = self._images(self.dataset, split)
        batch, _ = shown.pick(torch.tensor(indices, device=self._device), EVALUATION_DRAW)
        return self._engine.record(batch)

    def answers(self, split: str, *, balanced: bool = False) -> Evaluation:
        """The network's answer to every image of a split.

        Args:
            split: train, val or test.
            balanced: Whether to leave out what the run's own balancing leaves out.
        """
        if balanced:
            dataset = balance(self.dataset, self.config.balance, self.config.seed)
            return evaluate(self._engine, self._images(dataset, split))
        if split not in self._answers:
            self._answers[split] = evaluate(self._engine, self._images(self.dataset, split))
        return self._answers[split]

    def judge(
        self, split: str, *, balanced: bool = True, on_progress: OnProgress = lambda what, done: None
    ) -> Judgement:
        """The network's answer to every image of a split after every time step; see `answers`."""
        return judge(
            self._engine,
            self._images(self._part(balanced), split),
            self.dataset,
            balanced=balanced and self.config.balance != "none",
            epoch=self.epoch,
            on_progress=on_progress,
        )

    def energy(self, split: str, most: int = ENERGY_IMAGES) -> Energy:
        """What an image costs, measured on the first images of a split."""
        many = min(most, len(self.dataset.splits[split]))
        tally, at_once = Tally(self._network), max(1, _MOST_FRAMES // self.config.num_steps)
        for start in range(0, many, at_once):
            tally.add(self.record(split, range(start, min(start + at_once, many))))
        return tally.energy()

    def under(
        self, split: str, *, balanced: bool = True, on_progress: OnProgress = lambda what, done: None
    ) -> list[Trial]:
        """How the network judges a split's images as they are, and corrupted in each way and strength."""
        part = self._part(balanced).splits[split]
        trials = [("none", 0.0), *((name, at) for name, (_, ats, _) in CORRUPTIONS.items() for at in ats)]
        found = []
        for place, (name, strength) in enumerate(trials):
            on_progress(f"judging {split}, {name}", place / len(trials))
            pixels = corrupt(part.images, name, strength) if strength else part.images
            images = Images.of(dataclasses.replace(part, images=pixels), split, self._device)
            found.append(Trial(name, strength, evaluate(self._engine, images).score()))
        return found

    def redraw(self, split: str, draw: int, *, balanced: bool = True) -> NDArray[np.float64]:
        """Decision scores `[N]` on the images of a split in another draw of the rate coding."""
        return evaluate(self._engine, self._images(self._part(balanced), split), draw).decisions

    def portraits(self, split: str, indices: Sequence[int]) -> list[bytes]:
        """Images of a split as PNG files. Raises UsageError if there is no such image."""
        return [png(self._pick(split, index)[0]) for index in indices]

    def _part(self, balanced: bool) -> Dataset:
        if not balanced:
            return self.dataset
        return balance(self.dataset, self.config.balance, self.config.seed)

    def trace(self, split: str, index: int, draw: int = EVALUATION_DRAW) -> Trace:
        """One image of a split through the network.

        Args:
            split: train, val or test.
            index: Position in the split, from 0.
            draw: Which draw of the rate coding; draw 0 is what `answers` counted.

        Raises:
            UsageError: There is no such image.
        """
        pixels, label, number = self._pick(split, index)
        return self._trace(pixels, label, number, Stream[split.upper()], draw)

    def trace_picture(self, path: Path, draw: int = EVALUATION_DRAW) -> Trace:
        """A picture file of one's own through the network. Raises DataError if it is none."""
        pixels = open_picture(path)
        return self._trace(pixels, None, _number(pixels), Stream.PICTURE, draw)

    def spread(self, split: str, index: int, draws: int) -> NDArray[np.float64]:
        """Decision scores `[draws]` of one image over the first draws of the rate coding."""
        pixels, _, number = self._pick(split, index)
        return self._spread(pixels, number, Stream[split.upper()], draws)

    def spread_picture(self, path: Path, draws: int) -> NDArray[np.float64]:
        """The same for a picture file of one's own."""
        pixels = open_picture(path)
        return self._spread(pixels, _number(pixels), Stream.PICTURE, draws)

    def layers(self, what: tuple[str, int] | Path, draw: int = EVALUATION_DRAW) -> list[LayerSpikes]:
        """What the hidden layers do with a picture.

        Args:
            what: Split and index, or a picture file of one's own.
            draw: Which draw of the rate coding.

        Raises:
            UsageError: There is no such image.
            DataError: The file is no picture.
        """
        return self._engine.record(self._one(what, draw)).hidden_layers()

    def evidence(self, what: tuple[str, int] | Path, draw: int = EVALUATION_DRAW) -> Evidence:
        """Which places of a picture move its verdict; as for `layers`."""
        return occlusion(self._engine, self._one(what, draw))

    def _one(self, what: tuple[str, int] | Path, draw: int) -> Batch:
        if isinstance(what, Path):
            pixels = open_picture(what)
            return self._batch(pixels, _number(pixels), Stream.PICTURE, [draw])
        pixels, _, number = self._pick(*what)
        return self._batch(pixels, number, Stream[what[0].upper()], [draw])

    def _pick(self, split: str, index: int) -> tuple[NDArray[np.uint8], int, int]:
        images = self.dataset.splits[split]
        size = len(images.labels)
        if not 0 <= index < size:
            raise UsageError(
                f"{split} has no image {index}", where="--index", remedy=f"give a number from 0 to {size - 1}"
            )
        return images.images[index], int(images.labels[index]), int(images.ids[index])

    def _batch(self, pixels: NDArray[np.uint8], number: int, stream: Stream, draws: list[int]) -> Batch:
        image = torch.from_numpy(np.ascontiguousarray(pixels)).to(self._device)
        many = len(draws)
        return Batch(
            image.expand(many, 1, *image.shape),
            torch.full((many,), number, device=self._device),
            torch.tensor(draws, device=self._device),
            stream,
        )

    def _trace(
        self, pixels: NDArray[np.uint8], label: int | None, number: int, stream: Stream, draw: int
    ) -> Trace:
        recording = self._engine.record(self._batch(pixels, number, stream, [draw]))
        height, width = pixels.shape
        coding = self.config.encoding
        greys = recording.spikes_in[:, 0, 0] * (1 if coding == "rate" else 255)
        return Trace(
            picture=Picture(pixels=pixels.tobytes(), height=height, width=width, label=label),
            spikes_in=[step.round().to(torch.uint8).cpu().numpy().tobytes() for step in greys],
            spikes_out=[(int(a), int(b)) for a, b in recording.spikes_out[:, 0].tolist()],
            membranes=[(a, b) for a, b in recording.membranes[:, 0].tolist()],
            threshold=self._spec.threshold,
            draw=draw,
            synthetic=self.dataset.synthetic and stream is not Stream.PICTURE,
            coding=coding,
        )

    def _spread(
        self, pixels: NDArray[np.uint8], number: int, stream: Stream, draws: int
    ) -> NDArray[np.float64]:
        seen = self._engine.predict(self._batch(pixels, number, stream, list(range(draws))))
        return decision_scores(seen.counts.cpu().numpy(), seen.membranes.cpu().numpy())

    def _images(self, dataset: Dataset, split: str) -> Images:
        return Images.of(dataset.splits[split], split, self._device)


def stand_in() -> Dataset:
    """The demo's phantoms, for a run whose own images are not on this machine."""
    return load(RunConfig(dataset=DEMO), lambda what, done: None)


def _number(pixels: NDArray[np.uint8]) -> int:
    return zlib.crc32(pixels.tobytes())
