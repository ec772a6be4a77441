"""What the trainer's process does when its run has ended: a command and a webhook of the user's.

Both come from the command line or the environment of whoever starts the trainer, and are kept in no file: a
run directory that came from elsewhere can start nothing. A trainer that is killed cannot do either, and
whoever finds the run dead does not do it in its place.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from snn_tui.runs.ending import Ending
from snn_tui.worker.on_end import command, webhook

COMMAND_VARIABLE = "SNN_TUI_ON_END"
WEBHOOK_VARIABLE = "SNN_TUI_WEBHOOK"

log = logging.getLogger("snn_tui.worker.on_end")


@dataclass(frozen=True)
class OnEnd:
    """What is to be done when a run has ended.

    Args:
        command: For the shell; None for nothing.
        url: Is sent the ending as JSON; None for nothing. A secret: see `webhook.redacted`.
        say: Called with a sentence for each thing that went wrong, which the log has, too.
    """

    command: str | None = None
    url: str | None = None
    say: Callable[[str], None] = lambda fault: None

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do."""
        return self.command is None and self.url is None

    @classmethod
    def of(cls, command: str | None, url: str | None) -> OnEnd:
        """What two options say; an empty text is none.

        Raises:
            UsageError: The URL is none that can be sent to.
        """
        if url:
            webhook.check(url)
        return cls(command or None, url or None)

    @classmethod
    def from_environment(cls) -> OnEnd:
        """What the environment says, from which it is taken out: nothing started later inherits a secret.

        Raises:
            UsageError: The URL is none that can be sent to.
        """
        return cls.of(os.environ.pop(COMMAND_VARIABLE, None), os.environ.pop(WEBHOOK_VARIABLE, None))

    def hand_to_trainers(self) -> None:
        """Let the trainers that this process starts do it."""
        for variable, value in ((COMMAND_VARIABLE, self.command), (WEBHOOK_VARIABLE, self.url)):
            os.environ.pop(variable, None)
            if value:
                os.environ[variable] = value

    def __call__(self, ending: Ending, output: Path, interrupted: Callable[[], bool]) -> None:
        """Do it. Whatever goes wrong is logged, and changes nothing of the run.

        Args:
            ending: How the run ended.
            output: The file that the command's output is appended to.
            interrupted: Looked at while the command runs; True ends it.
        """
        faults = []
        if self.url is not None:
            faults.append(webhook.send(self.url, ending))
        if self.command is not None:
            faults.append(command.run(self.command, ending, output, interrupted))
        for fault in filter(None, faults):
            log.warning("%s", fault)
            self.say(fault)
