"""The runs that a run learns from: which they are, and whether they still have the weights they had."""

from __future__ import annotations

from pathlib import Path

from snn_tui.config.run_config import RunConfig
from snn_tui.runs.named_weights import TEACHER, weights_of
from snn_tui.runs.rundir import RunDir


def teachers_of(config: RunConfig, root: Path) -> list[tuple[RunDir, bytes]]:
    """The runs that a run learns from, each with the content of its weights file.

    Args:
        config: The configuration.
        root: Where runs are kept.

    Raises:
        RunError: As for `named_weights.with_checksums`.
    """
    references = config.teacher.split(",") if config.teacher else []
    return [weights_of(reference, root, TEACHER) for reference in references]
