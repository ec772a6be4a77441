"""Writing the report of what Results shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from snn_tui.analysis.results import Threshold
from snn_tui.analysis.task_results import AnyResults
from snn_tui.errors import UsageError
from snn_tui.export.report.documents import documents, pictured
from snn_tui.export.writing import SUFFIX, write
from snn_tui.inspector.run_messages import ExportImages, RunRef
from snn_tui.runs.rundir import RunDir
from snn_tui.values.early_exit import EarlyExit
from snn_tui.values.energy import Energy


class Export:
    """A report on its way to a file, and the table of all images beside it.

    Args:
        run: The run.
        results: What it was judged.
        threshold: The threshold in view.
        energy: What an image costs; None leaves it out.
    """

    def __init__(
        self, run: RunDir, results: AnyResults, threshold: Threshold, energy: Energy | None = None
    ) -> None:
        self._run, self._results, self._threshold, self._energy = run, results, threshold, energy
        self._paths = self._both(Path(self.name))

    @property
    def name(self) -> str:
        """The name that the file gets by default."""
        return f"{self._run.name}-{self._results.judgement.split}{SUFFIX}"

    def aim(self, name: str) -> None:
        """Write to another file; without an ending it gets one, and in place of `.csv` the page's own.

        Raises:
            UsageError: The text names a folder, not a file.
        """
        path = Path(os.path.expanduser(name))
        if not path.name or path.is_dir():
            raise UsageError("not the name of a file", where=name, remedy=f"give one such as {self.name}")
        if path.suffix.lower() == ".csv":
            path = path.with_suffix("")
        self._paths = self._both(path if path.suffix else path.with_name(path.name + SUFFIX))

    @staticmethod
    def _both(path: Path) -> list[Path]:
        return [path, path.with_suffix(".csv")]

    @property
    def exists(self) -> bool:
        """Whether something would be written over."""
        return any(path.is_file() for path in self._paths)

    @property
    def file_names(self) -> str:
        """Both files, as text."""
        return f"{self._paths[0]} and {self._paths[1].name}"

    def pictures(self, run: RunRef) -> ExportImages:
        """The question for the images that the report contains."""
        return ExportImages(run, self._results.judgement.split, pictured(self._results, self._threshold))

    def write(self, pictures: Sequence[bytes], exits: EarlyExit | None = None) -> None:
        """Write both files, over what is there: the user was asked.

        Args:
            pictures: The images that the report contains, as PNG files.
            exits: The early exit of the split; None leaves it out.

        Raises:
            SnnTuiError: They cannot be written, or the run cannot be read.
        """
        contents = documents(
            self._run, self._results, self._threshold, pictures, datetime.now(), self._energy, exits
        )
        write(dict(zip(self._paths, contents, strict=True)), force=True)
