"""Made-up images, and trainers on them."""

from __future__ import annotations

import numpy as np
import torch

from snn_tui.config.run_config import RunConfig
from snn_tui.data.dataset import Split
from snn_tui.snn.encoding import Stream
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import weights_to_bytes
from snn_tui.training.evaluate import Images
from snn_tui.training.loop import Trainer
from snn_tui.training.outcomes import BatchTrained, EpochTrained, Tested
from snn_tui.values.task import PNEUMONIA

CONFIG = RunConfig(epochs=3, batch_size=16, num_steps=6, lr=1e-2)


def split(stream: Stream, size: int = 64) -> Images:
    """Dim above and bright below, more so with pneumonia."""
    rng = np.random.default_rng(int(stream))
    labels = (np.arange(size) % 2).astype(np.uint8)
    images = rng.integers(0, 80, (size, 28, 28))
    images[:, 14:] += rng.integers(0, 60, (size, 1, 1)) + 80 * labels[:, None, None]
    made = Split(images.astype(np.uint8), labels, np.arange(size) * 3)
    return Images.of(made, stream.name, torch.device("cpu"), PNEUMONIA)


SPLITS = {"train": split(Stream.TRAIN, 60), "val": split(Stream.VAL, 32), "test": split(Stream.TEST, 32)}


class Training:
    """A trainer, its network, and what it has yielded."""

    def __init__(self, config: RunConfig = CONFIG, splits: dict[str, Images] = SPLITS) -> None:
        self.network = SpikingNetwork(NetworkSpec.of(config, PNEUMONIA), config.seed)
        self.engine = ReferenceEngine(self.network, Recipe.of(config, PNEUMONIA))
        self.trainer = Trainer(config, self.network, self.engine, splits)
        self.steps: list[BatchTrained | EpochTrained | Tested] = []

    def run(self, steps: int | None = None) -> Training:
        """Train to the end, or until so many steps were yielded."""
        for step in self.trainer.run():
            self.steps.append(step)
            if len(self.steps) == steps:
                break
        return self

    @property
    def weights(self) -> bytes:
        """The network's weights as a file's content."""
        return weights_to_bytes(self.network.state_dict(), {})

    @property
    def epochs(self) -> list[EpochTrained]:
        """The epochs completed."""
        return [step for step in self.steps if isinstance(step, EpochTrained)]

    @property
    def batches(self) -> list[BatchTrained]:
        """The batches trained."""
        return [step for step in self.steps if isinstance(step, BatchTrained)]

    @property
    def tested(self) -> Tested:
        """The end."""
        assert isinstance(self.steps[-1], Tested)
        return self.steps[-1]
