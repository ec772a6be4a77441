"""Timing engines and other libraries in turn, in the same process and on the same threads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles

import torch

from snn_tui.config.run_config import RunConfig
from snn_tui.evaluation.bench.candidates import Candidate, Subject, candidate, try_once, version_of
from snn_tui.evaluation.bench.dense import PRODUCT_FLOPS, inference_flops, matrix_product, training_flops
from snn_tui.evaluation.bench.memory import peak_memory
from snn_tui.evaluation.bench.peers import LOOP, PEERS, NotPossible
from snn_tui.snn.device import resolve
from snn_tui.snn.engines.registry import ENGINES, REFERENCE
from snn_tui.values.bench import BenchReport, BenchRow, Quartiles, Speed, Work

OnProgress = Callable[[str, float], None]
"""Called with what is going on, and the share of it all that is done, from 0 to 1."""

FEWEST_ROUNDS = 3
_LARGE, _ONE = 256, 1


@dataclass(frozen=True)
class _Kind:
    """A kind of work.

    Args:
        title: What is said while it is timed.
        call: Does it once.
        budget: Seconds that each candidate may take for it, beyond its fewest rounds.
        begin: Share of all that is done when it begins.
        end: That when it ends.
    """

    title: str
    call: Callable[[Candidate], None]
    budget: float
    begin: float
    end: float


KINDS = {
    "training": _Kind("training", lambda learner: learner.step(), 8.0, 0.0, 0.45),
    f"inference_{_LARGE}": _Kind(
        f"predicting {_LARGE} images", lambda learner: learner.predict(_LARGE), 6.0, 0.45, 0.8
    ),
    f"inference_{_ONE}": _Kind("predicting one image", lambda learner: learner.predict(_ONE), 2.0, 0.8, 0.9),
}
"""What is timed, by its name in the report, in the order that it is timed in."""

_MEMORY_BEGINS = 0.9


def bench(
    names: tuple[str, ...], config: RunConfig, *, preset: str, rounds: int, on_progress: OnProgress
) -> BenchReport:
    """Measure engines and other libraries on the network of a configuration and generated images.

    Args:
        names: Engines of `snn.engines.registry` and libraries of `PEERS`; the reference engine and the plain
            snnTorch loop are needed for ratios.
        config: How to train; augmentation and the average of weights are left out.
        preset: What the configuration is called.
        rounds: Most measurements of each kind of work; slow candidates have fewer.
        on_progress: Called before each measurement.

    Raises:
        UsageError: This machine has no such device, or the network cannot be built.
    """
    device, load = resolve(config.device), os.getloadavg()[0]
    on_progress("drawing images", 0.0)
    subject = Subject(config, device)
    candidates: dict[str, Candidate] = {}
    notes: dict[str, str] = {}
    for name in names:
        try:
            made = candidate(name, subject)
            if name in PEERS:
                try_once(made)
            candidates[name] = made
        except NotPossible as error:
            notes[name] = str(error)
    times, matmul = {}, {}
    for name, kind in KINDS.items():
        times[name], products = _in_turn(kind, candidates, rounds, device, on_progress)
        matmul[name] = _quartiles([PRODUCT_FLOPS / seconds / 1e9 for seconds in products])
    memory = {}
    for number, name in enumerate(candidates):
        share = _MEMORY_BEGINS + (1 - _MEMORY_BEGINS) * number / len(candidates)
        on_progress(f"memory of {name}, in a process of its own", share)
        memory[name] = peak_memory(name, config)
    work = _work(subject, matmul)
    return BenchReport(
        rows=[
            BenchRow(
                name=name,
                kind="engine" if name in ENGINES else "library",
                note=notes[name],
            )
            if name in notes
            else BenchRow(
                name=name,
                kind="engine" if name in ENGINES else "library",
                version=version_of(name),
                speeds={kind: _speed(times[kind], name, work[kind]) for kind in KINDS},
                memory=memory[name],
                differs=candidates[name].differs,
            )
            for name in names
        ],
        work=work,
        preset=preset,
        layers=config.layers,
        encoding=config.encoding,
        device=str(device) if device.type != "cuda" else torch.cuda.get_device_name(device),
        threads=torch.get_num_threads(),
        load=load,
        torch=str(torch.__version__),
        shape=list(subject.task.shape),
    )


def _work(subject: Subject, matmul: Mapping[str, Quartiles]) -> dict[str, Work]:
    recipe, network = subject.recipe, subject.network()
    predicted = recipe.num_steps, inference_flops(network, recipe)
    trained = recipe.learning_steps, training_flops(network, recipe)
    costs = {
        "training": (subject.config.batch_size, *trained),
        f"inference_{_LARGE}": (_LARGE, *predicted),
        f"inference_{_ONE}": (_ONE, *predicted),
    }
    return {
        name: Work(
            batch_size=size,
            num_steps=steps,
            dense_flops=flops,
            matmul=matmul[name],
            roofline=matmul[name].median * 1e9 / flops,
        )
        for name, (size, steps, flops) in costs.items()
    }


def _in_turn(
    kind: _Kind,
    candidates: Mapping[str, Candidate],
    most: int,
    device: torch.device,
    on_progress: OnProgress,
) -> tuple[dict[str, list[float]], list[float]]:
    """Seconds of each call of a kind of work: in each round one call of each candidate, A B C A B C.

    A candidate that would take longer than the budget is in the first rounds only. The second value has the
    seconds of a matrix product that is timed in each round.
    """
    span = kind.end - kind.begin
    rounds: dict[str, int] = {}
    for number, (name, learner) in enumerate(candidates.items()):
        on_progress(f"{kind.title}: {name}, warm-up", kind.begin + span * 0.3 * number / len(candidates))
        seconds = _timed(partial(kind.call, learner), device)
        if seconds < kind.budget / FEWEST_ROUNDS:  # the first call compiles and allocates
            seconds = _timed(partial(kind.call, learner), device)
        rounds[name] = max(min(FEWEST_ROUNDS, most), min(most, int(kind.budget / seconds)))
    product = matrix_product(device)
    _timed(product, device)
    times: dict[str, list[float]] = {name: [] for name in candidates}
    products: list[float] = []
    done, total = 0, max(1, sum(rounds.values()))
    for turn in range(max(rounds.values(), default=most)):
        for name, learner in candidates.items():
            if turn < rounds[name]:
                on_progress(f"{kind.title}: {name}", kind.begin + span * (0.3 + 0.7 * done / total))
                times[name].append(_timed(partial(kind.call, learner), device))
                done += 1
        products.append(_timed(product, device))
    return times, products


def _speed(times: Mapping[str, list[float]], name: str, work: Work) -> Speed:
    speeds = _quartiles([work.batch_size / seconds for seconds in times[name]])
    return Speed(
        images_per_second=speeds,
        rounds=len(times[name]),
        roofline=speeds.median / work.roofline,
        vs_snntorch=_ratio(times, name, LOOP),
        vs_reference=_ratio(times, name, REFERENCE),
    )


def _ratio(times: Mapping[str, list[float]], name: str, other: str) -> Quartiles | None:
    """Speed relative to another candidate, in the rounds that both were in."""
    if other not in times:
        return None
    return _quartiles([theirs / own for own, theirs in zip(times[name], times[other], strict=False)])


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
