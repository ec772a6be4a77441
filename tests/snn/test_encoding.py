"""Rate coding: the published numbers, the right frequencies, and the same spikes for the same image."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from snntorch import spikegen

from snn_tui.snn.encoding import Batch, Stream, rate
from snn_tui.snn.philox import philox4x32

# Known answers of Random123, kat_vectors.
PI = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0)
KNOWN = [
    (10, (0,) * 4, (0,) * 2, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    (10, (0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (10, *PI, "d16cfe09 94fdcceb 5001e420 24126ea1"),
    (7, (0,) * 4, (0,) * 2, "5f6fb709 0d893f64 4f121f81 4f730a48"),
]


def batch(
    images: torch.Tensor, ids: list[int] | None = None, draws: object = 0, stream: Stream = Stream.TEST
) -> Batch:
    """Images `[B, H, W]` on their way into the network."""
    numbers = torch.tensor(ids if ids is not None else list(range(len(images))))
    return Batch(images.unsqueeze(1), numbers, draws, stream)  # type: ignore[arg-type]


def grey(value: int, count: int = 1, side: int = 28) -> torch.Tensor:
    """Images of one brightness."""
    return torch.full((count, side, side), value, dtype=torch.uint8)


def agreement(one: torch.Tensor, other: torch.Tensor) -> float:
    """Share of places where two spike trains are the same."""
    return float((one == other).double().mean())


@pytest.mark.parametrize(("rounds", "counter", "key", "words"), KNOWN)
def test_philox_gives_the_published_words(
    rounds: int, counter: tuple[int, ...], key: tuple[int, int], words: str
) -> None:
    given_words = philox4x32(tuple(torch.tensor(word) for word in counter), key, rounds)  # type: ignore[arg-type]
    assert " ".join(f"{int(word):08x}" for word in given_words) == words


@given(
    st.lists(st.integers(0, 2**31 - 1), min_size=1, max_size=6, unique=True), st.randoms(), st.integers(0, 9)
)
@settings(max_examples=25)
def test_an_image_gets_the_same_spikes_in_whatever_batch_and_position(
    ids: list[int], random: Any, draw: Any
) -> None:
    images = torch.randint(0, 256, (len(ids), 28, 28), dtype=torch.uint8)
    alone = [rate(batch(images[i : i + 1], [ids[i]], draw), 3, 4)[:, 0] for i in range(len(ids))]
    order = list(range(len(ids)))
    random.shuffle(order)
    together = rate(batch(images[order], [ids[i] for i in order], draw), 3, 4)
    for position, i in enumerate(order):
        assert torch.equal(together[:, position], alone[i])


def test_the_first_steps_of_a_longer_showing_are_the_shorter_one() -> None:
    images = grey(100, 2)
    assert torch.equal(rate(batch(images), 12, 0)[:5], rate(batch(images), 5, 0))


def test_an_image_may_have_a_draw_of_its_own() -> None:
    images = grey(100, 2)
    mixed = rate(batch(images, [5, 5], torch.tensor([0, 3])), 4, 0)
    assert torch.equal(mixed[:, 0], rate(batch(images[:1], [5], 0), 4, 0)[:, 0])
    assert torch.equal(mixed[:, 1], rate(batch(images[:1], [5], 3), 4, 0)[:, 0])


def variants() -> dict[str, torch.Tensor]:
    """Codings that differ from the first in one thing each, `[T, 784]`."""

    def coded(number: int = 7, draw: int = 1, stream: Stream = Stream.TRAIN, seed: int = 2) -> torch.Tensor:
        return rate(batch(grey(128), [number], draw, stream), 50, seed)[:, 0, 0].flatten(1)

    first = coded()
    return {
        "first": first,
        "image": coded(number=8),
        "draw": coded(draw=2),
        "stream": coded(stream=Stream.VAL),
        "seed": coded(seed=3),
        "step": first.roll(1, 0),
        "pixel": first.roll(1, 1),
        "two pixels on": first.roll(2, 1),  # shares a word of random numbers' high or low half
        "four pixels on": first.roll(4, 1),
        "a block on": first.roll(8, 1),
    }


@pytest.mark.parametrize("what", list(variants())[1:])
def test_another_image_draw_stream_seed_step_or_pixel_spikes_independently(what: str) -> None:
    codings = variants()
    # 39 200 places at probability one half: the agreement's standard deviation is 0.0025.
    assert abs(agreement(codings["first"], codings[what]) - 0.5) < 5 * 0.0025


def test_streams_and_draws_never_mix_up_across_a_whole_grid() -> None:
    trains = {
        rate(batch(grey(128), [number], draw, stream), 2, seed).numpy().tobytes()
        for number in range(4)
        for draw in range(4)
        for stream in Stream
        for seed in range(3)
    }
    assert len(trains) == 4 * 4 * 4 * 3


def test_black_never_spikes_and_white_always() -> None:
    assert rate(batch(grey(0, 20)), 50, 0).sum() == 0
    assert rate(batch(grey(255, 20)), 50, 0).min() == 1


@pytest.mark.parametrize("value", [1, 2, 64, 127, 128, 200, 254])
def test_a_pixel_fires_as_often_as_it_is_bright(value: int) -> None:
    trials = 50 * 20 * 784
    probability = value / 255
    fired = float(rate(batch(grey(value, 20)), 50, 1).sum())
    deviation = (trials * probability * (1 - probability)) ** 0.5
    assert abs(fired - trials * probability) < 5 * deviation + trials / 65536


def test_the_distribution_is_that_of_snntorch() -> None:
    image = torch.arange(0, 256, 8, dtype=torch.uint8).repeat(28, 1)[:, :28].contiguous().unsqueeze(0)
    steps = 2000
    ours = rate(batch(image), steps, 0)[:, 0, 0].mean(0).mean(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        theirs = spikegen.rate(image[0].float() / 255, num_steps=steps).mean(0).mean(0)
    # Two means of 56 000 throws each differ by 0.003 in standard deviation at most.
    assert (ours - theirs).abs().max() < 5 * 0.003


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))
@settings(max_examples=20)
def test_spikes_come_time_first_as_zeros_and_ones(steps: int, count: int, height: int, width: int) -> None:
    spikes = rate(batch(torch.full((count, height, width), 99, dtype=torch.uint8)), steps, 0)
    assert spikes.shape == (steps, count, 1, height, width)
    assert spikes.dtype == torch.float32
    assert set(spikes.flatten().tolist()) <= {0.0, 1.0}


def test_the_largest_numbers_are_taken() -> None:
    largest = batch(grey(128), [2**32 - 1], 2**32 - 1)
    assert 0.4 < float(rate(largest, 20, 2**32 - 1).mean()) < 0.6
