"""The one family of errors this program raises on purpose.

Each says what happened, where, and what to do next. The command line prints it as one short block on
stderr and exits with its `exit_code`; the screens show the same three parts.
"""

from __future__ import annotations


class SnnTuiError(Exception):
    """An error with a cause the user can understand, a place and a remedy.

    Args:
        what: What happened, one sentence without a full stop.
        where: The file, option or device it is about.
        remedy: What to do next.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what = what
        self.where = where
        self.remedy = remedy
        super().__init__(": ".join(part for part in (where, what) if part))


class UsageError(SnnTuiError):
    """A wrong option, value or combination of them."""

    exit_code = 2


class DataError(SnnTuiError):
    """A data set or picture that is missing, broken, or not what it says."""

    exit_code = 3


class RunError(SnnTuiError):
    """A run or checkpoint that is missing, broken, or in use."""

    exit_code = 4


class TrainingError(SnnTuiError):
    """Training that cannot go on: a loss that is no number, a device out of memory."""
