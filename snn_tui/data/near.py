"""Finding near duplicates: images saved anew, lit differently, scaled or with a little noise.

Two images are near duplicates if what they have beside the mean image of the set correlates by at least
`LIKE`. The mean image is taken away because images of one kind, such as all chest films, are alike anyway;
so is an image's own mean and contrast.

Measured: of all pairs of different splits, none of PneumoniaMNIST's reaches 0.94 (but for equal ones) and
none of RetinaMNIST's 0.98, where different eyes reach 0.978; BreastMNIST has 83, and the 24 that were viewed
look like the same scans. Copies as JPEG of quality 75 are near duplicates of 100 % of PneumoniaMNIST's images
(of 87 % of BreastMNIST's), those lit differently of 99 %, blurred a little of 98 %, with noise of 4 of 255 of
74 %. A copy that was shifted by a pixel, turned or mirrored is not found.

Not all pairs are compared, which would take time as the square of their number. Each image gets a code of
64 bits, the signs of random projections, of which near duplicates differ in few. The images of each split are
sorted by their codes several times, each time by other bits first, and an image of a later split is compared
with those that it would stand next to in one of the orders. So a crowd of copies in one split hides none in
another one. Of copies of 10 kinds of 4 sets, the pairs so found were all that comparing every pair finds; of
2,000 noisy copies among 98,000 images, 99.9 %.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from snn_tui.data.luma import LUMA
from snn_tui.data.rows import Pixels, parts

LIKE = 0.98
"""Correlation from which on two images are near duplicates."""

THUMBNAIL = 28
"""Larger images are compared at so many pixels a side."""

FEW = 32
"""Of fewer images the mean says little of their kind, and it is not taken away."""

_ORDERS = 16
_NEIGHBOURS = 16
_MOST_BITS = 12  # that differ: of two images that correlate by 0.98, 4 of 64 do on average
_CHUNK = 4096
_LUMA = np.array(LUMA, np.float32)

_Thumbnails = npt.NDArray[np.uint8]
_Indices = npt.NDArray[np.int64]
_Values = npt.NDArray[np.float32]


def thumbnails(images: Pixels, on_part: Callable[[float], None]) -> _Thumbnails:
    """Grey images of at most `THUMBNAIL` pixels a side, `[N, h, w]`.

    Args:
        images: `[N, H, W]`, or `[N, H, W, 3]` in colour.
        on_part: Called with the share done, 0 to 1.
    """
    height, width = (min(size, THUMBNAIL) for size in images.shape[1:3])
    small = np.empty((len(images), height, width), np.uint8)
    done = 0
    for part in parts(images):
        grey = _shrunk(_shrunk(part, 1, height), 2, width)
        small[done : done + len(part)] = (grey @ _LUMA if grey.ndim == 4 else grey) + 0.5
        done += len(part)
        on_part(done / len(images))
    return small


def _shrunk(images: npt.NDArray[np.uint8] | _Values, axis: int, size: int) -> _Values:
    """Means of as many parts of an axis, equally large but for a pixel."""
    length = images.shape[axis]
    if length == size:
        return images.astype(np.float32, copy=False)
    starts = np.arange(size) * length // size
    widths = np.diff(starts, append=length).astype(np.float32)
    shape = [1] * images.ndim
    shape[axis] = size
    means: _Values = np.add.reduceat(images, starts, axis=axis, dtype=np.float32) / widths.reshape(shape)
    return means


def near_pairs(
    small: _Thumbnails, splits: npt.NDArray[np.uint8], on_part: Callable[[float], None]
) -> tuple[_Indices, _Indices, _Values]:
    """Pairs of near duplicates in different splits: the indices of both images, and their correlation.

    Args:
        small: `[N, h, w]` grey thumbnails of all splits, one after the other; equal ones are pairs, too.
        splits: `[N]` the number of each image's split.
        on_part: Called with the share done, 0 to 1.

    Returns:
        `[P]` indices of the earlier image, `[P]` of the later one and `[P]` correlations, in the order of
        the later one, the most alike first.
    """
    mean = _mean(small)
    codes = _codes(small, mean, lambda part: on_part(part * 0.4))
    found: list[_Indices] = []
    for number in range(_ORDERS):
        found.append(_candidates(codes, splits, number * 64 // _ORDERS))
        on_part(0.4 + 0.3 * (number + 1) / _ORDERS)
    pairs = np.stack(np.divmod(np.unique(np.concatenate(found)), len(small)), axis=1)
    likes = np.empty(len(pairs), np.float32)
    for start in range(0, len(pairs), _CHUNK):
        first, second = pairs[start : start + _CHUNK].T
        likes[start : start + _CHUNK] = (_details(small[first], mean) * _details(small[second], mean)).sum(1)
        on_part(0.7 + 0.3 * start / len(pairs))
    alike = likes >= LIKE
    pairs, likes = pairs[alike], likes[alike]
    order = np.lexsort((pairs[:, 0], -likes, pairs[:, 1]))
    return pairs[order, 0], pairs[order, 1], likes[order]


def _standard(small: _Thumbnails) -> _Values:
    """`[N, h * w]` pixels without their mean, of length 1; of length 0 where an image is of one colour."""
    flat = small.reshape(len(small), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    return _of_length_1(flat)


def _of_length_1(flat: _Values) -> _Values:
    lengths = np.sqrt(np.einsum("np,np->n", flat, flat))[:, None]
    unit: _Values = flat / np.maximum(lengths, np.float32(1e-6))
    return unit


def _mean(small: _Thumbnails) -> _Values:
    """`[h * w]` the mean of all images, each of the same mean and contrast."""
    total = np.zeros(small[0].size, np.float32)
    if len(small) >= FEW:
        for start in range(0, len(small), _CHUNK):
            total += _standard(small[start : start + _CHUNK]).sum(0)
    return (total / len(small)).astype(np.float32)


def _details(small: _Thumbnails, mean: _Values) -> _Values:
    """`[N, h * w]` what images have beside the mean image, of length 1."""
    standard = _standard(small)
    there = np.einsum("np,np->n", standard, standard)[:, None]  # 0 for an image of one colour
    return _of_length_1(standard - mean * np.round(there))


def _codes(small: _Thumbnails, mean: _Values, on_part: Callable[[float], None]) -> npt.NDArray[np.uint64]:
    """`[N]` codes: the signs of 64 projections of each image's details."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((small[0].size, 64), dtype=np.float32)
    codes = np.empty(len(small), np.uint64)
    for start in range(0, len(small), _CHUNK):
        signs = _details(small[start : start + _CHUNK], mean) @ directions > 0
        codes[start : start + _CHUNK] = np.packbits(signs, axis=1).view(np.uint64)[:, 0]
        on_part(min(start + _CHUNK, len(small)) / len(small))
    return codes


