"""Each effect of MedMNIST-C is what the library that the paper uses for it does, or its formula."""

from __future__ import annotations

import colorsys
import io
import math

import numpy as np
import pytest
from PIL import Image, ImageEnhance
from scipy import ndimage
from torchvision.transforms import functional

from snn_tui.data.dataset import Dataset
from snn_tui.data.medmnist_c import blur, compression, greys, noise
from snn_tui.data.rows import Pixels

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (28, 28), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (28, 28, 3), dtype=np.uint8)
BOTH = pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])


def flat(value: int) -> Pixels:
    """A grey image of one value."""
    return np.full((200, 200), value, np.uint8)


def as_the_paper(pixels: Pixels) -> Image.Image:
    """An image as the paper corrupts it, always in colour."""
    return Image.fromarray(pixels).convert("RGB")


def back(image: Image.Image, pixels: Pixels) -> Pixels:
    """The corrupted image, grey again where it was."""
    return np.asarray(image.convert("L") if pixels.ndim == 2 else image)


def test_brightness_has_exact_values() -> None:
    levels = np.array([[0, 1, 10, 100, 200, 255]], np.uint8)
    assert greys.brightness(levels, RNG, 1.1).tolist() == [[0, 1, 11, 110, 220, 255]]
    assert greys.brightness(levels, RNG, 1.5).tolist() == [[0, 1, 15, 150, 255, 255]]
    assert greys.brightness(levels, RNG, 0.5).tolist() == [[0, 0, 5, 50, 100, 127]]


def test_contrast_has_exact_values() -> None:
    levels = np.array([[50, 100, 150]], np.uint8)
    assert greys.contrast(levels, RNG, 0.4).tolist() == [[80, 100, 120]]
    assert greys.contrast(levels, RNG, 1.6).tolist() == [[20, 100, 180]]


@BOTH
@pytest.mark.parametrize("factor", [0.3, 0.5, 0.72, 0.9, 1.0, 1.1, 1.22, 1.6, 2.0])
def test_brightness_and_contrast_are_pillows(pixels: Pixels, factor: float) -> None:
    for effect, enhancer in (
        (greys.brightness, ImageEnhance.Brightness),
        (greys.contrast, ImageEnhance.Contrast),
    ):
        expected = back(enhancer(as_the_paper(pixels)).enhance(factor), pixels)
        assert np.array_equal(effect(pixels, RNG, factor), expected)


@BOTH
@pytest.mark.parametrize("exponent", [0.4, 0.9, 1.1, 1.6])
def test_gamma_is_torchvisions(pixels: Pixels, exponent: float) -> None:
    expected = back(functional.adjust_gamma(as_the_paper(pixels), exponent), pixels)
    assert np.array_equal(greys.gamma(pixels, RNG, exponent), expected)


def test_saturation_is_that_of_hue_saturation_and_value() -> None:
    pixels = COLOUR.copy()
    pixels[0, 0] = 90
    for step in (0.05, 0.25):
        found = greys.saturation(pixels, RNG, step).reshape(-1, 3)
        for colour, changed in zip(pixels.reshape(-1, 3) / 255, found, strict=True):
            hue, before, value = colorsys.rgb_to_hsv(*colour)
            expected = np.array(colorsys.hsv_to_rgb(hue, min(before + step, 1.0), value)) * 255
            assert np.all((changed <= expected + 1e-5) & (changed > expected - 1))
    assert greys.saturation(pixels, RNG, 0.25)[0, 0].tolist() == [90, 67, 67]
    with pytest.raises(ValueError, match="grey image"):
        greys.saturation(GREY, RNG, 0.1)


@BOTH
def test_corners_are_black_outside_a_circle(pixels: Pixels) -> None:
    found = greys.black_corner(pixels, RNG, 0.5)
    row, column = np.indices((28, 28)) - 14
    inside = row**2 + column**2 <= 49
    assert np.array_equal(found[inside], pixels[inside])
    assert not found[~inside].any()


@BOTH
@pytest.mark.parametrize("quality", [50, 7])
def test_jpeg_is_pillows(pixels: Pixels, quality: int) -> None:
    file = io.BytesIO()
    as_the_paper(pixels).save(file, "JPEG", quality=quality)
    assert np.array_equal(compression.jpeg(pixels, RNG, quality), back(Image.open(file), pixels))


def test_pixelate_takes_means_of_boxes() -> None:
    found = compression.pixelate(GREY, RNG, 0.5)
    means = GREY.reshape(14, 2, 14, 2).mean((1, 3))
    assert np.abs(found - means.repeat(2, 0).repeat(2, 1)).max() <= 1  # rounded twice
    assert compression.pixelate(GREY[:4, :4], RNG, 0.1).std() == 0


