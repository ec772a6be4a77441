"""Root that is refused what others are refused: files without permission would be no fault to it."""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator

_VERSION_3 = 0x20080522
_OVERRIDE = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH


@contextlib.contextmanager
def permissions_count() -> Iterator[None]:
    """Give up, in this thread and those it starts, what lets root pass over permissions (capabilities(7))."""
    if os.geteuid() != 0:
        yield
        return
    library = ctypes.CDLL(None, use_errno=True)
    header, sets = (ctypes.c_uint32 * 2)(_VERSION_3, 0), (ctypes.c_uint32 * 6)()

    def call(name: str) -> None:
        if getattr(library, name)(header, sets):
            raise OSError(ctypes.get_errno(), name)

    call("capget")
    effective = sets[0]
    sets[0] = effective & ~_OVERRIDE
    call("capset")
    try:
        yield
    finally:
        sets[0] = effective
        call("capset")
