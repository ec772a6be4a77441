"""Arrays of any library as plain bytes and lists, without loading a library.

Tensors of torch, and what has numpy's array interface or `__array__`, become arrays of numpy by their own
methods; lists of lists will do as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from snn_tui.errors import UsageError
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.words import printable

MOST_BYTES = 8 << 20
"""Largest layer over all time steps that is stored, in values."""


def plain(value: Any) -> Any:
    """An array of numpy of an array of any library; lists stay lists."""
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
        return value.resolve_conj().numpy() if hasattr(value, "resolve_conj") else value.numpy()
    if hasattr(value, "reshape") and hasattr(value, "tolist") and hasattr(value, "tobytes"):
        return value.__array__() if hasattr(value, "__array__") else value
    return value.__array__() if hasattr(value, "__array__") else value


def shape_of(value: Any) -> tuple[int, ...]:
    """The shape of an array, or of lists of lists."""
    if hasattr(value, "shape"):
        return tuple(map(int, value.shape))
    shape = []
    while isinstance(value, list | tuple):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def refusal(name: str, shape: tuple[int, ...], wanted: str) -> UsageError:
    """The error for an array of another shape than is wanted."""
    return UsageError(
        f"it has the shape {list(shape)}", where=f"trace: {printable(name, 60)}", remedy=f"give {wanted}"
    )


def layer(name: str, spikes: Any, membranes: Any) -> LayerSpikes:
    """What a layer did at each time step: spikes as 0 and 1, else levels from 0 to 255 for 0 to the largest.

    Args:
        name: The layer's name.
        spikes: `[T, N]`, `[T, H, W]` or `[T, C, H, W]`, of one image; a second dimension of 1, such as that
            of a batch, is left out. Negative values count as 0. None where they are not known.
        membranes: Its membranes, of the same shape; None where they are not known.

    Raises:
        UsageError: One has another shape, or is too large.
    """
    given = {name: plain(spikes), f"membranes of {name}": plain(membranes)}
    shapes = {part: _shape(part, value) for part, value in given.items() if value is not None}
    shape = next(iter(shapes.values()))
    for part, other in shapes.items():
        if other != shape:
            raise refusal(part, shape_of(given[part]), f"the shape of the spikes, {list(shape_of(spikes))}")
    steps, channels, height, width = shape
    fired, potentials = given.values()
    content, most = (b"", None) if fired is None else levels(fired)
    charged, lowest, highest = (b"", 0.0, 0.0) if potentials is None else levels_between(potentials)
    neurons = channels * height * width

    def rows(content: bytes) -> list[bytes]:
        return [content[step * neurons : (step + 1) * neurons] for step in range(steps)] if content else []

    return LayerSpikes(
        name=printable(name, 100),
        channels=channels,
        height=height,
        width=width,
        spikes=rows(content),
        most=most,
        membranes=rows(charged),
        lowest=lowest,
        highest=highest,
    )


def _shape(name: str, value: Any) -> tuple[int, int, int, int]:
    """Steps, channels, rows and columns of a layer.

    Raises:
        UsageError: They are not those of one, or are too many.
    """
    shape = shape_of(value)
    steps, *inner = shape if len(shape) > 1 else (0, 0)
    if len(inner) > 1 and inner[0] == 1:
        inner = inner[1:]
    if len(inner) not in (1, 2, 3) or 0 in shape:
        raise refusal(name, shape, "the time steps of one image: [T, N], [T, H, W] or [T, C, H, W]")
    channels, height, width = {1: (*inner, 1, 1), 2: (1, *inner), 3: tuple(inner)}[len(inner)]
    if math.prod(shape) > MOST_BYTES:
        raise UsageError(
            f"it has {math.prod(shape)} values, and {MOST_BYTES} is the most",
            where=f"trace: {printable(name, 60)}",
            remedy="leave it out, or store fewer steps",
        )
    return steps, channels, height, width


def levels(value: Any) -> tuple[bytes, float | None]:
    """The values of an array as bytes, and what 255 stands for; None where they are spikes, 0 or 1."""
    if hasattr(value, "astype"):
        if ((value == 0) | (value == 1)).all():
            return value.astype("uint8").tobytes(), None
        known = value.astype("float64")
        known[~(abs(known) < math.inf)] = 0.0
        most = max(float(known.max()), 1e-30)
        return (known.clip(0.0, most) * (255 / most)).round().astype("uint8").tobytes(), most
    numbers = [number if math.isfinite(number) else 0.0 for number in map(float, _flat(value))]
    if all(number in (0.0, 1.0) for number in numbers):
        return bytes(map(int, numbers)), None
    most = max(*numbers, 1e-30)
    return bytes(round(255 * max(number, 0.0) / most) for number in numbers), most


def levels_between(value: Any) -> tuple[bytes, float, float]:
    """The values of an array as bytes, and what 0 and 255 stand for: the lowest and the highest.

    A value that is no number counts as the lowest.
    """
    if hasattr(value, "astype"):
        known = value.astype("float64")
        finite = known[abs(known) < math.inf]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        known[known != known] = low
        scale = 255 / (high - low) if high > low else 0.0
        return ((known.clip(low, high) - low) * scale).round().astype("uint8").tobytes(), low, high
    numbers = list(map(float, _flat(value)))
    known = [number for number in numbers if math.isfinite(number)] or [0.0]
    low, high = min(known), max(known)
    scale = 255 / (high - low) if high > low else 0.0
    clipped = (low if number != number else min(max(number, low), high) for number in numbers)
    return bytes(round((number - low) * scale) for number in clipped), low, high


def rows(name: str, value: Any) -> list[list[float]]:
    """`[T, K]` numbers of some output neurons; `[T]` of one, and a batch of one image, `[T, 1, K]`, will do.

    Raises:
        UsageError: It has another shape.
    """
    value = plain(value)
    shape = shape_of(value)
    if len(shape) == 1 and 0 not in shape:
        return [[float(number)] for number in _listed(value)]
    if len(shape) == 3 and shape[1] == 1 and 0 not in shape:
        return [[float(number) for number in _flat(step)] for step in _listed(value)]
    if len(shape) != 2 or 0 in shape:
        raise refusal(name, shape, "a row of the output neurons for each time step: [T, K]")
    return [list(map(float, step)) for step in _listed(value)]


def picture(value: Any, label: int | None) -> Picture:
    """An image as a picture: black is its smallest value, white its largest.

    Args:
        value: `[H, W]`, `[C, H, W]` or `[H, W, C]`, with 1 or 3 channels; of other numbers of channels, as
            event cameras have, the mean is drawn. Bytes stay as they are.
        label: Index of its true class.

    Raises:
        UsageError: It has another shape.
    """
    value = plain(value)
    shape = shape_of(value)
    if len(shape) == 4 and shape[0] == 1:
        value, shape = value[0], shape[1:]
    if len(shape) not in (2, 3) or 0 in shape or math.prod(shape) > MOST_BYTES:
        raise refusal("image", shape, "an image: [H, W], [C, H, W] or [H, W, C]")
    last = len(shape) == 3 and shape[2] in (1, 3) and shape[0] not in (1, 3)
    height, width = (shape[0], shape[1]) if last or len(shape) == 2 else (shape[1], shape[2])
    channels = 1 if len(shape) == 2 else shape[2] if last else shape[0]
    grey = _greys(value)
    if not last and channels > 1:
        area = height * width
        planes = [grey[channel * area : (channel + 1) * area] for channel in range(channels)]
        if channels == 3:
            mixed = bytearray(len(grey))
            for channel, plane in enumerate(planes):
                mixed[channel::3] = plane
            grey = bytes(mixed)
        else:
            grey = bytes(sum(values) // channels for values in zip(*planes, strict=True))
            channels = 1
    labels = None if label is None else (label,)
    return Picture(pixels=grey, height=height, width=width, labels=labels, channels=channels)


def _greys(value: Any) -> bytes:
    if str(getattr(value, "dtype", "")) == "uint8":
        return bytes(value.tobytes())
    numbers = list(map(float, value.ravel().tolist() if hasattr(value, "ravel") else _flat(value)))
    known = [number for number in numbers if math.isfinite(number)] or [0.0]
    low, high = min(known), max(known)
    scale = 255 / (high - low) if high > low else 0.0
    return bytes(round((number - low) * scale) if math.isfinite(number) else 0 for number in numbers)


def _listed(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _flat(item)
    else:
        yield value
