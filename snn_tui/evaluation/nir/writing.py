"""A network of our own as a NIR graph.

Batch norm is folded into the convolution before it, through the mean pool between them, which commutes with
it. `snntorch.Leaky` computes u[t + 1] = beta u[t] + I[t + 1] - threshold S[t]. With the step `USUAL_DT` and
without its reset this is the forward Euler step of NIR's LIF with tau = dt / (1 - beta), r = 1 / (1 - beta)
and v_leak = 0, or of NIR's IF with r = 1 / dt where beta is 1. NIR's reset sets the membrane to a value; that
here the whole threshold is subtracted in the step after the spike can only be said in the metadata.
"""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from snn_tui import __version__
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.evaluation.nir.library import library
from snn_tui.evaluation.nir.network import USUAL_DT
from snn_tui.snn.batch_norm import BatchNorm
from snn_tui.snn.network import SpikingNetwork
from snn_tui.snn.neurons import Leaky
from snn_tui.snn.point_neurons import SUBTRACT_LATER
from snn_tui.values.task import Task

_NEIGHBOURS = 4
_RESET = "a spike subtracts v_threshold from the membrane in the next step, after the leak; v_reset is unused"
_EULER = (
    "forward Euler: LIF v[t+1] = (1 - dt/tau) v[t] + (r I[t+1] + v_leak) dt/tau; "
    "IF v[t+1] = v[t] + dt r I[t+1]"
)
_INPUT = {
    "rate": "at each step a pixel is 1 with the probability of its brightness, 0 to 1, else 0",
    "direct": "at each step the same brightness of each pixel, 0 to 1",
}


def check_exportable(config: RunConfig, where: str) -> None:
    """Check that a run's network can be said in NIR.

    Args:
        config: The run's configuration.
        where: Its name, for the message.

    Raises:
        RunError: It has max pools, or neurons that do not spike.
        UsageError: The libraries are not installed.
    """
    if config.network is not None:
        raise RunError(
            "made by a file of your own (--network), and only networks of snn-tui are written as NIR graphs",
            where=where,
            remedy="export it by your own program",
        )
    if config.neuron != "leaky":
        raise RunError(
            "its rectified neurons do not spike, and NIR is for spiking networks",
            where=where,
            remedy="export the run with leaky neurons that it is the twin of",
        )
    if "MP2" in config.layers:
        mean_pools = config.layers.replace("MP2", "AP2")
        raise RunError(
            f"NIR has no max pooling, which {config.layers} has",
            where=where,
            remedy=f"train with mean pools: --layers {mean_pools}, or --preset plus",
        )
    for name in ("nir", "h5py"):
        library(name, "--nir")


def graph_bytes(network: SpikingNetwork, config: RunConfig, task: Task) -> bytes:
    """The NIR file of a network that passed `check_exportable`.

    Args:
        network: The network.
        config: What it was trained by.
        task: What it was asked.
    """
    nir = library("nir", "--nir")
    nodes: dict[str, Any] = {"input": nir.Input(np.array(network.input_shape))}
    shape: tuple[int, ...] = network.input_shape
    for name, layer in network.named_layers():
        modules = list(layer.synapses.children())
        norm = next((module for module in modules if isinstance(module, BatchNorm)), None)
        for module in modules:
            shape = _add_synapses(nodes, nir, name, module, norm, shape)
        assert isinstance(layer.neurons, Leaky)
        neurons = _neurons(nir, layer.neurons, network.shapes[name])
        nodes[f"{name}_{type(neurons).__name__.lower()}"] = neurons
    nodes["output"] = nir.Output(np.array(network.shapes["out"]))
    names = list(nodes)
    metadata = {
        "dt": USUAL_DT,
        "reset": SUBTRACT_LATER,
        "reset_in_words": _RESET,
        "discretisation": _EULER,
        "encoding": config.encoding,
        "input": _INPUT[config.encoding],
        "num_steps": config.num_steps,
        "bits": config.bits,
        "task": task.name,
        "classes": ", ".join(task.classes),
        "written_by": f"snn-tui {__version__}",
    }
    graph = nir.NIRGraph(nodes, list(pairwise(names)), metadata=metadata)
    file = io.BytesIO()
    nir.write(file, graph)
    return file.getvalue()


