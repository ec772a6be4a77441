"""The device to compute on."""

from __future__ import annotations

import os

import torch
from torch import Tensor

from snn_tui.errors import UsageError
from snn_tui.values.words import counted


def resolve(name: str) -> torch.device:
    """The device of a name: `auto` takes the first GPU there is, else the CPU.

    On CUDA, sums are then exact to float32 and added up in a fixed order, in this whole process.

    Args:
        name: `auto`, `cpu`, `mps`, `cuda` or `cuda:N`.

    Raises:
        UsageError: This machine, or this build of torch, does not have the device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return _exact(torch.device("cuda:0"))
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        present = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= present:
            what = f"there are {present}, counted from 0" if present else "torch finds no CUDA GPU"
            raise UsageError(what, where=f"--device {name}", remedy="give --device auto or cpu")
        return _exact(torch.device("cuda", device.index or 0))
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UsageError(
            "torch finds no Apple GPU", where=f"--device {name}", remedy="give --device auto or cpu"
        )
    return device


def resolve_shared(name: str, local_rank: int, local_size: int, *, bound: bool = False) -> torch.device:
    """The device of one of several processes on this machine: a GPU for each, or the CPU for all.

    Args:
        name: `auto`, `cpu` or `cuda`.
        local_rank: Which of the processes on this machine.
        local_size: How many there are on this machine.
        bound: Whether whoever started them may have let each see its own GPU alone, as srun can.

    Raises:
        UsageError: There are fewer GPUs than processes.
    """
    present = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not present):
        return torch.device("cpu")
    if present >= local_size:
        return _exact(torch.device("cuda", local_rank))
    if present == 1 and bound:
        return _exact(torch.device("cuda", 0))
    gpus = (
        f"there {'is' if present == 1 else 'are'} {counted(present, 'GPU')}" if present else "there is no GPU"
    )
    fewer = f"give --devices {present}, or " if present else "give "
    raise UsageError(f"{gpus} for {local_size} processes", where="--devices", remedy=f"{fewer}--device cpu")


def copied(values: Tensor, device: torch.device) -> Tensor:
    """The values on a device; where that is a GPU of CUDA, its earlier work is not waited for."""
    if device.type == "cuda" and not values.is_cuda:
        return values.pin_memory().to(device, non_blocking=True)
    return values.to(device)


def _exact(device: torch.device) -> torch.device:
    """Make the libraries of CUDA compute in float32 where that is asked for, before their first use."""
    # Else convolutions keep 10 bits of each factor (TF32), and spikes are not those of the CPU.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without one, cuBLAS may add up in any order
    return device
