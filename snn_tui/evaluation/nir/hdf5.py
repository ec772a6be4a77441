"""Everything that an HDF5 file holds, as plain values; run as a program it reads in a process of its own.

Such a file comes from anybody, and the library that reads it is written in C: a made-up file can stop it,
hold it for ever or let it take all memory. So `python -m snn_tui.evaluation.nir.hdf5` takes the file on its
standard input, limits its own memory, and answers on its standard output.

Only groups and numbers and texts in them are read: no links to elsewhere, no data that lies in other files,
no objects.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import sys
from typing import Any

import msgspec

LIMIT = 256 * 1024 * 1024
"""Largest NIR file, and the most that it may hold once unpacked, in bytes."""

_MOST_ITEMS = 100_000
_MOST_DEPTH = 32
_MEMORY = 4 * LIMIT + (1 << 30)
_FILTERS = {"gzip", "lzf", "szip", None}


class Values(msgspec.Struct, frozen=True):
    """Numbers: their numpy type such as `<f4`, their shape, and their bytes in C order."""

    type: str
    shape: tuple[int, ...]
    data: bytes


class Texts(msgspec.Struct, frozen=True):
    """Texts in C order, and their shape."""

    shape: tuple[int, ...]
    texts: list[str]


class Group(msgspec.Struct):
    """What a group holds by name."""

    groups: dict[str, Group] = {}
    values: dict[str, Values] = {}
    texts: dict[str, Texts] = {}


class Unreadable(msgspec.Struct, frozen=True):
    """Why a file is not read, in a sentence."""

    reason: str


class _Refused(Exception):
    """The file is not one of those that are read; says why."""


class _Reader:
    """Adds up what was read, so that it stays bounded."""

    def __init__(self, h5py: Any) -> None:
        self._h5py = h5py
        self._bytes = 0
        self._items = 0

    def group(self, group: Any, depth: int = 0) -> Group:
        """A group with all that is in it."""
        if depth > _MOST_DEPTH:
            raise _Refused("its groups are nested too deeply")
        read = Group({}, {}, {})
        for name in group:
            self._items += 1
            if self._items > _MOST_ITEMS:
                raise _Refused(f"it holds more than {_MOST_ITEMS} items")
            if not isinstance(group.get(name, getlink=True), self._h5py.HardLink):
                raise _Refused(f"{name!r} is a link to elsewhere")
            item = group[name]
            if isinstance(item, self._h5py.Group):
                read.groups[name] = self.group(item, depth + 1)
            elif isinstance(item, self._h5py.Dataset):
                self._dataset(read, name, item)
        return read

    def _dataset(self, read: Group, name: str, item: Any) -> None:
        if item.external or item.is_virtual:
            raise _Refused(f"{name!r} lies in another file")
        text = self._h5py.check_string_dtype(item.dtype)
        if item.shape is None or not (text or item.dtype.kind in "biufS"):
            return  # nothing that a graph is made of, such as an empty or a compound value of its metadata
        if item.compression not in _FILTERS:
            raise _Refused(f"{name!r} is packed in an unknown way")
        size = math.prod(item.shape) * (64 if text else item.dtype.itemsize)
        self._bytes += size
        if self._bytes > LIMIT:
            raise _Refused(f"it holds more than {LIMIT >> 20} MB once unpacked")
        value = item[()]
        if text or item.dtype.kind == "S":
            read.texts[name] = Texts(item.shape, [_text(value) for value in _flat(value)])
        else:
            little = value.dtype.newbyteorder("<")
            read.values[name] = Values(little.str, item.shape, value.astype(little, copy=False).tobytes())


def read(content: bytes) -> Group | Unreadable:
    """What an HDF5 file holds, or why it is not read."""
    import h5py

    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return _Reader(h5py).group(file)
    except _Refused as error:
        return Unreadable(str(error))
    except MemoryError:
        return Unreadable("it takes too much memory")
    # The library raises whatever its C part found, as almost any kind of exception.
    except Exception as error:  # noqa: BLE001
        return Unreadable(f"it is damaged, or no HDF5 file ({type(error).__name__}: {error})")


def _flat(value: Any) -> list[Any]:
    return value.ravel().tolist() if hasattr(value, "ravel") else [value]


def _text(value: bytes | str) -> str:
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if len(text) > 65536:
        raise _Refused("it holds a text that is too long")
    return text


def main() -> None:
    """Read the standard input, and write a `Group` or `Unreadable` to the standard output as MessagePack."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ[name] = "1"  # threads reserve memory
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    answer = read(sys.stdin.buffer.read(LIMIT + 1))
    sys.stdout.buffer.write(msgspec.msgpack.encode((type(answer).__name__, answer)))


if __name__ == "__main__":
    main()
