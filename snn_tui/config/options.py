"""What may be set about a run: each option, its range in numbers and in words.

`OPTIONS` is the one table of it. The command line, the form on the Train screen and the TOML reader all check
against it, so a bad value gets the same sentence everywhere.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from snn_tui.config import layers
from snn_tui.errors import UsageError

DEMO = "demo"
PNEUMONIAMNIST = "pneumoniamnist"


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
        Option(
            "preset",
            str,
            "Network and recipe: paper is the study's, plus judges better.",
            choices=("paper", "plus"),
        ),
        Option("dataset", str, "Where the images come from.", choices=(PNEUMONIAMNIST, DEMO)),
        Option(
            "data",
            str,
            "The data file, or the folder it lies in.",
            pattern=r"[^\0\ud800-\udfff]+",
            shape="a path that is Unicode",
        ),
        Option(
            "fold",
            str,
            "Judge by this fold of train in place of val.",
            pattern=r"[1-9]\d?/[1-9]\d?",
            shape="which of how many, such as 1/5",
        ),
        Option("read_test", str, "Judge by test once, at the end, or never.", choices=("once", "never")),
        Option("balance", str, "Make both classes equally large.", choices=("undersample", "none")),
        Option(
            "sampling",
            str,
            "Every training image once an epoch, or as many draws with both classes alike.",
            choices=("once", "balanced"),
        ),
        Option(
            "augment",
            float,
            "How far training images are turned, scaled, shifted and lit differently; 0 not at all.",
            0.0,
            3.0,
        ),
        Option("epochs", int, "Times the network sees every training image.", 1, 10_000),
        Option("batch_size", int, "Images a training step.", 1, 8192),
        Option(
            "optimizer",
            str,
            "Adam, or AdamW, whose weight decay does not pass through its moments.",
            choices=("adam", "adamw"),
        ),
        Option("weight_decay", float, "How much weights shrink, in units of the learning rate.", 0.0, 1.0),
        Option("lr", float, "Learning rate, at its highest.", 1e-7, 1.0),
        Option(
            "schedule",
            str,
            "The learning rate drops once, or rises and falls in one cycle.",
            choices=("drop", "one-cycle"),
        ),
        Option("lr_drop_epoch", int, "The epoch after which the learning rate drops.", 1, 10_000),
        Option("lr_drop_factor", float, "What the learning rate is multiplied by then.", 1e-4, 1.0),
        Option(
            "ema",
            float,
            "Judge by weights averaged over training, of which such a share stays each step; 0 not.",
            0.0,
            0.9999,
        ),
        Option(
            "encoding",
            str,
            "Pixels spike at a rate, or their brightness is a constant current.",
            choices=("rate", "direct"),
        ),
        Option("num_steps", int, "Time steps an image is shown for.", 1, 1000),
        Option(
            "train_steps",
            int,
            "Time steps in training; as many as an image is shown for if left out.",
            1,
            1000,
        ),
        Option(
            "layers",
            str,
            "Convolutions and pools before the readout.",
            pattern=layers.PATTERN,
            shape=layers.SHAPE,
        ),
        Option(
            "padding",
            str,
            "Whether convolutions shrink the picture or keep its size.",
            choices=("none", "same"),
        ),
        Option(
            "norm", str, "Normalise currents over each batch and its time steps.", choices=("none", "batch")
        ),
        Option("beta", float, "Membrane decay a step of the leaky neurons.", 0.0, 1.0),
        Option(
            "leak",
            str,
            "Whether beta stays as it is or each hidden layer learns its own.",
            choices=("fixed", "learned"),
        ),
        Option(
            "surrogate",
            str,
            "What stands in for a spike's derivative.",
            choices=("fast_sigmoid", "arctan"),
        ),
        Option(
            "readout",
            str,
            "Output neurons leak as the others do, or keep all that they integrate.",
            choices=("leaky", "integrate"),
        ),
        Option(
            "loss",
            str,
            "Cross entropy on the output spikes of every step, or on the mean output current.",
            choices=("rate", "current"),
        ),
        Option("label_smoothing", float, "Share of a label that is spread over both classes.", 0.0, 0.5),
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
