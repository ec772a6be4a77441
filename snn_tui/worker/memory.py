"""Whether the machine has the memory that training takes."""

from __future__ import annotations

import os
from pathlib import Path

from snn_tui.config.memory import training_memory
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import UsageError
from snn_tui.values.words import counted

_CONTAINER_LIMIT = Path("/sys/fs/cgroup/memory.max")


def machine_memory() -> int:
    """Memory of this machine, or of the container that this process runs in, in bytes."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        limit = _CONTAINER_LIMIT.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return total
    return min(total, int(limit)) if limit.isdecimal() else total


def fits(config: RunConfig, engine: str) -> bool:
    """Whether a training step fits into memory; the arguments are those of `check_memory`."""
    return training_memory(config, engine) <= machine_memory()


def check_memory(config: RunConfig, engine: str) -> None:
    """Refuse training steps that need more memory than there is: the system would end the process half-way.

    Args:
        config: The configuration to train with.
        engine: Name of the engine, on the CPU.

    Raises:
        UsageError: A batch needs more memory than this machine has.
    """
    if not fits(config, engine):
        needed, present = training_memory(config, engine), machine_memory()
        steps = config.train_steps or config.num_steps
        batch = f"a batch of {counted(config.batch_size, 'image')}, {counted(steps, 'step')} each,"
        smaller = "give a smaller --batch-size, fewer steps or fewer --layers"
        raise UsageError(
            f"{batch} takes about {needed / 2**30:.0f} GiB, and this machine has {present / 2**30:.0f} GiB",
            where="--batch-size",
            remedy=f"{smaller}, or --engine auto" if engine == "reference" else smaller,
        )
