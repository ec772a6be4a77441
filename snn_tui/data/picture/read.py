"""A picture file of the user's own as an image for a network."""

from __future__ import annotations

from pathlib import Path

from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import SIDE
from snn_tui.data.picture.decode import Decoded, decode
from snn_tui.data.picture.unusable import Unusable


def read_picture(path: str | Path, side: int = SIDE, channels: int = 1) -> Decoded:
    """Read a file as those of a folder are read, see `decode`.

    Args:
        path: The file; `~` is the home folder.
        side: Height and width of the image, in pixels.
        channels: 1 for a grey image, 3 for one in colour.

    Raises:
        DataError: The file cannot become an image.
    """
    path = Path(typed_path(str(path)))
    try:
        return decode(path, side, channels)
    except Unusable as unusable:
        raise unusable.error(path) from unusable