def _add_synapses(
    nodes: dict[str, Any],
    nir: Any,
    name: str,
    module: nn.Module,
    norm: BatchNorm | None,
    shape: tuple[int, ...],
) -> tuple[int, ...]:
    """Add the node of a module; the shape of what it gives."""
    match module:
        case nn.Conv2d():
            weight, bias = _folded(module, norm)
            assert not isinstance(module.padding, str)
            nodes[name] = nir.Conv2d(
                input_shape=shape[1:],
                weight=weight,
                stride=module.stride,
                padding=module.padding,
                dilation=module.dilation,
                groups=module.groups,
                bias=bias,
            )
            sizes = (
                size + 2 * pad - kernel + 1
                for size, pad, kernel in zip(shape[1:], module.padding, module.kernel_size, strict=True)
            )
            return (module.out_channels, *sizes)
        case nn.AvgPool2d() | nn.AdaptiveAvgPool2d():
            window = np.array(shape[1:] if isinstance(module, nn.AdaptiveAvgPool2d) else (2, 2))
            nodes[f"{name}_pool"] = nir.AvgPool2d(window, window, np.array((0, 0)))
            return (shape[0], *(size // side for size, side in zip(shape[1:], window.tolist(), strict=True)))
        case nn.Flatten():
            nodes[f"{name}_flatten"] = nir.Flatten(np.array(shape), start_dim=0, end_dim=-1)
            return (int(np.prod(shape)),)
        case nn.Linear():
            nodes[name] = nir.Affine(_array(module.weight), _array(module.bias))
            return (module.out_features,)
    assert isinstance(module, BatchNorm)  # it is in the convolution
    return shape


def _folded(convolution: nn.Conv2d, norm: BatchNorm | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """The weight and bias of a convolution, and of the batch norm behind it."""
    weight = convolution.weight.detach().double()
    bias = weight.new_zeros(len(weight)) if convolution.bias is None else convolution.bias.detach().double()
    if norm is not None:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        gain = norm.weight.detach().double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = weight * gain.view(-1, 1, 1, 1)
        bias = (bias - norm.running_mean.double()) * gain + norm.bias.detach().double()
    return _array(weight), _array(bias)


def _neurons(nir: Any, neurons: Leaky, shape: tuple[int, ...]) -> Any:
    """NIR's LIF for leaky neurons, or its IF for those that keep all of their membrane."""

    def full(value: float | np.float32) -> NDArray[np.float32]:
        return np.full(shape, value, np.float32)

    beta = float(torch.as_tensor(neurons.beta).detach().clamp(0, 1))
    threshold, zero = full(neurons.firing_threshold), full(0.0)
    if beta == 1.0:
        return nir.IF(r=full(1 / USUAL_DT), v_threshold=threshold, v_reset=zero)
    tau, r = _time_constant(beta)
    return nir.LIF(tau=full(tau), r=full(r), v_leak=zero, v_threshold=threshold, v_reset=zero)


def _time_constant(beta: float) -> tuple[np.float32, np.float32]:
    """NIR's tau and r of leaky neurons, as numbers of 32 bits.

    Of those nearest to the exact ones, the pair is taken that gives beta and a gain of 1 back as exactly as
    can be.
    """

    def errors(pair: tuple[np.float32, np.float32]) -> tuple[bool, bool, float]:
        share = USUAL_DT / float(pair[0])
        decay, gain = 1 - share, float(pair[1]) * share
        exact = np.float32(decay) == np.float32(beta), np.float32(gain) == np.float32(1)
        return not exact[0], not exact[1], abs(decay - beta) + abs(gain - 1)

    taus, rs = _near(USUAL_DT / (1 - beta)), _near(1 / (1 - beta))
    return min(((tau, r) for tau in taus for r in rs), key=errors)


def _near(value: float) -> list[np.float32]:
    """The numbers of 32 bits around a value."""
    middle = np.float32(value)
    near = [middle]
    for towards in (np.float32(0), np.float32(np.inf)):
        neighbour = middle
        for _ in range(_NEIGHBOURS):
            neighbour = np.nextafter(neighbour, towards)
            near.append(neighbour)
    return near


def _array(tensor: Tensor) -> NDArray[Any]:
    return tensor.detach().cpu().float().numpy()
