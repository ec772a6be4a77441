"""Times of the local calendar and clock; free of rich, for the report uses it, too."""

from __future__ import annotations

from datetime import datetime


def local_time(timestamp: float, form: str = "%Y-%m-%d %H:%M") -> str:
    """A time in seconds since 1970 as the local calendar and clock have it; empty where they do not reach."""
    try:
        return datetime.fromtimestamp(timestamp).strftime(form)
    except (ValueError, OverflowError, OSError):
        return ""
