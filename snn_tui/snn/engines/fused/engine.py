"""The fused engine: kernels generated for the network compute one image at a time, on several threads."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Prediction, Recipe
from snn_tui.snn.engines.fused import loss, neurons, norm, penalty, programs
from snn_tui.snn.engines.fused.jit import Store, compile_module
from snn_tui.snn.engines.fused.plan import IMAGES_A_TASK, Plan
from snn_tui.snn.engines.fused.weights import Weights
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.recording import Recording

_TYPES = [ctypes.c_void_p, *[ctypes.c_int64] * 5, *[ctypes.c_float] * (len(neurons.ARGUMENTS) + 1)]
"""The types of `walk.ARGUMENTS`."""


def obstacle(network: SpikingNetwork, recipe: Recipe) -> str:
    """What this engine does not cover of a network and a recipe, or an empty text if it covers all."""
    device, spec = next(network.parameters()).device, network.spec
    missing = {
        f"computing on {device} (the CPU only)": device.type != "cpu",
        f"{recipe.encoding} coding": recipe.encoding not in ("rate", "direct"),
        f"loss on the {recipe.loss}": recipe.loss not in ("rate", "current"),
        "other neurons than leaky ones": not neurons.covers(network),
        f"{spec.surrogate} surrogate": spec.surrogate not in ("fast_sigmoid", "arctan"),
    }
    obstacles = [what for what, needed in missing.items() if needed]
    plan = Plan.of(spec, recipe)
    return ", ".join([*obstacles, *plan.obstacles(max(recipe.num_steps, recipe.learning_steps))])


class FusedEngine:
    """Computes what `ReferenceEngine` defines, several times faster, on the CPU.

    Args:
        network: The network, on the CPU.
        recipe: How images are encoded and the loss is computed.
        store: Where compiled kernels are kept.

    Raises:
        RuntimeError: The kernels cannot be compiled on this machine.
    """

    name = "fused"
    spiking = True

    def __init__(self, network: SpikingNetwork, recipe: Recipe, store: Store | None = None) -> None:
        self._network = network
        self._recipe = recipe
        self.num_steps = recipe.num_steps
        self._seed = recipe.seed
        self._plan = Plan.of(network.spec, recipe)
        self._compiled = compile_module(
            programs.generate(self._plan),
            dict.fromkeys(programs.names(self._plan), _TYPES),
            {} if store is None else store,
        )
        self._parameters = {
            name: np.zeros(elements, np.float32) for name, elements in self._plan.parameters.items()
        }
        self._parameters |= loss.tables(self._plan, recipe) | penalty.tables(network, self._plan, recipe)
        self._weights = Weights(network, self._plan)
        self._threads = torch.get_num_threads()
        self._pool = ThreadPoolExecutor(self._threads, "fused")
        # By image each thread has all arrays; by layer each image has those that are kept, a thread the rest.
        self._workspaces: list[_Workspace] = []
        self._kept: list[_Workspace] = []
        self._passing: list[_Workspace] = []

    def learn(self, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        """See `Engine.learn`."""
        steps = num_steps or self._recipe.learning_steps
        if steps > self._recipe.learning_steps:
            raise ValueError(f"{steps} time steps, more than there is room for")
        size, plan = len(batch.images), self._plan
        if len(labels) != size:
            raise ValueError(f"labels of {len(labels)} images, not of {size}")
        targets = loss.targets(plan, self._recipe, labels)
        self._weights.read(self._parameters, folded=False)
        tasks = -(-size // IMAGES_A_TASK)
        gradients = np.zeros((tasks, plan.gradient_room), np.float32)
        fired = np.zeros((tasks, len(plan.blocks)), np.int64)
        inputs = self._inputs(batch) | targets
        scale = 1.0 / (size * steps * plan.labels)
        by_task: dict[str, NDArray[Any]] = {"gradient": gradients, "fired": fired}
        call = partial(self._run, num_steps=steps, by_task=by_task, stream=int(batch.stream), scale=scale)
        if plan.norm:
            self._learn_by_layer(call, inputs, steps)
        else:
            call("learn", shared=inputs)
        total = gradients.sum(0, dtype=np.float64).astype(np.float32)
        parts = {name: total[first : first + count] for name, first, count in plan.gradient_parts()}
        self._weights.write(parts)
        return float(parts["loss"][0]) * scale

    @torch.no_grad()
    def predict(self, batch: Batch, labels: Tensor | None = None) -> Prediction:
        """See `Engine.predict`."""
        spikes, membranes, currents, fired = self._forward(batch)
        names, neurons = list(self._network.shapes), self._network.neuron_counts
        frames = len(batch.images) * self.num_steps
        rates = {
            name: int(count) / (frames * neurons[name]) for name, count in zip(names, fired, strict=False)
        }
        return Prediction(
            spikes_out=spikes,
            membranes_out=membranes,
            losses=None if labels is None else self._recipe.losses(currents, spikes, labels),
            rates=rates | {names[-1]: float(spikes.mean())},
        )

    @torch.no_grad()
    def record(self, batch: Batch) -> Recording:
        """See `Engine.record`."""
        size, draws = len(batch.images), torch.as_tensor(batch.draws).expand(len(batch.images))
        outs, layers = [], []
        for index in range(size):
            one = slice(index, index + 1)
            outs.append(self._forward(Batch(batch.images[one], batch.ids[one], draws[one], batch.stream))[:2])
            layers.append(self._workspaces[-1].spikes(self._plan, self.num_steps))
        spikes, membranes = (torch.cat(parts, dim=1) for parts in zip(*outs, strict=True))
        hidden = [torch.stack(parts, dim=1) for parts in zip(*layers, strict=True)]
        names = self._network.shapes
        spikes_in = self._recipe.encode(batch, self.num_steps)
        return Recording(spikes_in, dict(zip(names, [*hidden, spikes], strict=True)), membranes)

    def _forward(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor, NDArray[np.int64]]:
        """Spikes, membranes and input currents of the outputs, `[T, B, K]`, and each block's spikes."""
        size, plan = len(batch.images), self._plan
        self._weights.read(self._parameters)
        shape = (size, self.num_steps, plan.classes)
        outs = {name: np.empty(shape, np.float32) for name in ("spikes_out", "membranes_out", "currents_out")}
        fired = np.zeros((-(-size // IMAGES_A_TASK), len(plan.blocks)), np.int64)
        self._run(
            "show",
            num_steps=self.num_steps,
            shared=self._inputs(batch) | outs,
            by_task={"fired": fired},
            stream=int(batch.stream),
            scale=0.0,
        )
        spikes, membranes, currents = (
            torch.from_numpy(out).transpose(0, 1).contiguous() for out in outs.values()
        )
        return spikes, membranes, currents, fired.sum(0)

    def _inputs(self, batch: Batch) -> dict[str, NDArray[Any]]:
        """The arrays that the kernels read of a batch, checked, as the kernels check nothing."""
        plan = self._plan
        shape = (len(batch.images), plan.channels, plan.size, plan.size)
        if batch.images.shape != shape or batch.images.dtype != torch.uint8 or len(batch.ids) != shape[0]:
            raise ValueError(f"images {tuple(batch.images.shape)} {batch.images.dtype}, not {shape} uint8")
        draws = torch.as_tensor(batch.draws).expand(len(batch.images))
        return {
            "images": batch.images.contiguous().numpy(),
            "ids": batch.ids.to(torch.int64).contiguous().numpy(),
            "draws": draws.to(torch.int64).contiguous().numpy(),
        }

    def _learn_by_layer(self, call: Callable[..., None], inputs: dict[str, NDArray[Any]], steps: int) -> None:
        """Call what stands in the place of `learn` with batch norm, whose statistics come in between."""
        plan, size = self._plan, len(inputs["images"])
        moments = {
            f"moments{number}": np.zeros((size, 2, block.width), np.float32)
            for number, block in enumerate(plan.blocks)
        }
        parameters = [
            self._parameters[f"norm{number}"].reshape(norm.ROWS, block.width)
            for number, block in enumerate(plan.blocks)
        ]
        shared = inputs | moments
        for number, block in enumerate(plan.blocks):
            call(f"currents_of{number}", shared=shared)
            count = block.size**2 * (1 if block.direct else steps)
            self._weights.norms[number].forward(moments[f"moments{number}"], count, parameters[number])
        call("judge_batch", shared=shared)
        for number in reversed(range(len(plan.blocks))):
            self._weights.norms[number].backward(moments[f"moments{number}"], parameters[number])
            call(f"back_through{number}", shared=shared)

    def _run(
        self,
        function: str,
        *,
        num_steps: int,
        shared: dict[str, NDArray[Any]],
        by_task: dict[str, NDArray[Any]],
        stream: int,
        scale: float,
    ) -> None:
        """Call a kernel for all images, `IMAGES_A_TASK` at a time, on all threads.

        Args:
            function: One of `programs.names`.
            num_steps: Time steps of an image.
            shared: Arrays that all tasks read or write, by their name in `Plan.frame`.
            by_task: Arrays whose first axis is the task.
            stream: Stream of the rate coding.
            scale: Factor of the loss.
        """
        call, plan = self._compiled.functions[function], self._plan
        size = len(shared["images"])
        tasks = -(-size // IMAGES_A_TASK)
        most = max(self.num_steps, self._recipe.learning_steps)
        by_layer = plan.norm and function != "show"
        while by_layer and len(self._kept) < size:
            self._kept.append(_Workspace(plan, self._recipe.learning_steps, kept=True))
        workspaces = self._passing if by_layer else self._workspaces
        while len(workspaces) < min(self._threads, tasks):
            workspaces.append(_Workspace(plan, most, kept=False if by_layer else None))
        free = list(workspaces)
        frames = np.zeros((size if by_layer else tasks, len(plan.frame)), np.int64)
        _fill(frames, plan, self._parameters | shared)
        if by_layer:
            frames[:, self._kept[0].columns] = [kept.addresses for kept in self._kept[:size]]

        def task(number: int) -> None:
            workspace = free.pop()
            first = number * IMAGES_A_TASK
            last = min(first + IMAGES_A_TASK, size)
            rows = frames[first:last] if by_layer else frames[number : number + 1]
            rows[:, workspace.columns] = workspace.addresses
            _fill(rows, plan, {name: array[number] for name, array in by_task.items()})
            call(
                # A row for each image of the batch, or one for all images of the task.
                *((frames if by_layer else rows).ctypes.data, num_steps, first, last),
                *(self._seed, stream, *neurons.values(self._network.spec), scale),
            )
            free.append(workspace)

        for _ in self._pool.map(task, range(tasks)):
            pass


def _fill(frames: NDArray[np.int64], plan: Plan, arrays: dict[str, NDArray[Any]]) -> None:
    """Write the addresses of arrays into tables of addresses."""
    for name, array in arrays.items():
        frames[:, plan.columns[name]] = array.ctypes.data


class _Workspace:
    """The arrays of one thread, or what is kept of an image.

    Args:
        plan: The network.
        num_steps: Time steps of an image.
        kept: Whether to have the arrays that are kept of an image, those that are not, or all.
    """

    def __init__(self, plan: Plan, num_steps: int, *, kept: bool | None = None) -> None:
        self.arrays = {
            name: np.zeros(array.size(num_steps) + 64, np.uint8)
            for name, array in plan.scratch.items()
            if kept is None or array.kept == kept
        }
        self.columns = [plan.columns[name] for name in self.arrays]
        self.addresses = [array.ctypes.data for array in self.arrays.values()]

    def spikes(self, plan: Plan, num_steps: int) -> list[Tensor]:
        """`[T, channel, row, column]` spikes of each block for the last image that was computed."""
        blocks = []
        for number, block in enumerate(plan.blocks):
            array = self.arrays[f"spikes{number}"][: 4 * num_steps * block.spike_room].view(np.float32)
            grid = array.reshape(num_steps, -1)[:, : block.side**2 * block.channels]
            grid = grid.reshape(num_steps, block.side, block.side, block.channels)
            inner = slice(block.border, block.border + block.size)
            grid = grid[:, inner, inner]
            blocks.append(torch.from_numpy(grid.transpose(0, 3, 1, 2).copy()))
        return blocks
