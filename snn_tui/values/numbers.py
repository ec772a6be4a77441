"""Types of numbers in files."""

from __future__ import annotations

from typing import Annotated

import msgspec

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A count in a file: JSON allows numbers of any size, but what reads them does not."""
