"""Configurations as files: a run's `config.json`, and a TOML file of options."""

from __future__ import annotations

import codecs
import errno
import json
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from snn_tui.config.build import check_values, stored
from snn_tui.config.loop import of_loop
from snn_tui.config.own_network import check_described
from snn_tui.config.paths import open_file, typed_path
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import UsageError

TOML_LIMIT = 64 << 10
"""Largest file of options that is read, in bytes; tomllib takes a minute for a dotted name of a megabyte."""

_UTF8 = "utf-8-sig"
"""UTF-8, with or without the byte order mark that editors on Windows put before it."""

_TOML = "name a TOML file of lines like: epochs = 5"


def read_toml(path: Path, flag: str = "--config") -> dict[str, object]:
    """Read options from a TOML file of `name = value` lines; `batch-size` and `batch_size` are the same.

    Args:
        path: The file, as it was typed.
        flag: The option that names it, for errors.

    Raises:
        UsageError: The file cannot be read, is not TOML, or has a name or value that is not allowed.
    """
    table = read_table(path, flag)
    try:
        return check_values({name.replace("-", "_"): value for name, value in table.items()})
    except UsageError as error:
        raise UsageError(str(error), where=f"{flag} {path}", remedy=error.remedy) from None


def read_table(path: Path, flag: str, remedy: str = _TOML) -> dict[str, object]:
    """Read a TOML file of at most `TOML_LIMIT` bytes.

    Args:
        path: The file, as it was typed.
        flag: The option that names it, for errors.
        remedy: What to do where it is no TOML file.

    Raises:
        UsageError: The file cannot be read, or is not TOML.
    """
    import tomllib  # not before it is needed: the screens seldom do, and open sooner without it

    try:
        return tomllib.loads(_read(Path(typed_path(str(path)))).decode(_UTF8))
    except RecursionError as error:
        raise UsageError("nested too deeply", where=f"{flag} {path}", remedy=remedy) from error
    except OSError as error:
        raise UsageError(error.strerror or "cannot be read", where=f"{flag} {path}", remedy=remedy) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            "not valid TOML: it is not UTF-8", where=f"{flag} {path}", remedy="save it as UTF-8"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"not valid TOML: {error}", where=f"{flag} {path}", remedy=remedy) from error
    except ValueError as error:
        raise UsageError("a number has too many digits", where=f"{flag} {path}", remedy=remedy) from error


def _read(path: Path) -> bytes:
    with open_file(path) as file:
        content = file.read(TOML_LIMIT + 1)
    if len(content) > TOML_LIMIT:
        raise OSError(errno.EFBIG, f"larger than {TOML_LIMIT >> 10} KiB, the most a file of options may have")
    return content


def to_json(config: RunConfig) -> bytes:
    """The configuration as indented JSON, for `config.json`; of a loop of one's own what means something."""
    content: object = config
    if config.own_loop:
        content = {"name": config.name, "epochs": config.epochs, "loop": config.loop}
    return msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n"


def to_toml(values: Mapping[str, object], comment: str = "") -> bytes:
    """Options as a TOML file that `read_toml` reads.

    Args:
        values: Options by name, each a number or a text.
        comment: Lines to begin with.
    """
    lines = [f"# {line}" for line in comment.splitlines()]
    # The texts of JSON are texts of TOML.
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "".join(f"{line}\n" for line in lines).encode()


NEWER = "install a newer snn-tui, or choose another run"
"""What to do about the configuration of a version that is newer than this one."""

_UNKNOWN = re.compile(r"unknown field `([^`]*)`")


class _Strict(RunConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For `config.json`: without an option of a later version, a network would be another one."""


def from_json(text: bytes) -> RunConfig:
    """Read a configuration back, checking every value again.

    Raises:
        UsageError: The text is not the JSON of a configuration, or holds a value that is not allowed.
    """
    try:
        config = msgspec.json.decode(text.removeprefix(codecs.BOM_UTF8), type=_Strict)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if unknown := _UNKNOWN.search(str(error)):
            what = f"it has the option {unknown[1]!r}, so it was written by a newer version"
            raise UsageError(what, remedy=NEWER) from error
        raise UsageError(f"not a run configuration: {error}") from error
    if config.loop is not None:
        return of_loop(config.name or "", config.loop, config.epochs)
    if config.network is not None:
        check_described(config.network)
    return stored({name: getattr(config, name) for name in OPTIONS}, network=config.network)
