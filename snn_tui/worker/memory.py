"""Whether the machine has the memory that training takes."""

from __future__ import annotations

from snn_tui.config.machine import machine_memory
from snn_tui.config.memory import training_memory
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import UsageError
from snn_tui.values.words import counted


def fits(config: RunConfig, engine: str, side: int | None = None) -> bool:
    """Whether a training step fits into memory; the arguments are those of `check_memory`.

    Of a network of the user's own that is not known beforehand.
    """
    return config.network is not None or training_memory(config, engine, side) <= machine_memory()


def check_memory(config: RunConfig, engine: str, side: int | None = None) -> None:
    """Refuse training steps that need more memory than there is: the system would end the process half-way.

    Args:
        config: The configuration to train with.
        engine: Name of the engine, on the CPU.
        side: Height and width of the images, in pixels; None for those the configuration asks for.

    Raises:
        UsageError: A batch needs more memory than this machine has.
    """
    if not fits(config, engine, side):
        needed, present = training_memory(config, engine, side), machine_memory()
        steps = config.learning_steps
        batch = f"a batch of {counted(config.batch_size, 'image')}, {counted(steps, 'step')} each,"
        smaller = "give a smaller --batch-size, fewer steps or fewer --layers"
        raise UsageError(
            f"{batch} takes about {needed / 2**30:.0f} GiB, and this machine has {present / 2**30:.0f} GiB",
            where="--batch-size",
            remedy=f"{smaller}, or --engine auto" if engine == "reference" else smaller,
        )
