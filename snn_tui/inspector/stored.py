"""Answers about a run of a training loop of the user's own: from the traces it stored, without a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from snn_tui.data.picture.png import png
from snn_tui.errors import RunError, UsageError
from snn_tui.inspector import model_messages, protocol, run_messages
from snn_tui.runs.beginning import beginning_of
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config, read_network_config
from snn_tui.runs.traces import StoredTrace, read_trace, traces_of
from snn_tui.values.dataset import Picture
from snn_tui.values.decision import margin, predicted
from snn_tui.values.image_ref import ImageRef, SplitImage
from snn_tui.values.image_statistics import NO_INPUT, ImageWarning
from snn_tui.values.layer_spikes import LayerSpikes
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace, above_all

TRACES = "traces"
"""What stands for the split of the stored images."""

STORED = "stored"
"""What stands for the coding of their images: nothing of it is known, and nothing can be drawn anew."""

Answer = protocol.AnyAnswer
_BLANK = 8  # pixels a side of the picture where nothing was stored that could be one


def is_own(run: run_messages.RunRef) -> bool:
    """Whether a loop of the user's own wrote a run; raises as `read_config` does."""
    return read_config(RunDir(Path(run.path))).own_loop


def answer_stored(question: run_messages.OpenRun | protocol.RunQuestion) -> Answer:
    """The answer to a question about a run of a loop of the user's own.

    Raises:
        RunError: The run stored no trace, one cannot be read, or only a network could answer.
        UsageError: There is no trace of that index.
    """
    run = RunDir(Path(question.run.path))
    match question:
        case run_messages.OpenRun():
            return _facts(run)
        case run_messages.TraceImage(_, image, _):
            return run_messages.TraceResult(_trace(run, _read(run, image)), _epoch(run))
        case run_messages.RecordLayers(_, image, _):
            return run_messages.HiddenLayers(_read(run, image).hidden)
        case run_messages.PredictSplit(_, split) if split == TRACES:
            return _predictions(run)
        case run_messages.ExportImages(_, split, indices) if split == TRACES:
            pictures = [_trace(run, _read(run, SplitImage(TRACES, index))).picture for index in indices]
            return run_messages.PngFiles([_png(picture) for picture in pictures])
        case model_messages.MeasureActivity() | _:
            read_network_config(run)  # says that there is no network
            raise AssertionError


def _facts(run: RunDir) -> run_messages.RunFacts:
    files = traces_of(run)
    if not files:
        raise RunError(
            "written by a training loop of your own, which stored no trace so far",
            where=run.name,
            remedy="call run.trace for an image in the loop",
        )
    started = beginning_of(run)
    return run_messages.RunFacts(
        name=run.name,
        dataset=started.dataset.name if started else "",
        synthetic=False,
        stand_in=False,
        notice="",
        sizes={TRACES: len(files)},
        epoch=_epoch(run),
        coding=STORED,
        task=_task(run, read_trace(files[0])),
    )


def _read(run: RunDir, image: ImageRef) -> StoredTrace:
    files = traces_of(run)
    if not isinstance(image, SplitImage) or image.inverted:
        read_network_config(run)
    assert isinstance(image, SplitImage)
    if image.split != TRACES or not 0 <= image.index < len(files):
        raise UsageError(
            f"{image.split} has no image {image.index}",
            where="--index",
            remedy=f"give a number from 0 to {len(files) - 1}",
        )
    return read_trace(files[image.index])


def _epoch(run: RunDir) -> int:
    """The epoch of the latest trace."""
    files = traces_of(run)
    latest = max(files, key=lambda path: path.lstat().st_mtime_ns, default=None)
    return 0 if latest is None else read_trace(latest).epoch


def _task(run: RunDir, stored: StoredTrace) -> Task:
    """What was asked, with a class for each output neuron."""
    started, names = beginning_of(run), tuple(stored.outputs)
    if started is not None and started.dataset.task.classes == names:
        return started.dataset.task
    return Task(name=started.dataset.name if started else "", classes=names, kind="multiclass")


