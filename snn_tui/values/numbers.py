"""Types of numbers, and of names with values, that stand in files."""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A whole number from 0 on in a file. JSON sets it no limit, but many readers of JSON hold numbers as 64-bit
floats, which are exact up to 2**53."""

Name = Annotated[str, msgspec.Meta(max_length=100)]
"""A name of a layer, a split or a library in a file."""

_Value = TypeVar("_Value")

ByName = Annotated[dict[Name, _Value], msgspec.Meta(max_length=64)]
"""Values by name in a file. The deepest network has 17 layers; a reader keeps such a map for each epoch."""
