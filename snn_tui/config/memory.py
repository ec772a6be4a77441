"""How much memory training takes, known from the configuration alone."""

from __future__ import annotations

from snn_tui.config import layers
from snn_tui.config.run_config import SIDE, RunConfig

BYTES_A_VALUE = 16
"""Working memory for each value of a convolution or neuron at one time step; 7 to 19 were measured."""


def training_memory(config: RunConfig, engine: str, side: int | None = None) -> int:
    """Working memory of one training step on the CPU, in bytes.

    Args:
        config: The configuration.
        engine: Name of the engine. All but `reference` compute few images at a time, unless batch norm needs
            the whole batch.
        side: Height and width of the images, in pixels; None for those the configuration asks for.
    """
    steps = config.learning_steps
    topology, side = layers.parse(config.layers), side or config.size or SIDE
    values = topology.values(side, padded=config.padding == "same")
    whole = engine == "reference" or config.norm == "batch"
    return (config.batch_size if whole else 1) * steps * values * BYTES_A_VALUE
