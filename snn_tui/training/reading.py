"""What a training step came to, brought from the device without making Python wait for the step."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import torch
from torch import Tensor


class Reading:
    """A batch's loss, and whether it and all gradients are finite, on their way from the device.

    They are copied when the device gets there; whoever asks earlier waits for that. Tensors that are
    overwritten by the next step are read before it.

    Args:
        loss: The loss, one number on the device.
        gradients: All gradients, there too.
    """

    def __init__(self, loss: Tensor, gradients: Iterable[Tensor]) -> None:
        with torch.no_grad():
            everything = torch.cat([loss.reshape(1), *(gradient.flatten() for gradient in gradients)])
            values = torch.stack([loss.reshape(()), torch.isfinite(everything).all().to(loss.dtype)])
        self._arrived: torch.cuda.Event | None = None
        if values.is_cuda:
            with torch.cuda.device(values.device):
                host = torch.empty(2, dtype=values.dtype, pin_memory=True)
                values = host.copy_(values, non_blocking=True)
                self._arrived = torch.cuda.Event()  # type: ignore[no-untyped-call]
                self._arrived.record()
        self._values = values

    @cached_property
    def read(self) -> tuple[float, bool]:
        """The loss, and whether everything is finite."""
        if self._arrived is not None:
            self._arrived.synchronize()
        loss, finite = self._values.tolist()
        return loss, bool(finite)
