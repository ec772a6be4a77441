"""A stand-in for `torch.cuda` whose graphs record torch's operations on the CPU, and replay them.

As graphs of CUDA: what is captured is not computed then, replays read and write the tensors of the capture at
their addresses, and what waits for the device or brings numbers to it fails while it is captured. Replays may
read tensors that were freed after the capture here without being found out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten

FORBIDDEN = ("_local_scalar_dense", "nonzero", "masked_select", "lift_fresh", "is_pinned", "_pin_memory")
"""What waits for a GPU, or copies numbers of Python's to it."""


class _Stream:
    """A stream; that work waits where it has to is only written down."""

    def __init__(self, name: str, log: list[str]) -> None:
        self.name, self._log = name, log

    def wait_stream(self, other: _Stream) -> None:
        self._log.append(f"{self.name} waits for {other.name}")


class CUDAGraph:
    """The operations recorded, each with its arguments and the tensors that hold its results."""

    def __init__(self) -> None:
        self.calls: list[tuple[Callable[..., Any], Any, Any, list[Tensor]]] = []

    def replay(self) -> None:
        """Compute everything again, into the same tensors."""
        with torch.no_grad():
            for operation, arguments, named, results in self.calls:
                again = _tensors(operation(*arguments, **named))
                for held, value in zip(results, again, strict=True):
                    if _storage(held) != _storage(value):
                        held.copy_(value)


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]  # of torch's __init_subclass__
    def __init__(self, graph: CUDAGraph) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._graph = graph
        self._made: set[int] = set()
        self.before: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        named, name = kwargs or {}, func.overloadpacket.__name__
        if name in FORBIDDEN:
            raise RuntimeError(f"{name}: operation not permitted when stream is capturing")
        for value in _written(func, args):
            if _storage(value) not in self._made:  # it is of before the capture, which changes nothing
                self.before.setdefault(value.data_ptr(), (value.detach(), value.detach().clone()))
        results = func(*args, **named)
        tensors = _tensors(results)
        owned = {_storage(value) for value in _tensors((args, named))}
        views = bool(tensors) and all(_storage(value) in owned for value in tensors)
        if func._schema.is_mutable or not views:
            self._graph.calls.append((func, args, named, tensors))
        self._made |= {_storage(value) for value in tensors} - owned
        return results


class FakeCuda:
    """What `graph` uses of `torch.cuda`.

    Attributes:
        log: What was done, in order.
        captures: Steps that were captured.
    """

    def __init__(self) -> None:
        self.log: list[str] = []
        self.captures = 0
        self._current = _Stream("main", self.log)
        self.CUDAGraph = CUDAGraph

        self.Stream = partial(_Stream, "side", self.log)

    def current_stream(self) -> _Stream:
        return self._current

    def device(self, device: torch.device) -> AbstractContextManager[None]:
        self.log.append(f"device {device}")
        return nullcontext()

    @contextmanager
    def stream(self, stream: _Stream) -> Iterator[None]:
        before, self._current = self._current, stream
        self.log.append(f"on {stream.name}")
        yield
        self._current = before

    @contextmanager
    def graph(self, graph: CUDAGraph, stream: _Stream, capture_error_mode: str) -> Iterator[None]:
        self.log.append(f"capture on {stream.name}, {capture_error_mode}")
        self.captures += 1
        recorder = _Recorder(graph)
        with recorder:
            yield
        with torch.no_grad():
            for tensor, value in recorder.before.values():
                tensor.copy_(value)


def _tensors(values: Any) -> list[Tensor]:
    return [value for value in tree_flatten(values)[0] if isinstance(value, Tensor)]


def _storage(tensor: Tensor) -> int:
    return tensor.untyped_storage()._cdata


def _written(operation: Any, arguments: Sequence[Any]) -> list[Tensor]:
    """The arguments that an operation writes to."""
    if (
        operation.overloadpacket.__name__ == "native_batch_norm"
    ):  # running statistics; torch's schema is silent
        return _tensors(arguments[3:5])
    pairs = zip(operation._schema.arguments, arguments, strict=False)
    return _tensors(
        [value for kind, value in pairs if kind.alias_info is not None and kind.alias_info.is_write]
    )
