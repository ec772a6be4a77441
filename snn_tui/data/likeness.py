"""Measuring what training images are like, and whether another image is like them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from snn_tui.data.rows import parts, release
from snn_tui.values.image_statistics import INVERTED, ImageStatistics, ImageWarning

TAIL = 0.002
"""Share of training images that may lie outside each end of a range."""

DEVIATIONS = 3.0
"""A range reaches at least so many standard deviations from its middle: of few images the ends are not known.

With these two, chosen on PneumoniaMNIST's train and val, 1.1 % of val's images are warned of, all of val
inverted, at half their brightness or less, or turned by 90 degrees, and all white noise.
"""

MOST_PIXELS = 64
"""Pixels a side up to which images are compared as they are."""

MOST_IMAGES = 20_000
"""Images that are measured, of larger sets those that are evenly spread over it."""

_CHUNK = 256  # images at a time

_Pixels = NDArray[np.uint8]
_Values = NDArray[np.float64]


def measure(images: _Pixels) -> ImageStatistics:
    """The statistics of training images `[N, H, W]`, or `[N, H, W, 3]`, which are compared in grey."""
    small = np.concatenate([_small_grey(part) for part in _spread(images)])
    mean_image = small.mean(0, dtype=np.float64).round().astype(np.uint8)
    moments = (np.concatenate(values) for values in zip(*map(_moments, parts(small)), strict=True))
    mean, contrast, roughness = moments
    likeness = np.concatenate([_correlations(part, mean_image) for part in parts(small)])
    return ImageStatistics(
        images=len(small),
        mean_image=mean_image.tobytes(),
        brightest=_range(small.max((1, 2)).astype(np.float64))[0],
        mean=_range(mean),
        contrast=_range(contrast),
        likeness=round(_range(likeness)[0], 3),
        roughness=_range(roughness),
    )


def warnings(pixels: _Pixels, statistics: ImageStatistics | None) -> list[ImageWarning]:
    """The ways in which an image is not like the training images, the gravest first.

    Args:
        pixels: `[H, W]` of the image, or `[H, W, 3]`.
        statistics: Of the training images; None where they are not known, so that only an image of one
            colour is warned of.
    """
    if pixels.min() == pixels.max():
        return [ImageWarning("one colour", "the picture is of one colour: there is nothing to judge")]
    pixels = _small_grey(pixels[None])[0]
    if statistics is None or len(statistics.mean_image) != pixels.size:
        return []
    return [*_unlike(pixels, statistics), *_brightness(pixels, statistics), *_texture(pixels, statistics)]


def _spread(images: _Pixels) -> Iterator[_Pixels]:
    """All images, or as many as are measured from all over the set, some at a time."""
    indices = np.linspace(0, len(images) - 1, min(len(images), MOST_IMAGES)).round().astype(np.int64)
    for begin in range(0, len(indices), _CHUNK):
        yield images[indices[begin : begin + _CHUNK]]
        release(images)


def _small_grey(images: _Pixels) -> _Pixels:
    """Grey images `[N, h, w]` of at most `MOST_PIXELS` a side: the means of channels and of square blocks."""
    block = -(-images.shape[1] // MOST_PIXELS)
    if images.ndim == 3 and block == 1:
        return images
    side = images.shape[1] // block
    whole = images[:, : side * block, : side * block]
    blocks = whole.reshape(len(images), side, block, side, block, -1)
    small: _Pixels = blocks.mean((2, 4, 5), dtype=np.float32).round().astype(np.uint8)
    return small


def _unlike(pixels: _Pixels, statistics: ImageStatistics) -> list[ImageWarning]:
    mean_image = np.frombuffer(statistics.mean_image, np.uint8).reshape(pixels.shape)
    likeness = float(_correlations(pixels[None], mean_image)[0])
    if likeness >= statistics.likeness:
        return []
    if likeness < 0 and -likeness >= statistics.likeness:
        return [
            ImageWarning(INVERTED, "the picture looks inverted: light where the training images are dark")
        ]
    numbers = f"its correlation with their mean is {likeness:.2f}, theirs at least {statistics.likeness:.2f}"
    return [ImageWarning("unlike train", f"the picture does not look like the training images: {numbers}")]


def _brightness(pixels: _Pixels, statistics: ImageStatistics) -> list[ImageWarning]:
    mean, brightest = float(pixels.mean()), int(pixels.max())
    low, high = statistics.mean
    if mean > high:
        text = f"lighter than the training images: its mean is {mean:.0f} of 255, theirs at most {high:.0f}"
        return [ImageWarning("too light", f"the picture is {text}")]
    if brightest < statistics.brightest:
        kind = "nearly black" if brightest < statistics.brightest / 4 else "too dark"
        text = f"its brightest pixel is {brightest} of 255, theirs at least {statistics.brightest:.0f}"
    elif mean < low:
        kind, text = "too dark", f"its mean is {mean:.0f} of 255, theirs at least {low:.0f}"
    else:
        return []
    words = "nearly black" if kind == "nearly black" else "darker than the training images"
    return [ImageWarning(kind, f"the picture is {words}: {text}")]


def _texture(pixels: _Pixels, statistics: ImageStatistics) -> list[ImageWarning]:
    _, contrasts, roughnesses = _moments(pixels[None])
    found = []
    for value, (low, high), kinds, name, places in (
        (float(contrasts[0]), statistics.contrast, ("low contrast", "high contrast"), "contrast", 0),
        (float(roughnesses[0]), statistics.roughness, ("too smooth", "noisy"), "roughness", 2),
    ):
        if not low <= value <= high:
            text = f"the picture's {name} is {value:.{places}f}"
            theirs = f"that of the training images {low:.{places}f} to {high:.{places}f}"
            found.append(ImageWarning(kinds[value > high], f"{text}, {theirs}"))
    return found


def _moments(images: _Pixels) -> tuple[_Values, _Values, _Values]:
    """`[N]` means, standard deviations, and differences of adjacent pixels in standard deviations."""
    grey = images.astype(np.float32)
    mean, deviation = grey.mean((1, 2), dtype=np.float64), grey.std((1, 2), dtype=np.float64)
    down, across = ((np.diff(grey, axis=axis) ** 2).mean((1, 2), dtype=np.float64) for axis in (1, 2))
    return mean, deviation, np.sqrt((down + across) / 2) / np.maximum(deviation, 1e-9)


def _correlations(images: _Pixels, mean_image: _Pixels) -> _Values:
    """`[N]` correlations of images with another one; 0 where either is of one colour."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    flat -= flat.mean(1, keepdims=True)
    other = mean_image.ravel().astype(np.float64)
    other -= other.mean()
    norms = np.linalg.norm(flat, axis=1) * np.linalg.norm(other)
    product: _Values = flat.astype(np.float64) @ other
    correlations: _Values = product / np.maximum(norms, 1e-9)
    return correlations


def _range(values: _Values) -> tuple[float, float]:
    low, high = np.quantile(values, [TAIL, 1 - TAIL])
    reach = DEVIATIONS * values.std()
    return (
        round(float(min(low, values.mean() - reach)), 2),
        round(float(max(high, values.mean() + reach)), 2),
    )
