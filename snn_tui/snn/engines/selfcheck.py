"""An engine is compared with the reference before a run on an accelerator relies on it.

No two GPUs, drivers and builds of torch are the same, and tests have seen few of them: so a few images are
computed by both, there and then, and what is not right is not used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from snn_tui.snn.batch_norm import statistics_of
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines import Engine
from snn_tui.snn.layered import LayerOverTime
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.recording import Recording

NEAR = 1e-5
"""A membrane so close to the threshold may fall on either side: sums of floats depend on their order.

On CPUs a tenth of it is enough; libraries of GPUs choose among algorithms, and some of them, as Winograd's,
round more coarsely than a sum does.
"""

GRADIENT_SHARE = 1e-3
"""By how much of its norm a parameter's gradient may be off where all spikes are the same."""

LOOSE_SHARE = 2e-2
"""The same where a spike may be another one without notice, or most of a sum cancels.

Batch norm mixes all images in training, so none can be left out; a beta's gradient is such a sum.
"""

BFLOAT16_RATES = 0.05
"""By how much a layer's firing rate may be off with convolutions in bfloat16.

It has 8 bits, so currents are off by half a percent, and a few spikes in a hundred are others. Neither spikes
nor gradients can be compared one by one, so those have to be finite; a wrong step or reset moves the rates.
"""

_LONGEST_REASON = 160


@dataclass(frozen=True)
class Candidate:
    """An engine that may be used.

    Args:
        name: What it is, in a sentence: "Triton kernels in a captured graph".
        make: Makes it.
    """

    name: str
    make: Callable[[], Engine]


def first_right(
    candidates: Sequence[Candidate],
    reference: Engine,
    network: SpikingNetwork,
    batches: Sequence[tuple[Batch, Tensor]],
    *,
    largest: tuple[Batch, Tensor] | None = None,
    exact: bool = True,
) -> tuple[Engine, list[str]]:
    """The first candidate that computes what the reference does, made anew; else the reference.

    The network is left as it was.

    Args:
        candidates: In the order in which they are wanted.
        reference: The reference engine of the network.
        network: The network, on its device.
        batches: A few images and their labels each, on the device. With a second batch, an engine that only
            repeats what it did with the first is found out.
        largest: A batch as large as those of the run: a candidate has to learn from it without failing.
        exact: Whether the candidates compute in float32 throughout; not with convolutions in bfloat16.

    Returns:
        The engine, and why each candidate before it is not used.
    """
    notes: list[str] = []
    with _as_it_was(network):
        expected = [_Expected.of(reference, network, *batch) for batch in batches]
        for candidate in candidates:
            try:
                reason = _difference(candidate.make(), reference, network, expected, exact=exact)
                engine = candidate.make()  # anew: what was captured for these few images is not kept
                if largest is not None and not reason:
                    loss, _ = _learned(engine, network, *largest)
                    reason = "" if math.isfinite(loss) else "the loss of a whole batch is no finite number"
            except Exception as error:  # noqa: BLE001  # compilers and drivers fail in ways of their own
                reason = f"{type(error).__name__}: {error}".splitlines()[0][:_LONGEST_REASON]
            if not reason:
                return engine, notes
            notes.append(f"{candidate.name} not used: {reason}")
    return reference, notes


@contextmanager
def _as_it_was(network: SpikingNetwork) -> Iterator[None]:
    """Put back batch norm's statistics and the mode, and clear gradients, at the end of the `with` block."""
    training, before = network.training, statistics_of(network)
    try:
        yield
    finally:
        network.load_state_dict(before, strict=False)
        network.zero_grad(set_to_none=True)
        network.train(training)


@dataclass(frozen=True)
class _Expected:
    """What the reference computes of a batch."""

    batch: Batch
    labels: Tensor
    recording: Recording
    layers: dict[str, LayerOverTime]
    loss: float
    learned: dict[str, Tensor]

    @classmethod
    def of(cls, reference: Engine, network: SpikingNetwork, batch: Batch, labels: Tensor) -> _Expected:
        recording = reference.record(batch)
        with torch.no_grad():
            layers = network.eval().over_time(recording.spikes_in)
        loss, learned = _learned(reference, network, batch, labels)
        return cls(batch, labels, recording, layers, loss, learned)


def _learned(
    engine: Engine, network: SpikingNetwork, batch: Batch, labels: Tensor
) -> tuple[float, dict[str, Tensor]]:
    """The loss, and copies of all gradients and of batch norm's statistics by their names."""
    with _as_it_was(network):
        loss = engine.learn(batch, labels)
        gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
        learned = {
            f"the gradient by {name}": torch.zeros(()) if gradient is None else gradient.clone()
            for name, gradient in gradients.items()
        }
        return loss, learned | {name: value.float() for name, value in statistics_of(network).items()}


