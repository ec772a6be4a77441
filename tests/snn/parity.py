"""How far an engine is from the reference, and by whose right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from snn_tui.config.layers import parse
from snn_tui.snn.encoding import Batch, Stream, direct, rate
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.recording import Recording

NEAR = 1e-6
"""A membrane so close to the threshold may fall on either side: sums of floats depend on their order."""

SPECS = {
    "paper": NetworkSpec(),
    "one block": NetworkSpec(parse("5C3-MP2"), size=16),
    "three blocks, three classes": NetworkSpec(
        parse("6C5-MP2-10C3-MP2-7C2-MP2"), size=40, classes=3, beta=0.9, threshold=0.7, slope=10.0
    ),
    "rows left over by pooling": NetworkSpec(parse("9C4-MP2-17C3-MP2"), size=29, beta=0.35),
    "large kernels, one channel": NetworkSpec(parse("1C8-MP2-12C5-MP2-40C3-MP2"), size=35),
    "one pixel kernels": NetworkSpec(parse("8C1-MP2-8C1-MP2"), size=13, beta=0.95),
}
FURTHER = {
    "colour": NetworkSpec(channels=3),
    "four channels, odd side": NetworkSpec(parse("5C8-MP2-9C3-MP2"), size=31, channels=4),
    "two channels, wide": NetworkSpec(parse("6C5-MP2-8C3-MP2-8C3-MP2"), size=61, channels=2),
    "arctan, integrating": NetworkSpec(parse("7C5-MP2-9C3-MP2"), size=20, surrogate="arctan", integrate=True),
    "average pools": NetworkSpec(parse("7C4-AP2-9C3-AP2"), size=22, channels=3),
    "no pools": NetworkSpec(parse("5C3-12C2-6C3-MP2"), size=13, classes=3),
    "learned betas": NetworkSpec(parse("9C3-AP2-11C3-5C3-MP2"), size=21, beta=0.8, learn_beta=True),
    "padding": NetworkSpec(parse("2C5-MP2-9C3-MP2-6C3"), size=19, channels=3, padded=True),
    "all but batch norm": NetworkSpec(
        parse("3C3-9C5-AP2-11C3-10C3-MP2-GAP"),
        size=18,
        padded=True,
        learn_beta=True,
        integrate=True,
        surrogate="arctan",
    ),
    "more than 64 channels": NetworkSpec(parse("6C3-MP2-70C3-AP2-67C3-MP2-5C2"), size=30, classes=3),
    "large tables": NetworkSpec(parse("30C3-MP2-40C7-MP2"), size=26),
    "events of strides and odd sides": NetworkSpec(
        parse("5C3-AP2-9C4-7C3-AP2-12C1-AP2"), size=37, channels=2, padded=True, beta=0.8
    ),
    "global pooling": NetworkSpec(parse("7C5-MP2-9C3-MP2-GAP"), size=23, classes=3),
}
"""Inputs, pools and neurons that the study's network does not have."""

NORMED = {
    "as plus": NetworkSpec(
        parse("5C3-AP2-6C3-7C5-MP2-GAP"),
        size=14,
        padded=True,
        norm=True,
        beta=0.7,
        learn_beta=True,
        integrate=True,
        surrogate="arctan",
    ),
    "as plus, events alone": NetworkSpec(
        parse("9C3-AP2-8C3-70C3-AP2-11C3-12C3-GAP"),
        size=17,
        channels=3,
        padded=True,
        norm=True,
        learn_beta=True,
        surrogate="arctan",
        classes=3,
    ),
    "as paper": NetworkSpec(parse("7C5-MP2-9C3-MP2"), size=18, norm=True, slope=2.0),
    "one block": NetworkSpec(parse("6C3"), size=9, norm=True, slope=2.0),
}
"""Networks with batch norm; where surrogates are steep, a rounding of its statistics is seen in gradients."""

REGIMES = {"silent": (0.0, 0.0), "sparse": (1.2, 0.0), "half": (8.0, 0.0), "saturated": (1.0, 30.0)}


def network(spec: NetworkSpec, regime: str = "half", seed: int = 0) -> SpikingNetwork:
    """A network with random weights, scaled, and its biases raised, as the regime says."""
    made = SpikingNetwork(spec, seed)
    gain, bias = REGIMES[regime]
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if not name.endswith("beta"):
                parameter.mul_(gain)
            if name.endswith("bias"):
                parameter.add_(bias)
    return made


def with_firing_outputs(of: SpikingNetwork) -> SpikingNetwork:
    """The network, with output neurons whose input currents are as often below the threshold as above."""
    linear = next(module for module in of.modules() if isinstance(module, nn.Linear))
    with torch.no_grad():
        linear.weight.sub_(linear.weight.mean(1, keepdim=True))
        linear.weight.div_(3 * linear.weight.norm(dim=1, keepdim=True))
        linear.bias.fill_(0.8)
    return of


