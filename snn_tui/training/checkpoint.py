"""Weights and resume state as bytes, and back. Nothing here runs code from a file: no pickle is loaded."""

from __future__ import annotations

import io
import json
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_safetensors
from safetensors.torch import save as save_safetensors

from snn_tui.errors import RunError
from snn_tui.snn.network import SpikingNetwork

_REMEDY = "the file is damaged or of another network; train again, or choose another run"


def weights_to_bytes(network: SpikingNetwork, facts: dict[str, str]) -> bytes:
    """A network's weights as a safetensors file, with `facts` in its header."""
    tensors = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
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
        state = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch's reader raises a dozen kinds on broken bytes
        raise RunError("not a readable resume state", where=where, remedy=_REMEDY) from error
    if not isinstance(state, dict):
        raise RunError("not a readable resume state", where=where, remedy=_REMEDY)
    return state


def weights_epoch(content: bytes) -> int:
    """The epoch a weights file says it is of; 0 if it does not say."""
    length = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + length])
        return int(header["__metadata__"]["epoch"])
    except (ValueError, KeyError, TypeError):
        return 0
