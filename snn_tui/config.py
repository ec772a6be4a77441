"""Everything that decides how a run goes: options and their ranges, presets, TOML.

`OPTIONS` is the one table of what may be set. The command line, the form on the Train screen and the
TOML reader all check against it, so a bad value gets the same sentence everywhere.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from snn_tui.errors import UsageError

DEMO = "demo"
PNEUMONIAMNIST = "pneumoniamnist"


_Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""Of any size, but one that a float can hold; what makes sense, `OPTIONS` says."""


class RunConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of what a run is decided by; the defaults are the published study's.

    Stored as `config.json` in the run directory. Make one with `build`, which checks every value.
    """

    preset: str = "paper"
    dataset: str = PNEUMONIAMNIST
    data: str | None = None
    balance: str = "undersample"
    epochs: _Whole = 20
    batch_size: _Whole = 128
    lr: float = 1e-3
    lr_drop_epoch: _Whole = 10
    lr_drop_factor: float = 0.1
    num_steps: _Whole = 20
    beta: float = 0.6
    seed: _Whole = 0
    device: str = "auto"
    engine: str = "auto"
    precision: str = "float32"
    keep: str = "last"
    checkpoint_minutes: float = 10.0
    name: str | None = None

    @property
    def synthetic(self) -> bool:
        """Whether the run's images are generated phantoms, not x-rays."""
        return self.dataset == DEMO

    @property
    def title(self) -> str:
        """The run's name, made of preset and seed where none was given: `paper-s4`, `paper-demo-s0`."""
        return self.name or "-".join([self.preset, *(["demo"] if self.synthetic else []), f"s{self.seed}"])

    def lr_at(self, epoch: int) -> float:
        """Learning rate of an epoch, counted from 1: dropped once, after `lr_drop_epoch` epochs."""
        return self.lr * (self.lr_drop_factor if epoch > self.lr_drop_epoch else 1.0)


