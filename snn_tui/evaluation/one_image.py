"""One image looked into by an opened run: its input spikes, what each layer did, and which parts mattered."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from snn_tui.data.dataset import OnProgress
from snn_tui.data.likeness import warnings
from snn_tui.data.picture.decode import Decoded
from snn_tui.data.picture.png import png
from snn_tui.data.picture.read import read_picture
from snn_tui.errors import UsageError
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.snn import occlusion as covering
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.training.evaluate import EVALUATION_DRAW, verdicts
from snn_tui.values.dataset import Picture
from snn_tui.values.decision import predicted
from snn_tui.values.image_ref import ImageRef, PictureFile, SplitImage
from snn_tui.values.image_statistics import ImageWarning
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace, above_all


def png_files(run: OpenedRun, split: str, indices: Sequence[int]) -> list[bytes]:
    """Images of a split as PNG files.

    Raises:
        UsageError: The split has no image of such an index.
    """
    return [png(_pixels(run, SplitImage(split, index))) for index in indices]


def trace(
    run: OpenedRun,
    image: ImageRef,
    draw: int = EVALUATION_DRAW,
    on_progress: OnProgress = lambda what, fraction: None,
) -> Trace:
    """The input spikes of one image, and what the output neurons did, step by step.

    Args:
        run: The run; the functions below take the same.
        image: The image, as below.
        draw: Which draw of the rate coding; draw 0 is what `OpenedRun.evaluate` counts.
        on_progress: Called while the rule for early verdicts is chosen, if there is one.

    Raises:
        UsageError: The split has no image of that index.
        DataError: The file is not a picture.
    """
    file = _decoded(run, image.path) if isinstance(image, PictureFile) else None
    batch = _batch(run, image, [draw])
    recording = run.engine.record(batch)
    pixels, labels = _channels_last(batch.images[0]).cpu().numpy(), None
    if isinstance(image, SplitImage):
        labels = run.dataset.splits[image.split].classes_of(image.index)
    height, width, channels = pixels.shape
    coding = run.config.encoding
    membranes = [tuple(step) for step in recording.membranes[:, 0].tolist()]
    threshold, unknown = run.network.threshold, []
    known = math.isfinite(threshold)
    if not known:  # of a network of the user's own
        threshold = above_all(membranes)
        unknown = [ImageWarning("threshold not known", "your readout does not say it, so none is drawn")]
    levels = _channels_last(recording.spikes_in[:, 0]) * (1 if coding == "rate" else 255)
    return Trace(
        picture=Picture(
            pixels=pixels.tobytes(), height=height, width=width, labels=labels, channels=channels
        ),
        spikes_in=[step.round().to(torch.uint8).cpu().numpy().tobytes() for step in levels],
        spikes_out=[tuple(map(int, step)) for step in recording.spikes_out[:, 0].tolist()],
        membranes=membranes,
        threshold=threshold,
        threshold_known=known,
        draw=draw,
        task=run.dataset.task,
        synthetic=run.dataset.synthetic and isinstance(image, SplitImage),
        coding=coding,
        inverted=image.inverted,
        warnings=[
            *unknown,
            *_size_warning(file, run.dataset.task.side),
            *_warnings(run, image, _pixels(run, image)),
        ],
        notes=_notes(file),
        exit_rule=run.exit_rule(on_progress),
    )


def draw_predictions(run: OpenedRun, image: ImageRef, draws: int) -> list[tuple[int, ...]]:
    """The classes predicted for one image in each of the first draws of the rate coding."""
    prediction = run.engine.predict(_batch(run, image, list(range(draws))))
    outputs = verdicts(prediction, run.dataset.task, run.exit_lead())
    rows = zip(*(array.tolist() for array in outputs), strict=True)
    return [predicted(counts, membranes, steps, run.dataset.task) for counts, membranes, steps in rows]


def hidden_layers(run: OpenedRun, image: ImageRef, draw: int = EVALUATION_DRAW) -> list[LayerSpikes]:
    """The spikes of the hidden layers, first to last."""
    return run.engine.record(_batch(run, image, [draw])).hidden_layers()


def occlusion(
    run: OpenedRun,
    image: ImageRef,
    draw: int = EVALUATION_DRAW,
    label: int | None = None,
    on_progress: OnProgress = lambda what, fraction: None,
) -> Evidence:
    """Which parts of the image change the score of a class when they are covered; see `occlusion`."""

    def on_share(share: float) -> None:
        on_progress("covering the image", share)

    return covering.occlusion(run.engine, _batch(run, image, [draw]), run.dataset.task, label, on_share)


def _warnings(run: OpenedRun, image: ImageRef, pixels: NDArray[np.uint8]) -> list[ImageWarning]:
    """Ways in which an image is not like those the run was trained on, as far as these are known."""
    if isinstance(image, SplitImage) and run.dataset.synthetic and not run.config.synthetic:
        return []  # phantoms in place of x-rays are announced as such
    return warnings(pixels, run.training_images)


def _pixels(run: OpenedRun, image: ImageRef) -> NDArray[np.uint8]:
    """Pixels `[H, W]`, or `[H, W, 3]`, of an image, inverted where that was asked for."""
    pixels = _decoded(run, image.path).pixels if isinstance(image, PictureFile) else _split_pixels(run, image)
    return 255 - pixels if image.inverted else pixels


def _decoded(run: OpenedRun, path: str) -> Decoded:
    return read_picture(path, run.dataset.task.side, run.dataset.task.channels)


def _split_pixels(run: OpenedRun, image: SplitImage) -> NDArray[np.uint8]:
    images = run.dataset.splits[image.split].images
    if not 0 <= image.index < len(images):
        raise UsageError(
            f"{image.split} has no image {image.index}",
            where="--index",
            remedy=f"give a number from 0 to {len(images) - 1}",
        )
    pixels: NDArray[np.uint8] = images[image.index]
    return pixels


def _batch(run: OpenedRun, image: ImageRef, draws: list[int]) -> Batch:
    """The same image once for each draw."""
    pixels = _pixels(run, image)
    if isinstance(image, SplitImage):
        number, stream = (
            int(run.dataset.splits[image.split].ids[image.index]),
            Stream[image.split.upper()],
        )
    else:
        # The number depends on the pixels alone, so the same picture gets the same spikes in every file.
        number, stream = zlib.crc32(pixels.tobytes()), Stream.PICTURE
    first = pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    on_device = torch.from_numpy(np.ascontiguousarray(first)).to(run.device)
    return Batch(
        on_device.expand(len(draws), *on_device.shape),
        torch.full((len(draws),), number, device=run.device),
        torch.tensor(draws, device=run.device),
        stream,
    )


def _channels_last(images: torch.Tensor) -> torch.Tensor:
    """`[..., H, W, C]` of `[..., C, H, W]`."""
    return images.movedim(-3, -1).contiguous()


def _size(file: Decoded) -> str:
    return f"{file.width} by {file.height} pixels"


def _size_warning(file: Decoded | None, side: int) -> list[ImageWarning]:
    if file is None:
        return []
    shorter, longer = sorted((file.width, file.height))
    if shorter >= side and longer > 2 * shorter:
        share = f"{shorter / longer:.0%} of {_size(file)}"
        return [ImageWarning("mostly cut off", f"only the middle square is judged, {share}")]
    if shorter >= side:
        return []
    size = _size(file)
    return [ImageWarning("too small", f"the picture has {size}, the network sees {side} by {side}")]


def _notes(file: Decoded | None) -> list[str]:
    if file is None:
        return []
    notes = [*file.notes]
    if file.bits != file.depth:
        notes.append(f"{file.bits} of the file's {file.depth} bits are in use, and became the full range")
    if file.width != file.height:
        notes.append(f"the middle square of {_size(file)} is judged")
    return notes
