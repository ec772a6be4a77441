"""Types of numbers that stand in files."""

from __future__ import annotations

from typing import Annotated

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A whole number from 0 on in a file. JSON sets it no limit, but many readers of JSON hold numbers as 64-bit
floats, which are exact up to 2**53."""
