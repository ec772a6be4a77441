"""The inspector process: questions in, answers out, over pipes (see `protocol`).

`python -m snn_tui.inspector`; it ends when its standard input does.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from typing import BinaryIO

from snn_tui.errors import SnnTuiError
from snn_tui.inspector import protocol
from snn_tui.inspector.answers import Answers
from snn_tui.inspector.messages import Cancel, Failed, Working
from snn_tui.inspector.protocol import AnyAnswer


class Abandoned(Exception):
    """The next request is there, or the end of them: the question at work was cancelled."""


def serve(requests: BinaryIO, replies: BinaryIO, waiting: Callable[[], bool] = lambda: False) -> None:
    """Answer every request of a stream until it ends.

    Args:
        requests: The requests. Whoever writes them asks one question at a time, so a request that comes while
            a question about a run is at work means that nobody waits for that one's answer. Other questions
            load or download what the next ones need, and are answered in any case.
        replies: Where the answers go; none to a question that was cancelled at work.
        waiting: Whether more can be read from the requests.
    """
    answers = Answers()
    while header := _read(requests, protocol.HEADER_BYTES):
        request = protocol.parse_request(_read(requests, protocol.body_length(header)))
        question = request.question
        if isinstance(question, Cancel):  # it has interrupted the question before it by being there
            continue

        def reply(answer: AnyAnswer | Working | Failed, number: int = request.number) -> None:
            replies.write(protocol.reply_frame(number, answer))
            replies.flush()

        def working(
            what: str,
            share: float | None,
            reply: Callable[[Working], None] = reply,
            question: protocol.AnyQuestion = question,
        ) -> None:
            if isinstance(question, protocol.RunQuestion) and waiting():
                raise Abandoned
            reply(Working(what, share))

        try:
            answer: AnyAnswer | Failed = answers.answer(question, working)
        except SnnTuiError as error:
            answer = Failed(error.what, error.where, error.remedy)
        except Abandoned:
            continue
        reply(answer)


def _read(requests: BinaryIO, length: int) -> bytes:
    """So many bytes of a stream, of which a single read may give fewer; fewer at its end only."""
    content = b""
    while len(content) < length and (part := requests.read(length - len(content))):
        content += part
    return content


def main() -> None:
    """Serve standard input until it ends."""
    # The screens decide when this process ends: a ctrl-c in their terminal is not for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Frames have the real standard output for themselves; whatever a library prints goes to stderr.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Without a buffer, in which requests that came together would lie where `select` does not see them.
    with open(0, "rb", buffering=0, closefd=False) as requests:
        serve(requests, out, lambda: bool(select.select([0], [], [], 0)[0]))
