"""Reading numpy's `.npz` files from untrusted sources: nothing is unpickled, and sizes are checked first."""

from __future__ import annotations

import errno
import hashlib
import math
import os
import warnings
import zipfile
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from snn_tui.config.paths import open_file
from snn_tui.errors import DataError

MAX_FILE_BYTES = 2**36
"""Largest file, in bytes: MedMNIST's largest has 13 GB."""

MAX_BYTES = 2**29
"""Sum of the arrays that every file may have, however small it is, in bytes; larger ones see `MAX_RATIO`."""

MAX_RATIO = 100
"""How many times as large as their file the arrays may be beyond that; images are packed to a third or so."""

MAX_CONTENTS = 2**20
"""Largest list of the contents of a file, in bytes: zipfile makes half a kilobyte of each entry."""

_CONTENTS_SIZE = 5  # where zipfile's record of the end of a file has the size of the list
_PART = 2**20
_BLOCK = 2**24

REMEDY = "give another file with --data, or use --demo, which needs none"

T = TypeVar("T")


@dataclass(frozen=True)
class Header:
    """Shape and type of an array, as its header says; read before any of its data."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool

    @property
    def nbytes(self) -> int:
        """Bytes the whole array would take."""
        return math.prod(self.shape) * self.dtype.itemsize


class Archive:
    """An open `.npz` file, to be used in a `with` block.

    Args:
        path: The file.
        remedy: What to do next about whatever is wrong with it.

    Raises:
        DataError: The file cannot be read, is larger than `MAX_FILE_BYTES`, or is not a zip file.
    """

    def __init__(self, path: Path, remedy: str = REMEDY) -> None:
        self.path = path
        self.remedy = remedy
        try:
            self._file = open_file(path)
        except (OSError, ValueError) as error:
            raise self.fault(reason(error)) from error
        try:
            size = os.fstat(self._file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                most = gigabytes(MAX_FILE_BYTES)
                raise self.fault(f"the file has {gigabytes(size)}, and {most} is the most")
            self.most = max(MAX_BYTES, MAX_RATIO * size)
            """Largest sum of its arrays, in bytes: a small file that says it has many is a trap."""
            self._zip = self._guard("", self._open_zip)
        except DataError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
        self._file.close()

    def fault(self, what: str, first: str = "") -> DataError:
        """The error that says what is wrong with this file.

        Args:
            what: What is wrong.
            first: What may be done about it before anything else.
        """
        return DataError(what, where=str(self.path), remedy=", or ".join(filter(None, (first, self.remedy))))

    @property
    def stamp(self) -> tuple[int, int, int]:
        """The file's size, and the nanoseconds when it was modified and when its entry was changed."""
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def md5(self) -> str:
        """The whole file's MD5, in hexadecimal.

        Raises:
            DataError: The file cannot be read.
        """
        self._file.seek(0)
        digest = self._guard(
            "", lambda: hashlib.file_digest(self._file, lambda: hashlib.md5(usedforsecurity=False))
        )
        return digest.hexdigest()

    def require(self, names: Iterable[str]) -> None:
        """Check that all these arrays are there.

        Raises:
            DataError: Some are missing; the message names them.
        """
        present = set(self._zip.namelist())
        missing = [name for name in names if name + ".npy" not in present]
        packed = next((name for name in present if name.endswith(".npz")), None)
        if missing and packed:
            raise self.fault(f"a zip file that holds {packed}", "unpack it and give the file that is in it")
        if missing:
            raise self.fault("no " + ", ".join(missing) + " in it")

    def header(self, name: str) -> Header:
        """Shape and type of the array `name`, as its header says.

        Raises:
            DataError: The header is broken, or not one that numpy writes for such arrays.
        """
        return self._guard(name, lambda: self._header(name))

    def array(self, name: str) -> npt.NDArray[Any]:
        """The array `name`, writable.

        Raises:
            DataError: The array is broken, or its length is not what its header says.
        """
        return self._guard(name, lambda: self._array(name))

    def blocks(self, name: str) -> Generator[npt.NDArray[Any]]:
        """The array `name` in parts of some megabytes along its first axis, in their order.

        Raises:
            DataError: As of `array`.
        """
        header = self.header(name)
        if header.fortran or not header.nbytes:
            yield self.array(name)
            return
        reading = self._blocks(name)
        while (block := self._guard(name, lambda: next(reading, None))) is not None:
            yield block

    def _open_zip(self) -> zipfile.ZipFile:
        start = self._file.read(2)
        if start != b"PK":
            raise self.fault("not a .npz file" if start else "the file is empty")
        # The function by which ZipFile itself finds its list of contents, which it reads whole.
        record = zipfile._EndRecData(self._file)  # type: ignore[attr-defined]
        if record and record[_CONTENTS_SIZE] > MAX_CONTENTS:
            raise self.fault(f"its list of contents is larger than {MAX_CONTENTS >> 20} MiB")
        return zipfile.ZipFile(self._file)

    def _header(self, name: str) -> Header:
        with self._open(name) as member:
            return self._parse(member, name)

    def _array(self, name: str) -> npt.NDArray[Any]:
        with self._open(name) as member:
            header = self._parse(member, name)
            raw, begin = np.empty(header.nbytes, np.uint8), 0
            # Until nothing comes: reaching the end is what makes zipfile compare checksums.
            while part := member.read(_PART):
                if begin + len(part) > header.nbytes:
                    begin = -1
                    break
                raw[begin : begin + len(part)] = np.frombuffer(part, np.uint8)
                begin += len(part)
        if begin != header.nbytes:
            raise self.fault(f"{name} is not as long as it says")
        flat = raw.view(header.dtype)
        return np.ascontiguousarray(flat.reshape(header.shape, order="F" if header.fortran else "C"))

    def _blocks(self, name: str) -> Generator[npt.NDArray[Any]]:
        with self._open(name) as member:
            header = self._parse(member, name)
            count = header.shape[0]
            row = header.nbytes // count
            rows = max(1, _BLOCK // row)
            for begin in range(0, count, rows):
                here = min(rows, count - begin)
                raw = member.read(here * row)
                if len(raw) != here * row:
                    raise self.fault(f"{name} is not as long as it says")
                yield np.frombuffer(raw, header.dtype).reshape(here, *header.shape[1:])
            # Reaching the end is what makes zipfile compare checksums.
            if member.read(1):
                raise self.fault(f"{name} is not as long as it says")

    def _open(self, name: str) -> Any:
        info = self._zip.getinfo(name + ".npy")
        if info.flag_bits & 1:
            raise self.fault(f"{name} is encrypted")
        # bz2 and lzma unpack without a bound, and numpy writes neither.
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.fault(f"{name} is compressed in a way numpy does not write")
        return self._zip.open(info)

    def _parse(self, member: Any, name: str) -> Header:
        # Version 1 bounds a header to 64 KiB; the later ones are for arrays of many named columns.
        if np.lib.format.read_magic(member) != (1, 0):
            raise self.fault(f"{name} is not a plain array")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(member)
        if dtype.hasobject:
            raise self.fault(f"{name} holds Python objects, which are never loaded from a file")
        header = Header(shape, dtype, fortran)
        if min(shape, default=0) < 0:
            raise self.fault(f"{name} says it is {shape_text(shape)}, which is absurd")
        if header.nbytes > self.most:
            size = f"{shape_text(shape)}, {gigabytes(header.nbytes)}"
            raise self.fault(f"{name} says it is {size}, and {gigabytes(self.most)} is the most")
        return header

    def _guard(self, name: str, read: Callable[[], T]) -> T:
        try:
            return read()
        except DataError:
            raise
        except Exception as error:  # zipfile, zlib and numpy raise a dozen kinds on broken bytes
            # A broken zip file sends the reader to impossible places, which is no fault of the disk.
            if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
                raise self.fault(reason(error)) from error
            what = f"{name} is broken" if name else "the .npz file is broken or cut short"
            raise self.fault(what) from error


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape in words, such as `[4708, 28, 28]`."""
    return "[" + ", ".join(f"{size:.3g}" if abs(size) > 10**9 else str(size) for size in shape) + "]"


def gigabytes(size: int) -> str:
    """A size in bytes in words, such as `6.0 GiB`."""
    return f"{size / 2**30:.3g} GiB" if size < 2**50 else "more than a million GiB"


def reason(error: Exception) -> str:
    """Why a file could not be read, in the operating system's words."""
    if isinstance(error, FileNotFoundError):
        return "no such file or folder"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "cannot be read"
