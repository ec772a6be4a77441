"""A reader of TensorBoard's event files that knows their format, and not how they were written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tensorboardX.proto.event_pb2 import Event
from tensorboardX.record_writer import masked_crc32c

Scalars = dict[str, dict[int, float]]


def events(folder: Path) -> Iterator[Any]:
    """All events of a run's folder, file by file in the order of their names, as TensorBoard reads them."""
    for path in sorted(folder.glob("*tfevents*")):
        data = path.read_bytes()
        while data:
            length = struct.unpack("<Q", data[:8])[0]
            assert struct.unpack("<I", data[8:12])[0] == masked_crc32c(data[:8])
            content, data = data[12 : 12 + length], data[12 + length :]
            assert struct.unpack("<I", data[:4])[0] == masked_crc32c(content)
            data = data[4:]
            yield Event.FromString(content)


def scalars(folder: Path) -> Scalars:
    """What TensorBoard shows: values by tag and step, without those that a later start made void.

    A step of the machine's load may have several values; of all else there is one, or this fails.
    """
    curves: Scalars = {}
    for event in events(folder):
        if event.session_log.status == 1:
            for tag, values in curves.items():
                curves[tag] = {step: value for step, value in values.items() if step < event.step}
        for value in event.summary.value:
            if value.HasField("simple_value"):
                values = curves.setdefault(value.tag, {})
                assert event.step not in values or value.tag.startswith("machine/"), (value.tag, event.step)
                values[event.step] = value.simple_value
    return curves