def _trace(run: RunDir, stored: StoredTrace) -> Trace:
    task, outputs, steps = _task(run, stored), len(stored.outputs), stored.steps
    warnings = []
    membranes = [tuple(0.0 if value is None else value for value in row) for row in stored.membranes]
    if any(value is None for row in stored.membranes for value in row):
        said = "membranes that are no finite numbers are drawn as 0"
        warnings.append(ImageWarning("membranes not finite", said))
    if not membranes:
        membranes = [(0.0,) * outputs] * steps
        warnings.append(ImageWarning("membranes not stored", "the membranes of the output were not stored"))
    spikes = [tuple(row) for row in stored.spikes]
    threshold, known = stored.threshold, bool(spikes)
    if not spikes:
        spikes = [(0,) * outputs] * steps
        threshold = above_all(membranes)
        warnings.append(ImageWarning("outputs do not spike", "the membranes of the last step decide"))
    picture, words = _picture(stored)
    if words:
        warnings.append(words)
    fed = _input(stored, picture)
    if fed is None:
        kind = NO_INPUT[1] if stored.input else NO_INPUT[0]
        warnings.append(ImageWarning(kind, "what went into the network is not drawn"))
        coding, spikes_in = "direct", [picture.pixels] * steps
    else:
        coding, spikes_in = ("rate" if stored.input and stored.input.most is None else "direct"), fed
    return Trace(
        picture=picture,
        spikes_in=spikes_in,
        spikes_out=spikes,
        membranes=membranes,
        threshold=threshold,
        threshold_known=known,
        draw=0,
        synthetic=False,
        task=task,
        coding=coding,
        warnings=warnings,
        stored=f"{stored.name or 'without a name'}, epoch {stored.epoch}",
    )


def _plane(layer: LayerSpikes) -> tuple[int, int]:
    """Rows and columns that a layer is drawn with: neurons in a row become a square."""
    if layer.height * layer.width > 1:
        return layer.height, layer.width
    columns = int(np.ceil(np.sqrt(layer.channels)))
    return -(-layer.channels // columns), columns


def _planes(layer: LayerSpikes) -> NDArray[np.uint8]:
    """`[T, H, W]` the strongest channel at each place."""
    height, width = _plane(layer)
    values = np.stack([np.frombuffer(step, np.uint8) for step in layer.spikes])
    if layer.height * layer.width > 1:
        strongest: NDArray[np.uint8] = values.reshape(len(values), layer.channels, height, width).max(1)
        return strongest
    padded = np.zeros((len(values), height * width), np.uint8)
    padded[:, : layer.channels] = values
    return padded.reshape(len(values), height, width)


def _picture(stored: StoredTrace) -> tuple[Picture, ImageWarning | None]:
    """The image; else the mean of the input over time."""
    label = None if stored.label is None or stored.label >= len(stored.outputs) else (stored.label,)
    if stored.picture is not None:
        shown = stored.picture
        return Picture(
            pixels=shown.pixels,
            height=shown.height,
            width=shown.width,
            labels=label,
            channels=shown.channels,
        ), None
    if stored.input is None:
        pixels = bytes(_BLANK * _BLANK)
        words = ImageWarning("image not stored", "no image was stored")
        return Picture(pixels=pixels, height=_BLANK, width=_BLANK, labels=label), words
    mean = _planes(stored.input).astype(np.float64).mean(0)
    grey = np.round(255 * mean / max(mean.max(), 1e-9)).astype(np.uint8)
    words = ImageWarning("mean input shown", "no image was stored, this is the mean of the input over time")
    return Picture(pixels=grey.tobytes(), height=grey.shape[0], width=grey.shape[1], labels=label), words


def _input(stored: StoredTrace, picture: Picture) -> list[bytes] | None:
    """`[T]` the input in the order of the picture's pixels; None where none of its size was stored."""
    if stored.input is None or _plane(stored.input) != (picture.height, picture.width):
        return None
    if stored.input.channels == picture.channels > 1:
        values = np.stack([np.frombuffer(step, np.uint8) for step in stored.input.spikes])
        shaped = values.reshape(len(values), picture.channels, picture.height, picture.width)
        return [np.ascontiguousarray(step.transpose(1, 2, 0)).tobytes() for step in shaped]
    planes = _planes(stored.input)
    return [np.repeat(step[..., None], picture.channels, -1).tobytes() for step in planes]


def _predictions(run: RunDir) -> run_messages.SplitPredictions:
    truth: list[tuple[int, ...]] = []
    classes: list[tuple[int, ...]] = []
    margins: list[float] = []
    for path in traces_of(run):
        trace = _trace(run, read_trace(path))
        steps = trace.num_steps
        outputs = trace.counts(steps), trace.membranes[-1]
        truth.append(trace.picture.labels or ())
        classes.append(predicted(*outputs, steps, trace.task))
        margins.append(margin(*outputs, steps, trace.task))
    return run_messages.SplitPredictions(truth, classes, margins, _epoch(run))


def _png(picture: Picture) -> bytes:
    shape = (picture.height, picture.width, *([3] if picture.channels == 3 else []))
    return png(np.frombuffer(picture.pixels, np.uint8).reshape(shape))
