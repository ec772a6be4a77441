"""An inspector process to ask in tests."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from snn_tui.inspector import messages, protocol


class InspectorProcess:
    """An inspector process, asked one question at a time."""

    def __init__(self, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "snn_tui.inspector"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )
        self._number = 0

    def ask(self, question: protocol.AnyQuestion) -> protocol.AnyAnswer | messages.Failed:
        """The answer; replies that it is working are passed over."""
        assert self.process.stdin is not None
        self._number += 1
        self.process.stdin.write(protocol.frame(protocol.Request(self._number, question)))
        self.process.stdin.flush()
        while True:
            reply = self._reply()
            assert reply.number == self._number
            if not isinstance(reply.answer, messages.Working):
                return reply.answer

    def ask_at_once(self, *questions: protocol.AnyQuestion) -> list[Any]:
        """The answers to questions that are written together, until that to the last."""
        assert self.process.stdin is not None
        first, self._number = self._number + 1, self._number + len(questions)
        requests = [protocol.Request(number, question) for number, question in enumerate(questions, first)]
        self.process.stdin.write(b"".join(map(protocol.frame, requests)))
        self.process.stdin.flush()
        answers: list[Any] = []
        while True:
            reply = self._reply()
            if not isinstance(reply.answer, messages.Working):
                answers.append(reply.answer)
                if reply.number == self._number:
                    return answers

    def _reply(self) -> protocol.Reply:
        assert self.process.stdout is not None
        header = self.process.stdout.read(protocol.HEADER_BYTES)
        assert header, self.process.communicate()[1].decode()
        return protocol.parse_reply(self.process.stdout.read(protocol.body_length(header)))

    def end(self) -> tuple[int, bytes, bytes]:
        """Close its input; gives the exit code and what else it wrote."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err
