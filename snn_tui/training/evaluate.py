"""Evaluating a network on a whole split, without learning from it."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load, save
from torch import Tensor

from snn_tui.analysis.judgement import Judgement
from snn_tui.analysis.task_scores import THRESHOLD, task_scores
from snn_tui.data.dataset import Dataset, OnProgress, Split
from snn_tui.data.rows import Pixels, is_mapped, parts, release
from snn_tui.snn.device import copied
from snn_tui.snn.encoding import Batch, Stream
from snn_tui.snn.engines import Engine, Prediction
from snn_tui.training.group import SingleProcess
from snn_tui.training.metrics import (
    decision_scores,
    exit_steps,
    margins,
    output_scores,
    probabilities,
    score,
    scores_of,
)
from snn_tui.values.early_exit import ExitRule
from snn_tui.values.scores import Scores
from snn_tui.values.task import Task
from snn_tui.values.task_scores import TaskScores

BATCH_SIZE = 256
MOST_FRAMES = 50 * BATCH_SIZE
"""Images times time steps that are predicted at once; what is done is known after each."""

_ROWS_AT_ONCE = 8192  # images whose probabilities are computed at once

EVALUATION_DRAW = 0
"""The draw of the rate coding that all scores are of."""


@dataclass(frozen=True)
class Images:
    """A split on the device.

    Args:
        images: `[N, H, W]` or `[N, H, W, 3]` uint8, as the split has them. Those of a large set stay mapped
            from their file, and each batch is brought to the device by itself.
        labels: `[N]` int64; `[N, K]` float32 of 0 and 1 for several labels.
        ids: `[N]` int64, each image's index in this split of the file.
        stream: Which split it is.
        task: What is asked of them.
    """

    images: Tensor | Pixels
    labels: Tensor
    ids: Tensor
    stream: Stream
    task: Task

    @classmethod
    def of(cls, split: Split, name: str, device: torch.device, task: Task) -> Images:
        """Bring the split of a name (train, val or test) to the device."""
        images: Tensor | Pixels = split.images
        if not is_mapped(split.images):
            images = torch.from_numpy(np.ascontiguousarray(split.images)).to(device)
        labels = split.labels.astype(np.float32 if task.kind == "multilabel" else np.int64)
        return cls(
            images,
            torch.from_numpy(labels).to(device),
            torch.from_numpy(split.ids.astype(np.int64)).to(device),
            Stream[name.upper()],
            task,
        )

    @property
    def name(self) -> str:
        """The split's name: train, val or test."""
        return self.stream.name.lower()

    def __len__(self) -> int:
        return len(self.labels)

    def pick(self, indices: Tensor, draw: int) -> tuple[Batch, Tensor]:
        """The images at the indices `[B]` as a batch, in a draw of the coding, and their labels."""
        device = self.labels.device
        if isinstance(self.images, Tensor):
            indices = copied(indices, device)
            pixels = self.images[indices]
        else:
            pixels = copied(torch.from_numpy(self.images[indices.cpu().numpy()]), device)
            indices = copied(indices, device)
            release(self.images)
        channels_first = pixels[:, None] if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2).contiguous()
        return Batch(channels_first, self.ids[indices], draw, self.stream), self.labels[indices]

    def checksum(self, start: int = 0) -> int:
        """CRC-32 of all images and labels, after that of what comes before them."""
        for part in parts(self.images.cpu().numpy() if isinstance(self.images, Tensor) else self.images):
            start = zlib.crc32(np.ascontiguousarray(part).data, start)
        return zlib.crc32(self.labels.cpu().numpy().data, start)

    def batches(self, draw: int, num_steps: int, rows: slice = slice(None)) -> Iterator[tuple[Batch, Tensor]]:
        """The split in order, `BATCH_SIZE` images at a time, fewer where each has many time steps.

        Args:
            draw: Which draw of the coding.
            num_steps: Time steps of an image.
            rows: Which of the images; all of them if left out.
        """
        size = max(1, min(BATCH_SIZE, MOST_FRAMES // num_steps))
        for indices in torch.split(torch.arange(len(self), device=self.labels.device)[rows], size):
            yield self.pick(indices, draw)


@dataclass(frozen=True)
class Evaluation:
    """The network's predictions for every image of a split.

    Args:
        labels: `[N]` true classes; `[N, K]` of 0 and 1 for several labels.
        counts: `[N, K]` spikes of the output neurons; `[N, 0]` without spikes.
        membranes: `[N, K]` their membranes at the last step.
        steps: Time steps, T.
        losses: `[N]` losses, of all steps.
        rates: Mean firing rate of each layer, in spikes a neuron and step, of all steps.
        task: What was asked.
        exits: `[N]` steps at which the verdicts fell, counted from 1, which `counts` and `membranes` are of;
            None where all fell at the last.
    """

    labels: NDArray[np.uint8]
    counts: NDArray[np.int32]
    membranes: NDArray[np.float32]
    steps: int
    losses: NDArray[np.float32]
    rates: dict[str, float]
    task: Task
    exits: NDArray[np.int64] | None = None

    @classmethod
    def joined(cls, parts: Sequence[Evaluation]) -> Evaluation:
        """The evaluation of a split of those of its parts, in their order."""
        first = parts[0]
        if len(parts) == 1:
            return first
        total = sum(len(part.labels) for part in parts)
        labels, counts, membranes, losses = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("labels", "counts", "membranes", "losses")
        )
        rates = {
            name: sum(part.rates[name] * len(part.labels) for part in parts) / total for name in first.rates
        }
        exits = None if first.exits is None else np.concatenate([part.steps_taken for part in parts])
        return cls(labels, counts, membranes, first.steps, losses, rates, first.task, exits)

    @property
    def steps_taken(self) -> NDArray[np.int64]:
        """`[N]` steps until the verdict on each image."""
        return np.full(len(self.labels), self.steps) if self.exits is None else self.exits

    @cached_property
    def decisions(self) -> NDArray[np.float64]:
        """`[N]` decision scores of a binary task, above 0 for the positive class.

        Those of verdicts that fell early are scaled to all steps, see `values.early_exit.scale`.
        """
        scores = decision_scores(self.counts, self.membranes, self.task)
        if self.exits is None:
            return scores
        scaled: NDArray[np.float64] = scores * (self.steps / self.exits)
        return scaled

    @cached_property
    def probabilities(self) -> NDArray[np.float64]:
        """`[N, K]` a number from 0 to 1 for each class or label, see `values.decision.probabilities`."""
        answers = np.empty(self.membranes.shape, np.float64)
        for start in range(0, len(answers), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            steps = self.steps if self.exits is None else self.exits[rows]
            answers[rows] = probabilities(self.counts[rows], self.membranes[rows], steps, self.task)
        return answers

    @property
    def positives(self) -> NDArray[np.int64]:
        """`[N]` 1 for an image of the positive class, 0 for one of the other."""
        positives: NDArray[np.int64] = (self.labels == self.task.positive).astype(np.int64)
        return positives

    @cached_property
    def right_labels(self) -> NDArray[np.bool_]:
        """`[N, K]` whether each of several labels is predicted rightly."""
        right: NDArray[np.bool_] = (self.probabilities > THRESHOLD) == (self.labels == 1)
        return right

    @cached_property
    def right(self) -> NDArray[np.bool_]:
        """`[N]` whether an image's prediction is right: all labels, of several."""
        if self.task.kind == "multilabel":
            right = self.right_labels.all(axis=1)
        elif self.task.kind == "binary":
            right = np.equal(self.decisions > 0, self.positives == 1)
        else:
            right = np.equal(self.probabilities.argmax(axis=1), self.labels)
        return np.asarray(right, bool)

    @cached_property
    def task_scores(self) -> TaskScores:
        """The scores of these probabilities, for every kind of task."""
        # An array goes row by row like a list of lists, which would take ten times as much memory.
        return task_scores(self.task, cast(Any, self.probabilities), cast(Any, self.labels))

    @property
    def loss(self) -> float:
        """The mean loss."""
        return float(self.losses.mean(dtype=np.float64))

    def score(self) -> Scores:
        """The metrics of these predictions."""
        if self.task.kind == "binary":
            return score(self.positives, self.decisions, loss=self.loss, rates=self.rates)
        return scores_of(self.task_scores, loss=self.loss, rates=self.rates)


def evaluate(
    engine: Engine,
    split: Images,
    draw: int = EVALUATION_DRAW,
    on_batch: Callable[[Prediction], None] = lambda prediction: None,
    on_progress: OnProgress = lambda what, fraction: None,
    rows: slice = slice(None),
    exit_lead: float | None = None,
) -> Evaluation:
    """Predict every image of a split once.

    Args:
        engine: The network's engine.
        split: The images; the predictions are in the same order.
        draw: Which draw of the rate coding to use.
        on_batch: Called with the prediction of each batch.
        on_progress: Called after each batch.
        rows: Which of the images; all of them if left out.
        exit_lead: The lead from which on verdicts fall, in spikes a step; None for those of the last step.
    """
    rates: dict[str, float] = {}
    images, outputs, done = len(range(*rows.indices(len(split)))), split.task.outputs, 0
    # Filled batch by batch: what a batch leaves behind would else keep all of its steps in memory.
    evaluation = Evaluation(
        labels=np.empty((images, *split.labels.shape[1:]), np.uint8),
        counts=np.empty((images, outputs if engine.spiking else 0), np.int32),
        membranes=np.empty((images, outputs), np.float32),
        steps=engine.num_steps,
        losses=np.empty(images, np.float32),
        rates=rates,
        task=split.task,
        exits=None if exit_lead is None else np.empty(images, np.int64),
    )
    for batch, labels in split.batches(draw, engine.num_steps, rows):
        prediction = engine.predict(batch, labels)
        assert prediction.losses is not None
        here = slice(done, done + len(labels))
        evaluation.labels[here] = labels.cpu().numpy()
        counts, membranes, exits = verdicts(prediction, split.task, exit_lead)
        evaluation.counts[here], evaluation.membranes[here] = counts, membranes
        if evaluation.exits is not None:
            evaluation.exits[here] = exits
        evaluation.losses[here] = prediction.losses.cpu().numpy()
        for name, rate in prediction.rates.items():
            rates[name] = rates.get(name, 0.0) + rate * len(labels) / images
        on_batch(prediction)
        done += len(labels)
        on_progress(f"judging {split.name}", done / images)
    return evaluation


def verdicts(
    prediction: Prediction, task: Task, exit_lead: float | None
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int64]]:
    """What the verdicts on a batch are of, when they fall early or at the last step.

    Args:
        prediction: The network's prediction of the batch.
        task: What was asked.
        exit_lead: The lead from which on verdicts fall, in spikes a step; None for those of the last step.

    Returns:
        `[B, K]` spikes and `[B, K]` membranes of the output neurons at the step of the verdict, and `[B]`
        that step, counted from 1.
    """
    if exit_lead is None:
        counts, membranes = prediction.counts.cpu().numpy(), prediction.membranes.cpu().numpy()
        return counts, membranes, np.full(len(counts), len(prediction.spikes_out))
    counts, membranes = _by_step(prediction)
    exits = exit_steps(margins(counts, membranes, task), exit_lead)
    each = np.arange(len(exits))
    return counts[each, exits - 1], membranes[each, exits - 1], exits


def _by_step(prediction: Prediction) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Counts up to each step, and membranes at each, of the output neurons: `[B, T, K]` both."""
    counts = prediction.spikes_out.cumsum(0).to(dtype=torch.int32).transpose(0, 1)
    return counts.cpu().numpy(), prediction.membranes_out.transpose(0, 1).cpu().numpy()


def evaluate_together(engine: Engine, split: Images, group: SingleProcess) -> Evaluation:
    """`evaluate`, shared out among processes; all of them get the whole.

    Args:
        engine: The network's engine.
        split: The images.
        group: The processes, each of which calls this.

    Raises:
        Dismissed: Rank 0 has come to an end.
        RankLost: Another process is gone.
    """
    if len(split) < group.size:
        return evaluate(engine, split)
    own = evaluate(engine, split, rows=group.rows(len(split)))
    if group.size == 1:
        return own
    parts = [load(part) for part in group.gather(save(_arrays(own)))]
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    shares = np.array([len(part["labels"]) for part in parts]) / len(split)
    return Evaluation(
        labels=whole["labels"],
        counts=whole["counts"],
        membranes=whole["membranes"],
        steps=own.steps,
        losses=whole["losses"],
        rates=dict(zip(own.rates, (shares @ whole["rates"]).tolist(), strict=True)),
        task=own.task,
    )


def _arrays(evaluation: Evaluation) -> dict[str, NDArray[Any]]:
    arrays = {name: getattr(evaluation, name) for name in ("labels", "counts", "membranes", "losses")}
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    return contiguous | {"rates": np.array([[*evaluation.rates.values()]])}


def judgement_bytes(engine: Engine, task: Task, images: int) -> int:
    """Bytes of the arrays of a `Judgement`, about what it takes to send it."""
    steps, outputs = engine.num_steps, task.outputs
    a_step = outputs * (1 if steps < 256 else 2) if engine.spiking else 0
    a_step += 8 if task.kind == "binary" or engine.spiking else 0
    return images * (steps * (a_step + 1) + 4 * outputs + 8)


def judge(
    engine: Engine,
    split: Images,
    dataset: Dataset,
    *,
    balanced: bool,
    epoch: int,
    on_progress: OnProgress = lambda what, fraction: None,
    rule: ExitRule | None = None,
) -> Judgement:
    """Evaluate a split, keeping what the output neurons did up to every time step, image by image.

    Args:
        engine: The network's engine.
        split: The images.
        dataset: The data set they are of.
        balanced: Whether images were left out of it.
        epoch: The epoch the weights are of.
        on_progress: Called after each batch.
        rule: The rule by which verdicts fall early; None where all fall at the last step.
    """
    kind, steps = split.task.kind, engine.num_steps
    one_of_several = kind not in ("binary", "multilabel")
    firing = split.task.outputs if engine.spiking else 0
    counts = np.empty((len(split), steps, firing), "u1" if steps < 256 else "<u2")
    decisions = np.empty((len(split) if kind == "binary" else 0, steps), "<f8")
    classes = np.empty((len(split) if one_of_several else 0, steps), np.uint8)
    has_leads = engine.spiking and kind != "binary"
    leads = np.empty((len(split) if has_leads else 0, steps), "<f8")
    done = 0

    def keep(prediction: Prediction) -> None:
        nonlocal done
        batch_counts, batch_membranes = _by_step(prediction)
        here = slice(done, done + len(batch_counts))
        counts[here] = batch_counts
        if kind == "binary":
            scores = decision_scores(
                batch_counts.reshape(len(batch_counts) * steps, firing),
                batch_membranes.reshape(-1, 2),
                split.task,
            )
            decisions[here] = scores.reshape(batch_counts.shape[:2])
        elif one_of_several:
            classes[here] = output_scores(batch_counts, batch_membranes).argmax(2)
        if has_leads:
            leads[here] = margins(batch_counts, batch_membranes, split.task)
        done = here.stop

    exit_lead = None if rule is None else rule.threshold
    evaluation = evaluate(engine, split, on_batch=keep, on_progress=on_progress, exit_lead=exit_lead)
    return Judgement(
        split=split.name,
        balanced=balanced,
        task=dataset.task,
        synthetic=dataset.synthetic,
        notice=dataset.notice,
        comparable=dataset.comparable,
        official=dataset.official and len(split) == len(dataset.splits[split.name]),
        source=dataset.source,
        epoch=epoch,
        engine=engine.name,
        num_steps=steps,
        ids=split.ids.tolist(),
        labels=evaluation.labels.tobytes(),
        counts=counts.tobytes(),
        decisions=decisions.tobytes(),
        classes=classes.tobytes(),
        membranes=evaluation.membranes.astype("<f4", copy=False).tobytes(),
        loss=evaluation.loss if np.isfinite(evaluation.loss) else None,
        rates=evaluation.rates,
        margins=leads.tobytes(),
        exit=rule,
        exits=b"" if evaluation.exits is None else evaluation.exits.astype("<u2").tobytes(),
    )


def packed_scores(decisions: NDArray[np.float64]) -> bytes:
    """Decision scores as `analysis.judgement.unpacked` reads them: little-endian 64-bit floats."""
    return decisions.astype("<f8").tobytes()
