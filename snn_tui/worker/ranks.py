"""The other processes that train a run together with this one: started, joined, watched and sent away.

torchrun and srun start all of them; else rank 0 starts the others itself. It is the trainer that holds the
run's lock and that signals are sent to, so it is also the parent: torch's own launcher would be one more
process above it, with ideas of its own about signals and restarts. What they exchange is the same.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from snn_tui.errors import RunError, SnnTuiError, UsageError
from snn_tui.runs.files import failure, open_to_append
from snn_tui.runs.ranks import LOOPBACK, Rank
from snn_tui.runs.resume import Refusal
from snn_tui.runs.signals import held_back
from snn_tui.values.words import printable
from snn_tui.worker.stopping import StopRequest

if TYPE_CHECKING:
    import torch
    from torch.distributed.distributed_c10d import Store

    from snn_tui.training.group import Group, RankLost

FOLLOW = "--follow"
"""Option of a process that rank 0 started; its `Rank` follows as JSON."""

JOIN_SECONDS = 300.0
"""How long rank 0 and the others wait for each other at the beginning."""

COLLECTIVE_TIMEOUT = timedelta(hours=1)
"""How long a process waits for the others amid a batch. One that ended is noticed at once."""

REASON_SECONDS = 2.0
"""How long rank 0 looks for the reason why a connection was lost."""

END_SECONDS = 5.0
"""How long the others have to end once rank 0 has."""

_HERE, _FAILED = "here/{}", "failed/{}"
_REMEDY = "go on from the checkpoint with --resume"


class Ranks:
    """All processes of a run but this one, as this one knows them.

    Args:
        own: The rank of this process.
        stop: What asks this process to stop.
        log: Rank 0: where the processes that it starts print to.
    """

    def __init__(self, own: Rank, stop: StopRequest, log: Path | None = None) -> None:
        self.own = own
        self._stop = stop
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._group: Group | None = None
        self._store = self._open_store()
        if own.launched and own.rank == 0:
            assert log is not None
            self._start_others(log)

    def join(self, between: Callable[[], None]) -> Group:
        """Wait for all processes, and connect them.

        Args:
            between: Called every now and then; what it raises is passed on.

        Raises:
            RankLost: Another process ended, or did not come.
        """
        import torch.distributed as dist

        from snn_tui.training.group import Group, RankLost

        own, began = self.own, time.monotonic()
        self._store.set(_HERE.format(own.rank), "")
        missing = list(range(own.size))
        while missing := [rank for rank in missing if not self._store.check([_HERE.format(rank)])]:
            between()
            self._watch()
            if time.monotonic() - began > JOIN_SECONDS:
                raise RankLost(
                    f"{own.size - len(missing)} of {own.size} processes came within "
                    f"{JOIN_SECONDS / 60:.0f} minutes",
                    where=self._address,
                    remedy="see whether all were started, and reach MASTER_ADDR",
                )
            time.sleep(0.02)
        if own.address == LOOPBACK:  # else a machine's name decides, which not every machine can resolve
            os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
        try:
            dist.init_process_group(
                "gloo", store=self._store, rank=own.rank, world_size=own.size, timeout=COLLECTIVE_TIMEOUT
            )
        except RuntimeError as error:
            raise self._explain(error) from error
        self._group = Group(
            own.rank,
            own.size,
            pending_signal=lambda: int(self._stop.signal or 0),
            on_signal=self._take_signal,
            watch=self._watch,
            explain=self._explain,
        )
        return self._group

    def use(self, device: torch.device) -> None:
        """Exchange gradients on a device from now on; all processes have to call it.

        Raises:
            UsageError: Two processes have the same GPU.
            RankLost: Another process is gone.
        """
        import torch
        import torch.distributed as dist

        assert self._group is not None
        if device.type != "cuda":
            return
        name = f"{socket.gethostname()}/{torch.cuda.get_device_properties(device).uuid}"
        names = self._group.gather(name.encode())
        if len(set(names)) < len(names):
            raise UsageError(
                "two processes have the same GPU",
                where="--devices",
                remedy="start as many processes as there are GPUs, or give --device cpu",
            )
        group = dist.new_group(backend="nccl", timeout=COLLECTIVE_TIMEOUT)
        assert isinstance(group, dist.ProcessGroup)  # not the number that a process outside of it gets
        self._group.data = group

    def fail(self, error: SnnTuiError) -> None:
        """Tell rank 0 why this process ends."""
        refusal = Refusal(error.what, error.where, error.remedy, error.exit_code)
        with contextlib.suppress(RuntimeError):
            self._store.set(_FAILED.format(self.own.rank), msgspec.json.encode(refusal).decode())

    def end(self, exit_code: int | None) -> None:
        """Let go of the others; those that rank 0 started have ended afterwards.

        Args:
            exit_code: Of this process; None where it ends at once.
        """
        import torch.distributed as dist

        group, self._group = self._group, None
        dismissed = False
        if self.own.rank == 0 and group is not None and exit_code is not None:
            with contextlib.suppress(RunError):
                dismissed = group.dismiss(exit_code, END_SECONDS)
        deadline = time.monotonic() + (END_SECONDS if dismissed else 0)
        for child in self._children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
            child.kill()  # those that were not dismissed wait for something that does not come
        if exit_code is None:
            return
        for child in self._children.values():
            child.wait()
            if child.stdin is not None:
                child.stdin.close()
        if group is not None and group.data is None:  # NCCL's would wait for a process that is gone
            with contextlib.suppress(RuntimeError):
                dist.destroy_process_group()

    def _open_store(self) -> Store:
        from torch.distributed import TCPStore  # type: ignore[attr-defined]  # there, but not in its types
        from torch.distributed.distributed_c10d import PrefixStore

        own, port, listening = self.own, self.own.port, None
        serves = own.rank == 0 and not own.launcher_waits
        if serves and own.launched:  # where only this machine gets in, at any free port
            listening = socket.create_server((own.address, 0))
            port = listening.getsockname()[1]
        try:
            store = TCPStore(
                own.address,
                port,
                own.size,
                is_master=serves,
                timeout=timedelta(seconds=JOIN_SECONDS),
                wait_for_workers=False,
                master_listen_fd=listening.detach() if listening else None,
                use_libuv=listening is None,
            )
        except RuntimeError as error:  # torch's own errors of the network are some of these
            if serves:
                raise UsageError(
                    "the port is taken" if "EADDRINUSE" in str(error) else "rank 0 cannot wait there",
                    where=self._address,
                    remedy="set MASTER_PORT to a free port, and MASTER_ADDR to the host of rank 0",
                ) from error
            raise UsageError(
                "rank 0 does not answer",
                where=self._address,
                remedy="see whether it runs, and whether MASTER_ADDR and MASTER_PORT are the same for all",
            ) from error
        self._port = store.port
        return PrefixStore(f"snn-tui/{own.attempt}", store)

    @property
    def _address(self) -> str:
        return f"{printable(self.own.address, 80)}:{self.own.port}"

    def _start_others(self, log: Path) -> None:
        try:
            file = open(open_to_append(log), "ab")  # noqa: SIM115 - closed below
        except OSError as error:
            raise failure(error, log) from error
        with file, held_back():  # signals to all of them are for rank 0 to answer: the others never see any
            for rank in range(1, self.own.size):
                place = msgspec.structs.replace(self.own, rank=rank, local_rank=rank, port=self._port)
                try:
                    self._children[rank] = subprocess.Popen(
                        [sys.executable, "-P", "-m", "snn_tui.worker", FOLLOW, msgspec.json.encode(place)],
                        stdin=subprocess.PIPE,  # closed when this process ends, however that comes about
                        stdout=file,
                        stderr=file,
                    )
                except OSError as error:
                    self.end(None)
                    raise RunError(
                        f"{place.words} could not be started: {error.strerror}",
                        where="--devices",
                        remedy="see whether the machine is out of memory or of processes (ulimit -u)",
                    ) from error

    def _take_signal(self, number: int) -> None:
        if self._stop.signal is None:
            self._stop.signal = signal.Signals(number)

    def _watch(self) -> None:
        """Raise `RankLost` where another process is known to have ended."""
        for rank in range(self.own.size) if self.own.rank == 0 else ():
            child = self._children.get(rank)
            if (child and child.poll() is not None) or self._store.check([_FAILED.format(rank)]):
                raise self._explain(None)

    def _explain(self, cause: Exception | None) -> RankLost:
        """Why another process is gone: what it said itself, or how it ended."""
        from snn_tui.training.group import RankLost

        if self.own.rank != 0:
            return RankLost("rank 0 is gone, or another process", where=self.own.words, remedy=_REMEDY)
        deadline = time.monotonic() + REASON_SECONDS
        while True:
            reason = self._reason()
            if reason is not None:
                return reason
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        others = "rank 1" if self.own.size == 2 else "one of the other processes"
        return RankLost(f"{others} is gone", where=self.own.words, remedy=_REMEDY)

    def _reason(self) -> RankLost | None:
        """The best reason: a process that a signal ended comes before those it took along."""
        from snn_tui.training.group import RankLost

        ended: list[tuple[int, int]] = []
        for rank in range(1, self.own.size):
            where = msgspec.structs.replace(self.own, rank=rank).words
            with contextlib.suppress(RuntimeError):
                if self._store.check([_FAILED.format(rank)]):
                    refusal = msgspec.json.decode(self._store.get(_FAILED.format(rank)), type=Refusal)
                    error = RankLost(
                        ": ".join(part for part in (refusal.where, refusal.what) if part),
                        where=where,
                        remedy=refusal.remedy,
                    )
                    error.exit_code = refusal.exit_code
                    return error
            child = self._children.get(rank)
            code = child.poll() if child else None
            if code is not None:
                ended.append((code, rank))
        if not ended:
            return None
        code, rank = min(ended)
        pid = self._children[rank].pid
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        hint = "see whether the machine is out of memory; " if code == -signal.SIGKILL else ""
        where = msgspec.structs.replace(self.own, rank=rank).words
        return RankLost(f"process {pid} {how}", where=where, remedy=hint + _REMEDY)
