"""A stand-in for `python -m snn_tui.inspector` without torch: the same frames, made-up spikes.

Environment:
    FAKE_STAND_IN: Phantoms stand in for the x-rays until they are downloaded.
    FAKE_NO_NETWORK: The download fails.
    FAKE_DIES_ONCE: A marker file; while it is missing, image 5 of any split ends this process.
    FAKE_DIES_ALWAYS: Image 6 of any split ends this process.
    FAKE_ALL_RIGHT: No verdict is wrong.
    FAKE_TASK: Results are of this kind of task, with five classes or labels.
    FAKE_INSPECTED: The name of another task than PneumoniaMNIST, one of `fake_inspected.TASKS`.
    FAKE_SEEN: A file to which every question is appended, a line each.

A file `epoch` in the run directory holds the epoch the weights are of; without it that is 20. With a file
`dense` the network has no spikes, with `contrary` its verdicts are the other way round, with `brighter` its
images are others, and with `task` the run is of that one of `fake_inspected.TASKS`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_exit
import fake_inspected
import fake_judgement
import fake_task
import msgspec

from snn_tui.errors import SnnTuiError
from snn_tui.inspector import messages, model_messages, protocol, run_messages
from snn_tui.values.dataset import Picture
from snn_tui.values.image_ref import ImageRef, PictureFile, SplitImage
from snn_tui.values.image_statistics import INVERTED, ImageWarning
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.task import PNEUMONIA
from snn_tui.values.trace import Trace

STEPS = 20
SIDE = 28
SIZES = {"train": 60, "val": 30, "test": 40}
WRONG = {"train": {3, 8}, "val": {2}, "test": {4, 7, 10, 21}}
"""Images that are judged wrong. Those of test are two of each class; that of val is a false negative."""


def label(index: int) -> int:
    """The true class of an image, in every split."""
    return int(index % 5 > 1)


def said(split: str, index: int, draw: int = 0) -> int:
    """The verdict on an image; every fourth draw of image 9 is of another opinion."""
    wrong = index in WRONG[split] and "FAKE_ALL_RIGHT" not in os.environ
    return label(index) ^ int(wrong) ^ int(index == 9 and draw % 4 == 3)


def pixels(shift: int) -> bytes:
    """Two dark lungs in a bright body on a black ground."""
    values = []
    for y in range(SIDE):
        for x in range(SIDE):
            body = max(0, 210 - abs(2 * x - SIDE) * 5 - abs(y - 16) * 3)
            lungs = any((x - middle) ** 2 * 4 + (y - 14) ** 2 < 80 for middle in (8, 19))
            values.append(min(255, body // 3 if lungs else body + shift % 40))
    return bytes(values)


def noise(*place: int) -> int:
    """A number from 0 to 255 that looks random and is the same every time."""
    mixed = 17
    for number in place:
        mixed = (mixed * 31 + number + 1) * 2654435761 % 2**32
        mixed ^= mixed >> 15
    return mixed >> 8 & 255


def trace(verdict: int, shown: int | None, number: int, draw: int, synthetic: bool) -> Trace:
    """A picture whose network fires 11 of 20 times for the verdict and 4 times against it."""
    picture = pixels(number * 3)
    spikes, membranes, coded = [], [], []
    for step in range(STEPS):
        place = (step * 7 + number + 3 * draw) % STEPS
        pair = (int(place < 4), int(place >= 9)) if verdict else (int(place >= 9), int(place < 4))
        spikes.append(pair)
        membranes.append((_membrane(pair[0], place), _membrane(pair[1], place)))
        coded.append(bytes(int(value > noise(at, step, draw)) for at, value in enumerate(picture)))
    return Trace(
        task=PNEUMONIA,
        picture=Picture(pixels=picture, height=SIDE, width=SIDE, labels=None if shown is None else (shown,)),
        spikes_in=coded,
        spikes_out=spikes,
        membranes=membranes,
        threshold=1.0,
        draw=draw,
        synthetic=synthetic,
    )


def without_spikes(traced: Trace) -> Trace:
    """The same verdict of a network without spikes."""
    (verdict,) = traced.predicted(STEPS)
    return msgspec.structs.replace(
        traced,
        spikes_in=[traced.picture.pixels],
        spikes_out=[()],
        membranes=[(0.25, 1.5) if verdict else (1.5, 0.25)],
        coding="direct",
    )


def _membrane(fired: int, place: int) -> float:
    return 1.05 + place / 20 if fired else place / 30


def number_of(image: ImageRef) -> int:
    """A number for an image."""
    return image.index if isinstance(image, SplitImage) else 50


def inside(number: int, draw: int) -> list[LayerSpikes]:
    """Two hidden layers: the further the channel, the oftener it fires; the first never does."""
    layers = []
    for name, channels, side in (("conv1", 12, 12), ("conv2", 32, 5)):
        area = side * side
        steps = [
            bytes(
                int(noise(neuron, step, draw, number) < 256 * (neuron // area) // channels)
                for neuron in range(channels * area)
            )
            for step in range(STEPS)
        ]
        layers.append(LayerSpikes(name=name, channels=channels, height=side, width=side, spikes=steps))
    return layers


def evidence(number: int) -> Evidence:
    """The left lung speaks for pneumonia, the right one for normal; of image 3 no place matters."""
    pull = []
    for y in range(SIDE):
        for x in range(SIDE):
            left, right = (max(0.0, 1 - ((x - at) ** 2 * 4 + (y - 14) ** 2) / 120) for at in (8, 19))
            pull.append(6 * left - 3 * right)
    if number == 3:
        pull = [value / 100 for value in pull]
    return Evidence(height=SIDE, width=SIDE, patch=6, score=7.0, pull=pull)


class Fake:
    """Answers as `snn_tui.inspector.answers.Answers` does."""

    def __init__(self) -> None:
        self.downloaded = False

    @property
    def stand_in(self) -> bool:
        return "FAKE_STAND_IN" in os.environ and not self.downloaded

    def download(self) -> None:
        if "FAKE_NO_NETWORK" in os.environ:
            raise SnnTuiError("no route to zenodo.org", where="download", remedy="copy the file here by hand")
        self.downloaded = True

    def answer(
        self, question: protocol.AnyQuestion, on_working: Callable[[str, float | None], None]
    ) -> protocol.AnyAnswer:
        if isinstance(
            question, protocol.DataQuestion | model_messages.DescribeModel | model_messages.MeasureActivity
        ):
            import fake_data_and_model

            return fake_data_and_model.answer(question, self)
        assert not isinstance(question, messages.Cancel)
        run = Path(question.run.path)
        if "FAKE_INSPECTED" in os.environ:
            return fake_inspected.answer(question, os.environ["FAKE_INSPECTED"])
        match question:
            case run_messages.OpenRun(_, download):
                if not (run / "model.safetensors").exists():
                    raise SnnTuiError("no checkpoint yet", where=str(run), remedy="wait for its first epoch")
                on_working("downloading PneumoniaMNIST" if download else "loading torch", None)
                if download:
                    self.download()
                return self.facts(run)
            case run_messages.TraceImage(_, SplitImage(split, index), draw):
                maybe_die(index)
                verdict = said(split, index, draw) ^ (run / "contrary").exists()
                number = index + (run / "brighter").exists()
                traced = trace(verdict, label(index), number, draw, self.stand_in)
                if (run / "dense").exists():
                    traced = without_spikes(traced)
                return run_messages.TraceResult(traced, epoch(run))
            case run_messages.TraceImage(_, PictureFile(path, inverted), draw):
                if not Path(path).is_file():
                    raise SnnTuiError("no such picture", where=path, remedy="give another")
                traced = trace(1, None, 50, draw, False)
                turn = Path(path).stem == "film" and not inverted
                warnings = [ImageWarning(INVERTED, "the picture looks inverted")] if turn else []
                traced = msgspec.structs.replace(traced, inverted=inverted, warnings=warnings)
                return run_messages.TraceResult(traced, epoch(run))
            case run_messages.PredictSplit(_, split):
                everything = range(SIZES[split])
                truth: list[tuple[int, ...]] = [(label(index),) for index in everything]
                predicted: list[tuple[int, ...]] = [(said(split, index),) for index in everything]
                return run_messages.SplitPredictions(truth, predicted, [7.0] * SIZES[split], epoch(run))
            case run_messages.PredictDraws(_, SplitImage(split, index), draws):
                return run_messages.DrawPredictions([(said(split, index, draw),) for draw in range(draws)])
            case run_messages.PredictDraws(_, PictureFile(), draws):
                return run_messages.DrawPredictions([(1,)] * draws)
            case run_messages.RecordLayers(_, image, draw):
                return run_messages.HiddenLayers(inside(number_of(image), draw))
            case run_messages.OccludeImage(_, image):
                return run_messages.OcclusionResult(evidence(number_of(image)))
            case run_messages.JudgeSplit() if "FAKE_TASK" in os.environ:
                return run_messages.JudgementResult(fake_task.judge(question, SIZES, epoch(run)))
            case run_messages.RedrawSplit() if "FAKE_TASK" in os.environ:
                return fake_task.redraw(question, SIZES, epoch(run))
            case run_messages.JudgeSplit(_, split):
                on_working(f"judging {split}", 0.5)
                while Path(os.environ.get("FAKE_AT_WORK", os.devnull)).is_file():
                    time.sleep(0.02)
                labels = [label(index) for index in range(SIZES[split])]
                judged = fake_judgement.judge(
                    question, labels, lambda index: said(split, index), epoch(run), self.stand_in
                )
                return run_messages.JudgementResult(judged)
            case run_messages.RedrawSplit(_, split, draw):
                labels = [label(index) for index in range(SIZES[split])]
                packed = fake_judgement.redraw(question, labels, lambda index: said(split, index, draw))
                return run_messages.RedrawResult(packed, epoch(run))
            case run_messages.MeasureEnergy():
                return run_messages.EnergyResult(fake_judgement.COST, epoch(run))
            case run_messages.MeasureExit(_, loss):
                return run_messages.ExitResult(
                    fake_exit.rule(loss, SIZES["val"]), fake_exit.POINTS, epoch(run)
                )
            case run_messages.MeasureEarlyExit():
                exits = fake_exit.early_exit(question.loss, SIZES["val"], SIZES[question.split])
                return run_messages.EarlyExitResult(exits, epoch(run))
            case run_messages.ExportImages(_, _, indices):
                return run_messages.PngFiles([fake_judgement.PORTRAIT for _ in indices])
        raise AssertionError(question)

    def facts(self, run: Path) -> run_messages.RunFacts:
        return run_messages.RunFacts(
            name=run.name,
            dataset="Phantoms" if self.stand_in else "PneumoniaMNIST",
            synthetic=self.stand_in,
            stand_in=self.stand_in,
            notice="",
            coding="direct" if (run / "dense").exists() else "rate",
            sizes=SIZES,
            epoch=epoch(run),
            missing="PneumoniaMNIST" if self.stand_in else "",
            task=fake_inspected.TASKS[(run / "task").read_text()] if (run / "task").exists() else PNEUMONIA,
            differing=tuple(differing.read_text().split())
            if (differing := run / "differing").exists()
            else (),
        )


def epoch(run: Path) -> int:
    """The epoch that a run's weights are said to be of."""
    file = run / "epoch"
    return int(file.read_text()) if file.exists() else 20


