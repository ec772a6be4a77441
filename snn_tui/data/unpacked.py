"""Images of an `.npz` file that are too many for memory: unpacked once into the cache, and mapped from it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from typing import BinaryIO

import msgspec

from snn_tui.data import pixels
from snn_tui.data.cache import Cache, Facts
from snn_tui.data.dataset import OnProgress
from snn_tui.data.growing import Growing
from snn_tui.data.npz import Archive, gigabytes, reason
from snn_tui.data.rows import Pixels
from snn_tui.values.words import printable

VERSION = 2
"""To be raised whenever images come out otherwise: what was unpacked before is unpacked anew then."""


def unpacked(
    archive: Archive, names: Sequence[str], on_progress: OnProgress, cache: Cache | None = None
) -> tuple[list[Pixels], Facts]:
    """The arrays of images of a file, mapped and read-only.

    They are read in parts of some megabytes. What was unpacked before is used as long as path, size and times
    of the file are the same.

    Args:
        archive: The file.
        names: Names of the arrays, `[N, side, side]`, `[N, side, side, 1]` or `[N, side, side, 3]`, whose
            headers were checked.
        on_progress: Called while they are unpacked; what it raises ends it and is passed on.
        cache: Where they are kept; the user's cache folder if None.

    Returns:
        The images of each array, and the facts: `md5` of the file, and `note` of what was made of its values.

    Raises:
        DataError: An array is broken, its order in memory is not C, or there is no room on the disk.
    """
    cache = cache or Cache()
    for name in names:
        if archive.header(name).fortran:
            what = f"{name} has its first axis last in memory, and is too large to be turned"
            raise archive.fault(what, f"save it in the usual order, in numpy: ascontiguousarray({name})")
    lengths = [archive.header(name).shape[0] for name in names]
    key = _key(archive, names)
    cached = cache.read(key)
    if cached is None or len(cached[0]) != sum(lengths):
        try:
            cached = cache.write(
                key,
                lambda new_file: _unpack(archive, names, new_file, on_progress),
                lambda: _size(archive, names),
            )
        except OSError as error:
            room = f"set XDG_CACHE_HOME to a folder of yours with {gigabytes(_size(archive, names))} of room"
            what = f"it is too large for this machine's memory, and cannot be unpacked in {_folder(cache)}"
            raise archive.fault(f"{what}: {printable(reason(error))}", room) from error
    images, facts = cached
    arrays, begin = [], 0
    for length in lengths:
        arrays.append(images[begin : begin + length])
        begin += length
    return arrays, facts


def _unpack(
    archive: Archive, names: Sequence[str], new_file: Callable[[], BinaryIO], on_progress: OnProgress
) -> tuple[BinaryIO, Facts, bool]:
    conversion = pixels.conversion(archive, names)
    growing = Growing(archive.header(names[0]).shape[1], new_file)
    what, total = f"unpacking {archive.path.name}", sum(archive.header(name).shape[0] for name in names)
    for name in names:
        for block in conversion.blocks(archive, name):
            on_progress(what, growing.count / total)
            growing.extend(block[..., 0] if block.shape[3:] == (1,) else block)
    on_progress(what, None)
    crc = growing.finish()
    facts = Facts(shape=growing.shape, crc=crc, md5=archive.md5(), note=conversion.note)
    return growing.file, facts, True


def _key(archive: Archive, names: Sequence[str]) -> str:
    parts = (VERSION, os.path.realpath(archive.path), archive.stamp, tuple(names))
    return hashlib.sha256(msgspec.json.encode(list(map(repr, parts)))).hexdigest()[:40]


def _size(archive: Archive, names: Sequence[str]) -> int:
    headers = [archive.header(name) for name in names]
    return sum(header.nbytes // header.dtype.itemsize for header in headers)


def _folder(cache: Cache) -> str:
    return printable(str(cache.folder or "~/.cache"), 500)
