"""Weights and resume state as bytes, and back. Nothing here runs code from a file: no pickle is loaded."""

from __future__ import annotations

import io
import json
import pickletools
import zipfile
from collections.abc import Mapping
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from snn_tui.errors import RunError
from snn_tui.snn.network import SpikingNetwork

_MOST_EPOCHS = 2**31
_REMEDY = "the file is damaged or of another network; train again, or choose another run"


def weights_to_bytes(weights: Mapping[str, torch.Tensor], facts: dict[str, str]) -> bytes:
    """A network's weights (`state_dict`) as a safetensors file, with `facts` in its header."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in weights.items()}
    return _in_order(save_safetensors(tensors, metadata=facts))


def _in_order(content: bytes) -> bytes:
    """The safetensors file with its header sorted: the library writes facts in another order each time."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of eight bytes
    return len(text).to_bytes(8, "little") + text + content[end:]


def load_weights(network: SpikingNetwork, content: bytes, where: str) -> None:
    """Put weights into a network.

    Args:
        network: The network they have to fit.
        content: A safetensors file's content.
        where: Its path, for the message.

    Raises:
        RunError: It is no safetensors file, or holds other tensors than the network has.
    """
    try:
        tensors = load_safetensors(content)
    except (SafetensorError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise RunError(f"not a readable weights file ({error})", where=where, remedy=_REMEDY) from error
    expected = {name: (value.shape, value.dtype) for name, value in network.state_dict().items()}
    if {name: (value.shape, value.dtype) for name, value in tensors.items()} != expected:
        raise RunError("holds other weights than this network has", where=where, remedy=_REMEDY)
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise RunError("holds weights that are no finite numbers", where=where, remedy=_REMEDY)
    network.load_state_dict(tensors)


def state_to_bytes(state: dict[str, Any]) -> bytes:
    """`Trainer.state` as a file's content."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


def state_from_bytes(content: bytes, where: str) -> dict[str, Any]:
    """`Trainer.state` back from a file's content.

    Raises:
        RunError: It is not what `state_to_bytes` wrote.
    """
    try:
        state = torch.load(_unpacked(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch's reader raises a dozen kinds on broken bytes
        raise RunError("not a readable resume state", where=where, remedy=_REMEDY) from error
    if not isinstance(state, dict):
        raise RunError("not a readable resume state", where=where, remedy=_REMEDY)
    return state


_BUILT_FROM = {
    "torch._utils _rebuild_tensor_v2",
    "torch FloatStorage",
    "torch LongStorage",
    "collections OrderedDict",
}
"""All that the pickle of a resume state names; what torch itself allows can be made to fill the memory."""


def _unpacked(content: bytes) -> io.BytesIO:
    """The archive packed anew, once it was seen to be such as torch writes and not to grow when unpacked.

    Anew, so that torch reads what was checked here: two readers may find two archives in one file.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(packed, "w") as checked:
        members = archive.infolist()
        stored = all(info.compress_type == zipfile.ZIP_STORED for info in members)
        if not stored or sum(info.file_size for info in members) > len(content):
            raise ValueError("not an archive torch wrote")
        for info in members:
            member = archive.read(info)
            if info.filename.endswith(".pkl"):
                _check_pickle(member)
            checked.writestr(info.filename, member)
    packed.seek(0)
    return packed


def _check_pickle(program: bytes) -> None:
    """Refuse a pickle that names anything but what a resume state is built from; nothing of it is run."""
    for code, argument, _ in pickletools.genops(program):
        named = code.name in ("GLOBAL", "INST", "STACK_GLOBAL") or code.name.startswith("EXT")
        if named and argument not in _BUILT_FROM:
            raise ValueError(f"it names {argument}")


def check_state(
    state: dict[str, Any], network: SpikingNetwork, batches: int, *, averaged: bool = False
) -> None:
    """Check that a resume state fits a network, before any of it is used.

    Args:
        state: From `state_from_bytes`.
        network: The network it is for.
        batches: Batches an epoch has.
        averaged: Whether an average of weights is kept.

    Raises:
        RunError: It is of another network or another way of training, or damaged.
    """
    weights = network.state_dict()
    parameters = [value for value in network.parameters() if value.requires_grad]
    try:
        moments = state["optimizer"]["state"]
        sound = (
            _same_tensors(state["weights"], weights)
            and (state["kept"] is None or _same_tensors(state["kept"][1], weights))
            and (state["kept"] is None or type(state["kept"][0]) is int)
            and (not moments or sorted(moments) == list(range(len(parameters))))
            and all(
                _fits(moments[place][name], parameter)
                for place, parameter in enumerate(parameters)
                if moments
                for name in ("exp_avg", "exp_avg_sq")
            )
            and all(_fits(moments[place]["step"], torch.zeros(())) for place in moments)
            and (not averaged or _same_tensors(state["average"]["weights"], weights))
            and (not averaged or (type(state["average"]["steps"]) is int and state["average"]["steps"] >= 0))
            and type(state["images"]) is int
            and type(state["epochs_done"]) is int
            and type(state["batches_done"]) is int
            and state["epochs_done"] >= 0
            and 0 <= state["batches_done"] <= batches
            and len(state["losses"]) == state["batches_done"]
            and all(type(loss) is float for loss in [*state["losses"], state["best_loss"]])
        )
    except (KeyError, TypeError, IndexError, AttributeError, ValueError, RuntimeError, RecursionError):
        sound = False
    if not sound:
        raise RunError("of another network, or damaged", where="resume state", remedy=_REMEDY)


def _same_tensors(found: dict[str, Any], expected: dict[str, torch.Tensor]) -> bool:
    return found.keys() == expected.keys() and all(_fits(found[name], expected[name]) for name in expected)


def _fits(value: object, like: torch.Tensor) -> bool:
    return (
        isinstance(value, torch.Tensor)
        and value.shape == like.shape
        and value.dtype == like.dtype
        and bool(torch.isfinite(value).all())
    )


def weights_epoch(content: bytes) -> int:
    """The epoch a weights file says it is of; 0 if it does not say."""
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
        return max(0, min(int(header["__metadata__"]["epoch"]), _MOST_EPOCHS))
    except (ValueError, KeyError, TypeError):
        return 0