def maybe_die(index: int) -> None:
    """End the process, if the environment says that this image does so."""
    marker = os.environ.get("FAKE_DIES_ONCE")
    if index == 5 and marker and not Path(marker).exists():
        Path(marker).touch()
        os._exit(3)
    if index == 6 and "FAKE_DIES_ALWAYS" in os.environ:
        sys.stderr.write("out of memory\n")
        sys.stderr.flush()
        os._exit(3)


def main() -> None:
    fake = Fake()
    while header := sys.stdin.buffer.read(protocol.HEADER_BYTES):
        request = protocol.parse_request(sys.stdin.buffer.read(protocol.body_length(header)))

        def reply(answer: Any, number: int = request.number) -> None:
            sys.stdout.buffer.write(protocol.frame(protocol.Reply(number, answer)))
            sys.stdout.buffer.flush()

        def working(what: str, share: float | None, reply: Callable[[Any], None] = reply) -> None:
            reply(messages.Working(what, share))

        if isinstance(request.question, messages.Cancel):
            continue
        if "FAKE_SEEN" in os.environ:
            with open(os.environ["FAKE_SEEN"], "a") as file:
                file.write(f"{request.question}\n")
        try:
            reply(fake.answer(request.question, working))
        except SnnTuiError as error:
            reply(messages.Failed(error.what, error.where, error.remedy))


if __name__ == "__main__":
    main()