def images(spec: NetworkSpec, count: int = 10, seed: int = 0) -> tuple[Batch, Tensor]:
    """Random images, a black and a white one among them, with labels, and numbers and draws of any size."""
    generator = torch.Generator().manual_seed(seed)
    shape = (count, spec.channels, spec.size, spec.size)
    pixels = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    pixels[0], pixels[1] = 0, 255
    ids = torch.randint(0, 2**40, (count,), generator=generator)
    draws = torch.randint(0, 2**33, (count,), generator=generator)
    labels = torch.randint(0, spec.classes, (count,), generator=generator)
    return Batch(pixels, ids, draws, Stream.VAL), labels


@dataclass
class Ledger:
    """Spikes compared, and images that took another way at a membrane next to the threshold."""

    spikes: int = 0
    images: int = 0
    parted: int = 0
    farthest: float = 0.0
    by_engine: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.images > 0

    def packed(self) -> dict[str, Any]:
        """All of it as plain values, to be sent to another process."""
        return vars(self)

    def add(self, other: dict[str, Any]) -> None:
        """Take in what another process has packed."""
        self.spikes += other["spikes"]
        self.images += other["images"]
        self.parted += other["parted"]
        self.farthest = max(self.farthest, other["farthest"])
        for name, parted_ in other["by_engine"].items():
            self.by_engine[name] = self.by_engine.get(name, 0) + parted_

    def lines(self) -> list[str]:
        """What was compared, and what differed."""
        return [
            f"{self.spikes} spikes of {self.images} images compared with the reference; "
            f"{self.parted} images parted from it at a membrane within {NEAR:g} of the threshold "
            f"(at most {self.farthest:.1e}): {self.by_engine}"
        ]


LEDGER = Ledger()


@torch.no_grad()
def parted(
    of: SpikingNetwork,
    batch: Batch,
    num_steps: int,
    seed: int,
    found: Recording,
    engine: str,
    encoding: str = "rate",
) -> Tensor:
    """Which images fire differently from the reference, each for the only reason there may be.

    Where an image first differs, the reference's membrane has to be within `NEAR` of the threshold; what
    comes after follows from that.

    Returns:
        `[B]` booleans.
    """
    names, threshold = list(of.shapes), of.spec.threshold
    coded = rate(batch, num_steps, seed) if encoding == "rate" else direct(batch.images, num_steps)
    assert torch.equal(found.spikes_in, coded), "other input"
    differs = torch.zeros(len(batch.images), dtype=torch.bool)
    states = of.initial_state(len(batch.images))
    for step, spikes in enumerate(found.spikes_in):
        fired, states = of(spikes, states)
        for name, mine, (membrane,) in zip(names, fired, states, strict=True):
            wrong = (found.spikes[name][step] != mine).flatten(1)
            distance = (membrane - threshold).abs().flatten(1)
            fresh = wrong & ~differs.unsqueeze(1)
            if fresh.any():
                LEDGER.farthest = max(LEDGER.farthest, float(distance[fresh].max()))
                assert float(distance[fresh].max()) < NEAR, f"{engine}: {name} at step {step} fires wrongly"
            differs |= wrong.any(1)
        same = ~differs
        assert torch.allclose(found.membranes[step][same], states[-1][0][same], rtol=1e-5, atol=1e-5)
    LEDGER.spikes += sum(layer.numel() for layer in found.spikes.values())
    LEDGER.images += len(differs)
    LEDGER.parted += int(differs.sum())
    LEDGER.by_engine[engine] = LEDGER.by_engine.get(engine, 0) + int(differs.sum())
    return differs


@torch.no_grad()
def closest_in_training(of: SpikingNetwork, spikes: Tensor) -> float:
    """How close any membrane comes to the threshold when a batch is trained on.

    Args:
        of: The network; the running statistics of its batch norm stay what they are.
        spikes: `[T, B, C, H, W]` input spikes or currents.
    """
    norms = [module for module in of.modules() if isinstance(module, nn.BatchNorm2d)]
    before = [{name: value.clone() for name, value in module.state_dict().items()} for module in norms]
    layers = of.train().over_time(spikes)
    for module, state in zip(norms, before, strict=True):
        module.load_state_dict(state)
    return min(float((layer.membranes - of.spec.threshold).abs().min()) for layer in layers.values())


def alone(batch: Batch, keep: Tensor) -> Batch:
    """The images of a batch that are to be kept."""
    draws = torch.as_tensor(batch.draws).expand(len(keep))
    return Batch(batch.images[keep], batch.ids[keep], draws[keep], batch.stream)
