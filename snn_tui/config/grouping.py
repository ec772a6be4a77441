"""The option `group_by`: what in a file's name says which images belong together."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence

from snn_tui.errors import UsageError
from snn_tui.values.words import counted

LIMIT_SECONDS = 10
"""Seconds of computing after which a search is given up; two million paths take three."""

EXAMPLE = r"one such as 'person(\d+)_', whose first group is the same for all files of a patient"

_SEARCH = """
import json, re, signal, sys

signal.setitimer(signal.ITIMER_VIRTUAL, float(sys.argv[1]))
group_by, paths = json.load(sys.stdin)
found = map(re.compile(group_by).search, paths)
json.dump([match and next(filter(None, match.groups()), match.group()) for match in found], sys.stdout)
"""


def expression(group_by: str) -> re.Pattern[str]:
    """The option's value as a regular expression.

    Raises:
        UsageError: It is none.
    """
    try:
        return re.compile(group_by)
    except (re.error, OverflowError, RecursionError) as error:
        raise UsageError(
            f"no regular expression: {error}", where="--group-by", remedy=f"give {EXAMPLE}"
        ) from error


def search(group_by: str, paths: Sequence[str], seconds: float = LIMIT_SECONDS) -> list[str | None]:
    """What a regular expression finds in each path: its first group that took part, else all that matched.

    Another process searches, which can be ended: an expression such as `(a|aa)+$` takes longer than anyone
    waits.

    Args:
        group_by: The option's value.
        paths: Paths of files.
        seconds: Time of computing that it may take.

    Returns:
        The text for each path, empty or None where there is none.

    Raises:
        UsageError: It is no regular expression, or takes longer.
    """
    expression(group_by)
    if not paths:
        return []
    command = [sys.executable, "-I", "-S", "-c", _SEARCH, str(seconds)]
    asked = json.dumps([group_by, list(paths)])
    ended = subprocess.run(command, input=asked, capture_output=True, text=True, check=False)
    if ended.returncode == 0:
        found: list[str | None] = json.loads(ended.stdout)
        return found
    late = ended.returncode == -signal.SIGVTALRM
    what = "takes too long" if late else "cannot be searched for"
    raise UsageError(
        f"{group_by} {what} in the names of {counted(len(paths), 'file')}",
        where="--group-by",
        remedy=f"give {EXAMPLE}; a repeat within a repeat takes long",
    )


def no_match(group_by: str, files: int) -> UsageError:
    """The error where a regular expression is in the name of no file."""
    what = f"{group_by} is in the name of none of {counted(files, 'file')}"
    return UsageError(what, where="--group-by", remedy=f"give {EXAMPLE}")


def no_names() -> UsageError:
    """The error where images are to be grouped that have no file names."""
    return UsageError(
        "the images of a file have no names to group them by",
        where="--group-by",
        remedy="leave it out, or give a folder of pictures with --data",
    )
