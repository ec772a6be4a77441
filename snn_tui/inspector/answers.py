"""What the inspector shows on the Data and the Model screen: images, their codings, a network and its firing.

No question depends on one before it, so that an inspector that was started anew can answer any of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from snn_tui.config.run_config import RunConfig
from snn_tui.data.balance import balance, summary
from snn_tui.data.dataset import Dataset
from snn_tui.errors import UsageError
from snn_tui.evaluation.images import at_hand, images_for, phantoms
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector import messages
from snn_tui.inspector.messages import Coding, Exhibit, LayerActivity, LayerFacts
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.snn.encoding import Batch, Stream, direct, latency, rate
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.operations import Tally, multiply_adds
from snn_tui.values.dataset import Picture

OnWorking = Callable[[str, float | None], None]

SATURATED = 0.95
"""Share of steps from which on a neuron that fires so often says nothing any more."""

_MOST_FRAMES = 2560  # images times steps recorded at once: some 20 MB of spikes
_TENTHS = 10


class Exhibits:
    """Answers the questions of `figures`. Keeps the data set and the network it was asked about last."""

    def __init__(self) -> None:
        self._images: tuple[tuple[str, str | None, str | None], Dataset, bool] | None = None
        self._kept: tuple[object, dict[str, set[int]]] | None = None
        self._studied: OpenedRun | None = None

    def answer(
        self, question: messages.Question, on_working: OnWorking, opened: OpenedRun | None = None
    ) -> messages.Answer:
        """The answer to a question.

        Args:
            question: Any.
            on_working: Told what takes a while.
            opened: A run that is open already.

        Raises:
            SnnTuiError: There is none.
        """
        match question:
            case messages.DataFacts(config, fetch):
                dataset, stands_in = self._dataset(config, on_working, fetch)
                balanced = balance(dataset, config.balance, config.seed)
                labels = {split: images.labels.tobytes() for split, images in dataset.splits.items()}
                return messages.DataTold(summary(dataset, balanced), stands_in, labels)
            case messages.Shelf(config, split, indices):
                dataset, _ = self._dataset(config, on_working)
                return messages.Shelved([self._exhibit(dataset, config, split, index) for index in indices])
            case messages.Encode():
                return self._encode(question, on_working)
            case messages.ModelFacts(config, run):
                return self._model(config, run, on_working, opened)
            case messages.Activity(run, images):
                return _activity(self._study(run, on_working, opened), images, on_working)

    # Images

    def _dataset(self, config: RunConfig, on_working: OnWorking, fetch: bool = False) -> tuple[Dataset, bool]:
        key = (config.dataset, config.data, config.fold)
        found = fetch or at_hand(config)
        # Phantoms stand in until the images are there, whoever downloaded them.
        if self._images is None or self._images[0] != key or (found and self._images[2]):
            dataset = images_for(config, None, on_working) if found else phantoms()
            self._images = key, dataset, not found
        return self._images[1:]

    def _exhibit(self, dataset: Dataset, config: RunConfig, split: str, index: int) -> Exhibit:
        key = (dataset, config.balance, config.seed)
        if self._kept is None or self._kept[0] != key:
            balanced = balance(dataset, config.balance, config.seed)
            self._kept = key, {name: set(part.ids.tolist()) for name, part in balanced.splits.items()}
        images = dataset.splits[split]
        size = len(images.labels)
        if not 0 <= index < size:
            raise UsageError(f"{split} has no image {index}", remedy=f"give a number from 0 to {size - 1}")
        pixels = images.images[index]
        height, width = pixels.shape
        picture = Picture(
            pixels=pixels.tobytes(), height=height, width=width, label=int(images.labels[index])
        )
        return Exhibit(index, int(images.ids[index]) in self._kept[1][split], picture)

    def _encode(self, question: messages.Encode, on_working: OnWorking) -> messages.Encoded:
        if not 1 <= question.num_steps <= messages.MOST_STEPS:
            raise UsageError(f"not {question.num_steps} steps", remedy=f"1 to {messages.MOST_STEPS}")
        config, split, index = question.config, question.split, question.index
        dataset, _ = self._dataset(config, on_working)
        exhibit = self._exhibit(dataset, config, split, index)
        images = dataset.splits[split]
        pixels = torch.from_numpy(np.ascontiguousarray(images.images[index]))[None, None]
        batch = Batch(pixels, torch.tensor([int(images.ids[index])]), question.draw, Stream[split.upper()])
        frames = _frames(batch, question.coding, question.num_steps, config.seed)
        return messages.Encoded(
            exhibit, question.coding, question.draw, [frame.tobytes() for frame in frames]
        )

    # Networks

    def _study(self, run: str, on_working: OnWorking, opened: OpenedRun | None) -> OpenedRun:
        path = Path(run)
        if opened is not None and opened.run.path == path:
            self._studied = opened
        if self._studied is None or self._studied.run.path != path:
            on_working("bringing the network to life", None)
            directory = RunDir(path)
            config = read_config(directory)
            dataset = images_for(config, None, on_working) if at_hand(config) else phantoms()
            self._studied = OpenedRun(directory, dataset)
        self._studied.refresh()
        return self._studied

    def _model(
        self, config: RunConfig, run: str | None, on_working: OnWorking, opened: OpenedRun | None
    ) -> messages.ModelTold:
        name, epoch = "", 0
        if run is None:
            network = SpikingNetwork(NetworkSpec.of(config), config.seed)
        else:
            studied = self._study(run, on_working, opened)
            network, config = studied.network, studied.config
            name, epoch = studied.run.name, studied.epoch
        spec = network.spec
        first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
        return messages.ModelTold(
            name=name,
            epoch=epoch,
            input=[1, spec.size, spec.size],
            layers=layers_of(network),
            beta=spec.beta,
            threshold=spec.threshold,
            num_steps=config.num_steps,
            kernels=first.weight.detach().cpu().flatten(1).tolist(),
            given="spikes" if config.encoding == "rate" else "current",
        )


def _frames(batch: Batch, coding: Coding, num_steps: int, seed: int) -> NDArray[np.uint8]:
    """`[T, H * W]` spikes, or currents in 255ths."""
    if coding.kind == "direct":
        coded = (direct(batch.images, num_steps) * 255).round()
    elif coding.kind == "latency":
        coded = latency(
            batch.images,
            num_steps,
            linear=coding.linear,
            tau=coding.tau,
            threshold=coding.threshold,
            clip=coding.clip,
        )
    else:
        coded = rate(batch, num_steps, seed)
    frames: NDArray[np.uint8] = coded.to(torch.uint8).flatten(1).contiguous().numpy()
    return frames


def layers_of(network: SpikingNetwork) -> list[LayerFacts]:
    """Shapes, parameters and multiply-adds of a network's layers."""
    macs = multiply_adds(network)
    return [
        LayerFacts(
            name=name,
            synapses=[word for module in layer.synapses.children() for word in _words(module)],
            shape=list(network.shapes[name]),
            parameters=sum(one.numel() for one in layer.parameters() if one.requires_grad),
            macs=macs[name],
        )
        for name, layer in network.named_layers()
    ]


