"""Paths as people type them, and as terminals write those of files that are dropped on them."""

from __future__ import annotations

import os
import shlex
import urllib.parse
from collections.abc import Iterator


def typed_path(text: str) -> str:
    """The path that a text names, `~` being the home folder.

    Where there is nothing at the text itself, it is tried without quotes, without backslashes and without
    `file://`, as terminals and file managers write the path of a file that is dropped or pasted.

    Args:
        text: What was typed or pasted.

    Returns:
        The first such path where there is something; else the text itself.
    """
    candidates = (os.path.expanduser(candidate) for candidate in _candidates(text))
    return next(filter(os.path.exists, candidates), os.path.expanduser(text))


def _candidates(text: str) -> Iterator[str]:
    yield text
    bare = text.strip()
    forms = [bare, bare.strip("'\""), *_unquoted(bare)]
    yield from forms
    for form in forms:
        if form.lower().startswith("file:"):
            address = form[len("file:") :]
            if address.startswith("//"):
                # file://HOST/PATH, the host being empty or this machine.
                address = "/" + address[2:].partition("/")[2]
            yield urllib.parse.unquote(address)


def _unquoted(text: str) -> list[str]:
    """The text as a shell would read it, where it would read one word."""
    try:
        words = shlex.split(text)
    except ValueError:  # a quotation mark without its other
        return []
    return words if len(words) == 1 else []
