"""`--network FILE.py:FUNCTION`: which file and function make a run's network, as named and as written down.

Code is run only from a file that whoever starts a process names: on the command line, which hands it to the
processes that it starts by an environment variable. A run's configuration says which file it was, and its
checksum, for people and for comparing; nothing is ever read from a path that a configuration names.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from snn_tui.config.paths import open_file, typed_path
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.values.own_network import OwnNetwork
from snn_tui.values.words import printable

FLAG = "--network"
VARIABLE = "SNN_TUI_NETWORK"
"""Hands what the command line named to the processes that it starts, with an absolute path."""

SOURCE_LIMIT = 1 << 20
"""Largest file of a network of one's own that is read, in bytes."""

NO_EFFECT = ("layers", "padding", "norm", "neuron", "beta", "leak", "surrogate", "readout")
"""Options that say how a network of this program is made, and mean nothing beside one of the user's own."""

_SHAPE = "give FILE.py:FUNCTION"
_LONGEST = 4096  # characters of a path


@dataclass(frozen=True)
class NamedNetwork:
    """A file of code that the command line named, as it is now.

    Args:
        path: Its absolute path.
        source: Its content.
        described: What a configuration says of it.
    """

    path: str
    source: bytes
    described: OwnNetwork


def check_described(described: OwnNetwork) -> None:
    """Check what a configuration says of a network.

    Raises:
        UsageError: It is nothing that a command line could have named.
    """
    checksum = described.sha256
    if (
        len(checksum) != 64
        or set(checksum) - set("0123456789abcdef")
        or not described.function.isidentifier()
        or not 0 < len(described.file) <= _LONGEST
    ):
        raise UsageError("says of no file and function of a network", where="network", remedy=_SHAPE)


def hand_over(named: str | None) -> None:
    """Let this process and those that it starts know what the command line named; None for nothing.

    What the environment said before is forgotten.

    Raises:
        UsageError: The file cannot be read, or the text names none.
    """
    os.environ.pop(VARIABLE, None)
    if named is not None:
        file, function = _parts(named)
        read(named)
        os.environ[VARIABLE] = f"{os.path.abspath(typed_path(file))}:{function}"


def named_network() -> NamedNetwork | None:
    """What the command line that started this process named; None for nothing.

    Raises:
        UsageError: The file cannot be read.
    """
    text = os.environ.get(VARIABLE)
    return read(text) if text else None


def read(named: str) -> NamedNetwork:
    """The file of code that a text names.

    Raises:
        UsageError: It cannot be read, is too large, or the text names none.
    """
    file, function = _parts(named)
    path = os.path.abspath(typed_path(file))
    try:
        with open_file(Path(path)) as opened:
            source = opened.read(SOURCE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{printable(file)}: {reason}", where=FLAG, remedy=_SHAPE) from error
    if len(source) > SOURCE_LIMIT:
        what = f"{printable(file)} is larger than {SOURCE_LIMIT >> 20} MiB"
        raise UsageError(what, where=FLAG, remedy="keep data in another file")
    described = OwnNetwork(file=file, function=function, sha256=hashlib.sha256(source).hexdigest())
    return NamedNetwork(path, source, described)


def with_network(config: RunConfig) -> RunConfig:
    """The configuration of a new run with the network that the command line named, if it named one.

    Raises:
        UsageError: The file cannot be read, or an option does not go with it.
    """
    named = named_network()
    if named is None:
        return config
    config = msgspec.structs.replace(config, network=named.described)
    check_own_network(config)
    return config


def as_named_now(config: RunConfig) -> RunConfig:
    """The configuration of a new run with what there is now in the file of its network, if it is one's own.

    Raises:
        RunError: As `network_of_run` does.
        UsageError: As `with_network` does.
    """
    return config if network_of_run(config) is None else with_network(config)


def network_of_run(config: RunConfig) -> NamedNetwork | None:
    """The file to make a run's network by; None for a network that this program makes itself.

    Raises:
        RunError: It is the user's own, and the command line named no file for it.
        UsageError: The file cannot be read.
    """
    own = config.network
    if own is None:
        return None
    named = named_network()
    if named is None:
        raise RunError(
            f"its network is made by {own.text}, and code is not run because a run names it",
            where=FLAG,
            remedy=f"give {FLAG} FILE.py:{printable(own.function, 80)}",
        )
    return named


def difference(config: RunConfig) -> str:
    """In what the file and function named are not those a run was trained with; empty if they are.

    Raises:
        RunError, UsageError: As `network_of_run` does.
    """
    named = network_of_run(config)
    if named is None or config.network is None:
        return ""
    if named.described.function != config.network.function:
        return (
            f"the run's network was made by {printable(config.network.function, 80)}, and "
            f"{printable(named.described.text)} was named"
        )
    if named.described.sha256 == config.network.sha256:
        return ""
    return (
        f"{printable(named.described.text)} is not the file that the run was trained with: its checksum is "
        f"{named.described.sha256[:12]}, not {config.network.sha256[:12]}"
    )


def check_own_network(config: RunConfig) -> None:
    """Check that a configuration asks nothing of a network of the user's own that it cannot have.

    Raises:
        UsageError: It does.
    """
    for refused, flag, what, remedy in (
        (config.neuron != "leaky", "--neuron", "your network has its own neurons", "leave it out"),
        (config.engine not in ("auto", "reference"), "--engine", _NO_ENGINE, "give --engine auto"),
        (config.precision != "float32", "--precision", _NO_ENGINE, "leave it out"),
        (config.devices > 1, "--devices", "one process trains a network of your own", "give --devices 1"),
        (
            config.spike_penalty > 0,
            "--spike-penalty",
            "it weighs spikes by the synapses that they reach, which are not known of your network",
            "leave it out",
        ),
    ):
        if refused:
            raise UsageError(what, where=flag, remedy=remedy)


def as_option(described: OwnNetwork) -> str:
    """What `--network` was given, not made printable: for a command line."""
    return f"{described.file}:{described.function}"


def flag_words(config: RunConfig | None) -> list[str]:
    """`--network` and its value for a command line on a run; nothing for a network of this program's.

    The path is the one that this process's command line named, where that file has the name of the run's. A
    run's own path is never suggested: whoever pasted the command would run code because a run names it.

    Args:
        config: The run's configuration; None where that is not known.
    """
    if config is None or config.network is None:
        return []
    file = (os.environ.get(VARIABLE) or "").rpartition(":")[0]
    if os.path.basename(file) != os.path.basename(config.network.file):
        file = "FILE.py"
    return [FLAG, f"{file}:{config.network.function}"]


_NO_ENGINE = "only the reference engine computes a network of your own, in float32"


def of_no_effect(given: dict[str, object]) -> None:
    """Refuse options of the network beside one of the user's own, which has none of them.

    Args:
        given: Options set by hand or in a file, by field name.

    Raises:
        UsageError: There is one.
    """
    for name in NO_EFFECT:
        if name in given:
            raise UsageError(
                f"says how a network of snn-tui is made, and {FLAG} names one of your own",
                where="--" + name,
                remedy="leave one of them out",
            )


def _parts(named: str) -> tuple[str, str]:
    file, colon, function = named.rpartition(":")
    if not (colon and file and function.isidentifier()) or "\0" in file:
        raise UsageError(f"{printable(named)} names no file and function", where=FLAG, remedy=_SHAPE)
    return file, function