@BOTH
@pytest.mark.parametrize("size", [3, 5, 7, 9, 11, 25])
def test_gaussian_blur_is_torchvisions(pixels: Pixels, size: int) -> None:
    expected = back(functional.gaussian_blur(as_the_paper(pixels), [size, size]), pixels)
    found = blur.gaussian_blur(pixels, RNG, size)
    assert np.abs(found.astype(int) - expected).max() <= 1  # of 32-bit floats
    assert (found == expected).mean() > 0.999


def test_defocus_is_a_disc() -> None:
    point = np.zeros((41, 41), np.uint8)
    point[20, 20] = 255
    found = blur.defocus_blur(point, RNG, 3, 0.1)
    row, column = np.indices((41, 41)) - 20
    assert np.array_equal(found, np.where(row**2 + column**2 <= 9, 255 // 29, 0))
    soft = blur.defocus_blur(point, RNG, 0.5, 0.6)
    expected = ndimage.gaussian_filter(point.astype(float), 0.6, radius=1)
    assert np.array_equal(soft, expected.astype(np.uint8))


def test_motion_blur_falls_off_along_a_line() -> None:
    point = np.zeros((41, 41), np.uint8)
    point[20, 20] = 255
    angle = math.radians(np.random.default_rng(5).uniform(-45, 45))
    found = blur.motion_blur(point, np.random.default_rng(5), 5, 3)
    weights = np.exp(-(np.arange(11) ** 2) / 18)
    expected = np.zeros((41, 41))
    for step, weight in enumerate(weights / weights.sum()):
        down, across = (math.ceil(step * part - 0.5) for part in (math.sin(angle), math.cos(angle)))
        expected[20 - down, 20 - across] += 255 * weight
    assert np.abs(found - expected).max() <= 0.5
    assert (blur.motion_blur(flat(77), RNG, 20, 15) == 77).all()


@BOTH
def test_zoom_blur_is_a_mean_of_magnified_images(pixels: Pixels) -> None:
    def magnified(factor: float) -> np.ndarray:
        kept = math.ceil(28 / factor)
        top = (28 - kept) // 2
        crop = pixels[top : top + kept, top : top + kept].astype(float)
        grown = ndimage.zoom(crop, (factor, factor, 1)[: pixels.ndim], order=1)
        trim = (len(grown) - 28) // 2
        return grown[trim : trim + 28, trim : trim + 28]

    factors = np.arange(1, 1.31, 0.03)
    expected = (pixels + sum(map(magnified, factors))) / (len(factors) + 1)
    assert np.abs(blur.zoom_blur(pixels, RNG, 1.31, 0.03) - expected).max() < 1


@pytest.mark.parametrize("value", [0, 50, 255])
def test_blur_leaves_an_even_image_as_it_is(value: int) -> None:
    even = flat(value)[:28, :28]
    for found in (
        blur.gaussian_blur(even, RNG, 11),
        blur.defocus_blur(even, RNG, 7, 0.3),
        blur.motion_blur(even, RNG, 15, 8),
        blur.zoom_blur(even, RNG, 1.11, 0.01),
    ):
        assert (found == value).all()


def test_the_noise_of_a_grey_image_is_that_of_three_channels_made_grey() -> None:
    rng = np.random.default_rng(1)
    grey = noise.gaussian_noise(flat(128), rng, 0.08).astype(float)
    weights = np.array([0.299, 0.587, 0.114])
    assert grey.std() == pytest.approx(0.08 * 255 * np.sqrt((weights**2).sum()), rel=0.02)
    colour = noise.gaussian_noise(np.stack([flat(128)] * 3, axis=2), rng, 0.08)
    assert colour.std((0, 1)) == pytest.approx([0.08 * 255] * 3, rel=0.02)


def test_noise_is_of_its_kind() -> None:
    rng = np.random.default_rng(2)
    colour = np.stack([flat(100)] * 3, axis=2)
    assert noise.speckle_noise(colour, rng, 0.2).std() == pytest.approx(20, rel=0.02)
    assert noise.shot_noise(colour, rng, 80).std() == pytest.approx(math.sqrt(100 / 255 / 80) * 255, rel=0.02)
    assert not noise.shot_noise(flat(0), rng, 5).any()
    impulses = noise.impulse_noise(colour, rng, 0.1)
    assert set(np.unique(impulses)) == {0, 100, 255}
    assert [(impulses == value).mean() for value in (0, 255)] == pytest.approx([0.05, 0.05], rel=0.1)


def test_grey_is_pillows() -> None:
    expected = np.asarray(Image.fromarray(COLOUR).convert("L"))
    assert np.array_equal(noise.luma(COLOUR), expected)


def test_nothing_needs_a_square(demo: Dataset) -> None:
    image = demo.splits["val"].images[0][:, :20]
    for found in (
        blur.gaussian_blur(image, RNG, 5),
        blur.defocus_blur(image, RNG, 3, 0.1),
        blur.motion_blur(image, RNG, 5, 3),
        blur.zoom_blur(image, RNG, 1.21, 0.02),
        greys.black_corner(image, RNG, 1.0),
        compression.pixelate(image, RNG, 0.5),
    ):
        assert found.shape == image.shape
