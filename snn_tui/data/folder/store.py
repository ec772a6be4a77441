"""The images of a folder: from the cache, or decoded and then kept there."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import BinaryIO

import msgspec
import numpy as np
import PIL

from snn_tui.data.cache import Cache, Facts
from snn_tui.data.dataset import OnProgress
from snn_tui.data.folder.layout import Layout
from snn_tui.data.folder.left_out import PASSING
from snn_tui.data.folder.processes import decode_all
from snn_tui.data.growing import HEADER, Growing
from snn_tui.data.npz import gigabytes, reason
from snn_tui.data.picture import decode
from snn_tui.data.rows import Pixels, is_large
from snn_tui.errors import DataError
from snn_tui.values.words import printable

NewFile = Callable[[], BinaryIO]


class Store:
    """Gets the images of a layout's files at one size.

    Args:
        layout: Names the files.
        side: Rows and columns of the images.
        cache: Where decoded images are kept.
        on_progress: Called while pictures are decoded.
    """

    def __init__(self, layout: Layout, side: int, cache: Cache, on_progress: OnProgress) -> None:
        self._layout = layout
        self._side = side
        self._cache = cache
        self._on_progress = on_progress
        self._key = _key(layout, side)
        self.note = ""
        """Why decoded images could not be kept; empty where they were."""
        self._channels = 1
        """Channels of the pictures that were decoded so far."""

    def images(self) -> tuple[Pixels, Facts]:
        """All images in the order of the files, `[N, side, side]` or `[N, side, side, 3]`, and their facts.

        Those of a large set are a numpy.memmap.

        Raises:
            DataError: The images may need more memory than they should, and cannot be kept on the disk.
        """
        images, facts = self._cached() or self._decoded()
        return images if is_large(images.nbytes) else np.asarray(images), facts

    def _cached(self) -> tuple[Pixels, Facts] | None:
        cached = self._cache.read(self._key)
        return cached if cached is not None and len(cached[0]) == len(cached[1].files) else None

    def _decoded(self) -> tuple[Pixels, Facts]:
        if not is_large(len(self._layout.files) * self._side**2 * 3):
            return self._in_memory()
        try:
            return self._cache.write(self._key, self._decode, self._bytes)
        except OSError as error:
            raise self._no_room(error) from error

    def _in_memory(self) -> tuple[Pixels, Facts]:
        file, facts, lasting = self._decode(io.BytesIO)
        assert isinstance(file, io.BytesIO)
        content = file.getbuffer()
        if lasting and facts.files:

            def copy(new_file: NewFile) -> tuple[BinaryIO, Facts, bool]:
                target = new_file()
                target.write(content)
                return target, facts, lasting

            try:
                # Mapped, so that the memory is free again.
                return self._cache.write(self._key, copy, lambda: len(content))
            except OSError as error:
                self.note = f"decoded images are not kept: {printable(reason(error))}"
        return np.frombuffer(content, np.uint8, offset=HEADER).reshape(facts.shape), facts

    def _decode(self, new_file: NewFile) -> tuple[BinaryIO, Facts, bool]:
        growing = Growing(self._side, new_file)
        facts = Facts(files=[], left_out=[], colour=[], small=[])
        paths = [file.path for file in self._layout.files]
        results = decode_all(self._layout.root, paths, self._side, self._on_progress)
        for index, result in enumerate(results):
            if isinstance(result, str):
                facts.left_out.append((index, result))
                continue
            if result.pixels.ndim == 3:
                self._channels = 3
            growing.extend(result.pixels[None])
            facts.files.append(index)
            if result.pixels.ndim == 3:
                facts.colour.append(index)
            if result.shorter < self._side:
                facts.small.append(index)
        crc = growing.finish()
        lasting = not any(why.startswith(PASSING) for _, why in facts.left_out)
        return growing.file, msgspec.structs.replace(facts, shape=growing.shape, crc=crc), lasting

    def _bytes(self) -> int:
        return len(self._layout.files) * self._side**2 * self._channels

    def _no_room(self, error: OSError) -> DataError:
        size = gigabytes(len(self._layout.files) * self._side**2 * 3)
        what = f"up to {size} of images are too many for this machine's memory, and cannot be kept on disk"
        where = printable(str(self._cache.folder or "~"), 500)
        remedy = (
            f"{reason(error)}: set XDG_CACHE_HOME to a folder of yours with room, or take a smaller --size"
        )
        return DataError(what, where=where, remedy=printable(remedy, 500))


def _key(layout: Layout, side: int) -> str:
    """What decides how the images come out: the decoders, the size, and each file's name, size and times."""
    digest = hashlib.sha256(f"{decode.VERSION} {PIL.__version__} {_pydicom()} {side}".encode())
    for file in layout.files:
        digest.update(b"\0" + os.fsencode(file.path) + b"\0" + repr(file.stamp).encode())
    return digest.hexdigest()[:40]


def _pydicom() -> str:
    versions = []
    for name in ("pydicom", "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-libjpeg"):
        try:
            versions.append(version(name))
        except PackageNotFoundError:
            versions.append("none")
    return " ".join(versions)
