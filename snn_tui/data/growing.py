"""An array of images in numpy's format that grows image by image, in memory or in a file."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import BinaryIO

import numpy as np

from snn_tui.data.rows import Pixels

HEADER = 128
"""Bytes before the first pixel. The header is written once the number of images is known."""

_PART = 1 << 22


class Growing:
    """Images that are appended to a file. They are grey until the first in colour comes; then all are RGB.

    Args:
        side: Rows and columns of each image.
        new_file: Opens an empty file for reading and writing. It is called again when colour comes.
    """

    def __init__(self, side: int, new_file: Callable[[], BinaryIO]) -> None:
        self._side = side
        self._new_file = new_file
        self.count = 0
        self.channels = 1
        self.file = self._begun()

    @property
    def shape(self) -> tuple[int, ...]:
        """`[N, side, side]`, or `[N, side, side, 3]`."""
        return (self.count, self._side, self._side, 3)[: 4 if self.channels == 3 else 3]

    def extend(self, images: Pixels) -> None:
        """Add images `[N, side, side]` or `[N, side, side, 3]`.

        Raises:
            OSError: The file cannot be written, such as on a full disk.
        """
        if images.ndim == 4 and self.channels == 1:
            self._to_colour()
        if images.ndim == 3 and self.channels == 3:
            images = images[..., None].repeat(3, -1)
        self._write(np.ascontiguousarray(images).data)
        self.count += len(images)

    def finish(self) -> int:
        """Write the header; returns the checksum of the pixels.

        Raises:
            OSError: The file cannot be written.
        """
        text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {self.shape}, }}".encode()
        self.file.seek(0)
        prefix = b"\x93NUMPY\x01\x00" + (HEADER - 10).to_bytes(2, "little")
        self.file.write(prefix + text.ljust(HEADER - 11) + b"\n")
        self.file.flush()
        return self._checksum

    def _begun(self) -> BinaryIO:
        file = self._new_file()
        file.write(bytes(HEADER))
        self._checksum = 0
        return file

    def _write(self, pixels: memoryview) -> None:
        self.file.write(pixels)
        self._checksum = zlib.crc32(pixels, self._checksum)

    def _to_colour(self) -> None:
        grey, self.file, self.channels = self.file, self._begun(), 3
        with grey:
            grey.seek(HEADER)
            while part := grey.read(_PART):
                self._write(np.frombuffer(part, np.uint8).repeat(3).data)


def checksum(file: BinaryIO) -> int:
    """CRC-32 of what follows the header, read part by part."""
    file.seek(HEADER)
    value = 0
    while part := file.read(_PART):
        value = zlib.crc32(part, value)
    return value
