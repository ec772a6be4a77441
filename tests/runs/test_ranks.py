"""Which process of a run this is, as the environment says."""

from __future__ import annotations

import pytest
from typed import present

from snn_tui.errors import UsageError
from snn_tui.runs.ranks import PORTS, Rank, rank_of

TORCHRUN = {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"} | {
    "MASTER_ADDR": "node1",
    "MASTER_PORT": "29500",
}
SRUN = {"SLURM_PROCID": "3", "SLURM_NTASKS": "5", "SLURM_LOCALID": "1", "SLURM_NODEID": "1"} | {
    "SLURM_STEP_ID": "0",
    "SLURM_NNODES": "3",
    "SLURM_TASKS_PER_NODE": "2(x2),1",
    "SLURM_JOB_ID": "1234567",
    "MASTER_ADDR": "node7",
}


def without(environment: dict[str, str], *names: str) -> dict[str, str]:
    """The environment without some variables."""
    return {name: value for name, value in environment.items() if name not in names}


def test_torchrun_says_which_rank_this_is() -> None:
    expected = Rank(rank=5, size=8, local_rank=1, local_size=4, address="node1", port=29500)
    assert rank_of(TORCHRUN) == expected
    elastic = {"TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2"}
    again = present(rank_of(TORCHRUN | elastic))
    assert again.launcher_waits
    assert again.attempt == 2
    plain = present(rank_of(without(TORCHRUN, "LOCAL_RANK", "LOCAL_WORLD_SIZE")))
    assert (plain.local_rank, plain.local_size) == (5, 8)


def test_srun_says_which_rank_this_is() -> None:
    rank = present(rank_of(SRUN))
    assert (rank.rank, rank.size, rank.local_rank, rank.local_size) == (3, 5, 1, 2)
    assert rank.address == "node7"
    assert rank.port in PORTS
    assert present(rank_of(SRUN | {"MASTER_PORT": "4242"})).port == 4242
    one_node = without(SRUN, "MASTER_ADDR", "SLURM_TASKS_PER_NODE") | {"SLURM_NNODES": "1"}
    alone = present(rank_of(one_node | {"SLURM_LOCALID": "3", "SLURM_NODEID": "0"}))
    assert (alone.address, alone.local_rank, alone.local_size) == ("127.0.0.1", 3, 5)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"RANK": "0"},
        {"RANK": "0", "WORLD_SIZE": "1"},
        {"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "SLURM_STEP_ID": "0"},
        {"SLURM_PROCID": "0", "SLURM_NTASKS": "4"},  # the batch script of a job, not started by srun
    ],
)
def test_one_process_is_no_rank(environment: dict[str, str]) -> None:
    assert rank_of(environment) is None


@pytest.mark.parametrize(
    ("environment", "where", "remedy"),
    [
        (without(TORCHRUN, "MASTER_ADDR"), "MASTER_ADDR", "host of rank 0"),
        (without(SRUN, "MASTER_ADDR"), "MASTER_ADDR", "scontrol show hostnames"),
        (without(TORCHRUN, "MASTER_PORT"), "MASTER_PORT", "29500"),
        (TORCHRUN | {"MASTER_PORT": "70000"}, "MASTER_PORT", "a free port"),
        (TORCHRUN | {"RANK": "8"}, "environment", "torchrun or srun"),
        (TORCHRUN | {"RANK": "first"}, "RANK", "torchrun or srun"),
        (TORCHRUN | {"WORLD_SIZE": "0"}, "environment", "torchrun or srun"),
        (SRUN | {"SLURM_LOCALID": "2"}, "environment", "torchrun or srun"),
    ],
)
def test_what_is_missing_or_wrong_is_named(environment: dict[str, str], where: str, remedy: str) -> None:
    with pytest.raises(UsageError) as refusal:
        rank_of(environment)
    assert refusal.value.where == where
    assert remedy in refusal.value.remedy
