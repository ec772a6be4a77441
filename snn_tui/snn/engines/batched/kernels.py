"""Triton kernels of the batched engine on CUDA: rate coding, and leaky neurons over all time steps.

Importing this needs Triton, which torch's builds for CUDA on Linux bring along. Each kernel computes what a
function of torch's operations defines, which every other device uses: `encoding.rate` and
`neurons.LeakyOverTime`. With `TRITON_INTERPRET=1` they run on CPU tensors, and so are tested without a GPU.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import triton
from torch import Tensor
from triton import language as tl

from snn_tui.snn.encoding import Batch
from snn_tui.snn.neurons import Leaky, Surrogate
from snn_tui.snn.philox import ROUNDS, WORD

BLOCK = 512
"""Neurons or pixels of a program: four for each of its 128 threads, as many as one load can bring."""

_NO_FUSION = {"enable_fp_fusion": False}
"""A product and a sum that are rounded once, as one instruction, are not what snnTorch computes."""


def rate(batch: Batch, num_steps: int, seed: int) -> Tensor:
    """See `encoding.rate`; the same spikes."""
    images = batch.images.contiguous()
    size, pixels = len(images), images[0].numel()
    ids = batch.ids.contiguous()
    draws = torch.as_tensor(batch.draws, device=images.device).expand(size)
    spikes = torch.empty(num_steps, *images.shape, device=images.device)
    with _on(images.device):
        _encode[size, triton.cdiv(pixels, BLOCK), num_steps](
            images, ids, draws, draws.stride(0), spikes, _key(seed, int(batch.stream)), pixels, ROUNDS, BLOCK
        )
    return spikes


def leaky_over_time(neurons: Leaky, currents: Tensor) -> tuple[Tensor, Tensor]:
    """See `Neuron.over_time`."""
    spikes, membranes = _LeakyOverTime.apply(
        currents, neurons.beta, neurons.firing_threshold, neurons.surrogate
    )
    return spikes, membranes


class _LeakyOverTime(torch.autograd.Function):
    """`neurons.LeakyOverTime` with one kernel forward and one backward."""

    @staticmethod
    def forward(
        ctx: Any, currents: Tensor, beta: Tensor, threshold: float, surrogate: Surrogate
    ) -> tuple[Tensor, Tensor]:
        """`[T, ...]` currents to `[T, ...]` spikes, and the membranes they were decided by."""
        steps, size = len(currents), currents[0].numel()
        currents = _one_block_a_step(currents)
        membranes = torch.empty_strided(
            currents.shape, (size, *currents.stride()[1:]), dtype=currents.dtype, device=currents.device
        )
        spikes = torch.empty_like(membranes)
        held = beta.clamp(0, 1)
        with _on(currents.device):
            _fire[(triton.cdiv(size, BLOCK),)](
                currents, currents.stride(0), held, spikes, membranes, threshold, steps, size, BLOCK,
                **_NO_FUSION,
            )  # fmt: skip
        ctx.save_for_backward(membranes, beta, held)
        ctx.mark_non_differentiable(membranes)
        ctx.set_materialize_grads(False)  # zeros for the membranes would be written and never read
        ctx.threshold, ctx.surrogate = threshold, surrogate
        return spikes, membranes

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor | None, None, None]:
        """`[T, ...]` gradients by the spikes to those by the currents and by beta."""
        membranes, beta, held = ctx.saved_tensors
        steps, size = len(membranes), membranes[0].numel()
        by_spikes = gradients[0]
        if by_spikes.stride() != membranes.stride():
            by_spikes = torch.empty_like(membranes).copy_(by_spikes)
        errors = torch.empty_like(membranes)
        programs = triton.cdiv(size, BLOCK)
        learned = ctx.needs_input_grad[1]
        parts = torch.empty(programs if learned else 1, device=membranes.device)
        surrogate = ctx.surrogate
        with _on(membranes.device):
            _pass_back[(programs,)](
                by_spikes, membranes, held, errors, parts, ctx.threshold, surrogate.steepness, steps, size,
                (steps - 1) * size, surrogate.name == "arctan", learned, BLOCK, **_NO_FUSION,
            )  # fmt: skip
        # Programs end in any order, so their sums are not added up by themselves: the result would vary.
        by_beta = parts.sum() * (beta == held) if learned else None
        return errors, by_beta, None, None


def _one_block_a_step(currents: Tensor) -> Tensor:
    """The currents with each step's values in one gapless block of memory, in whatever order.

    Steps may follow each other, or be one and the same block, as of currents that do not change.
    """
    step, size = currents[0], currents[0].numel()
    dense = torch.empty_like(step).stride() == step.stride()  # of gapless tensors alone, strides are kept
    if dense and (len(currents) == 1 or currents.stride(0) in (0, size)):
        return currents
    return currents.contiguous()


def _key(seed: int, stream: int) -> int:
    """The key's two words as one number, as Triton's Philox takes it."""
    return (stream & WORD) << 32 | seed & WORD


def _on(device: torch.device) -> AbstractContextManager[object]:
    """Triton launches on the current device, whatever device the tensors are on."""
    return torch.cuda.device(device) if device.type == "cuda" else nullcontext()


def _encode_program(
    images: tl.tensor,
    ids: tl.tensor,
    draws: tl.tensor,
    draw_stride: tl.tensor,
    spikes: tl.tensor,
    key: tl.tensor,
    pixels: tl.tensor,
    ROUNDS: tl.constexpr,
    BLOCK: tl.constexpr,
) -> None:
    """The spikes of `BLOCK` pixels of an image at a time step.

    The eight pixels that share a call of Philox each make it: numbers cost less than strides in memory.
    """
    image, step = tl.program_id(0).to(tl.int64), tl.program_id(2)
    offsets = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < pixels
    identity = tl.load(ids + image).to(tl.uint32)
    draw = tl.load(draws + image * draw_stride).to(tl.uint32)
    first, second, third, fourth = tl.philox(key, offsets // 8, step, identity, draw, ROUNDS)
    which = offsets % 8
    low_words = tl.where(which < 2, first, second)
    words = tl.where(which < 4, low_words, tl.where(which < 6, third, fourth))
    numbers = tl.where(which % 2 == 0, words & 0xFFFF, words >> 16).to(tl.int32)
    values = tl.load(images + image * pixels + offsets, mask=inside, other=0).to(tl.int32)
    thresholds = (values * 65536 + 254) // 255
    fired = (numbers < thresholds).to(tl.float32)
    position = (step.to(tl.int64) * tl.num_programs(0) + image) * pixels
    tl.store(spikes + position + offsets, fired, mask=inside)


def _fire_program(
    currents: tl.tensor,
    current_stride: tl.tensor,
    beta: tl.tensor,
    spikes: tl.tensor,
    membranes: tl.tensor,
    threshold: tl.tensor,
    steps: tl.tensor,
    size: tl.tensor,
    BLOCK: tl.constexpr,
) -> None:
    """Spikes and membranes of `BLOCK` neurons at all time steps."""
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < size
    held = tl.load(beta)
    membrane = tl.zeros((BLOCK,), tl.float32)
    for _ in range(steps):
        current = tl.load(currents + offsets, mask=inside, other=0.0)
        reset = tl.where(membrane > threshold, threshold, 0.0)
        membrane = membrane * held + current - reset
        tl.store(membranes + offsets, membrane, mask=inside)
        tl.store(spikes + offsets, (membrane > threshold).to(tl.float32), mask=inside)
        currents += current_stride
        membranes += size
        spikes += size


def _pass_back_program(
    gradients: tl.tensor,
    membranes: tl.tensor,
    beta: tl.tensor,
    errors: tl.tensor,
    parts: tl.tensor,
    threshold: tl.tensor,
    steepness: tl.tensor,
    steps: tl.tensor,
    size: tl.tensor,
    last: tl.tensor,
    ARCTAN: tl.constexpr,
    LEARNED: tl.constexpr,
    BLOCK: tl.constexpr,
) -> None:
    """Gradients by the currents of `BLOCK` neurons, last step first, and their part of the one by beta."""
    offsets = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = offsets < size
    held = tl.load(beta)
    error = tl.zeros((BLOCK,), tl.float32)
    by_beta = tl.zeros((BLOCK,), tl.float32)
    gradients += last
    membranes += last
    errors += last
    for _ in range(steps):
        membrane = tl.load(membranes + offsets, mask=inside, other=0.0)
        gradient = tl.load(gradients + offsets, mask=inside, other=0.0)
        if LEARNED:
            by_beta += error * membrane
        distance = membrane - threshold
        if ARCTAN:
            bent = 1.5707963267948966 * steepness * distance
            local = gradient / (bent * bent + 1.0) * (steepness / 2)
        else:
            bent = tl.abs(distance) * steepness + 1.0
            local = gradient / (bent * bent)
        error = local + error * held
        tl.store(errors + offsets, error, mask=inside)
        gradients -= size
        membranes -= size
        errors -= size
    if LEARNED:
        tl.store(parts + tl.program_id(0), tl.sum(by_beta, axis=0))


_encode = triton.jit(_encode_program, do_not_specialize=["key"])
_fire = triton.jit(_fire_program)
_pass_back = triton.jit(_pass_back_program)
