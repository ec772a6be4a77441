"""The weights of a network of the user's own, as safetensors: a header of JSON, then the tensors' bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from snn_tui.api.arrays import plain
from snn_tui.errors import UsageError
from snn_tui.values.words import printable

_KINDS = {"float64": "F64", "float32": "F32", "float16": "F16", "bool": "BOOL"} | {
    f"{name}{bits}": f"{letter}{bits}"
    for name, letter in (("int", "I"), ("uint", "U"))
    for bits in (8, 16, 32, 64)
}
"""Types of safetensors by numpy's."""


def weights_file(state: Mapping[str, Any], metadata: dict[str, str]) -> bytes:
    """The content of a safetensors file.

    Args:
        state: Tensors or arrays by name, such as a `state_dict`. bfloat16 is written as float32; what is no
            array, such as None, is left out.
        metadata: Texts by name.

    Raises:
        UsageError: There is no array in it, or one of a type that safetensors does not have.
    """
    header: dict[str, Any] = {"__metadata__": metadata}
    parts: list[bytes] = []
    end = 0
    for name, value in state.items():
        array = plain(value)
        if not hasattr(array, "dtype") or not hasattr(array, "tobytes"):
            continue
        kind = _KINDS.get(array.dtype.name)
        if kind is None:
            raise UsageError(
                f"it holds {printable(str(array.dtype), 40)}, which safetensors does not have",
                where=f"checkpoint: {printable(str(name), 60)}",
                remedy="leave it out, or convert it",
            )
        part = array.astype(array.dtype.newbyteorder("<")).tobytes()
        begin, end = end, end + len(part)
        header[str(name)] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [begin, end]}
        parts.append(part)
    if not parts:
        raise UsageError("there is no tensor in it", where="checkpoint", remedy="give model.state_dict()")
    words = json.dumps(header).encode()
    words += b" " * (-len(words) % 8)  # tensors begin at multiples of 8
    return b"".join((len(words).to_bytes(8, "little"), words, *parts))
