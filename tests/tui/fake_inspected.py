"""Made-up answers for tasks of several classes, in colour or with several labels at once."""

from __future__ import annotations

import random
from collections.abc import Sequence

from snn_tui.inspector import data_messages, protocol, run_messages
from snn_tui.values.dataset import SPLITS, DatasetSummary, Picture
from snn_tui.values.decision import margin
from snn_tui.values.image_ref import ImageRef, SplitImage
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace

STEPS, SIZE = 20, 30
TASKS = {
    "grades": Task(
        name="RetinaMNIST", classes=("0", "1", "2", "3", "4"), kind="ordinal", channels=3, noun="fundus image"
    ),
    "findings": Task(
        name="ChestMNIST",
        classes=(
            "atelectasis",
            "cardiomegaly",
            "effusion",
            "infiltration",
            "mass",
            "nodule",
            "pneumonia",
            "pneumothorax",
            "consolidation",
            "edema",
            "emphysema",
            "fibrosis",
            "pleural",
            "hernia",
        ),
        kind="multilabel",
        noun="x-ray",
    ),
    "organs": Task(
        name="OrganSMNIST",
        classes=tuple(f"organ {number}" for number in range(14)),
        kind="multiclass",
        side=64,
    ),
    "many": Task(name="Many", classes=tuple(f"class {number}" for number in range(64)), kind="multiclass"),
}


def picture(task: Task, number: int, labels: tuple[int, ...] | None) -> Picture:
    """A bright disc on a dark ground, reddish where it is in colour."""
    side, pixels = task.side, bytearray()
    for y in range(side):
        for x in range(side):
            away = ((x - side / 2) ** 2 + (y - side / 2) ** 2) / (side / 2) ** 2
            value = round(230 * (1 - away)) + (x * number) % 17 if away < 0.95 else 6
            tints = (1.0, 0.55, 0.35) if task.channels == 3 else (1.0,)
            pixels += bytes(min(255, round(value * tint)) for tint in tints)
    return Picture(pixels=bytes(pixels), height=side, width=side, labels=labels, channels=task.channels)


def truth(task: Task, index: int) -> tuple[int, ...]:
    """True classes of an image; every fifth has none of several labels, and the others up to three."""
    if task.kind != "multilabel":
        return (index % task.outputs,)
    return tuple(sorted({index * part % task.outputs for part in range(1, 1 + index % 5)})[:3])


def predicted(task: Task, index: int, draw: int = 0) -> tuple[int, ...]:
    """Predicted classes: every third image is judged wrong; every fourth draw is of another opinion."""
    true = truth(task, index)
    if index % 3 != 2 and draw % 4 != 3:
        return true
    if task.kind != "multilabel":
        return ((true[0] + 1) % task.outputs,)
    return tuple(sorted({*true[1:], (index + 5) % task.outputs}))


def data_facts(task: Task) -> data_messages.DataFacts:
    """A data set of a task, of `SIZE` images a split, and all of them used."""
    labels, before = {}, {}
    for split in SPLITS:
        truths = [truth(task, index) for index in range(SIZE)]
        several = task.kind == "multilabel"
        labels[split] = (
            bytes(int(label in true) for true in truths for label in range(task.outputs))
            if several
            else bytes(true[0] for true in truths)
        )
        names = [task.classes[label] for true in truths for label in true]
        before[split] = {name: names.count(name) for name in task.classes}
    summary = DatasetSummary(
        name=task.name,
        synthetic=False,
        source="",
        notice="",
        before=before,
        after=before,
        task=task,
        sizes=dict.fromkeys(SPLITS, SIZE),
    )
    return data_messages.DataFacts(summary, False, labels)


def images(task: Task, indices: Sequence[int]) -> data_messages.LoadedImages:
    """Images of a split for the gallery."""
    return data_messages.LoadedImages(
        [
            data_messages.DatasetImage(index, True, picture(task, index, truth(task, index)))
            for index in indices
        ]
    )


def trace(task: Task, index: int, draw: int, *, known: bool = True) -> Trace:
    """A trace whose predicted neurons fire 13 times of 20, and the others up to 8 times."""
    wanted = predicted(task, index, draw)
    rng = random.Random(1000 * index + draw)
    trains = []
    for neuron in range(task.outputs):
        times = 13 if neuron in wanted else (neuron * 7 + index) % 9
        fires = set(rng.sample(range(STEPS), times))
        trains.append([int(step in fires) for step in range(STEPS)])
    image = picture(task, index, truth(task, index) if known else None)
    return Trace(
        task=task,
        picture=image,
        spikes_in=[bytes(int(value > rng.randrange(256)) for value in image.pixels) for _ in range(STEPS)],
        spikes_out=[tuple(train[step] for train in trains) for step in range(STEPS)],
        membranes=[
            tuple(1.05 + 0.4 * rng.random() if train[step] else rng.random() - 0.3 for train in trains)
            for step in range(STEPS)
        ],
        threshold=1.0,
        draw=draw,
        synthetic=False,
    )


def evidence(task: Task, label: int | None) -> Evidence:
    """The left half speaks for the class, the right one against it."""
    side = task.side
    pull = [4.0 - 6.0 * (at % side) / side for at in range(side * side)]
    return Evidence(height=side, width=side, patch=6, score=4.0, pull=pull, label=label)


def answer(question: protocol.AnyQuestion, name: str) -> protocol.AnyAnswer:
    """What the inspector would answer about a run on a task."""
    task = TASKS[name]
    match question:
        case run_messages.OpenRun():
            sizes = dict.fromkeys(("train", "val", "test"), SIZE)
            return run_messages.RunFacts(
                name="run", dataset=task.name, synthetic=False, stand_in=False, notice="", sizes=sizes,
                epoch=20, task=task,
            )  # fmt: skip
        case run_messages.TraceImage(_, image, draw):
            known = isinstance(image, SplitImage)
            return run_messages.TraceResult(trace(task, _index(image), draw, known=known), 20)
        case run_messages.PredictSplit():
            scored = [trace(task, index, 0) for index in range(SIZE)]
            return run_messages.SplitPredictions(
                [truth(task, index) for index in range(SIZE)],
                [one.predicted(STEPS) for one in scored],
                [margin(one.counts(STEPS), one.membranes[-1], STEPS, task) for one in scored],
                20,
            )
        case run_messages.PredictDraws(_, image, draws):
            return run_messages.DrawPredictions(
                [predicted(task, _index(image), draw) for draw in range(draws)]
            )
        case run_messages.RecordLayers():
            steps = [bytes((at * step) % 5 == 0 for at in range(8 * 36)) for step in range(STEPS)]
            layer = LayerSpikes(name="conv1", channels=8, height=6, width=6, spikes=steps)
            return run_messages.HiddenLayers([layer])
        case run_messages.OccludeImage(_, _, _, label):
            return run_messages.OcclusionResult(evidence(task, label))
    raise AssertionError(question)


def _index(image: ImageRef) -> int:
    return image.index if isinstance(image, SplitImage) else 1
