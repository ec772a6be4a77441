"""What is timed: an engine or another library, with a network, an optimizer and images of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from typing import cast

import torch
from torch import Tensor

from snn_tui.config.run_config import RunConfig
from snn_tui.evaluation.bench.peers import PEERS, NotPossible
from snn_tui.evaluation.images import phantoms
from snn_tui.runs.kernel_store import KernelStore
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.registry import ENGINES, Chosen, NotCovered, checked
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.evaluate import Images
from snn_tui.training.loop import optimizer_of


class Subject:
    """The network, recipe and generated images of a configuration, the same for all that is timed.

    Args:
        config: The configuration; real images are replaced by generated ones of the same kind.
        device: What to compute on.
    """

    def __init__(self, config: RunConfig, device: torch.device) -> None:
        self.config, self.device = config, device
        made = phantoms(config)
        self.task = made.task
        self.recipe = Recipe.of(config, made.task)
        self._spec = NetworkSpec.of(config, made.task)
        self._images = {
            name: Images.of(made.splits[name], name, device, made.task) for name in ("train", "test")
        }

    def network(self) -> SpikingNetwork:
        """The network before training."""
        return SpikingNetwork(self._spec, self.config.seed).to(self.device)

    def batch(self, split: str, size: int, turn: int) -> tuple[Batch, Tensor]:
        """Images and labels of a split; each turn has the next ones, and the first come after the last."""
        images = self._images[split]
        indices = torch.arange(turn * size, (turn + 1) * size, device=self.device) % len(images)
        return images.pick(indices, draw=turn)

    def few_batches(self, count: int) -> list[tuple[Batch, Tensor]]:
        """Some small batches, to compare an engine on a GPU with the reference on."""
        return [self.batch("train", 8, turn) for turn in range(count)]


class Candidate(ABC):
    """Something that is timed; `step` and `predict` take the next images at each call.

    Args:
        subject: Network and images.
        optimizer: Of the parameters in training.
    """

    differs = ""
    """What it computes otherwise than the reference engine."""

    def __init__(self, subject: Subject, optimizer: torch.optim.Optimizer) -> None:
        self._subject, self._optimizer, self._turn = subject, optimizer, 0

    def step(self) -> None:
        """A training step: encoding, forward pass, backward pass, optimizer."""
        self._turn += 1
        self._learn(*self._subject.batch("train", self._subject.config.batch_size, self._turn))

    def predict(self, size: int) -> None:
        """Predict that many images."""
        self._turn += 1
        self._judge(self._subject.batch("test", size, self._turn)[0])

    @abstractmethod
    def _learn(self, batch: Batch, labels: Tensor) -> None: ...

    @abstractmethod
    def _judge(self, batch: Batch) -> None: ...


class EngineCandidate(Candidate):
    """An engine, computing as in a training run.

    Args:
        name: Its name in the registry.
        subject: Network and images.

    Raises:
        NotCovered: It cannot compute the network here.
    """

    def __init__(self, name: str, subject: Subject) -> None:
        network = subject.network()
        super().__init__(subject, optimizer_of(subject.config, network))
        made = Chosen(ENGINES[name].make(network, subject.recipe, "float32", KernelStore()))
        few = partial(subject.few_batches, 2)
        self._engine = checked(made, network, subject.recipe, "float32", few).engine

    def _learn(self, batch: Batch, labels: Tensor) -> None:
        with _as_in_training():
            self._engine.learn(batch, labels)
            self._optimizer.step()

    def _judge(self, batch: Batch) -> None:
        with _as_in_training():
            self._engine.predict(batch)


class PeerCandidate(Candidate):
    """Another library, computing as its documentation says.

    Args:
        name: Its name in `PEERS`.
        subject: Network and images.

    Raises:
        NotPossible: It is not installed, or cannot compute the network.
    """

    def __init__(self, name: str, subject: Subject) -> None:
        if not subject.network().spec.spiking:
            raise NotPossible("its neurons spike, and those of this network do not")
        self._network = PEERS[name].load()(subject.network(), subject.recipe).to(subject.device)
        super().__init__(subject, optimizer_of(subject.config, cast(SpikingNetwork, self._network)))
        self.differs = self._network.differences

    def _learn(self, batch: Batch, labels: Tensor) -> None:
        self._network.train()
        self._optimizer.zero_grad()
        recipe = self._subject.recipe
        currents, spikes = self._network(batch.images / 255, recipe.learning_steps)
        loss = self._network.loss(currents, spikes, labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        loss.item()

    @torch.no_grad()
    def _judge(self, batch: Batch) -> None:
        self._network.eval()
        _, spikes = self._network(batch.images / 255, self._subject.recipe.num_steps)
        spikes.sum(0).cpu()


def candidate(name: str, subject: Subject) -> Candidate:
    """An engine or a library by its name.

    Raises:
        NotPossible: It cannot be timed; the text says why.
    """
    if name in ENGINES:
        try:
            return EngineCandidate(name, subject)
        except NotCovered as error:
            raise NotPossible(str(error)) from error
    return PeerCandidate(name, subject)


def try_once(peer: Candidate) -> None:
    """Train and predict once: a library may be too old or too new for this torch.

    Raises:
        NotPossible: It fails.
    """
    try:
        peer.step()
        peer.predict(1)
    except (RuntimeError, TypeError, ValueError, AttributeError) as error:
        raise NotPossible(f"fails beside torch {torch.__version__}: {error}") from error


def version_of(name: str) -> str:
    """The version of a library; empty for an engine."""
    return "" if name in ENGINES else version(PEERS[name].package)


@contextmanager
def _as_in_training() -> Iterator[None]:
    """Torch's deterministic algorithms, as the trainer sets them; the other libraries do without."""
    before = torch.get_deterministic_debug_mode()
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(before)
