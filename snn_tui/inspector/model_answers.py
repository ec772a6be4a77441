"""Answers about a network: its layers and first kernels, and how its neurons fire."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from snn_tui.config.run_config import RunConfig
from snn_tui.data.dataset import OnProgress
from snn_tui.data.registry import expected_task
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector.model_messages import Activity, LayerActivity, LayerFacts, ModelFacts
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.operations import Tally, multiply_adds
from snn_tui.values.task import Task

SATURATED = 0.95
"""Share of steps from which on a neuron fires so often that its spikes carry no information."""

_TENTHS = 10


def describe_trained(opened: OpenedRun) -> ModelFacts:
    """The network of a run."""
    return _facts(opened.network, opened.config, opened.run.name, opened.epoch)


def describe_untrained(config: RunConfig, task: Task | None = None) -> ModelFacts:
    """The network that training would begin with.

    Args:
        config: The configuration.
        task: What its images ask; None where they have not been read, and what is known without them counts.
    """
    spec = NetworkSpec.of(config, task or expected_task(config))
    return _facts(SpikingNetwork(spec, config.seed), config, "", 0)


def _facts(network: SpikingNetwork, config: RunConfig, name: str, epoch: int) -> ModelFacts:
    spec = network.spec
    first = next(module for module in network.modules() if isinstance(module, nn.Conv2d))
    return ModelFacts(
        name=name,
        epoch=epoch,
        input=[spec.channels, spec.size, spec.size],
        layers=_layers(network),
        beta=spec.beta,
        threshold=spec.threshold,
        num_steps=config.num_steps,
        kernels=first.weight.detach().cpu().flatten(1).tolist(),
        input_kind="spikes" if config.encoding == "rate" else "current",
        neuron=spec.neuron,
        bits=config.bits,
        exit=config.exit,
    )


def _layers(network: SpikingNetwork) -> list[LayerFacts]:
    """Shapes, parameters and multiply-adds of the layers, first to last."""
    macs = multiply_adds(network)
    return [
        LayerFacts(
            name=name,
            synapses=[word for module in layer.synapses.children() for word in _words(module)],
            shape=list(network.shapes[name]),
            parameters=sum(weight.numel() for weight in layer.parameters() if weight.requires_grad),
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


def measure_activity(opened: OpenedRun, limit: int, on_progress: OnProgress) -> Activity:
    """Count the spikes, or the outputs above 0, of every neuron over the first `limit` images of val."""
    images = min(limit, len(opened.dataset.splits["val"]))
    neuron_spikes: dict[str, Tensor] = {}
    tally = Tally(opened.network)
    input_spikes, pixels = 0.0, 1
    for recording in opened.recordings("val", limit):
        on_progress(f"recording {images} images", tally.images / images)
        pixels = recording.spikes_in[0, 0].numel()
        input_spikes += float(recording.spikes_in.sum())
        tally.add(recording)
        for name in opened.network.active_layers:
            fired = (recording.spikes[name] > 0).to(torch.float32).sum((0, 1)).flatten().cpu()
            neuron_spikes[name] = neuron_spikes.get(name, torch.zeros(())) + fired
    steps = opened.config.num_steps
    frames, costs = images * steps, tally.energy().layers
    layers = {
        name: LayerActivity(
            rate=float(spikes.mean()) / frames,
            dead=int((spikes == 0).sum()),
            saturated=int((spikes >= SATURATED * frames).sum()),
            rate_histogram=torch.histc(spikes / frames, _TENTHS, 0.0, 1.0).to(torch.int64).tolist(),
            operations=sum(costs[name].after(steps, steps)),
        )
        for name, spikes in neuron_spikes.items()
    }
    for name in costs.keys() - layers.keys():  # a readout without spikes
        operations = sum(costs[name].after(steps, steps))
        layers[name] = LayerActivity(rate=0.0, dead=0, saturated=0, rate_histogram=[], operations=operations)
    input_rate = input_spikes / (frames * pixels)
    return Activity(images, opened.dataset.synthetic, input_rate, layers, opened.epoch)
