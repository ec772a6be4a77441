"""The screens' end of the inspector: what a question that is given up leaves behind."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path

from tui.driving import FAKE_INSPECTOR

from snn_tui.inspector import protocol
from snn_tui.inspector.client import InspectorClient

SLOW = """
import sys, time
from snn_tui.inspector import protocol

while header := sys.stdin.buffer.read(protocol.HEADER_BYTES):
    request = protocol.parse_request(sys.stdin.buffer.read(protocol.body_length(header)))
    size = request.question.index
    reply = protocol.frame(protocol.Reply(request.number, protocol.Portrayed([bytes([size % 251]) * size])))
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
        first = await client.ask(protocol.Look("test", 3))
        assert first == protocol.Portrayed([b"\x03" * 3])
        for turn in range(12):
            asking = asyncio.create_task(client.ask(protocol.Look("test", 900_000)))
            await asyncio.sleep(0.004 * turn)
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
            answer = await asyncio.wait_for(client.ask(protocol.Look("test", 100 + turn)), 120)
            assert answer == protocol.Portrayed([bytes([100 + turn]) * (100 + turn)])
        assert restarts == []
    finally:
        await client.close()


async def test_a_question_about_another_run_opens_it_first(tmp_path: Path) -> None:
    runs = [tmp_path / name for name in ("one", "two")]
    for run in runs:
        run.mkdir()
        (run / "model.safetensors").write_bytes(b"none")
        (run / "epoch").write_text("5" if run.name == "one" else "6")
    one, two = (protocol.Open(str(run)) for run in runs)
    client = InspectorClient(lambda: None, (sys.executable, FAKE_INSPECTOR))
    try:
        for opening, epoch in ((one, 5), (two, 6), (one, 5), (one, 5)):
            answer = await client.ask(protocol.Look("test", 0), of=opening)
            assert isinstance(answer, protocol.Seen)
            assert answer.epoch == epoch
    finally:
        await client.close()
