"""All engines side by side: the same training steps in the same process, one after the other in turn.

`python -m snn_tui.evaluation.bench ENGINE BATCH_SIZE NUM_STEPS DEVICE` is how it measures memory: in a
process that has done nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import torch
from torch import Tensor

from snn_tui.data import phantom
from snn_tui.errors import SnnTuiError
from snn_tui.runs.kernel_store import KernelStore
from snn_tui.snn.device import resolve
from snn_tui.snn.engines import Engine, Recipe
from snn_tui.snn.engines.registry import REFERENCE, choose
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.operations import multiply_adds
from snn_tui.training.evaluate import Images, evaluate
from snn_tui.values.bench import BenchReport, EngineSpeed, Quartiles

_WARM_UP = 2
_EVALUATED = 624
_EVALUATIONS = 3
_MATRIX = 1024
_PRODUCTS = 4
_MEMORY_STEPS = 2
_LEARNING_RATE = 1e-3


def bench(
    names: tuple[str, ...],
    *,
    batch_size: int,
    num_steps: int,
    rounds: int,
    device: str,
    on_progress: Callable[[str, float], None],
) -> BenchReport:
    """Measure engines on the study's network and the demo's images.

    Args:
        names: Engines of `snn.engines.registry`; the reference is needed for ratios.
        batch_size: Images a training step.
        num_steps: Time steps an image.
        rounds: Training steps of each engine that are timed.
        device: As `--device` takes it.
        on_progress: Called with what is going on, and the share of it all that is done, from 0 to 1.

    Raises:
        UsageError: This machine has no such device.
    """
    where, load = resolve(device), os.getloadavg()[0]
    on_progress("drawing images", 0.0)
    learners, notes = {}, {}
    for name in names:
        try:
            learners[name] = _Learner(name, batch_size, num_steps, where)
        except SnnTuiError as error:
            notes[name] = error.what
    times: dict[str, list[float]] = {name: [] for name in learners}
    products: list[float] = []
    total = _WARM_UP + rounds + 2 * _EVALUATIONS
    for turn in range(_WARM_UP + rounds):
        on_progress("training steps", turn / total)
        measured = {name: _timed(learner.step, where) for name, learner in learners.items()}
        product = _timed(_matrix_product(where), where)
        if turn >= _WARM_UP:
            products.append(product)
            for name, seconds in measured.items():
                times[name].append(seconds)
    evaluations: dict[str, list[float]] = {name: [] for name in learners}
    for turn in range(_EVALUATIONS):
        on_progress("evaluation", (_WARM_UP + rounds + turn) / total)
        for name, learner in learners.items():
            evaluations[name].append(_timed(learner.evaluate, where))
    memory = {}
    for number, name in enumerate(learners):
        on_progress(
            "memory, in processes of their own",
            (total - _EVALUATIONS * (1 - number / len(learners))) / total,
        )
        memory[name] = _memory(name, batch_size, num_steps, device)
    flops = _PRODUCTS * 2 * _MATRIX**3
    sgemm = _quartiles([flops / seconds / 1e9 for seconds in products])
    dense = dense_flops(SpikingNetwork(NetworkSpec()), num_steps)
    return BenchReport(
        engines=[
            EngineSpeed(name=name, note=notes[name])
            if name in notes
            else EngineSpeed(
                name=name,
                training=_quartiles([batch_size / seconds for seconds in times[name]]),
                training_ratio=_ratio(times, name),
                evaluation=_quartiles([_EVALUATED / seconds for seconds in evaluations[name]]),
                evaluation_ratio=_ratio(evaluations, name),
                memory=memory[name],
            )
            for name in names
        ],
        device=str(where) if where.type != "cuda" else torch.cuda.get_device_name(where),
        threads=torch.get_num_threads(),
        load=load,
        batch_size=batch_size,
        num_steps=num_steps,
        rounds=rounds,
        sgemm=sgemm,
        dense_flops=dense,
        roofline=sgemm.median * 1e9 / dense,
    )


def dense_flops(network: SpikingNetwork, num_steps: int) -> int:
    """Multiplications and additions of one image's forward and backward pass, if no spike is left out.

    Each multiply-add is done forward, for the gradient by the weights, and (but for the first layer) for the
    gradient by the layer's input.
    """
    first, *others = multiply_adds(network).values()
    return 2 * (2 * first + 3 * sum(others)) * num_steps


class _Learner:
    """An engine with a network, an optimizer and images of its own, all as in a training run."""

    def __init__(self, name: str, batch_size: int, num_steps: int, device: torch.device) -> None:
        torch.use_deterministic_algorithms(True, warn_only=True)
        network = SpikingNetwork(NetworkSpec(), 0).to(device)
        self._engine: Engine = choose(name, network, Recipe(num_steps), store=KernelStore()).engine
        self._optimizer = torch.optim.Adam(network.parameters(), _LEARNING_RATE)
        made = phantom.generate()
        self._train, self._test = (
            Images.of(made.splits[name], name, device, made.task) for name in ("train", "test")
        )
        self._size, self._turn = batch_size, 0

    def step(self) -> None:
        """One training step on the next images."""
        begin = self._turn * self._size
        picks = torch.arange(begin, begin + self._size, device=self._train.labels.device)
        self._turn += 1
        self._engine.learn(*self._train.pick(picks % len(self._train), draw=self._turn))
        self._optimizer.step()

    def evaluate(self) -> None:
        """Evaluate all images of test."""
        evaluate(self._engine, self._test)


def _matrix_product(device: torch.device) -> Callable[[], None]:
    factors = [torch.ones(_MATRIX, _MATRIX, device=device) for _ in range(2)]

    def multiply() -> None:
        out: Tensor = factors[0]
        for _ in range(_PRODUCTS):
            out = factors[0] @ factors[1]
        del out

    return multiply


def _timed(work: Callable[[], None], device: torch.device) -> float:
    """Seconds until the work is done, on the device too."""
    _finish(device)
    began = time.perf_counter()
    work()
    _finish(device)
    return time.perf_counter() - began


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _quartiles(values: list[float]) -> Quartiles:
    if len(values) < 2:
        return Quartiles(median=values[0], low=values[0], high=values[0])
    quarters = quantiles(values, n=4, method="inclusive")
    return Quartiles(median=median(values), low=quarters[0], high=quarters[2])


def _ratio(times: dict[str, list[float]], name: str) -> Quartiles | None:
    if REFERENCE not in times:
        return None
    return _quartiles([theirs / mine for mine, theirs in zip(times[name], times[REFERENCE], strict=True)])


def _memory(name: str, batch_size: int, num_steps: int, device: str) -> int | None:
    if not _PEAK_RESET.exists():
        return None
    command = [
        sys.executable,
        "-P",
        "-m",
        "snn_tui.evaluation.bench",
        name,
        str(batch_size),
        str(num_steps),
        device,
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(answer.stdout) if answer.returncode == 0 and answer.stdout.strip().isdigit() else None


_PEAK_RESET = Path("/proc/self/clear_refs")


def _memory_of(name: str, batch_size: int, num_steps: int, device: str) -> int:
    """Bytes at the peak of a few training steps above what there was before; for a process of its own."""
    learner = _Learner(name, batch_size, num_steps, resolve(device))
    _matrix_product(resolve(device))()  # libraries that are loaded at the first use
    _PEAK_RESET.write_text("5")
    before = _status("VmRSS")
    for _ in range(_MEMORY_STEPS):
        learner.step()
    return max(0, _status("VmHWM") - before)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field + ":")).split()[1]) * 1024


if __name__ == "__main__":
    sys.stdout.write(str(_memory_of(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
