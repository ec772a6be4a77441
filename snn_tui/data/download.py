"""Downloading a set of MedMNIST by the medmnist package, all of it or nothing.

medmnist leaves the transfer and the MD5 check to torchvision. It hides every cause behind one sentence and
draws its own progress bar on stderr; here the cause is found again and the bar replaced.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import os
import socket
import tempfile
import urllib.error
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from snn_tui.config.paths import home_folder
from snn_tui.config.run_config import SIDE
from snn_tui.data.dataset import OnProgress
from snn_tui.errors import DataError

TIMEOUT = 15.0  # seconds without a byte before a server counts as silent
REMEDY = "download it elsewhere and give the file with --data, or use --demo, which needs none"


def fetch(
    flag: str, name: str, on_progress: OnProgress = lambda what, fraction: None, side: int = SIDE
) -> Path:
    """Download the official file into medmnist's own folder, `~/.medmnist`, checked by its MD5.

    The file appears there whole or not at all: it grows in a folder beside it, which is removed whatever
    happens, and is moved into place at the end.

    Args:
        flag: The set's name in the medmnist package.
        name: Its name for people.
        on_progress: Called as bytes arrive. An exception it raises ends the download and is passed on.
        side: Height and width of its images in pixels: 28, 64, 128 or 224.

    Raises:
        DataError: There is no network, the server refused, the file did not arrive whole, or there is no
            home folder or no room on the disk to keep it in.
    """
    size = "" if side == SIDE else f"_{side}"
    file = f"{flag}{size}.npz"
    target = home_file(file)
    if target is None:
        what = "there is no home folder to keep the download in"
        raise DataError(what, where="$HOME", remedy=f"set HOME to a folder, or {REMEDY}")
    on_progress(f"downloading {name}", None)
    with _file_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        growing = tempfile.TemporaryDirectory(
            prefix=f".{flag}-", dir=target.parent, ignore_cleanup_errors=True
        )
    with growing as folder:
        _fetch_into(folder, flag, size, _Bar(name, on_progress))
        with _file_errors(target):
            os.replace(Path(folder, file), target)
    return target


def home_file(file: str) -> Path | None:
    """Where medmnist keeps its copy of a file, `~/.medmnist/FILE`; None for a user without a home."""
    home = home_folder()
    return home and home / ".medmnist" / file


@contextlib.contextmanager
def _file_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(_sentence(error), where=str(target), remedy=REMEDY) from error


class _Bar:
    """Stands in for tqdm where torchvision uses it, and reports progress to `on_progress`."""

    def __init__(self, name: str, on_progress: OnProgress) -> None:
        self._what = f"downloading {name}"
        self._on_progress = on_progress
        self.total: int | None = None
        self.received = 0
        self.raised: BaseException | None = None

    def __call__(self, *args: object, total: int | None = None, **kwargs: object) -> Self:
        """Called by torchvision as if to make a bar, once for each attempt."""
        self.total, self.received = total, 0
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def update(self, count: int = 1) -> None:
        self.received += count
        try:
            self._on_progress(self._what, min(self.received / self.total, 1.0) if self.total else None)
        except BaseException as error:
            self.raised = error  # torchvision or medmnist may swallow it
            raise


def _fetch_into(folder: str, flag: str, size: str, bar: _Bar) -> None:
    """Download a file; `size` is what stands behind the flag in its name."""
    medmnist, torchvision_utils = _packages()
    info = medmnist.INFO[flag]
    url = info[f"url{size}"]
    try:
        with _replaced(torchvision_utils, "tqdm", bar), _socket_timeout():
            # As medmnist's own download does, which then reads all of it into memory.
            torchvision_utils.download_url(url, folder, f"{flag}{size}.npz", info[f"MD5{size}"])
    except Exception as error:
        if bar.raised is not None:
            raise bar.raised from None
        chain = list(_chain(error))
        for link in chain:
            if not isinstance(link, Exception):
                raise link from None  # ctrl+c and the like, which medmnist takes for a failed download
        raise DataError(_explain(chain, bar), where=url, remedy=REMEDY) from error


def _packages() -> tuple[Any, Any]:
    # Imported here: medmnist imports torch. Where it lacks something, it prints so and goes on.
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import medmnist
            import torchvision.datasets.utils as utils
        except ImportError as error:
            raise DataError(f"the medmnist package cannot be imported: {error}", remedy=REMEDY) from error
    if not hasattr(medmnist, "PneumoniaMNIST"):
        raise DataError("the medmnist package lacks one it needs", where="medmnist", remedy=REMEDY)
    return medmnist, utils


@contextlib.contextmanager
def _replaced(module: Any, name: str, value: object) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


@contextlib.contextmanager
def _socket_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _explain(chain: list[BaseException], bar: _Bar) -> str:
    broken_off = bar.total is not None and bar.received < bar.total
    for link in reversed(chain):
        if isinstance(link, urllib.error.HTTPError):
            return f"the server answered {link.code} {link.reason}".rstrip()
    for link in reversed(chain):
        if isinstance(link, OSError) and not isinstance(link, urllib.error.URLError):
            return _sentence(link)
    if broken_off or any(isinstance(link, http.client.HTTPException) for link in chain):
        return f"the connection broke off after {bar.received / 1e6:.1f} MB"
    if bar.received:
        return "what arrived is not the file expected: its MD5 differs"
    return f"the download failed: {chain[-1]}"


def _sentence(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:.0f} seconds"
    if isinstance(error, socket.gaierror):
        return "the server's name was not found: is there a network?"
    return (error.strerror or str(error) or "the system refused").lower()
