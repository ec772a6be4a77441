"""The processes that train one network together, and what passes between them.

As with torch's `DistributedDataParallel`, each holds the whole network and learns from its slice of every
batch; gradients are averaged over all images of the batch, so every process takes the same optimizer step. A
spike is a function of its image and step, so the processes see the spikes that one would.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from snn_tui.errors import RunError

HOLD = 1 << 20
"""Rank 0's note in place of a signal number: nothing yet, ask again."""

FASTEST_POLL, SLOWEST_POLL = 5e-5, 5e-3
"""Seconds between two looks at whether a collective is done: more and more, the longer it takes."""

WATCH_SECONDS = 0.2
"""How often `Group` looks meanwhile whether the other processes are there."""

KEEP_WAITING_SECONDS = 10.0
"""How often rank 0 tells those that wait for it that it is still there."""


class RankLost(RunError):
    """Another process that trains the same network has ended, or cannot be reached."""


class Dismissed(Exception):
    """Rank 0 has come to an end, and so do the others.

    Args:
        exit_code: The exit code of rank 0.
    """

    def __init__(self, exit_code: int) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class SingleProcess:
    """What `Group` is for several processes, for one: it exchanges nothing.

    Attributes:
        rank: Which of the processes this is, from 0.
        size: How many there are.
    """

    rank = 0
    size = 1

    def rows(self, count: int) -> slice:
        """This process's slice of so many images; all of them where there are fewer than processes."""
        if count < self.size:
            return slice(0, count)
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def begin_batch(self, images: int) -> None:
        """Begin a batch of so many images together with the others.

        Raises:
            Dismissed: Rank 0 has come to an end; never raised there.
            RankLost: Another process is gone.
        """

    def average(self, loss: float, parameters: Iterable[nn.Parameter]) -> float:
        """Replace the parameters' `.grad` by their mean over the batch's images.

        Args:
            loss: The mean loss of this process's slice.
            parameters: The network's, with the gradients of that loss.

        Returns:
            The mean loss of the whole batch.

        Raises:
            RankLost: Another process is gone.
        """
        return loss

    def gather(self, content: bytes) -> list[bytes]:
        """What each process hands over, in the order of their ranks; all have to call it.

        Raises:
            Dismissed: Rank 0 has come to an end; never raised there.
            RankLost: Another process is gone.
        """
        return [content]

    def exchange(self, values: Tensor) -> Tensor:
        """Vectors `[V]` of all processes, as `[size, V]`, while a batch is computed.

        Only this process's, `[1, V]`, where each computes the whole batch.

        Raises:
            RankLost: Another process is gone.
        """
        return values[None]

    def keep_waiting(self) -> None:
        """Tell the others now and then that rank 0 is still there; may be called often, by rank 0 only."""


