"""The training loop. It yields what happened and does no I/O: whoever iterates decides what to keep."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from snn_tui.config.run_config import RunConfig
from snn_tui.config.schedule import learning_rate
from snn_tui.errors import RunError, TrainingError
from snn_tui.snn.batch_norm import statistics_of
from snn_tui.snn.engines import Engine
from snn_tui.snn.engines.batched import BatchedEngine
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.quantisation import masters_of, quantised
from snn_tui.training.average import Average, copy_of
from snn_tui.training.batches import Batches
from snn_tui.training.checkpoint import check_state
from snn_tui.training.evaluate import Images, evaluate_together
from snn_tui.training.group import SingleProcess
from snn_tui.training.order import order_of
from snn_tui.training.outcomes import BatchTrained, EpochTrained, Tested
from snn_tui.training.reading import Reading, norm_of
from snn_tui.training.teaching import Teachers
from snn_tui.values.energy_constants import FLOAT_BITS
from snn_tui.values.scores import Scores


@dataclass(frozen=True)
class _Ahead:
    """An optimizer step that the device has yet to take, or has taken without its loss being looked at."""

    epoch: int
    batch: int
    images: int
    lr: float
    reading: Reading

    @property
    def trained(self) -> BatchTrained:
        """What there is to say of it, once the device is there.

        Raises:
            TrainingError: Its loss or gradient is not finite.
        """
        loss, norm = self.reading.read
        _check_finite(loss, norm, self.epoch, self.batch)
        return BatchTrained(self.epoch, self.batch, self.images, loss, self.lr, norm)


class Trainer:
    """Trains a network, from any position of the run on.

    The order of images, their spikes and augmentation are functions of seed, epoch and batch, so no random
    state needs to be kept besides the position.

    On a GPU of CUDA, Python prepares the next batch while the device computes a step: what is yielded is the
    step before.

    Args:
        config: How to train.
        network: The network, on its device.
        engine: The network's engine.
        splits: train, val and test, on the same device.
        group: The processes that train together. Each has a `Trainer`, and all of them hold the same weights
            after every batch, and yield the same; of scores, rank 0 alone has more than the loss.
        teachers: Networks whose predictions are learned too.
    """

    def __init__(
        self,
        config: RunConfig,
        network: LayeredNetwork,
        engine: Engine,
        splits: dict[str, Images],
        group: SingleProcess | None = None,
        teachers: Teachers | None = None,
    ) -> None:
        self._config = config
        self._group = group or SingleProcess()
        self.network = network
        self._engine = engine
        self._splits = splits
        self._train = Batches(config, splits["train"], self._group, teachers)
        self._images = _fingerprint(splits)
        self._optimizer = optimizer_of(config, network)
        self._average = Average(network, config.ema) if config.ema else None
        self._epochs_done = 0
        self._batches_done = 0  # of the current epoch
        self._losses: list[float] = []  # of those batches
        self._ahead: deque[_Ahead] = deque()  # the last of those batches, whose losses are still to come
        self._best_loss = math.inf
        self._kept: tuple[int, dict[str, Tensor]] | None = None  # best epoch and weights, with keep = best
        self._training_weights: dict[str, Tensor] | None = None  # while others are evaluated in their place
        self._before_batch: dict[str, Tensor] = {}  # of weights, what the batch in computation has changed
        self.lock = threading.RLock()
        """Held while weights and position change together: another thread that holds it may read `state`."""

    @property
    def batches(self) -> int:
        """Batches of an epoch."""
        return -(-len(self._splits["train"]) // self._config.batch_size)

    @property
    def position(self) -> tuple[int, int]:
        """The current epoch and how many of its batches are done; (E, 0) after the last batch of epoch E.

        (0, 0) before the first batch.
        """
        if self._batches_done:
            return self._epochs_done + 1, self._batches_done
        return self._epochs_done, 0

    def run(self) -> Iterator[BatchTrained | EpochTrained | Tested]:
        """Train from the current position to the end.

        Raises:
            TrainingError: A loss or gradient is not finite; the weights are those before that batch, or on a
                GPU those a batch later, and nothing of them is saved.
            RankLost: Another process of the group is gone; the state is that before the batch.
            Dismissed: Rank 0 has come to an end; never raised there.
        """
        config, train, group = self._config, self._splits["train"], self._group
        while self._epochs_done < config.epochs:
            epoch, began = self._epochs_done + 1, time.perf_counter()
            labels = train.labels.cpu()
            order = torch.split(order_of(config, labels, epoch), config.batch_size)
            for indices in order[self._batches_done :]:
                lr = learning_rate(config, epoch, self._batches_done / self.batches)
                for parameters in self._optimizer.param_groups:
                    parameters["lr"] = lr
                group.begin_batch(len(indices))
                batch, batch_labels = self._train.own_part(indices, epoch, 1 + self._batches_done)
                num_steps = self._train.steps(epoch, 1 + self._batches_done)
                if self._engine_ahead is not None:
                    with self._computing_batch():
                        loss_there = self._engine_ahead.learn_ahead(batch, batch_labels, num_steps)
                    reading = Reading(loss_there, self._gradients())
                    step = _Ahead(epoch, self._batches_done + 1, len(indices), lr, reading)
                    self._take_step(step)
                    began += yield from self._hand_over(most_ahead=1)
                    continue
                with self._computing_batch():
                    loss = self._engine.learn(batch, batch_labels, num_steps)
                loss = group.average(loss, self.network.parameters())
                norm = norm_of(self._gradients()).item()
                _check_finite(loss, norm, epoch, self._batches_done + 1)
                self._take_step(loss)
                handed_over = time.perf_counter()
                yield BatchTrained(epoch, self._batches_done, len(indices), loss, lr, norm)
                began += time.perf_counter() - handed_over  # whoever iterates saves, or holds
            began += yield from self._hand_over(most_ahead=0)
            lr = learning_rate(config, epoch, (self.batches - 1) / self.batches)
            train_loss = sum(self._losses) / len(self._losses)
            with self._evaluation_weights_in_place():
                val = self._scores("val")
            improved = val.loss is not None and val.loss < self._best_loss
            with self.lock:
                if improved:
                    self._best_loss = val.loss or 0.0
                    if config.keep == "best":
                        self._kept = epoch, self.evaluation_weights
                self._epochs_done, self._batches_done, self._losses = epoch, 0, []
            yield EpochTrained(epoch, train_loss, val, lr, time.perf_counter() - began, improved)
        kept_epoch, weights = self._kept or (self._epochs_done, self.evaluation_weights)
        self._replace_weights(weights)
        yield Tested(self._scores("test") if config.read_test == "once" else None, kept_epoch)

    @property
    def _engine_ahead(self) -> BatchedEngine | None:
        """The engine, where it need not be waited for after every step: of one process, on CUDA."""
        engine, on_cuda = self._engine, next(self.network.parameters()).is_cuda
        if isinstance(engine, BatchedEngine) and on_cuda and self._group.size == 1:
            return engine
        return None

    def _take_step(self, result: float | _Ahead) -> None:
        """Change the weights by the gradients of a batch, and count it with its loss."""
        with self.lock:
            self._before_batch = {}
            self._optimizer.step()
            if self._average is not None:
                self._average.update(self.network)
            self._batches_done += 1
            if isinstance(result, _Ahead):
                self._ahead.append(result)
            else:
                self._losses.append(result)

    def _hand_over(self, most_ahead: int) -> Generator[BatchTrained, None, float]:
        """Yield the oldest steps that are ahead, until there are no more than so many.

        Returns:
            The seconds that whoever iterates took.

        Raises:
            TrainingError: A loss or gradient is not finite.
        """
        seconds = 0.0
        while len(self._ahead) > most_ahead:
            trained = self._ahead[0].trained
            with self.lock:
                self._ahead.popleft()
                self._losses.append(trained.loss)
            handed_over = time.perf_counter()
            yield trained
            seconds += time.perf_counter() - handed_over
        return seconds

    @property
    def evaluation_weights(self) -> dict[str, Tensor]:
        """A copy of the weights to evaluate: their average where there is one, else those in training.

        They are quantised where the configuration says so.
        """
        weights = self._weights_in_training
        if self._average is not None:
            weights = {name: value.clone() for name, value in self._average.weights.items()}
        return quantised(weights, self._config.bits)

    @property
    def _weights_in_training(self) -> dict[str, Tensor]:
        """A copy of the weights that the optimizer changes, of full precision, as of the last batch done."""
        return copy_of(self.network) | self._before_batch

    def state(self) -> dict[str, Any]:
        """Everything that is needed to go on from the current position, of tensors and plain values only.

        The optimizer's tensors are not copies: hold `lock` until they are written.

        Raises:
            TrainingError: A loss or gradient that was still to come is not finite.
        """
        return {
            "images": self._images,
            "weights": self._training_weights or self._weights_in_training,
            "average": self._average and self._average.state(),
            "optimizer": self._optimizer.state_dict(),
            "epochs_done": self._epochs_done,
            "batches_done": self._batches_done,
            "losses": [*self._losses, *(step.trained.loss for step in self._ahead)],
            "best_loss": self._best_loss,
            "kept": self._kept,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that `state` returned.

        Raises:
            RunError: The state is damaged, or of another network, configuration or data set.
        """
        check_state(state, self.network, self.batches, averaged=self._average is not None)
        if state["images"] != self._images:
            remedy = "name the file or folder it was trained on with --data"
            if self._config.fold and self._config.group_by:
                remedy += ", with the names its files had: they decide which images are in the fold"
            raise RunError("the images are not those the run began with", where="--resume", remedy=remedy)
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
    def _computing_batch(self) -> Iterator[None]:
        """The network computes a batch inside of the `with` block, by quantised weights where there are any.

        After it the network has those of full precision, for the optimizer to change by the gradients of the
        others; statistics of batch norm are as the batch has left them.
        """
        bits = self._config.bits
        masters = masters_of(self.network, bits)
        with self.lock:
            self._before_batch = statistics_of(self.network) | masters
            if masters:
                self.network.load_state_dict(quantised(masters, bits), strict=False)
        try:
            yield
        finally:
            if masters:
                with self.lock:
                    self.network.load_state_dict(masters, strict=False)

    @contextmanager
    def _evaluation_weights_in_place(self) -> Iterator[None]:
        """The network has `evaluation_weights` inside of the `with` block, and those in training after it."""
        if self._average is None and self._config.bits == FLOAT_BITS:
            yield
            return
        self._replace_weights(self.evaluation_weights)
        try:
            yield
        finally:
            with self.lock:
                assert self._training_weights is not None
                self.network.load_state_dict(self._training_weights)
                self._training_weights = None

    def _scores(self, split: str) -> Scores:
        evaluation = evaluate_together(self._engine, self._splits[split], self._group)
        if self._group.rank == 0:
            return evaluation.score()
        return Scores(images=len(evaluation.labels), loss=evaluation.loss, rates=evaluation.rates)

    def _replace_weights(self, weights: dict[str, Tensor]) -> None:
        """Load other weights into the network, and keep those in training."""
        with self.lock:
            self._training_weights = copy_of(self.network)
            self.network.load_state_dict(weights)

    def _gradients(self) -> list[Tensor]:
        return [parameter.grad for parameter in self.network.parameters() if parameter.grad is not None]


def _check_finite(loss: float, norm: float, epoch: int, batch: int) -> None:
    """See that a batch's loss and the norm of its gradient are finite.

    Spikes are 0 or 1 whatever the membranes are, so weights gone wrong show in the gradient first.
    """
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise TrainingError(
            f"the loss or its gradient is no finite number (loss {loss:g})",
            where=f"epoch {epoch}, batch {batch}",
            remedy="try a lower --lr; the last checkpoint before it is kept",
        )


def _fingerprint(splits: dict[str, Images]) -> int:
    """A checksum of all images and labels."""
    total = 0
    for split in splits.values():
        total = split.checksum(total)
    return total


def optimizer_of(config: RunConfig, network: LayeredNetwork) -> torch.optim.Optimizer:
    """The optimizer that a configuration asks for."""
    kind = torch.optim.AdamW if config.optimizer == "adamw" else torch.optim.Adam
    return kind(network.parameters(), lr=config.lr, weight_decay=config.weight_decay)
