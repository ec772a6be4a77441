"""The libraries for NIR files, which are imported only where a graph is read or written."""

from __future__ import annotations

import importlib
from typing import Any

from snn_tui.errors import UsageError


def library(name: str, where: str) -> Any:
    """The package `nir` or `h5py`.

    Args:
        name: Which of them.
        where: The option or file it is for.

    Raises:
        UsageError: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        remedy = "pip install 'snn-tui[nir]'"
        raise UsageError(f"NIR graphs need the package {name}", where=where, remedy=remedy) from error
