"""The training loop. It yields what happened and does no I/O: whoever iterates decides what to keep."""

from __future__ import annotations

import math
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, TrainingError
from snn_tui.snn.engines import Engine
from snn_tui.snn.network import SpikingNetwork
from snn_tui.training.augment import augment
from snn_tui.training.average import Average, copy_of
from snn_tui.training.checkpoint import check_state
from snn_tui.training.evaluate import Images, evaluate
from snn_tui.training.order import order_of, seeded
from snn_tui.values.scores import Scores


@dataclass(frozen=True)
class BatchTrained:
    """One optimizer step was made: `batch` of the epoch, from 1, over `images` images."""

    epoch: int
    batch: int
    images: int
    loss: float
    lr: float


@dataclass(frozen=True)
class EpochTrained:
    """All batches of an epoch were seen and val was evaluated; `improved`: val loss is the lowest yet.

    `lr` is that of its last batch.
    """

    epoch: int
    train_loss: float
    val: Scores
    lr: float
    seconds: float
    improved: bool


@dataclass(frozen=True)
class Tested:
    """The run is complete: test was evaluated, once or never, with the weights of `kept_epoch`."""

    test: Scores | None
    kept_epoch: int


class Trainer:
    """A network being trained, and where it stands.

    Order of images, spikes and what else is drawn are functions of seed, epoch and batch: the position is all
    there is to remember.

    Args:
        config: How to train.
        network: The network, on its device.
        engine: Its engine.
        splits: train, val and test, on the same device.
    """

    def __init__(
        self, config: RunConfig, network: SpikingNetwork, engine: Engine, splits: dict[str, Images]
    ) -> None:
        self._config = config
        self.network = network
        self._engine = engine
        self._splits = splits
        self._images = _fingerprint(splits)
        self._optimizer = optimizer_of(config, network)
        self._average = Average(network, config.ema) if config.ema else None
        self._epochs_done = 0
        self._batches_done = 0  # of the epoch under way
        self._losses: list[float] = []  # of those batches
        self._best_loss = math.inf
        self._kept: tuple[int, dict[str, Tensor]] | None = None  # with keep = best: its epoch and weights
        self._last: dict[str, Tensor] | None = None  # those being trained, while those judged by are in place
        self.steady = threading.RLock()
        """Held while weights and position change together: who holds it may read `state`."""

    @property
    def batches(self) -> int:
        """Batches an epoch."""
        return -(-len(self._splits["train"]) // self._config.batch_size)

    @property
    def position(self) -> tuple[int, int]:
        """The epoch under way and the batches done of it; (E, 0) where epoch E has just been completed."""
        if self._batches_done or not self._epochs_done:
            return self._epochs_done + 1, self._batches_done
        return self._epochs_done, 0

    def run(self) -> Iterator[BatchTrained | EpochTrained | Tested]:
        """Train from where it stands to the end.

        Raises:
            TrainingError: A loss or gradient is not finite; the weights are still those before that batch.
        """
        config, train = self._config, self._splits["train"]
        while self._epochs_done < config.epochs:
            epoch, began = self._epochs_done + 1, time.perf_counter()
            labels = train.labels.cpu()
            order = torch.split(order_of(config, labels, epoch).to(train.labels.device), config.batch_size)
            for picks in order[self._batches_done :]:
                lr = config.lr_at(epoch, self._batches_done / self.batches)
                for group in self._optimizer.param_groups:
                    group["lr"] = lr
                batch, truth = train.pick(picks, draw=epoch)
                if config.augment:
                    generator = seeded(config.seed, epoch, 1 + self._batches_done)
                    batch = replace(batch, images=augment(batch.images, generator, config.augment))
                loss = self._engine.learn(batch, truth)
                self._check(loss, epoch)
                with self.steady:
                    self._optimizer.step()
                    if self._average is not None:
                        self._average.take(self.network)
                    self._batches_done += 1
                    self._losses.append(loss)
                yield BatchTrained(epoch, self._batches_done, len(picks), loss, lr)
            lr = config.lr_at(epoch, (self.batches - 1) / self.batches)
            train_loss = sum(self._losses) / len(self._losses)
            with self._judged():
                val = evaluate(self._engine, self._splits["val"]).score()
            improved = val.loss is not None and val.loss < self._best_loss
            with self.steady:
                if improved:
                    self._best_loss = val.loss or 0.0
                    if config.keep == "best":
                        self._kept = epoch, self.judged
                self._epochs_done, self._batches_done, self._losses = epoch, 0, []
            yield EpochTrained(epoch, train_loss, val, lr, time.perf_counter() - began, improved)
        kept_epoch, weights = self._kept or (self._epochs_done, self.judged)
        self._put(weights)
        read = config.read_test == "once"
        yield Tested(evaluate(self._engine, self._splits["test"]).score() if read else None, kept_epoch)

    @property
    def judged(self) -> dict[str, Tensor]:
        """A copy of the weights that judge: their average where there is one, else as they are."""
        if self._average is not None:
            return {name: value.clone() for name, value in self._average.weights.items()}
        return copy_of(self.network)

    def state(self) -> dict[str, Any]:
        """Everything needed to go on from here, of tensors and plain values only.

        The optimizer's tensors are the live ones: hold `steady` until they are written.
        """
        return {
            "images": self._images,
            "weights": self._last or copy_of(self.network),
            "average": self._average and self._average.state(),
            "optimizer": self._optimizer.state_dict(),
            "epochs_done": self._epochs_done,
            "batches_done": self._batches_done,
            "losses": list(self._losses),
            "best_loss": self._best_loss,
            "kept": self._kept,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave.

        Raises:
            RunError: It is the state of another network or of another way of training, or damaged.
        """
        check_state(state, self.network, self.batches, averaged=self._average is not None)
        if state["images"] != self._images:
            raise RunError(
                "the images are not those the run began with",
                where="--resume",
                remedy="name the file it was trained on with --data",
            )
        self.network.load_state_dict(state["weights"])
        groups = self._optimizer.state_dict()["param_groups"]  # ours, not what the file says
        self._optimizer.load_state_dict({"state": state["optimizer"]["state"], "param_groups": groups})
        if self._average is not None:
            self._average.load_state(state["average"])
        self._epochs_done = state["epochs_done"]
        self._batches_done = state["batches_done"]
        self._losses = list(state["losses"])
        self._best_loss = state["best_loss"]
        self._kept = state["kept"] and (state["kept"][0], dict(state["kept"][1]))

    @contextmanager
    def _judged(self) -> Iterator[None]:
        """Have the weights that judge in place for a while."""
        if self._average is None:
            yield
            return
        self._put(self.judged)
        try:
            yield
        finally:
            with self.steady:
                assert self._last is not None
                self.network.load_state_dict(self._last)
                self._last = None

    def _put(self, weights: dict[str, Tensor]) -> None:
        """Put weights in place of those being trained, which are kept aside."""
        with self.steady:
            self._last = copy_of(self.network)
            self.network.load_state_dict(weights)

    def _check(self, loss: float, epoch: int) -> None:
        # Spikes are 0 or 1 whatever the membranes are, so weights gone wrong show in the gradients first.
        gradients = (p.grad for p in self.network.parameters() if p.grad is not None)
        if math.isfinite(loss) and all(bool(torch.isfinite(gradient).all()) for gradient in gradients):
            return
        raise TrainingError(
            f"the loss or its gradient is no finite number (loss {loss:g})",
            where=f"epoch {epoch}, batch {self._batches_done + 1}",
            remedy="try a lower --lr; the last checkpoint before it is kept",
        )


def _fingerprint(splits: dict[str, Images]) -> int:
    """A checksum of all images and labels, to know them again by."""
    total = 0
    for split in splits.values():
        for tensor in (split.images, split.labels):
            total = zlib.crc32(tensor.cpu().numpy().tobytes(), total)
    return total


def optimizer_of(config: RunConfig, network: SpikingNetwork) -> torch.optim.Optimizer:
    """The optimizer that a configuration asks for."""
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(network.parameters(), lr=config.lr, weight_decay=config.weight_decay)
