"""Rate coding by a counter-based generator.

Every spike is decided by a random number that is a pure function of (seed, stream, draw, image, step,
pixel), so an image is coded the same whatever batch it is in, in whatever order, on whatever device: what
the inspector shows is what the evaluation counted. The generator is Philox-4x32 with 7 rounds (Salmon et
al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011), which passes BigCrush.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

ROUNDS = 7
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
_WORD = 0xFFFFFFFF
_PIXELS_A_BLOCK = 8  # four 32-bit words a call, two 16-bit numbers a word


class Stream(IntEnum):
    """What an image belongs to: streams never share random numbers."""

    TRAIN = 0
    VAL = 1
    TEST = 2
    PICTURE = 3


@dataclass(frozen=True)
class Batch:
    """Images on their way into the network.

    Args:
        images: `[B, 1, H, W]` uint8.
        ids: `[B]` int64, each image's number within its stream.
        draws: `[B]` int64, or one number for all: which draw of the coding (the epoch, in training).
        stream: What the images belong to.
    """

    images: Tensor
    ids: Tensor
    draws: Tensor | int
    stream: Stream


def rate(batch: Batch, num_steps: int, seed: int) -> Tensor:
    """Rate coding: at each step a pixel of value v spikes with probability v / 255.

    The distribution is that of `snntorch.spikegen.rate` on images scaled to [0, 1]; probabilities are
    rounded up to multiples of 2**-16.

    Args:
        batch: What to code.
        num_steps: Time steps, T.
        seed: Seed of the run, 32 bits.

    Returns:
        `[T, B, 1, H, W]` float32 of 0 and 1.
    """
    images, device = batch.images, batch.images.device
    size, pixels = images.shape[0], images[0].numel()
    blocks = torch.arange(-(-pixels // _PIXELS_A_BLOCK), device=device).view(1, 1, -1)
    steps = torch.arange(num_steps, device=device).view(-1, 1, 1)
    ids = batch.ids.view(1, -1, 1) & _WORD
    draws = torch.as_tensor(batch.draws, device=device).view(1, -1, 1) & _WORD
    words = philox4x32((blocks, steps, ids, draws), (seed, int(batch.stream)))
    shape = (num_steps, size, blocks.numel())
    numbers = torch.stack(
        [half.expand(shape) for word in words for half in (word & 0xFFFF, word >> 16)], dim=-1
    ).view(num_steps, size, -1)[..., :pixels]
    # ceil(v * 65536 / 255): 0 for black, 65536 (always) for white.
    thresholds = (images.to(torch.int64) * 65536 + 254) // 255
    return (numbers < thresholds.view(1, size, pixels)).to(torch.float32).view(num_steps, *images.shape)


def philox4x32(
    counter: tuple[Tensor, Tensor, Tensor, Tensor], key: tuple[int, int], rounds: int = ROUNDS
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Philox-4x32: four 32-bit random words for each 128-bit counter and 64-bit key.

    Args:
        counter: Four int64 tensors of words in [0, 2**32), broadcast against each other.
        key: Two words.
        rounds: 10 in the paper's default, 7 the fewest that pass its tests.

    Returns:
        Four int64 tensors of words in [0, 2**32).
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key[0] & _WORD, key[1] & _WORD
    for _ in range(rounds):
        # int64 products wrap, which leaves both 32-bit halves right once the sign is masked away.
        product0, product1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((product1 >> 32) & _WORD) ^ c1 ^ k0,
            product1 & _WORD,
            ((product0 >> 32) & _WORD) ^ c3 ^ k1,
            product0 & _WORD,
        )
        k0, k1 = (k0 + WEYL[0]) & _WORD, (k1 + WEYL[1]) & _WORD
    return c0, c1, c2, c3
