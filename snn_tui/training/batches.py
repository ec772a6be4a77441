"""What a training step learns from: the images of a batch, changed, and what is to be predicted for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import Tensor

from snn_tui.config.run_config import RunConfig
from snn_tui.snn.encoding import Batch
from snn_tui.training.augment import augment, noisy
from snn_tui.training.evaluate import Images
from snn_tui.training.group import SingleProcess
from snn_tui.training.order import batch_generator, drawn_steps
from snn_tui.training.teaching import Teachers


@dataclass(frozen=True)
class Batches:
    """Prepares batches of training images; each is a function of seed, epoch and batch.

    Args:
        config: How to train.
        train: The images.
        group: The processes that train together.
        teachers: Networks whose predictions are learned too.
    """

    config: RunConfig
    train: Images
    group: SingleProcess
    teachers: Teachers | None = None

    def steps(self, epoch: int, number: int) -> int | None:
        """Time steps of a batch; None for as many as all have. The arguments are those of `own_part`."""
        if self.config.random_steps == "none":
            return None
        return drawn_steps(self.config.seed, epoch, number, self.config.learning_steps)

    def own_part(self, indices: Tensor, epoch: int, number: int) -> tuple[Batch, Tensor]:
        """The images of a batch that this process learns from, and their labels or targets.

        Augmentation draws its numbers for the whole batch, so it is the same for any number of processes.

        Args:
            indices: `[B]` which images the whole batch has.
            epoch: Counted from 1.
            number: The batch within the epoch, counted from 1.
        """
        batch, labels = self._changed(indices, epoch, number)
        if self.teachers is not None:
            labels = self.teachers.targets(batch, labels)
        return batch, labels

    def _changed(self, indices: Tensor, epoch: int, number: int) -> tuple[Batch, Tensor]:
        config, rows = self.config, self.group.rows(len(indices))
        if not (config.augment or config.augment_noise):
            return self.train.pick(indices[rows], draw=epoch)
        batch, labels = self.train.pick(indices, draw=epoch)
        generator = batch_generator(config.seed, epoch, number)
        images = augment(batch.images, generator, config.augment)
        images = noisy(images, generator, config.augment_noise)
        return replace(batch, images=images[rows], ids=batch.ids[rows]), labels[rows]