def _difference(
    engine: Engine, reference: Engine, network: SpikingNetwork, expected: Sequence[_Expected], *, exact: bool
) -> str:
    """What is wrong with an engine; empty if nothing is."""
    for known in expected:
        recording = engine.record(known.batch)
        if not torch.equal(recording.spikes_in, known.recording.spikes_in):
            return "the input spikes are others"
        parted = torch.zeros(len(known.labels), dtype=torch.bool)
        if not exact:
            reason = _other_rates(network, recording, known)
        elif network.spec.spiking:
            parted, reason = _parted(recording, known, network.spec.threshold)
        else:
            reason = _other_outputs(recording, known)
        reason = reason or _wrong_learning(engine, reference, network, known, ~parted, exact=exact)
        if reason:
            return reason
    return ""


def _parted(recording: Recording, known: _Expected, threshold: float) -> tuple[Tensor, str]:
    """Which images fire differently, and whether any does so where it may not.

    Where an image first differs, the reference's membrane has to be within `NEAR` of the threshold; what
    comes after follows from that.

    Returns:
        `[B]` booleans, and what is wrong.
    """
    differs = torch.zeros(len(known.labels), dtype=torch.bool, device=recording.membranes.device)
    wrong = {name: recording.spikes[name] != spikes for name, spikes in known.recording.spikes.items()}
    for step in range(len(recording.spikes_in)):
        for name, layer in known.layers.items():
            others = wrong[name][step].flatten(1)
            far = (layer.membranes[step] - threshold).abs().flatten(1) >= NEAR
            if bool((others & far & ~differs.unsqueeze(1)).any()):
                return differs, f"spikes of {name} are others at step {step + 1}"
            differs |= others.any(1)
    same = ~differs
    if not torch.allclose(
        recording.membranes[:, same], known.recording.membranes[:, same], rtol=1e-4, atol=1e-4
    ):
        return differs, "the membranes of the output neurons are others"
    return differs, ""


def _other_outputs(recording: Recording, known: _Expected) -> str:
    """What is wrong with the outputs of neurons that do not spike, which are no more exact than sums are."""
    for name, layer in known.layers.items():
        found, wanted = recording.spikes[name], layer.spikes
        if name == "out":
            found, wanted = recording.membranes, layer.membranes
        if not torch.allclose(found, wanted, rtol=1e-3, atol=1e-4 * max(1.0, float(wanted.abs().max()))):
            return f"the outputs of {name} are others"
    return ""


def _other_rates(network: SpikingNetwork, recording: Recording, known: _Expected) -> str:
    for name in network.active_layers:
        rates = (network.activity(of.spikes[name]) for of in (known.recording, recording))
        rate, other = map(float, rates)
        if not abs(rate - other) <= BFLOAT16_RATES:
            return f"the firing rate of {name} is {other:.3f} in place of {rate:.3f}"
    return "" if bool(torch.isfinite(recording.membranes).all()) else "a membrane is no finite number"


def _wrong_learning(
    engine: Engine,
    reference: Engine,
    network: SpikingNetwork,
    known: _Expected,
    keep: Tensor,
    *,
    exact: bool,
) -> str:
    """What is wrong with loss and gradients of the images to keep; batch norm needs all."""
    batch, labels, wanted_loss, wanted = known.batch, known.labels, known.loss, known.learned
    mixed = network.spec.norm
    if not mixed and not bool(keep.all()):
        if not bool(keep.any()):
            return ""
        draws = torch.as_tensor(batch.draws, device=labels.device).expand(len(labels))
        batch = Batch(batch.images[keep], batch.ids[keep], draws[keep], batch.stream)
        labels = labels[keep]
        wanted_loss, wanted = _learned(reference, network, batch, labels)
    loss, learned = _learned(engine, network, batch, labels)
    largest = max(float(value.norm()) for name, value in wanted.items() if name.startswith("the gradient"))
    for name, value in wanted.items():
        found = learned[name]
        if not bool(torch.isfinite(found).all()) and bool(torch.isfinite(value).all()):
            return f"{name} is no finite number"
        share = LOOSE_SHARE if mixed or name.endswith("beta") else GRADIENT_SHARE
        if exact and not float((found - value).norm()) <= share * float(value.norm()) + 1e-5 * largest:
            return f"{name} is another"
    if not abs(loss - wanted_loss) <= (1e-3 if exact else 0.5) * max(1.0, abs(wanted_loss)):
        return f"the loss is {loss:.6g} in place of {wanted_loss:.6g}"
    return ""