def _words(module: nn.Module) -> list[str]:
    match module:
        case nn.Conv2d():
            return [f"conv {module.in_channels}>{module.out_channels}, {_square(module.kernel_size[0])}"]
        case nn.MaxPool2d():
            return [f"max pool {_square(int(module.kernel_size))}"]  # type: ignore[arg-type]
        case nn.AvgPool2d():
            return [f"mean pool {_square(int(module.kernel_size))}"]  # type: ignore[arg-type]
        case nn.AdaptiveAvgPool2d():
            return ["global mean"]
        case nn.BatchNorm2d():
            return ["batch norm"]
        case nn.Linear():
            return [f"linear {module.in_features}>{module.out_features}"]
    return []


def _square(side: int) -> str:
    return f"{side}x{side}"


def _activity(studied: OpenedRun, images: int, on_working: OnWorking) -> messages.ActivityTold:
    """Show images of val to the network, a few at a time, and count."""
    network, split = studied.network, "val"
    many = min(images, len(studied.dataset.splits[split].labels))
    at_once = max(1, _MOST_FRAMES // studied.config.num_steps)
    totals: dict[str, Tensor] = {}  # spikes of each neuron
    tally = Tally(network)
    spikes_in, pixels = 0.0, 1
    for start in range(0, many, at_once):
        on_working(f"recording {many} images", start / many)
        recording = studied.record(split, range(start, min(start + at_once, many)))
        pixels = recording.spikes_in[0, 0].numel()
        spikes_in += float(recording.spikes_in.sum())
        tally.add(recording)
        for name, spikes in recording.spikes.items():
            fired = spikes.to(torch.float32).sum((0, 1)).flatten().cpu()
            totals[name] = totals.get(name, torch.zeros(())) + fired
    shown, costs = many * studied.config.num_steps, tally.energy().layers
    layers = {
        name: LayerActivity(
            rate=float(total.mean()) / shown,
            dead=int((total == 0).sum()),
            saturated=int((total >= SATURATED * shown).sum()),
            spread=torch.histc(total / shown, _TENTHS, 0.0, 1.0).to(torch.int64).tolist(),
            additions=costs[name].acs + costs[name].macs,
        )
        for name, total in totals.items()
    }
    synthetic = studied.dataset.synthetic
    return messages.ActivityTold(many, synthetic, spikes_in / (shown * pixels), layers, studied.epoch)
