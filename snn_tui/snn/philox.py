"""Philox-4x32, a counter-based random number generator.

Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011; with 7 rounds it passes BigCrush.
"""

from __future__ import annotations

from torch import Tensor

ROUNDS = 7
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
WORD = 0xFFFFFFFF
"""Mask of a 32-bit word."""


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
    k0, k1 = key[0] & WORD, key[1] & WORD
    for _ in range(rounds):
        # int64 products wrap, which leaves both 32-bit halves right once the sign is masked away.
        product0, product1 = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (
            ((product1 >> 32) & WORD) ^ c1 ^ k0,
            product1 & WORD,
            ((product0 >> 32) & WORD) ^ c3 ^ k1,
            product0 & WORD,
        )
        k0, k1 = (k0 + WEYL[0]) & WORD, (k1 + WEYL[1]) & WORD
    return c0, c1, c2, c3