class Group(SingleProcess):
    """Several processes, connected by torch's collectives.

    Between two batches each process waits until all are there, however long rank 0 holds; so a process that
    has ended is noticed before any waits for its gradients. All waiting is done by polling: a signal is
    handled, and a lost process found, while a collective is on its way.

    Args:
        rank: Which of the processes this is, from 0.
        size: How many there are.
        control: Exchanges small messages between CPUs; its lost connections tell of a process that ended.
        data: Exchanges gradients on the device; None where that is the CPU.
        pending_signal: The number of a signal that asked this process to stop, 0 for none.
        on_signal: Called on rank 0 with the number of a signal that another process got.
        watch: Called now and then while waiting; raises `RankLost` where another process has ended.
        explain: Makes an error of a connection that was lost.
    """

    def __init__(
        self,
        rank: int,
        size: int,
        *,
        control: dist.ProcessGroup | None = None,
        data: dist.ProcessGroup | None = None,
        pending_signal: Callable[[], int] = lambda: 0,
        on_signal: Callable[[int], None] = lambda number: None,
        watch: Callable[[], None] = lambda: None,
        explain: Callable[[Exception], RankLost] = lambda error: RankLost(str(error)),
    ) -> None:
        self.rank, self.size = rank, size
        self._control, self.data = control, data
        self._pending_signal, self._on_signal = pending_signal, on_signal
        self._watch, self._explain = watch, explain
        self._images = 0  # of the batch, in all
        self._amid = False  # whether the next collective is not an agreement
        self._agreed = time.monotonic()

    def begin_batch(self, images: int) -> None:
        """See `SingleProcess.begin_batch`."""
        self._agree()
        self._images = images

    def average(self, loss: float, parameters: Iterable[nn.Parameter]) -> float:
        """See `SingleProcess.average`."""
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients] + [gradients[0].new_tensor([loss])])
        rows = self.rows(self._images)
        flat *= 1 / self.size if self._whole else (rows.stop - rows.start) / self._images
        self._sum(flat, self.data or self._control)
        parts = torch.split(flat[:-1], [gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts, strict=True):
            gradient.copy_(part.view_as(gradient))
        self._amid = False
        return float(flat[-1])

    def gather(self, content: bytes) -> list[bytes]:
        """See `SingleProcess.gather`."""
        self._agree()
        lengths = torch.zeros(self.size, dtype=torch.int64)
        lengths[self.rank] = len(content)
        self._sum(lengths, self._control)
        sizes = lengths.tolist()
        joined = torch.zeros(sum(sizes), dtype=torch.uint8)
        if content:
            begin = sum(sizes[: self.rank])
            joined[begin : begin + len(content)] = torch.frombuffer(bytearray(content), dtype=torch.uint8)
        if len(joined):
            self._sum(joined, self._control)
        self._amid = False
        return [part.numpy().tobytes() for part in torch.split(joined, sizes)]

    def exchange(self, values: Tensor) -> Tensor:
        """See `SingleProcess.exchange`."""
        if self._whole:
            return values[None]
        rows = values.new_zeros(self.size, len(values))
        rows[self.rank] = values
        self._sum(rows, self.data or self._control)
        return rows

    def keep_waiting(self) -> None:
        """See `SingleProcess.keep_waiting`."""
        if not self._amid and time.monotonic() - self._agreed >= KEEP_WAITING_SECONDS:
            self._agree(HOLD)
            self._amid = False

    def dismiss(self, exit_code: int, limit: float) -> bool:
        """Tell the others, as rank 0, that this is the end, unless they are amid a batch.

        Args:
            exit_code: Of rank 0.
            limit: Seconds that the others have to get there.

        Returns:
            Whether they were told.

        Raises:
            RankLost: They did not get there, or are gone.
        """
        if self._amid:
            return False
        self._sum(self._notes(-1 - exit_code), self._control, limit)
        return True

    @property
    def _whole(self) -> bool:
        """Whether each process computes the whole batch."""
        return self._images < self.size

    def _agree(self, note: int = 0) -> None:
        """Wait until all processes are between two batches, and rank 0 does not hold."""
        self._amid = True
        while True:
            own = note if self.rank == 0 else self._pending_signal()
            first, *others = self._sum(self._notes(own), self._control).tolist()
            self._agreed = time.monotonic()
            if self.rank == 0 and any(others):
                self._on_signal(max(others))
            if first < 0 and self.rank != 0:
                raise Dismissed(-1 - first)
            if first != HOLD or self.rank == 0:
                return

    def _notes(self, own: int) -> Tensor:
        notes = torch.zeros(self.size, dtype=torch.int64)
        notes[self.rank] = own
        return notes

    def _sum(self, values: Tensor, group: dist.ProcessGroup | None, limit: float | None = None) -> Tensor:
        """Replace values by their sum over all processes."""
        began = looked = time.monotonic()
        pause = FASTEST_POLL
        try:
            work = dist.all_reduce(values, group=group, async_op=True)
            assert work is not None
            while not work.is_completed():
                time.sleep(pause)
                pause = min(1.1 * pause, SLOWEST_POLL)
                now = time.monotonic()
                if limit is not None and now - began > limit:
                    raise RankLost("the others did not answer")
                if now - looked > WATCH_SECONDS:
                    looked = now
                    self._watch()
            work.wait()
        except RuntimeError as error:
            raise self._explain(error) from error
        return values
