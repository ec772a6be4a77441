"""Answers about a network: its layers and first kernels, and how its neurons fire."""

from __future__ import annotations

import math

import msgspec
import torch
from torch import Tensor, nn

from snn_tui.config.run_config import RunConfig
from snn_tui.data.dataset import OnProgress
from snn_tui.data.registry import expected_task
from snn_tui.evaluation.nir.network import GraphNetwork
from snn_tui.evaluation.nir.synapses import Scale, SumPool2d
from snn_tui.evaluation.opened_run import OpenedRun, tally_of
from snn_tui.evaluation.own_network import network_for
from snn_tui.inspector.model_messages import Activity, LayerActivity, LayerFacts, ModelFacts
from snn_tui.snn.layered import LayeredNetwork
from snn_tui.snn.operations import multiply_adds
from snn_tui.snn.own_network import OwnNetwork
from snn_tui.snn.own_operations import OwnTally
from snn_tui.snn.recording import Recording
from snn_tui.values.task import Task

SATURATED = 0.95
"""Share of steps from which on a neuron fires so often that its spikes carry no information."""

_TENTHS = 10
_MOST_KERNELS = 256


def describe_trained(opened: OpenedRun) -> ModelFacts:
    """The network of a run."""
    facts = _facts(opened.network, opened.config, opened.run.name, opened.epoch)
    return msgspec.structs.replace(facts, other_code=opened.other_code)


def describe_untrained(config: RunConfig, task: Task | None = None) -> ModelFacts:
    """The network that training would begin with.

    Args:
        config: The configuration.
        task: What its images ask; None where they have not been read, and what is known without them counts.
    """
    network = network_for(config, task or expected_task(config))
    return _facts(network, config, "", 0)


def _facts(network: LayeredNetwork, config: RunConfig, name: str, epoch: int) -> ModelFacts:
    return ModelFacts(
        name=name,
        epoch=epoch,
        input=list(network.input_shape),
        layers=_layers(network),
        beta=network.decay if isinstance(network, GraphNetwork) else config.beta,
        threshold=network.threshold if math.isfinite(network.threshold) else 1.0,
        num_steps=config.num_steps,
        kernels=_kernels(network),
        input_kind="spikes" if config.encoding == "rate" else "current",
        neuron=config.neuron,
        bits=config.bits,
        exit=config.exit,
        graph=isinstance(network, GraphNetwork),
        own=isinstance(network, OwnNetwork),
    )


def _kernels(network: LayeredNetwork) -> list[list[float]]:
    """The kernels of the first synapses, if they look at the image: square ones, or the weights of pixels."""
    first = next((module for module in network.modules() if isinstance(module, nn.Conv2d | nn.Linear)), None)
    if first is None:
        return []
    weight = first.weight.detach().cpu()
    pixels = math.prod(network.input_shape) == weight[0].numel()
    square = weight.dim() == 4 and weight.shape[2] == weight.shape[3]
    square = square and weight.shape[1] == network.input_shape[0]
    return weight[:_MOST_KERNELS].flatten(1).tolist() if pixels or square else []


def _layers(network: LayeredNetwork) -> list[LayerFacts]:
    """Shapes, parameters and multiply-adds of the layers, first to last."""
    if isinstance(network, OwnNetwork):
        return _own_layers(network)
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


@torch.no_grad()
def _own_layers(network: OwnNetwork) -> list[LayerFacts]:
    """The spiking layers that were found, each with the modules that are called before it.

    Parameters that lie in no such module are counted with the readout, and said to be there.
    """
    tally, module = OwnTally(network), network.module
    inputs = torch.zeros(1, 1, *network.input_shape, device=next(module.parameters()).device)
    spikes = {name: layer.spikes for name, layer in network.over_time(inputs).items()}
    tally.add(Recording(inputs, spikes, spikes["out"]))
    macs, facts = tally.dense_a_step, []
    left = network.parameter_count
    for name, parts in network.parts.items():
        owners = [
            module.get_submodule(part) for part in (*parts, *([name] if name in network.hidden else []))
        ]
        parameters = sum(_own_parameters(owner) for owner in owners)
        left -= parameters
        words = [word for owner in owners for word in _words(owner)]
        if name == "out" and left:
            parameters, words = parameters + left, [*words, "and others"]
        facts.append(
            LayerFacts(
                name=name,
                synapses=words,
                shape=list(network.shapes[name]),
                parameters=parameters,
                macs=sum(macs.get(part, 0) for part in parts),
            )
        )
    return facts


def _own_parameters(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters(recurse=False) if weight.requires_grad)


def _words(module: nn.Module) -> list[str]:
    match module:
        case nn.Conv2d():
            return [f"conv {module.in_channels}>{module.out_channels}, {_size(module.kernel_size)}"]
        case nn.MaxPool2d():
            return [f"max pool {_size(module.kernel_size)}"]
        case SumPool2d():
            return [f"sum pool {_size(module.kernel_size)}"]
        case nn.AvgPool2d():
            return [f"mean pool {_size(module.kernel_size)}"]
        case Scale():
            return ["scale"]
        case nn.AdaptiveAvgPool2d():
            return ["global mean"]
        case nn.BatchNorm2d():
            return ["batch norm"]
        case nn.Linear():
            return [f"linear {module.in_features}>{module.out_features}"]
    return []


def _size(window: int | tuple[int, ...]) -> str:
    rows, columns = (window, window) if isinstance(window, int) else window
    return f"{rows}x{columns}"


def measure_activity(opened: OpenedRun, limit: int, on_progress: OnProgress) -> Activity:
    """Count the spikes, or the outputs above 0, of every neuron over the first `limit` images of val."""
    images = min(limit, len(opened.dataset.splits["val"]))
    neuron_spikes: dict[str, Tensor] = {}
    network = opened.network
    tally = tally_of(network)
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
    done = {name: sum(cost.after(steps, steps)) for name, cost in costs.items()}
    if isinstance(network, OwnNetwork):  # whose costs are those of modules, not of layers
        done = {name: sum(done.get(part, 0.0) for part in parts) for name, parts in network.parts.items()}
    layers = {
        name: LayerActivity(
            rate=float(spikes.mean()) / frames,
            dead=int((spikes == 0).sum()),
            saturated=int((spikes >= SATURATED * frames).sum()),
            rate_histogram=torch.histc(spikes / frames, _TENTHS, 0.0, 1.0).to(torch.int64).tolist(),
            operations=done[name],
        )
        for name, spikes in neuron_spikes.items()
    }
    for name in done.keys() - layers.keys():  # a readout without spikes
        layers[name] = LayerActivity(rate=0.0, dead=0, saturated=0, rate_histogram=[], operations=done[name])
    input_rate = input_spikes / (frames * pixels)
    return Activity(images, opened.dataset.synthetic, input_rate, layers, opened.epoch)
