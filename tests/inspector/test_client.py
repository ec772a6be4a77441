"""The screens' end of the inspector: what a question that is given up leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

import pytest
from tui.driving import FAKE_INSPECTOR

from snn_tui.inspector import run_messages
from snn_tui.inspector.client import InspectorClient
from snn_tui.inspector.messages import Working
from snn_tui.inspector.run_messages import TraceImage
from snn_tui.values.image_ref import SplitImage

RUN = run_messages.RunRef("/runs/one")

SLOW = """
import sys, time
from snn_tui.inspector import messages, protocol, run_messages

while header := sys.stdin.buffer.read(protocol.HEADER_BYTES):
    request = protocol.parse_request(sys.stdin.buffer.read(protocol.body_length(header)))
    if isinstance(request.question, messages.Cancel):
        continue
    size = request.question.image.index
    answer = run_messages.PngFiles([bytes([size % 251]) * size])
    reply = protocol.frame(protocol.Reply(request.number, answer))
    for start in range(0, len(reply), 40_000):
        sys.stdout.buffer.write(reply[start : start + 40_000])
        sys.stdout.buffer.flush()
        time.sleep(0.002)
"""
"""An inspector whose answers come in pieces; each is as long as the index of the image that is asked for."""


async def test_an_answer_given_up_half_way_does_not_spoil_the_next(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    restarts: list[int] = []
    client = InspectorClient(lambda: restarts.append(1), (sys.executable, str(script)))
    try:
        first: object = await client.ask(TraceImage(RUN, SplitImage("test", 3)))
        assert first == run_messages.PngFiles([b"\x03" * 3])
        for turn in range(12):
            asking = asyncio.create_task(client.ask(TraceImage(RUN, SplitImage("test", 900_000))))
            await asyncio.sleep(0.004 * turn)
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
            answer: object = await asyncio.wait_for(
                client.ask(TraceImage(RUN, SplitImage("test", 100 + turn))), 120
            )
            assert answer == run_messages.PngFiles([bytes([100 + turn]) * (100 + turn)])
        assert restarts == []
    finally:
        await client.close()


STARTS_SLOWLY = """
import sys, time
time.sleep(0.5)
from snn_tui.inspector import messages, protocol, run_messages

while header := sys.stdin.buffer.read(protocol.HEADER_BYTES):
    request = protocol.parse_request(sys.stdin.buffer.read(protocol.body_length(header)))
    for answer in (messages.Working("judging test", 0.5), run_messages.PngFiles([])):
        sys.stdout.buffer.write(protocol.frame(protocol.Reply(request.number, answer)))
        sys.stdout.buffer.flush()
        time.sleep(0.5)
"""


async def test_what_takes_long_says_what_it_is_and_for_how_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.inspector.client.SECOND", 0.1)
    script = tmp_path / "slow.py"
    script.write_text(STARTS_SLOWLY)
    client, words = InspectorClient(lambda: None, (sys.executable, str(script))), []
    try:
        await client.ask(
            TraceImage(RUN, SplitImage("test", 0)),
            lambda working: words.append((working.what, working.share)),
        )
    finally:
        await client.close()
    assert words[0] == ("starting the inspector, 0 s", None)
    assert ("judging test", 0.5) in words
    assert words[-1][0].startswith("judging test, ")


async def test_an_answer_that_comes_as_the_time_is_said_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("snn_tui.inspector.client.SECOND", 0.0003)
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    client = InspectorClient(lambda: None, (sys.executable, str(script)))
    said: list[Working] = []
    try:
        for size in range(1, 400):
            question = TraceImage(RUN, SplitImage("test", size))
            answer: object = await asyncio.wait_for(client.ask(question, said.append), 120)
            assert answer == run_messages.PngFiles([bytes([size % 251]) * size])
    finally:
        await client.close()
    assert said


async def test_two_screens_that_ask_about_two_runs_in_turn_get_their_own_answers(tmp_path: Path) -> None:
    runs = []
    for epoch in (5, 6):
        folder = tmp_path / str(epoch)
        folder.mkdir()
        (folder / "epoch").write_text(str(epoch))
        runs.append(run_messages.RunRef(str(folder)))
    client = InspectorClient(lambda: None, (sys.executable, FAKE_INSPECTOR))

    async def screen(run: run_messages.RunRef) -> list[int]:
        image = SplitImage("test", 0)
        return [(await client.ask(TraceImage(run, image))).epoch for _ in range(4)]

    try:
        assert await asyncio.gather(*map(screen, runs)) == [[5] * 4, [6] * 4]
    finally:
        await client.close()
