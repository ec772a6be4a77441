"""Why a picture file cannot become an image: in a few words for a list of files, and as an error for one."""

from __future__ import annotations

from pathlib import Path

from snn_tui.errors import DataError
from snn_tui.values.image_ref import PICTURE_KINDS

MAX_FILE_BYTES = 100_000_000
MAX_PIXELS = 50_000_000

INSTALL_DICOM = "pip install '.[dicom]'"

BROKEN = "broken or cut short"
DEEP = "samples below 0, of more than 16 bits, or no whole numbers"
DICOM = f"DICOM, which needs pydicom ({INSTALL_DICOM})"
DICOM_CODEC = "DICOM whose compression needs a further package (pylibjpeg)"
DICOM_FORM = "DICOM in a form that is not read"
EMPTY = "empty"
FRAMES = "several frames or pages"
LARGE = f"larger than {MAX_FILE_BYTES // 10**6} MB"
MEMORY = "not enough memory"
MISNAMED = "no picture despite the name"
NO_PICTURE = "no picture"
PIXELS = f"more than {MAX_PIXELS // 10**6} million pixels"

UNREADABLE = "unreadable"
"""How the reason begins for a file that the operating system does not let be read."""

_GIVE_PICTURE = f"give a {PICTURE_KINDS} file"
_GIVE_SMALLER = "give a smaller one"
_NO_PICTURE = ("not a picture of a kind that is read", _GIVE_PICTURE)

_ERRORS = {
    BROKEN: ("the picture is broken or cut short", "save it again, or give another"),
    DEEP: ("its samples are below 0, of more than 16 bits, or no whole numbers", "save it with 8 or 16 bits"),
    DICOM: ("DICOM files need pydicom", INSTALL_DICOM),
    DICOM_CODEC: (
        "nothing that is installed reads this DICOM file's compression",
        f"{INSTALL_DICOM} reads JPEG 2000; save others without compression",
    ),
    DICOM_FORM: ("DICOM in a form that is not read", "save it without compression, grey or RGB"),
    EMPTY: ("the file is empty", _GIVE_PICTURE),
    FRAMES: ("the file has several frames or pages", "save the one to look at as a file of its own"),
    LARGE: (f"the file is {LARGE}", _GIVE_SMALLER),
    MEMORY: ("there is not enough memory to open it", _GIVE_SMALLER),
    MISNAMED: _NO_PICTURE,
    NO_PICTURE: _NO_PICTURE,
    PIXELS: (f"the picture has {PIXELS}", _GIVE_SMALLER),
}


def unreadable(why: str) -> str:
    """The reason for a file that the operating system does not let be read."""
    return f"{UNREADABLE} ({why})"


class Unusable(Exception):
    """A file cannot become an image; the argument is the reason, one of this module's."""

    @property
    def reason(self) -> str:
        """Why, in a few words."""
        return str(self.args[0])

    def error(self, path: Path) -> DataError:
        """The error for a user who gave this file alone."""
        what, remedy = _ERRORS[self.reason]
        return DataError(what, where=str(path), remedy=remedy)


class Unreadable(Unusable):
    """The operating system does not let a file be read; the argument says why."""

    @property
    def reason(self) -> str:
        """Why, in a few words."""
        return unreadable(str(self.args[0]))

    def error(self, path: Path) -> DataError:
        """The error for a user who gave this file alone."""
        return DataError(str(self.args[0]), where=str(path), remedy=_GIVE_PICTURE)