@dataclass(frozen=True)
class Option:
    """One thing that may be set, and what it may be set to.

    Args:
        name: The field of `RunConfig`.
        kind: int, float or str.
        help: One line for `--help`, the form and the docs.
        low: Smallest value allowed, for numbers.
        high: Largest value allowed, for numbers.
        choices: All values allowed, for words.
        pattern: A regular expression the whole text has to match, for free words.
        shape: The pattern in words.
    """

    name: str
    kind: type[int] | type[float] | type[str]
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    shape: str = ""

    @property
    def flag(self) -> str:
        """The option's name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def allowed(self) -> str:
        """The allowed range in words, such as `a whole number from 1 to 10000`."""
        if self.choices:
            return " or ".join(
                [", ".join(self.choices[:-1]), self.choices[-1]] if self.choices[1:] else self.choices
            )
        if self.kind is str:
            return self.shape
        number = "a whole number" if self.kind is int else "a number"
        return f"{number} from {_plain(self.low)} to {_plain(self.high)}"

    def check(self, value: object) -> Any:
        """Give the value in the option's own type.

        Args:
            value: A text as typed, or an already typed value.

        Raises:
            UsageError: The value is of the wrong type or out of range; the message names the range.
        """
        try:
            typed = self._convert(value)
        except (TypeError, ValueError, OverflowError):
            raise self._refusal(value) from None
        if isinstance(typed, str):
            if self.choices and typed not in self.choices:
                raise self._refusal(value)
            if self.pattern and not re.fullmatch(self.pattern, typed):
                raise self._refusal(value)
        elif not (_bound(self.low, -math.inf) <= typed <= _bound(self.high, math.inf)):
            raise self._refusal(value)
        return typed

    def _convert(self, value: object) -> int | float | str:
        if isinstance(value, bool):
            raise TypeError
        if self.kind is str:
            if not isinstance(value, str):
                raise TypeError
            return value
        if self.kind is int:
            if isinstance(value, float):
                raise TypeError
            return int(value)  # type: ignore[call-overload, no-any-return]
        return float(value)  # type: ignore[arg-type]

    def _refusal(self, value: object) -> UsageError:
        shown = repr(value) if len(repr(value)) <= 60 else repr(value)[:57] + "..."
        return UsageError(f"{shown} is not allowed", where=self.flag, remedy=f"give {self.allowed}")


def _plain(number: float | None) -> str:
    return f"{number:g}" if number is None or abs(number) < 1e6 or number != int(number) else str(int(number))


def _bound(limit: float | None, otherwise: float) -> float:
    return otherwise if limit is None else limit


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option("preset", str, "Network and training recipe.", choices=("paper",)),
        Option("dataset", str, "Where the images come from.", choices=(PNEUMONIAMNIST, DEMO)),
        Option(
            "data",
            str,
            "The data file, or the folder it lies in.",
            pattern=r"[^\0\ud800-\udfff]+",
            shape="a path that is Unicode",
        ),
        Option("balance", str, "Make both classes equally large.", choices=("undersample", "none")),
        Option("epochs", int, "Times the network sees every training image.", 1, 10_000),
        Option("batch_size", int, "Images a training step.", 1, 8192),
        Option("lr", float, "Learning rate of Adam.", 1e-7, 1.0),
        Option("lr_drop_epoch", int, "The epoch after which the learning rate drops.", 1, 10_000),
        Option("lr_drop_factor", float, "What the learning rate is multiplied by then.", 1e-4, 1.0),
        Option("num_steps", int, "Time steps an image is shown for.", 1, 1000),
        Option("beta", float, "Membrane decay a step of the leaky neurons.", 0.0, 1.0),
        Option("seed", int, "Decides weights, order, balance and spikes.", 0, 2**32 - 1),
        Option(
            "device",
            str,
            "What to compute on.",
            pattern=r"auto|cpu|mps|cuda(:\d{1,3})?",
            shape="auto, cpu, cuda, cuda:N or mps",
        ),
        Option(
            "engine",
            str,
            "What computes: fused is fastest on the CPU, batched on a GPU, reference is snnTorch itself.",
            choices=("auto", "reference", "fused", "batched"),
        ),
        Option(
            "precision",
            str,
            "Numbers the batched engine convolves with.",
            choices=("float32", "bfloat16"),
        ),
        Option(
            "checkpoint_minutes",
            float,
            "Minutes between checkpoints within an epoch.",
            0.01,
            10_000,
        ),
        Option("keep", str, "Which weights the run ends with.", choices=("last", "best")),
        Option(
            "name",
            str,
            "Name of the run.",
            pattern=r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
            shape="up to 64 letters, digits, '.', '_' and '-'",
        ),
    )
}


def _option(name: str) -> Option:
    if name not in OPTIONS:
        near = difflib.get_close_matches(name, OPTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else "the options are " + ", ".join(OPTIONS)
        raise UsageError(f"there is no option {name!r}", remedy=hint)
    return OPTIONS[name]


PRESETS: dict[str, dict[str, Any]] = {"paper": {}}


def build(given: Mapping[str, object], *, toml: Mapping[str, object] | None = None) -> RunConfig:
    """Make a checked `RunConfig`: the preset's values, then the TOML file's, then those given.

    Args:
        given: Options set by hand, by field name; None means not set.
        toml: Options of a file, from `read_toml`.

    Raises:
        UsageError: A name is unknown, a value is not allowed, or two options contradict each other.
    """
    chosen = {**(toml or {}), **{name: value for name, value in given.items() if value is not None}}
    checked = {name: _option(name).check(value) for name, value in chosen.items()}
    config = RunConfig(**{**PRESETS[checked.get("preset", "paper")], **checked})
    if config.synthetic and config.data is not None:
        raise UsageError(
            "the demo makes its own images and reads no file",
            where="--data",
            remedy="leave out either --data or --demo",
        )
    return config


RESUMABLE = {
    "epochs": "may only grow",
    "device": "changes rounding, not the recipe",
    "engine": "changes rounding, not the recipe",
    "data": "the file may have moved; its images are compared",
    "checkpoint_minutes": "does not touch the result",
}
"""Options that may change when a run is resumed, and why."""


def rebuild(config: RunConfig, given: Mapping[str, object], *, epochs_done: int = 0) -> RunConfig:
    """The configuration a run is resumed with: its own, with the changes that make sense.

    Args:
        config: What the run began with.
        given: Options set by hand, by field name; None means not set.
        epochs_done: Epochs the run has completed.

    Raises:
        UsageError: A value is not allowed, or differs from the run's where it must not; all such are named.
    """
    changed = {name: OPTIONS[name].check(value) for name, value in given.items() if value is not None}
    changed = {name: value for name, value in changed.items() if value != getattr(config, name)}
    refused = [name for name in changed if name not in RESUMABLE]
    if refused:
        differing = ", ".join(
            f"{OPTIONS[name].flag} {getattr(config, name)} -> {changed[name]}" for name in refused
        )
        raise UsageError(
            f"a resumed run keeps its configuration, but this differs: {differing}",
            where="--resume",
            remedy=f"leave it out (only {', '.join(OPTIONS[name].flag for name in RESUMABLE)} may change), "
            "or start a new run",
        )
    epochs = changed.get("epochs", config.epochs)
    if epochs < max(config.epochs if "epochs" in changed else 0, epochs_done):
        raise UsageError(
            f"{epochs} epochs are fewer than the run has ({max(config.epochs, epochs_done)})",
            where="--epochs",
            remedy="give more epochs, or start a new run",
        )
    return build({**{name: getattr(config, name) for name in OPTIONS}, **changed})


_TOML = "name a TOML file of lines like: epochs = 5"


def read_toml(path: Path) -> dict[str, object]:
    """Read options from a TOML file of `name = value` lines; `batch-size` and `batch_size` are the same.

    Raises:
        UsageError: The file cannot be read, is not TOML, or has a name or value that is not allowed.
    """
    import tomllib  # not before it is needed: the screens seldom do, and open sooner without it

    try:
        with path.open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise UsageError(
            error.strerror or "cannot be read", where=f"--config {path}", remedy=_TOML
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"not valid TOML: {error}", where=f"--config {path}", remedy=_TOML) from error
    fields = {name.replace("-", "_"): value for name, value in table.items()}
    try:
        return {name: _option(name).check(value) for name, value in fields.items()}
    except UsageError as error:
        raise UsageError(str(error), where=f"--config {path}", remedy=error.remedy) from None


def to_json(config: RunConfig) -> bytes:
    """The configuration as indented JSON, for `config.json`."""
    return msgspec.json.format(msgspec.json.encode(config), indent=2) + b"\n"


def from_json(text: bytes) -> RunConfig:
    """Read a configuration back, checking every value again.

    Raises:
        UsageError: It is not the JSON of a configuration, or holds a value that is not allowed.
    """
    try:
        config = msgspec.json.decode(text, type=RunConfig)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"not a run configuration: {error}") from error
    return build({name: getattr(config, name) for name in OPTIONS})
