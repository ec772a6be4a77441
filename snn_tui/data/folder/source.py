"""A folder of pictures as a source of data sets."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import SIDE
from snn_tui.data.dataset import Dataset, OnProgress
from snn_tui.data.folder.layout import REMEDY
from snn_tui.data.folder.reading import read_folder
from snn_tui.errors import DataError
from snn_tui.values.words import printable


@dataclass(frozen=True)
class FolderSource:
    """Reads the folder that `--data` names; see `read_folder`.

    Args:
        side: Rows and columns of the images.
        group_by: A regular expression for the files' paths; images of one group are in one split.
    """

    side: int = SIDE
    group_by: str | None = None

    def load(self, data: str | None, on_progress: OnProgress) -> Dataset:
        """The data set of the folder.

        Raises:
            DataError: It is no folder of class folders; see `read_folder`.
            UsageError: `group_by` is no regular expression.
        """
        return read_folder(
            self._named(data),
            side=self.side,
            group_by=self.group_by,
            on_progress=on_progress,
        )

    def at_hand(self, data: str | None) -> bool:
        """True: nothing is ever downloaded.

        Raises:
            DataError: There is no such folder.
        """
        self._named(data)
        return True

    def _named(self, data: str | None) -> str:
        if data is None:
            raise DataError("no folder was named", where="--data", remedy=REMEDY)
        if not Path(typed_path(data)).is_dir():
            raise DataError("no such folder", where=printable(data, 500), remedy=REMEDY)
        return data
