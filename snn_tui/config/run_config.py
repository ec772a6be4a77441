"""Everything that decides how a run goes: its configuration, presets, TOML."""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec

from snn_tui.config import layers
from snn_tui.config.options import DEMO, OPTIONS, PNEUMONIAMNIST, Option
from snn_tui.errors import UsageError

SIDE = 28
"""Pixels a side of every image."""

_Whole = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]
"""Of any size, but one that a float can hold; what makes sense, `OPTIONS` says."""


class RunConfig(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of what a run is decided by; the defaults are the published study's.

    Stored as `config.json` in the run directory. Make one with `build`, which checks every value.
    """

    preset: str = "paper"
    dataset: str = PNEUMONIAMNIST
    data: str | None = None
    fold: str | None = None
    read_test: str = "once"
    balance: str = "undersample"
    sampling: str = "once"
    augment: float = 0.0
    epochs: _Whole = 20
    batch_size: _Whole = 128
    optimizer: str = "adam"
    weight_decay: float = 0.0
    lr: float = 1e-3
    schedule: str = "drop"
    lr_drop_epoch: _Whole = 10
    lr_drop_factor: float = 0.1
    ema: float = 0.0
    encoding: str = "rate"
    num_steps: _Whole = 20
    train_steps: _Whole | None = None
    layers: str = "12C5-MP2-32C3-MP2"
    padding: str = "none"
    norm: str = "none"
    beta: float = 0.6
    leak: str = "fixed"
    surrogate: str = "fast_sigmoid"
    readout: str = "leaky"
    loss: str = "rate"
    label_smoothing: float = 0.0
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
    def comparable(self) -> bool:
        """Whether its scores on test may stand beside the published ones: x-rays, balanced."""
        return not self.synthetic and self.balance == "undersample"

    @property
    def title(self) -> str:
        """The run's name, made of preset, seed and fold where none was given: `paper-s4`, `paper-demo-s0`."""
        demo = ["demo"] if self.synthetic else []
        fold = [f"f{self.fold.replace('/', 'of')}"] if self.fold else []
        return self.name or "-".join([self.preset, *demo, f"s{self.seed}", *fold])

    def lr_at(self, epoch: int, progress: float = 0.0) -> float:
        """The learning rate within an epoch.

        `drop` multiplies it by `lr_drop_factor` after `lr_drop_epoch` epochs. `one-cycle` raises it from a
        25th to all of `lr` over the first quarter of the run, and lowers it to next to nothing over the rest,
        both along half a cosine (Smith & Topin 2018).

        Args:
            epoch: Counted from 1.
            progress: Share of its batches done, from 0 to 1.
        """
        if self.schedule == "drop":
            return self.lr * (self.lr_drop_factor if epoch > self.lr_drop_epoch else 1.0)
        done = (epoch - 1 + progress) / self.epochs
        if done < _RISE:
            return self.lr * _between(_FIRST, 1.0, done / _RISE)
        return self.lr * _between(1.0, _LAST, (done - _RISE) / (1 - _RISE))


_RISE, _FIRST, _LAST = 0.25, 0.04, 1e-4


def _between(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2


def _option(name: str) -> Option:
    if name not in OPTIONS:
        near = difflib.get_close_matches(name, OPTIONS, n=1)
        hint = f"did you mean {near[0]}?" if near else "the options are " + ", ".join(OPTIONS)
        raise UsageError(f"there is no option {name!r}", remedy=hint)
    return OPTIONS[name]


PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    "plus": {
        "balance": "none",
        "sampling": "balanced",
        "augment": 1.3,
        "batch_size": 64,
        "optimizer": "adamw",
        "weight_decay": 0.06,
        "lr": 5e-3,
        "schedule": "one-cycle",
        "ema": 0.995,
        "encoding": "direct",
        "train_steps": 4,
        "layers": "24C3-AP2-24C3-48C3-AP2-48C3-96C3-GAP",
        "padding": "same",
        "norm": "batch",
        "leak": "learned",
        "surrogate": "arctan",
        "readout": "integrate",
        "loss": "current",
        "label_smoothing": 0.1,
    },
}
"""Where a preset differs from the study, which is `paper`."""


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
    _check_layers(config)
    if config.fold is not None:
        number, many = (int(part) for part in config.fold.split("/"))
        if number > many or many < 2:
            raise UsageError(
                f"there is no fold {config.fold}",
                where="--fold",
                remedy="give which of how many, such as 1/5",
            )
    return config


def _check_layers(config: RunConfig) -> None:
    found, padded = layers.parse(config.layers), config.padding == "same"
    if padded and any(kernel % 2 == 0 for kernel in found.kernels):
        raise UsageError(
            f"{config.layers} has kernels of even size, which cannot keep a picture's size",
            where="--layers",
            remedy="give kernels of odd size, or --padding none",
        )
    if min(found.sizes(SIDE, padded=padded)) < 1:
        raise UsageError(
            f"{config.layers} leaves nothing of a picture of {SIDE} by {SIDE} pixels",
            where="--layers",
            remedy="give fewer pools, smaller kernels, or --padding same",
        )


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


class _Strict(RunConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For `config.json`: without an option of a later version, a network would be another one."""


def from_json(text: bytes) -> RunConfig:
    """Read a configuration back, checking every value again.

    Raises:
        UsageError: It is not the JSON of a configuration, or holds a value that is not allowed.
    """
    try:
        config = msgspec.json.decode(text, type=_Strict)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"not a run configuration: {error}") from error
    return build({name: getattr(config, name) for name in OPTIONS})
