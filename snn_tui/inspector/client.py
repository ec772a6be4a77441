"""The screens' end of the inspector process: asks over pipes, and starts it again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import Callable
from typing import IO, Any, cast

import msgspec

from snn_tui.errors import SnnTuiError
from snn_tui.inspector import protocol
from snn_tui.inspector.messages import A, Cancel, Failed, Question, Working
from snn_tui.inspector.protocol import AnyAnswer, AnyQuestion
from snn_tui.runs.cpu_contention import wait_without_spinning

OnWorking = Callable[[Working], None]

SECOND = 1.0
"""How often a question that takes long says for how long it has, in seconds."""

COMMAND = (sys.executable, "-P", "-m", "snn_tui.inspector")


_DEATHS = (ConnectionError, EOFError, ValueError, msgspec.DecodeError)  # what a broken pipe may raise


class InspectorDied(SnnTuiError):
    """The inspector process ended in the middle of a question, and did so again when started anew."""


class InspectorClient:
    """Asks one question at a time; a question that is cancelled while it waits is never sent.

    Args:
        on_restart: Called when a dead process has been replaced.
        command: The command that starts the process.
    """

    def __init__(self, on_restart: Callable[[], None], command: tuple[str, ...] = COMMAND) -> None:
        self._on_restart = on_restart
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._stderr: IO[bytes] | None = None
        self._turn = asyncio.Lock()
        self._number = 0
        self._starting = False  # the process was started for the next question, and loads torch first
        self._reading: asyncio.Task[bytes] | None = None  # a frame on its way

    @property
    def pid(self) -> int | None:
        """The inspector's process, None before the first question."""
        return self._process.pid if self._process else None

    async def ask(self, question: Question[A], on_working: OnWorking = lambda working: None) -> A:
        """Ask, and wait for the answer.

        Args:
            question: What to ask.
            on_working: Called while the answer takes long: with what the process says it is busy with, and
                then every second with how long that has taken.

        Raises:
            InspectorDied: The process dies of this question, twice.
            SnnTuiError: The inspector answers that it cannot.
        """
        async with self._turn:
            died = self._process is not None and self._process.returncode is not None
            try:
                answer = await self._exchange(question, on_working)
            except _DEATHS:
                died = True
                await self.close()
                try:
                    answer = await self._exchange(question, on_working)
                except _DEATHS as error:
                    last_words = self._last_words()
                    await self.close()
                    raise InspectorDied(
                        f"the inspector process died twice{last_words}",
                        remedy="ask again, or choose another run",
                    ) from error
        if died:
            self._on_restart()
        if isinstance(answer, Failed):
            raise answer.error()
        return cast(A, answer)

    async def close(self) -> None:
        """End the process."""
        reading, self._reading = self._reading, None
        if reading is not None and not reading.cancel() and not reading.cancelled():
            reading.exception()  # nobody else will ask for it, and asyncio would complain
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None

    async def _start(self) -> asyncio.subprocess.Process:
        """The process, started where there is none."""
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        self._starting = True
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - kept open for as long as the process
        wait_without_spinning()  # by the environment the process inherits
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._stderr,
            start_new_session=True,
        )
        return self._process

    async def _exchange(self, question: Question[Any], on_working: OnWorking) -> AnyAnswer | Failed:
        process = await self._start()
        assert process.stdin is not None
        self._number += 1
        try:
            return await self._answer_of(process, question, on_working)
        except asyncio.CancelledError:
            # Else the process goes on computing until the next question comes.
            if process.returncode is None and not process.stdin.is_closing():
                process.stdin.write(protocol.frame(protocol.Request(self._number, Cancel())))
            raise

    async def _answer_of(
        self, process: asyncio.subprocess.Process, question: Question[Any], on_working: OnWorking
    ) -> AnyAnswer | Failed:
        assert process.stdin is not None
        assert process.stdout is not None
        starting, self._starting = self._starting, False
        working, began = Working("starting the inspector" if starting else "working", None), time.monotonic()
        process.stdin.write(protocol.frame(protocol.Request(self._number, cast(AnyQuestion, question))))
        await process.stdin.drain()
        while True:
            while (body := await self._body(process.stdout)) is None:
                seconds = time.monotonic() - began
                on_working(Working(f"{working.what}, {seconds:.0f} s", working.share))
            reply = protocol.parse_reply(body)
            # Answers to questions that were cancelled half-way arrive late; they are skipped.
            if reply.number != self._number:
                continue
            if isinstance(reply.answer, Working):
                working, began = reply.answer, time.monotonic()
                on_working(working)
                continue
            return reply.answer

    async def _body(self, pipe: asyncio.StreamReader) -> bytes | None:
        """The next frame's body; None if it is not there within a `SECOND`: call again.

        The reading goes on meanwhile, also where the caller is cancelled, and the next caller gets it:
        otherwise the rest of a frame would be taken for the head of another, or a whole frame be lost.
        """
        if self._reading is None:
            self._reading = asyncio.create_task(_read_body(pipe))
        done, _ = await asyncio.wait({self._reading}, timeout=SECOND)
        if not done:
            return None
        reading, self._reading = self._reading, None
        return reading.result()

    def _last_words(self) -> str:
        if self._stderr is None:
            return ""
        self._stderr.seek(0, 2)
        self._stderr.seek(max(0, self._stderr.tell() - 400))
        lines = self._stderr.read().decode(errors="replace").strip().splitlines()
        return f" ({lines[-1]})" if lines else ""


async def _read_body(pipe: asyncio.StreamReader) -> bytes:
    header = await pipe.readexactly(protocol.HEADER_BYTES)
    return await pipe.readexactly(protocol.body_length(header))
