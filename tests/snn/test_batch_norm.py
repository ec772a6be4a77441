"""Batch norm over a batch that two processes share; here they are threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import Tensor

from snn_tui.snn.batch_norm import BatchNorm, share_statistics, shares_statistics, statistics_of


def exchanges(size: int) -> list[Callable[[Tensor], Tensor]]:
    """The `exchange` of each of several threads."""
    barrier, rows = threading.Barrier(size), [torch.empty(0)] * size

    def exchange(rank: int, values: Tensor) -> Tensor:
        rows[rank] = values
        barrier.wait(10)
        together = torch.stack(rows)
        barrier.wait(10)
        return together

    return [lambda values, rank=rank: exchange(rank, values) for rank in range(size)]  # type: ignore[misc]


@pytest.mark.parametrize("counts", [(3, 3), (5, 2)])
def test_two_that_share_a_batch_compute_what_one_does(counts: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(0)
    frames = 40 + 3 * torch.randn(sum(counts), 4, 5, 5, generator=generator)
    targets = torch.randn(frames.shape, generator=generator)
    scale, shift = 1 + 0.2 * torch.randn(4, generator=generator), torch.randn(4, generator=generator)

    def trained(norm: torch.nn.BatchNorm2d, part: slice) -> tuple[Tensor, ...]:
        with torch.no_grad():
            norm.weight.copy_(scale)
            norm.bias.copy_(shift)
        values = frames[part].clone().requires_grad_()
        normalised = norm(values)
        (normalised * targets[part]).mean().backward()
        gradients = [norm.weight.grad, norm.bias.grad, values.grad]
        return normalised.detach(), *(gradient for gradient in gradients if gradient is not None)

    whole = torch.nn.BatchNorm2d(4)
    expected = trained(whole, slice(None))
    parts = [slice(0, counts[0]), slice(counts[0], None)]
    norms = [BatchNorm(4), BatchNorm(4)]
    for norm, exchange in zip(norms, exchanges(2), strict=True):
        share_statistics(norm, exchange)
        assert shares_statistics(norm)
    with ThreadPoolExecutor(2) as pool:
        outs, by_scale, by_shift, by_values = zip(*pool.map(trained, norms, parts), strict=True)
    shares = [count / sum(counts) for count in counts]
    torch.testing.assert_close(torch.cat(outs), expected[0], rtol=1e-5, atol=1e-5)
    for gradients, wanted in ((by_scale, expected[1]), (by_shift, expected[2])):
        mean = sum(share * gradient for share, gradient in zip(shares, gradients, strict=True))
        torch.testing.assert_close(mean, wanted, rtol=1e-4, atol=1e-6)
    weighted = [share * gradient for share, gradient in zip(shares, by_values, strict=True)]
    torch.testing.assert_close(torch.cat(weighted), expected[3], rtol=1e-4, atol=1e-7)
    for norm in norms:
        assert int(norm.num_batches_tracked or 0) == 1
        for name, value in statistics_of(norm).items():
            torch.testing.assert_close(value, whole.state_dict()[name.lstrip(".")], rtol=1e-5, atol=1e-5)


def test_one_process_and_predictions_take_the_batch_norm_of_torch() -> None:
    frames = torch.randn(6, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    ours, torchs = BatchNorm(4), torch.nn.BatchNorm2d(4)
    assert torch.equal(ours(frames), torchs(frames))
    share_statistics(ours, lambda values: pytest.fail("nothing is exchanged for a prediction"))
    assert torch.equal(ours.eval()(frames), torchs.eval()(frames))
