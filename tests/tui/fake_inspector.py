"""A stand-in for `python -m snn_tui.inspector` without torch: the same frames, made-up spikes.

Environment:
    FAKE_STAND_IN: Phantoms stand in for the x-rays until they are downloaded.
    FAKE_NO_NETWORK: The download fails.
    FAKE_DIES_ONCE: A marker file; while it is missing, image 5 of any split ends this process.
    FAKE_DIES_ALWAYS: Image 6 of any split ends this process.
    FAKE_ALL_RIGHT: No verdict is wrong.
    FAKE_SEEN: A file to which every question is appended, a line each.

A file `epoch` in the run directory holds the epoch the weights are of; without it that is 20.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import fake_judgement

from snn_tui.inspector import messages, protocol
from snn_tui.values.dataset import Picture
from snn_tui.values.layer_spikes import Evidence, LayerSpikes
from snn_tui.values.trace import Trace, decision_score

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
        membranes.append(tuple(1.05 + place / 20 if fired else place / 30 for fired in pair))
        coded.append(bytes(int(value > noise(at, step, draw)) for at, value in enumerate(picture)))
    return Trace(
        picture=Picture(pixels=picture, height=SIDE, width=SIDE, label=shown),
        spikes_in=coded,
        spikes_out=spikes,
        membranes=membranes,
        threshold=1.0,
        draw=draw,
        synthetic=synthetic,
    )


def shown_by(what: protocol.Look | protocol.LookAt) -> int:
    """A number for a picture."""
    return what.index if isinstance(what, protocol.Look) else 50


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
    """Answers as `snn_tui.inspector.server.Inspector` does."""

    def __init__(self) -> None:
        self.run: Path | None = None
        self.stand_in = "FAKE_STAND_IN" in os.environ

    def answer(self, question: protocol.Question, say: object) -> protocol.Answer:
        match question:
            case protocol.Open(run, _):
                if not Path(run, "model.safetensors").exists():
                    return protocol.Failed("no checkpoint yet", run, "wait for its first epoch")
                self.run = Path(run)
                say(protocol.Working("loading torch", None))
                return self.opened()
            case protocol.FetchData():
                say(protocol.Working("downloading PneumoniaMNIST", 0.5))
                if "FAKE_NO_NETWORK" in os.environ:
                    return protocol.Failed("no route to zenodo.org", "download", "copy the file here by hand")
                self.stand_in = False
                return self.opened()
            case protocol.Look(split, index, draw):
                self.maybe_die(index)
                seen = trace(said(split, index, draw), label(index), index, draw, self.stand_in)
                return protocol.Seen(seen, self.epoch)
            case protocol.LookAt(path, draw):
                if not Path(path).is_file():
                    return protocol.Failed("no such picture", path, "give a PNG or JPEG file")
                return protocol.Seen(trace(1, None, 50, draw, False), self.epoch)
            case protocol.Survey(split):
                labels = [label(index) for index in range(SIZES[split])]
                scores = [7.0 if said(split, index) else -7.0 for index in range(SIZES[split])]
                return protocol.Surveyed(labels, scores, self.epoch)
            case protocol.Spread(what, draws):
                if isinstance(what, protocol.LookAt):
                    return protocol.SpreadOut([7.0] * draws)
                return protocol.SpreadOut([self.score(what, draw) for draw in range(draws)])
            case protocol.LookInside(what):
                return protocol.Inside(inside(shown_by(what), what.draw))
            case protocol.Cover(what):
                return protocol.Covered(evidence(shown_by(what)))
            case protocol.Judge(split):
                say(protocol.Working(f"judging {split}", 0.5))
                labels = [label(index) for index in range(SIZES[split])]
                judged = fake_judgement.judge(
                    question, labels, lambda index: said(split, index), self.epoch, self.stand_in
                )
                return protocol.Judged(judged)
            case protocol.Redraw(split, draw):
                labels = [label(index) for index in range(SIZES[split])]
                scores = fake_judgement.redraw(question, labels, lambda index: said(split, index, draw))
                return protocol.Redrawn(scores, self.epoch)
            case protocol.Cost():
                return protocol.Costed(fake_judgement.COST, self.epoch)
            case protocol.Portraits(_, indices):
                return protocol.Portrayed([fake_judgement.PORTRAIT for _ in indices])
            case _ if isinstance(question, messages.Question):
                import fake_figures

                return fake_figures.answer(question)
        raise AssertionError(question)

    def score(self, what: protocol.Look, draw: int) -> float:
        counts = (4, 11) if said(what.split, what.index, draw) else (11, 4)
        return decision_score(counts, (0.0, 0.0))

    def opened(self) -> protocol.Opened:
        return protocol.Opened(
            name=self.run.name,
            dataset="Phantoms" if self.stand_in else "PneumoniaMNIST",
            synthetic=self.stand_in,
            stand_in=self.stand_in,
            notice="",
            sizes=SIZES,
            epoch=self.epoch,
        )

    @property
    def epoch(self) -> int:
        file = self.run / "epoch"
        return int(file.read_text()) if file.exists() else 20

    def maybe_die(self, index: int) -> None:
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

        def say(answer: protocol.Answer, number: int = request.number) -> None:
            sys.stdout.buffer.write(protocol.frame(protocol.Reply(number, answer)))
            sys.stdout.buffer.flush()

        if "FAKE_SEEN" in os.environ:
            with open(os.environ["FAKE_SEEN"], "a") as file:
                file.write(f"{request.question}\n")
        say(fake.answer(request.question, say))


if __name__ == "__main__":
    main()
