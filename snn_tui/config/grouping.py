"""The option `group_by`: what in a file's name says which images belong together."""

from __future__ import annotations

import re

from snn_tui.errors import UsageError


def expression(group_by: str) -> re.Pattern[str]:
    """The option's value as a regular expression.

    Raises:
        UsageError: It is none.
    """
    try:
        return re.compile(group_by)
    except (re.error, OverflowError, RecursionError) as error:
        remedy = r"give one such as 'person(\d+)_', whose first group is the same for all files of a patient"
        raise UsageError(f"no regular expression: {error}", where="--group-by", remedy=remedy) from error


def no_names() -> UsageError:
    """The error where images are to be grouped that have no file names."""
    return UsageError(
        "the images of a file have no names to group them by",
        where="--group-by",
        remedy="leave it out, or give a folder of pictures with --data",
    )
