"""Images that have the same pixels, found by their digests."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from snn_tui.data.rows import Pixels, parts


def digest(image: NDArray[np.uint8]) -> bytes:
    """16 bytes that are the same for two images, `[H, W]` or `[H, W, 3]`, where all their pixels are."""
    return hashlib.blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()


def key(image: NDArray[np.uint8]) -> bytes:
    """The digest of an image, empty for one of one colour: that two of those are equal says nothing."""
    return b"" if bool((image == image[0, 0]).all()) else digest(image)


def first_equal(images: Pixels) -> NDArray[np.int64]:
    """`[N]` for each image the index of the first one that has the same pixels."""
    first: dict[bytes, int] = {}
    digests = (digest(image) for part in parts(images) for image in part)
    return np.array([first.setdefault(one, index) for index, one in enumerate(digests)], np.int64)
