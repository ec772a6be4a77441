"""Which of the processes that train one run this is, as torchrun or srun says it in the environment."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from snn_tui.config.run_config import MOST_DEVICES
from snn_tui.errors import UsageError
from snn_tui.values.words import printable

LOOPBACK = "127.0.0.1"

PORTS = range(20_000, 30_000)
"""Among these a job of Slurm gets its port where MASTER_PORT is not set: another job gets another one."""

_TORCHRUN = ("RANK", "WORLD_SIZE")
_SLURM = ("SLURM_PROCID", "SLURM_NTASKS")
_FIRST_HOST = 'export MASTER_ADDR=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)'


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """One of the processes that train a run together.

    Args:
        rank: Which of all, from 0. Rank 0 alone writes the run directory.
        size: How many there are.
        local_rank: Which of those on its machine, from 0.
        local_size: How many there are on its machine.
        address: Host where rank 0, or its launcher, waits for the others.
        port: The port there.
        launched: Whether rank 0 started it; else torchrun or srun did.
        launcher_waits: Whether torchrun waits at the address in place of rank 0.
        attempt: How often torchrun has started the run before.
    """

    rank: int
    size: int
    local_rank: int
    local_size: int
    address: str = LOOPBACK
    port: int = 0
    launched: bool = False
    launcher_waits: bool = False
    attempt: int = 0

    @property
    def words(self) -> str:
        """The process in words."""
        return f"rank {self.rank} of {self.size} processes"


def rank_of(environment: Mapping[str, str]) -> Rank | None:
    """The rank that torchrun or srun gave to this process; None where neither started several.

    The batch script of a job has srun's variables, too, but is one process: srun also sets SLURM_STEP_ID.

    Raises:
        UsageError: The environment contradicts itself, or says not where rank 0 is.
    """
    if all(environment.get(name) for name in _TORCHRUN):
        rank, size = (_number(environment, name) for name in _TORCHRUN)
        local_size = _number(environment, "LOCAL_WORLD_SIZE", size)
        local_rank = _number(environment, "LOCAL_RANK", rank % max(1, local_size))
        address, port = environment.get("MASTER_ADDR", ""), _number(environment, "MASTER_PORT", 0)
    elif all(environment.get(name) for name in _SLURM) and (
        environment.get("SLURM_STEP_ID") or environment.get("MASTER_ADDR")
    ):
        rank = _number(environment, "SLURM_PROCID")
        size = _number(environment, "SLURM_STEP_NUM_TASKS", _number(environment, "SLURM_NTASKS"))
        nodes = _number(environment, "SLURM_STEP_NUM_NODES", _number(environment, "SLURM_NNODES", 1))
        local_rank = _number(environment, "SLURM_LOCALID", rank if nodes == 1 else 0)
        local_size = _tasks_of_node(environment, size if nodes == 1 else local_rank + 1)
        address = environment.get("MASTER_ADDR", LOOPBACK if nodes == 1 else "")
        job = _number(environment, "SLURM_JOB_ID", 0) + _number(environment, "SLURM_STEP_ID", 0)
        port = _number(environment, "MASTER_PORT", PORTS[job % len(PORTS)])
    else:
        return None
    if size == 1:
        return None
    if not 0 <= rank < size <= MOST_DEVICES or not 0 <= local_rank < local_size <= size:
        raise UsageError(
            f"rank {rank} of {size} processes, {local_rank} of {local_size} on its machine: there is none",
            where="environment",
            remedy="start it with torchrun or srun, or leave out RANK and WORLD_SIZE and give --devices",
        )
    if not address:
        remedy = _FIRST_HOST if "SLURM_PROCID" in environment else "set MASTER_ADDR to the host of rank 0"
        raise UsageError(
            f"not set, so rank {rank} does not know where rank 0 is", where="MASTER_ADDR", remedy=remedy
        )
    if not 0 < port < 1 << 16:
        raise UsageError(
            "not set, or no port" if not port else f"{port} is no port",
            where="MASTER_PORT",
            remedy="set it to a free port of the host of rank 0, such as 29500",
        )
    return Rank(
        rank=rank,
        size=size,
        local_rank=local_rank,
        local_size=local_size,
        address=address,
        port=port,
        launcher_waits=environment.get("TORCHELASTIC_USE_AGENT_STORE") == "True",
        attempt=_number(environment, "TORCHELASTIC_RESTART_COUNT", 0),
    )


def _number(environment: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = environment.get(name, "")
    if not text and default is not None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(
            f"{printable(text, 40)!r} is no number", where=name, remedy="start it with torchrun or srun"
        )
    return int(text)


def _tasks_of_node(environment: Mapping[str, str], default: int) -> int:
    """Tasks on this node, from a list such as `2(x3),1`; the default where Slurm does not say."""
    text = environment.get("SLURM_STEP_TASKS_PER_NODE") or environment.get("SLURM_TASKS_PER_NODE", "")
    counts: list[int] = []
    for part in filter(None, text.split(",")):
        count, _, times = part.rstrip(")").partition("(x")
        if not (count.isdigit() and (times or "1").isdigit()):
            return default
        counts += [int(count)] * min(int(times or 1), MOST_DEVICES)
    node = _number(environment, "SLURM_NODEID", 0)
    return counts[node] if node < len(counts) else default
