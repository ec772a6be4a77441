"""Numbers as files may hold them."""

from __future__ import annotations

from typing import Annotated

import msgspec

Whole = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A count as files may hold it: JSON's numbers have no end, and floats, tables and arrays do."""
