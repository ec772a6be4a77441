"""Networks with random weights, and runs of them, to be written as NIR graphs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import torch

from snn_tui.config.build import build
from snn_tui.config.run_config import RunConfig
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import create
from snn_tui.snn.batch_norm import BatchNorm
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.snn.neurons import Leaky
from snn_tui.snn.quantisation import quantised
from snn_tui.training.checkpoint import checkpoint_to_bytes
from snn_tui.values.task import PNEUMONIA, Task

LIKE_PLUS = {
    "layers": "4C3-AP2-6C3-AP2-GAP",
    "padding": "same",
    "norm": "batch",
    "leak": "learned",
    "readout": "integrate",
    "encoding": "direct",
    "loss": "current",
    "num_steps": 4,
}
LIKE_PAPER = {"layers": "4C5-AP2-6C3-AP2", "num_steps": 6}


def network_of(config: RunConfig, task: Task = PNEUMONIA) -> SpikingNetwork:
    """A network with statistics of batch norm, betas and weights as training might leave them."""
    network = SpikingNetwork(NetworkSpec.of(config, task), seed=3)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, BatchNorm):
                assert module.running_mean is not None
                assert module.running_var is not None
                module.running_mean.normal_(0, 0.1, generator=generator)
                module.running_var.uniform_(0.01, 0.2, generator=generator)
                module.weight.uniform_(0.3, 1.5, generator=generator)
                module.bias.uniform_(0.0, 0.5, generator=generator)
            elif isinstance(module, Leaky) and isinstance(module.beta, torch.nn.Parameter):
                module.beta.uniform_(0.05, 0.99, generator=generator)
            elif isinstance(module, torch.nn.Conv2d | torch.nn.Linear) and not network.norm:
                module.weight.mul_(4)
    network.load_state_dict(quantised(network.state_dict(), config.bits))
    return network.eval()


def made_run(root: Path, data: Path, **options: object) -> RunDir:
    """A run with a checkpoint, which nobody trained."""
    config = build({"data": str(data), "device": "cpu", "name": "made", **options})
    run = create(root, config, datetime(2026, 11, 23, 12, 0))
    weights = network_of(config).state_dict()
    run.weights.write_bytes(checkpoint_to_bytes(weights, {"epoch": "1", "bits": str(config.bits)}))
    return run
