"""The events of a run, one JSON object a line in `events.jsonl`.

Every event carries `type`, the version `v` and `t`, seconds since the trainer started. A reader skips and
counts what it does not know: an unknown type, a newer version, a broken line.
"""

from __future__ import annotations

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.values.dataset import DatasetSummary
from snn_tui.values.numbers import ByName, Count
from snn_tui.values.scores import Scores

VERSION = 1


# No event refers back to itself, so the garbage collector need not look at the many there are.
class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True, gc=False):
    """What every event carries: `t` in seconds since the trainer started, `v` the version written."""

    t: float
    v: int = VERSION


class Preparing(Event, frozen=True, kw_only=True):
    """Something before training takes a while, such as a download; `done` from 0 to 1, None if unknown."""

    what: str
    done: float | None = None


class RunStarted(Event, frozen=True, kw_only=True):
    """The trainer is ready for its first batch.

    `started_at` is in seconds since the epoch (UTC); `layers` maps each layer to its neurons;
    `batches` is training batches an epoch, 0 where a loop of the user's own did not tell;
    `engine_note` says why a faster engine was not taken;
    `threads` is how many compute on the CPU, 0 for versions that did not record it.
    """

    name: str
    config: RunConfig
    dataset: DatasetSummary
    device: str
    engine: str
    engine_note: str = ""
    parameters: Count
    layers: ByName[Count]
    batches: Count
    images: Count
    started_at: float
    pid: Count
    host: str
    versions: ByName[str]
    threads: Count = 0


class Progress(Event, frozen=True, kw_only=True):
    """Batches trained since the last such event (at most ten a second are written).

    `batch` of `batches` in epoch `epoch` is done, all counted from 1; `losses` holds one mean loss a batch,
    the last one for `batch`; `images_per_s` is averaged over the last few seconds of training.
    `gradient_norm` is the Euclidean norm of the gradient of that batch, None in files of earlier versions. A
    loop of the user's own need not tell learning rate and images, and may log other numbers: `metrics` holds
    the mean of each over these batches.
    """

    epoch: Count
    batch: Count
    losses: list[float | None]
    lr: float | None
    images_per_s: float | None
    gradient_norm: float | None = None
    metrics: ByName[float | None] = {}


class EpochEnded(Event, frozen=True, kw_only=True):
    """An epoch was trained and evaluated on val; `train_loss` is its mean, `seconds` what it took.

    `metrics` holds what else a loop of the user's own logged of it.
    """

    epoch: Count
    train_loss: float | None
    val: Scores
    lr: float | None
    seconds: float
    metrics: ByName[float | None] = {}


class CheckpointSaved(Event, frozen=True, kw_only=True):
    """Weights and resume state were written after `batch` batches of `epoch` (batch 0: the epoch is done).

    `weights` tells whether `model.safetensors` was replaced too, and not only the resume state.
    """

    epoch: Count
    batch: Count
    weights: bool


class Paused(Event, frozen=True, kw_only=True):
    """Training holds at the end of a batch, until the request to pause is gone."""


class Resumed(Event, frozen=True, kw_only=True):
    """Training goes on after a pause, in the same trainer; a run resumed by another has a `RunStarted`."""


class Noted(Event, frozen=True, kw_only=True):
    """Something the user should know about the training, in one sentence; said once."""

    text: str


class Diagnosed(Event, frozen=True, kw_only=True):
    """Something is wrong with the training, see `runs.diagnosis`; all fields are empty once nothing is.

    `name` is the rule that found it, `text` what is wrong, `remedy` one thing to do about it.
    """

    name: str = ""
    text: str = ""
    remedy: str = ""


class Heartbeat(Event, frozen=True, kw_only=True):
    """A sign of life: CPU in percent of one core, memory in bytes.

    Of the GPU, if any: use in percent, memory in bytes, temperature in degrees Celsius and power in watts.
    """

    cpu: float
    memory: Count
    gpu: float | None = None
    gpu_memory: Count | None = None
    gpu_temperature: float | None = None
    gpu_power: float | None = None


class RunFinished(Event, frozen=True, kw_only=True):
    """The run is complete.

    `test` is the one evaluation on test, with the weights of epoch `kept_epoch`; None where the run was told
    never to read it.
    """

    test: Scores | None
    kept_epoch: Count
    seconds: float


class RunFailed(Event, frozen=True, kw_only=True):
    """The run ended with an error, in the three parts of `SnnTuiError`, and the exit code."""

    what: str
    where: str
    remedy: str
    exit_code: int

    @classmethod
    def of(cls, error: SnnTuiError, t: float) -> RunFailed:
        """The event for an error that ends a run at a time."""
        return cls(t=t, what=error.what, where=error.where, remedy=error.remedy, exit_code=error.exit_code)


class RunStopped(Event, frozen=True, kw_only=True):
    """The run was told to stop, by the named signal, and can be resumed."""

    signal: str


AnyEvent = (
    Preparing
    | RunStarted
    | Progress
    | EpochEnded
    | CheckpointSaved
    | Paused
    | Resumed
    | Noted
    | Diagnosed
    | Heartbeat
    | RunFinished
    | RunFailed
    | RunStopped
)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """One line of JSON, newline included.

    Numbers that are not finite become null. File names that are no Unicode (lone surrogates) lose what JSON
    cannot carry.
    """
    try:
        return _encoder.encode(event) + b"\n"
    except UnicodeEncodeError:
        return _encoder.encode(_unicode(msgspec.to_builtins(event))) + b"\n"


def decode(line: bytes) -> AnyEvent | None:
    """The event of one line, or None where the line is no event this version knows."""
    try:
        event = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return event if event.v <= VERSION else None


def decode_lines(lines: bytes) -> list[AnyEvent] | None:
    """The events of several whole lines, newlines included; None unless every line is an event."""
    try:
        events: list[AnyEvent] = _decoder.decode_lines(lines)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(events) != lines.count(b"\n") or any(event.v > VERSION for event in events):
        return None
    return events


def _unicode(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_unicode(item) for item in value]
        case dict():
            return {_unicode(name): _unicode(item) for name, item in value.items()}
    return value
