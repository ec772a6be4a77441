"""The Triton kernels against what defines them, in Triton's interpreter.

`TRITON_INTERPRET` counts where a kernel is made, Triton's own among them, so this is a process of its own:
`python -m snn.interpreted` writes a line of JSON, what is wrong with each case by its name.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

import torch
from torch import Tensor

from snn.parity import images
from snn_tui.config.layers import parse
from snn_tui.snn import encoding
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Recipe
from snn_tui.snn.engines.batched.engine import BatchedEngine
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.neurons import Leaky, Surrogate

SURROGATES = {"fast_sigmoid": Surrogate("fast_sigmoid", 25.0), "arctan": Surrogate("arctan", 2.0)}
SHAPES = {
    "one neuron, one step": (1, 1, 1),
    "one step": (1, 3, 5),
    "odd sizes": (7, 3, 5, 3, 7),
    "more than a block": (4, 2, 261),
}
"""`[T, B, ...]` of currents."""

ENCODED = {
    "one pixel": ((1, 1, 1, 1), 1),
    "odd side": ((3, 1, 7, 7), 4),
    "colour, more than a block": ((2, 3, 17, 13), 3),
}
"""Shapes of images and their number of steps."""


def currents_of(shape: tuple[int, ...]) -> Tensor:
    """Random currents, some of which bring a membrane exactly to the threshold."""
    made = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    made.view(-1)[::7] = 0.75
    return made


def same_neurons(currents: Tensor, neurons: Leaky, by_spikes: Tensor) -> str:
    """How `kernels.leaky_over_time` differs from `Leaky.over_time`."""
    from snn_tui.snn.engines.batched import kernels

    found = []
    for compute in (neurons.over_time, lambda given: kernels.leaky_over_time(neurons, given)):
        leaf = currents.detach().clone(memory_format=torch.preserve_format).requires_grad_()
        learned = [neurons.beta] if isinstance(neurons.beta, torch.nn.Parameter) else []
        given = leaf.expand(by_spikes.shape)
        spikes, membranes = compute(given)
        gradients = torch.autograd.grad(spikes, [given, *learned], by_spikes)
        found.append((spikes, membranes, gradients))
    (spikes, membranes, gradients), (mine, my_membranes, my_gradients) = found
    if mine.requires_grad is not spikes.requires_grad or my_membranes.requires_grad:
        return "gradients flow elsewhere"
    if not torch.equal(mine, spikes):
        return "other spikes"
    if not torch.equal(my_membranes, membranes):
        return "other membranes"
    for what, one, other in zip(("currents", "beta"), gradients, my_gradients, strict=False):
        if one.shape != other.shape or not bool(torch.isfinite(other).all()):
            return f"no gradients by {what}"
        # Most of beta's sum cancels: its rounding is that of a number as large as its terms together.
        terms = gradients[0][1:] * membranes[:-1]
        scale = float(one.norm()) if what == "currents" else float(terms.abs().sum())
        if float((one - other).norm()) > 1e-6 * scale + 1e-12:
            return f"other gradients by {what}: {float((one - other).norm())} of {scale}"
    return ""


def neuron_cases() -> Iterator[tuple[str, Callable[[], str]]]:
    """All kinds of neurons and sizes."""
    for surrogate, (name, shape) in product(SURROGATES, SHAPES.items()):
        for beta, learned in product((0.0, 0.6, 1.0), (False, True)):
            yield (
                f"neurons: {surrogate}, {name}, beta {beta:g}{', learned' * learned}",
                partial(_neurons, surrogate, shape, beta, learned),
            )
    for beta in (-0.2, 1.3):
        yield (
            f"neurons: beta {beta:g} is clamped",
            partial(_neurons, "arctan", (5, 3, 4), beta, True),
        )
    yield "neurons: channels last", _channels_last
    yield "neurons: currents that stay the same", _constant
    yield "neurons: currents with gaps", _with_gaps
    yield "neurons: gradients that are one number", _one_gradient


def _neurons(surrogate: str, shape: tuple[int, ...], beta: float, learned: bool) -> str:
    neurons = Leaky(beta, 0.75, SURROGATES[surrogate], learn_beta=learned)
    by_spikes = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    return same_neurons(currents_of(shape), neurons, by_spikes)


def _learned() -> Leaky:
    return Leaky(0.6, 0.75, SURROGATES["arctan"], learn_beta=True)


def _channels_last() -> str:
    frames = currents_of((10, 3, 5, 4)).contiguous(memory_format=torch.channels_last)
    return same_neurons(frames.view(5, 2, 3, 5, 4), _learned(), currents_of((5, 2, 3, 5, 4)).flip(0))


def _constant() -> str:
    return same_neurons(currents_of((1, 2, 3, 5)), _learned(), currents_of((6, 2, 3, 5)).flip(0))


def _with_gaps() -> str:
    return same_neurons(currents_of((6, 2, 10))[:, :, ::2], _learned(), currents_of((6, 2, 5)).flip(0))


def _one_gradient() -> str:
    return same_neurons(currents_of((6, 2, 5)), _learned(), torch.tensor(0.3).expand(6, 2, 5))


def encoding_cases() -> Iterator[tuple[str, Callable[[], str]]]:
    """Images, numbers and keys of any size."""
    for name, (shape, steps) in ENCODED.items():
        for seed, stream in ((0, Stream.TRAIN), (1, Stream.VAL), (2**32 - 1, Stream.PICTURE)):
            yield (
                f"rate coding: {name}, seed {seed}, {stream.name.lower()}",
                partial(_encoded, shape, steps, seed, stream),
            )
    yield "rate coding: one draw for all", partial(_encoded, (2, 1, 5, 5), 3, 7, Stream.TRAIN, 4)


def _encoded(shape: tuple[int, ...], steps: int, seed: int, stream: Stream, draw: int | None = None) -> str:
    generator = torch.Generator().manual_seed(3)
    pixels = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    pixels.view(-1)[0] = 255
    ids = torch.randint(0, 2**40, shape[:1], generator=generator)
    draws = torch.randint(0, 2**33, shape[:1], generator=generator) if draw is None else draw
    return same_spikes(Batch(pixels, ids, draws, stream), steps, seed)


def same_spikes(batch: Batch, steps: int, seed: int) -> str:
    """How `kernels.rate` differs from `encoding.rate`."""
    from snn_tui.snn.engines.batched import kernels

    same = torch.equal(kernels.rate(batch, steps, seed), encoding.rate(batch, steps, seed))
    return "" if same else "other spikes"


def engine_cases() -> Iterator[tuple[str, Callable[[], str]]]:
    """The engine with the kernels and without."""
    for encoding_, norm, penalty in (("rate", False, 0.0), ("direct", True, 0.0), ("direct", True, 5.0)):
        yield (
            f"engine: {encoding_} coding{', batch norm' * norm}{', spikes penalised' * (penalty > 0)}",
            partial(_engines, encoding_, norm, penalty),
        )


def _engines(encoding_: str, norm: bool, penalty: float) -> str:
    spec = NetworkSpec(
        parse("3C3-MP2-4C3"), size=9, norm=norm, learn_beta=True, integrate=True, surrogate="arctan"
    )
    recipe = Recipe(4, 3, encoding=encoding_, spike_penalty=penalty)
    batch, labels = images(spec, count=3)
    results = []
    for with_kernels in (False, True):
        network = SpikingNetwork(spec, 1)
        engine = BatchedEngine(network, recipe, kernels=with_kernels)
        loss = engine.learn(batch, labels)
        gradients = [parameter.grad for parameter in network.parameters()]
        results.append((loss, gradients, engine.record(batch)))
    (loss, gradients, recording), (my_loss, my_gradients, mine) = results
    if any(not torch.equal(mine.spikes[name], spikes) for name, spikes in recording.spikes.items()):
        return "other spikes"
    if abs(loss - my_loss) > 1e-6:
        return "another loss"
    for one, other in zip(gradients, my_gradients, strict=True):
        assert one is not None
        assert other is not None
        if float((one - other).norm()) > 1e-5 * float(one.norm()) + 1e-9:
            return "other gradients"
    return ""


CASES = dict([*neuron_cases(), *encoding_cases(), *engine_cases()])


def main() -> None:
    """Run every case."""
    found = {}
    for name, case in CASES.items():
        try:
            found[name] = case()
        except Exception as error:  # noqa: BLE001  # whatever it is, the test of that name fails by it
            found[name] = f"{type(error).__name__}: {error}"
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
