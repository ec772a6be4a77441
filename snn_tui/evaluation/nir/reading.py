"""NIR files as they are on the disk: bounded, and read where a hostile one does no harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from snn_tui.errors import RunError
from snn_tui.evaluation.nir.hdf5 import LIMIT, Group, Unreadable
from snn_tui.evaluation.nir.library import library
from snn_tui.runs.files import read_bounded
from snn_tui.values.words import printable

_SECONDS = 60
_REMEDY = "give a graph that nir.write has written"


def read_file(path: Path) -> bytes:
    """The content of a NIR file.

    Raises:
        RunError: It is missing, larger than 256 MB, or no regular file.
    """
    where = printable(str(path))
    try:
        path = path.resolve(strict=True)  # the user's own file may be a link
        if path.stat().st_size > LIMIT:
            what = f"larger than the {LIMIT >> 20} MB that a graph can have"
            raise RunError(what, where=where, remedy=_REMEDY)
        return read_bounded(path, LIMIT)
    except FileNotFoundError:
        raise RunError("there is no such file", where=where, remedy="see that the path is right") from None
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise RunError(f"cannot be read ({error})", where=where, remedy=_REMEDY) from error


def tree_of(content: bytes, where: str) -> Group:
    """What a NIR file holds, read by a process of its own.

    Args:
        content: The file's content.
        where: Its path, for the message.

    Raises:
        RunError: It is no such file, damaged, or made to do harm.
        UsageError: h5py is not installed.
    """
    library("h5py", where)
    command = [sys.executable, "-P", "-m", "snn_tui.evaluation.nir.hdf5"]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=_SECONDS, check=False)
        name, answer = msgspec.msgpack.decode(done.stdout, type=tuple[str, msgspec.Raw])
        if name == Group.__name__:
            return msgspec.msgpack.decode(answer, type=Group)
        reason = msgspec.msgpack.decode(answer, type=Unreadable).reason
    except subprocess.TimeoutExpired:
        reason = f"reading it took more than {_SECONDS} s"
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        reason = "it is damaged, so that reading it came to an end"
    raise RunError(f"not a NIR graph: {printable(reason, 300)}", where=printable(where), remedy=_REMEDY)
