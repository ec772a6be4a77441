"""The device to compute on."""

from __future__ import annotations

import torch

from snn_tui.errors import UsageError


def resolve(name: str) -> torch.device:
    """The device of a name: `auto` takes the first GPU there is, else the CPU.

    Args:
        name: `auto`, `cpu`, `mps`, `cuda` or `cuda:N`.

    Raises:
        UsageError: This machine, or this build of torch, does not have the device.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda:0")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    device = torch.device(name)
    if device.type == "cuda":
        present = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if (device.index or 0) >= present:
            what = f"there are {present}, counted from 0" if present else "torch finds no CUDA GPU"
            raise UsageError(what, where=f"--device {name}", remedy="give --device auto or cpu")
        return torch.device("cuda", device.index or 0)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise UsageError(
            "torch finds no Apple GPU", where=f"--device {name}", remedy="give --device auto or cpu"
        )
    return device
