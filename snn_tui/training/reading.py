"""What a training step came to: its loss and its gradient, brought from the device without waiting for it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import torch
from torch import Tensor


class Reading:
    """A batch's loss, the norm of its gradient and whether all of it is finite, on their way from the device.

    They are copied when the device gets there; whoever asks earlier waits for that. Tensors that are
    overwritten by the next step are read before it.

    Args:
        loss: The loss, one number on the device.
        gradients: All gradients, there too.
    """

    def __init__(self, loss: Tensor, gradients: Iterable[Tensor]) -> None:
        with torch.no_grad():
            norm = norm_of(gradients)
            values = torch.stack([loss.reshape(()).to(norm.dtype), norm])
        self._arrived: torch.cuda.Event | None = None
        if values.is_cuda:
            with torch.cuda.device(values.device):
                host = torch.empty(len(values), dtype=values.dtype, pin_memory=True)
                values = host.copy_(values, non_blocking=True)
                self._arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
                self._arrived.record()
        self._values = values

    @cached_property
    def read(self) -> tuple[float, float]:
        """The loss, and the norm of the gradient; not finite where something of them is not."""
        if self._arrived is not None:
            self._arrived.synchronize()
        loss, norm = self._values.tolist()
        return loss, norm


def norm_of(gradients: Iterable[Tensor]) -> Tensor:
    """The Euclidean norm of gradients together, one number, 0 without any; not finite where one is not."""
    norms = [torch.linalg.vector_norm(gradient) for gradient in gradients]
    return torch.stack(norms).square().sum().sqrt() if norms else torch.zeros(())