def _candidates(codes: npt.NDArray[np.uint64], splits: npt.NDArray[np.uint8], turn: int) -> _Indices:
    """Each image with its neighbours in every earlier split, by the order of codes turned by so many bits.

    Returns:
        `[P]` the index of the earlier image times N plus that of the later one, if few of their bits differ.
    """
    turned = codes if turn == 0 else (codes << np.uint64(turn)) | (codes >> np.uint64(64 - turn))
    pairs = [np.empty(0, np.int64)]
    for split in range(int(splits.max(initial=0))):
        earlier, later = np.flatnonzero(splits == split), np.flatnonzero(splits > split)
        earlier = earlier[np.argsort(turned[earlier], kind="stable")]
        begin = np.searchsorted(turned[earlier], turned[later])
        for step in range(-_NEIGHBOURS, _NEIGHBOURS):
            there = (begin + step >= 0) & (begin + step < len(earlier))
            one, other = earlier[(begin + step)[there]], later[there]
            alike = _bits(codes[one] ^ codes[other]) <= _MOST_BITS
            pairs.append(one[alike] * len(codes) + other[alike])
    return np.concatenate(pairs)


_BITS_OF_16 = np.array([number.bit_count() for number in range(1 << 16)], np.uint8)


def _bits(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    """`[N]` the bits that are 1. Numpy itself counts them from version 2 on."""
    counts: npt.NDArray[np.uint8] = _BITS_OF_16[values.view(np.uint16).reshape(-1, 4)].sum(1, dtype=np.uint8)
    return counts
