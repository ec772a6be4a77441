"""Images of a set that may be larger than memory: some of them by their indices, and all of them in parts."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import cast

import numpy as np
import numpy.typing as npt

from snn_tui.config.machine import machine_memory

Pixels = npt.NDArray[np.uint8]

IN_MEMORY = 0.25
"""Part of the machine's memory up to which a set's images are read into it; larger sets are mapped."""

PART_BYTES = 1 << 21
"""Bytes of images that are worked on at once. Of some calculations the temporaries take 20 times as much."""


class Rows:
    """Some images of an array in an order of their own; each is read when it is asked for.

    They stand in for an array: `take` gives them the type of one, and all that may be done with them works on
    an array, too. What would read all images at once is missing.

    Args:
        images: `[M, H, W]` or `[M, H, W, 3]` uint8, mapped from a file.
        indices: `[N]` int64, which of the images they are.
    """

    def __init__(self, images: Pixels, indices: npt.NDArray[np.int64]) -> None:
        self.images, self._indices = images, indices

    @property
    def shape(self) -> tuple[int, ...]:
        """`[N, H, W]` or `[N, H, W, 3]`."""
        return (len(self._indices), *self.images.shape[1:])

    @property
    def ndim(self) -> int:
        """3 of grey images, 4 of colour."""
        return self.images.ndim

    @property
    def nbytes(self) -> int:
        """Bytes that the images would take."""
        return len(self) * int(np.prod(self.shape[1:]))

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, key: int | np.integer | slice | npt.NDArray[np.integer]) -> Pixels:
        """One image, or a copy of several."""
        return np.asarray(self.images[self._indices[key]])

    def __iter__(self) -> Iterator[Pixels]:
        return (self[index] for index in range(len(self)))

    def __array__(self, *arguments: object, **options: object) -> Pixels:
        raise TypeError("these images may be larger than memory: go through their `parts`")

    def take(self, indices: npt.NDArray[np.int64]) -> Rows:
        """Those at some indices, in that order."""
        return Rows(self.images, self._indices[indices])


def is_large(size: int) -> bool:
    """Whether images of so many bytes are too many to be read into memory at once."""
    return size > IN_MEMORY * machine_memory()


def is_mapped(images: Pixels | Rows) -> bool:
    """Whether images are read from a file as they are asked for."""
    return isinstance(images, Rows | np.memmap)


def take(images: Pixels | Rows, indices: npt.NDArray[np.int64]) -> Pixels:
    """The images at the indices `[M]`, in that order: a copy of those in memory, mapped ones as they are."""
    if isinstance(images, Rows):
        return cast(Pixels, images.take(indices))
    if not isinstance(images, np.memmap):
        return images[indices]
    if len(indices) and np.array_equal(indices, np.arange(indices[0], indices[0] + len(indices))):
        return images[indices[0] : indices[0] + len(indices)]
    return cast(Pixels, Rows(images, indices))


def parts(images: Pixels, size: int = PART_BYTES) -> Iterator[Pixels]:
    """All images in their order, some at a time.

    Args:
        images: The images.
        size: Bytes of a part; at least one image.
    """
    step = max(1, size // max(1, int(np.prod(images.shape[1:]))))
    for begin in range(0, len(images), step):
        yield np.asarray(images[begin : begin + step])
        release(images)


def release(images: Pixels | Rows) -> None:
    """Let go of what was read of mapped images; nothing is done to others.

    The system may take those pages from this process at any time, since they are in the file, but counts them
    as its memory as long as they are mapped. They stay in the system's cache.
    """
    while isinstance(images, Rows):
        images = images.images
    mapping = getattr(images, "_mmap", None)  # numpy.memmap keeps it in all its views, and has no other way
    if isinstance(mapping, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
        mapping.madvise(mmap.MADV_DONTNEED)
