"""Images of other types than uint8 made uint8, where it is clear what their values mean."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from snn_tui.data.checks import DARK
from snn_tui.data.deep_picture import bits_in_use
from snn_tui.data.npz import Archive
from snn_tui.values.words import listed

NUMBERS = "biuf"
"""Kinds of numpy's types that are numbers: booleans, integers and floats."""

_CLOSE_TO_1 = 1 + 1e-6
_SAVE = "save them as uint8 from 0 to 255"


@dataclass(frozen=True)
class Conversion:
    """How values become uint8.

    Args:
        factor: What they are multiplied by before they are rounded; None where they are uint8.
        note: What is made of them, in a few words; empty where nothing is.
    """

    factor: float | None = None
    note: str = ""

    def images(self, archive: Archive, name: str) -> npt.NDArray[np.uint8]:
        """The array of an archive, converted."""
        if self.factor is None:
            return archive.array(name)
        shape = archive.header(name).shape
        images, begin = np.empty(shape, np.uint8), 0
        for block in self.blocks(archive, name):
            images[begin : begin + len(block)] = block
            begin += len(block)
        return images

    def blocks(self, archive: Archive, name: str) -> Generator[npt.NDArray[np.uint8]]:
        """The array of an archive, converted, in parts; see `Archive.blocks`."""
        for block in archive.blocks(name):
            if self.factor is not None and (self.factor != 1 or block.dtype.kind == "f"):
                block = np.rint(block.astype(np.float64) * self.factor).clip(0, 255)
            yield block.astype(np.uint8, copy=False)


def conversion(archive: Archive, names: Sequence[str]) -> Conversion:
    """How the images of all splits become uint8, by one rule for all of them.

    Integers up to 255 stay what they are; of those up to 65535, the bits in use become the full range, as of
    picture files. Floats from 0 to 1 are multiplied by 255, and those up to 255 are rounded.

    Args:
        archive: The file.
        names: Names of the arrays.

    Raises:
        DataError: There are negative values or values that are no numbers, or their range may mean
            several things, or is another one in another split.
    """
    types = {name: archive.header(name).dtype for name in names}
    if all(kind == np.uint8 for kind in types.values()):
        _check_one_range(archive, {name: _highest_of_bytes(archive, name) for name in names})
        return Conversion()
    floats = [name for name in names if types[name].kind == "f"]
    if floats and len(floats) < len(names):
        words = listed([f"{name} is {types[name]}" for name in names])
        raise archive.fault(f"{words}: it is not clear that their ranges are the same", _SAVE)
    highest = {name: _highest(archive, name) for name in names}
    _check_one_range(archive, highest)
    high = max(highest.values())
    kinds = listed(sorted({str(kind) for kind in types.values()}))
    if floats:
        return _of_floats(archive, high, kinds)
    if all(kind == np.bool_ for kind in types.values()):
        return Conversion(255, "images of false and true became 0 and 255")
    if high <= 255:
        return Conversion(1, f"images are {kinds}, read as uint8")
    if high <= 65535:
        bits = bits_in_use(np.array([high], np.uint16))
        return Conversion(255 / (2**bits - 1), f"images have {bits} bits, reduced to 8")
    raise archive.fault(f"its images have values up to {high:.4g}, and 65535 is the most", _SAVE)


def _of_floats(archive: Archive, high: float, kinds: str) -> Conversion:
    if high <= _CLOSE_TO_1:
        return Conversion(255, "images from 0 to 1 were multiplied by 255")
    if DARK < high <= 255:
        return Conversion(1, f"images are {kinds}, rounded to whole numbers")
    raise archive.fault(
        f"its images are {kinds} up to {high:.4g}, which is neither 0 to 1 nor 0 to 255", _SAVE
    )


def _check_one_range(archive: Archive, highest: dict[str, float]) -> None:
    """Raise DataError where some splits go up to 1, others up to 255 or more: one factor would ruin some.

    Args:
        archive: The file.
        highest: The largest value of each array; arrays of nothing but 0 fit any range.
    """
    by_range: dict[int, list[str]] = {}
    for name, high in highest.items():
        if high > 0:
            number = 0 if high <= _CLOSE_TO_1 else 1 if high <= 255 else 2
            by_range.setdefault(number, []).append(name)
    if len(by_range) < 2:
        return
    low, *_, above = (by_range[number] for number in sorted(by_range))
    tops = [f"{max(highest[name] for name in some):.4g}" for some in (low, above)]
    what = f"{listed(low)} have values up to {tops[0]}, but {listed(above)} up to {tops[1]}"
    raise archive.fault(f"{what}: it is not clear that their ranges are the same", _SAVE)


def _highest_of_bytes(archive: Archive, name: str) -> float:
    """The largest value of uint8 images as far as their range needs it: 255 as soon as one is above 1."""
    highest = 0
    with contextlib.closing(archive.blocks(name)) as blocks:
        for block in blocks:
            highest = max(highest, int(block.max()))
            if highest > 1:
                return 255
    return highest


def _highest(archive: Archive, name: str) -> float:
    """The largest value of the images, all of which are checked to be numbers from 0 on."""
    highest, begin = 0.0, 0
    for block in archive.blocks(name):
        if block.dtype.kind == "f":
            finite = np.isfinite(block).reshape(len(block), -1).all(1)
            if not finite.all():
                index = begin + int(np.argmin(finite))
                raise archive.fault(f"{name} has values that are no numbers in image {index}", "leave it out")
        low = float(block.min())
        if low < 0:
            raise archive.fault(
                f"{name} has values below 0, down to {low:.4g}", f"undo the scaling and {_SAVE}"
            )
        highest = max(highest, float(block.max()))
        begin += len(block)
    return highest
