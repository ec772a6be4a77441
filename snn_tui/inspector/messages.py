"""Questions to the inspector process and its answers: what all of them have in common.

A question says all that its answer depends on: its run, or the configuration whose images or network it is
about. So questions of several screens can alternate, and a process that was started anew can answer any.
Questions stand in the file named after their subject, each below its answer, which is its type parameter.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from snn_tui.errors import SnnTuiError

A = TypeVar("A", covariant=True)


class Question(msgspec.Struct, Generic[A], frozen=True, tag_field="kind", tag=True):
    """A question whose answer has the type A."""


class Answer(msgspec.Struct, frozen=True, tag_field="kind", tag=True):
    """An answer to a question."""


class Cancel(Question[Any], frozen=True):
    """Nobody waits for the question before this one any more; it gets no answer itself."""


class Working(Answer, frozen=True):
    """A request takes a while; `share` is the part that is done, from 0 to 1, None if unknown."""

    what: str
    share: float | None


class Failed(Answer, frozen=True):
    """A request could not be answered, in the parts of `SnnTuiError`; the process lives on."""

    what: str
    where: str
    remedy: str

    def error(self) -> SnnTuiError:
        """The failure as an error to raise."""
        return SnnTuiError(self.what, where=self.where, remedy=self.remedy)
