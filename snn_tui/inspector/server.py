"""The inspector's process: pictures in, every spike and membrane out, over pipes (see `protocol`).

`python -m snn_tui.inspector`; it ends when its standard input does.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO

from snn_tui.errors import SnnTuiError
from snn_tui.evaluation.images import at_hand, images_for, phantoms
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector import messages, protocol
from snn_tui.inspector.answers import Exhibits
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.training.evaluate import packed_scores
from snn_tui.values.dataset import SPLITS
from snn_tui.values.image_ref import ImageRef, PictureFile, SplitImage


class Inspector:
    """Answers questions about one run at a time.

    Args:
        out: Where replies go.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._number = 0
        self._opened: OpenedRun | None = None
        self._exhibits = Exhibits()

    def serve(self, requests: BinaryIO) -> None:
        """Answer every request of a stream, until it ends."""
        while header := requests.read(protocol.HEADER_BYTES):
            request = protocol.parse_request(requests.read(protocol.body_length(header)))
            self._number = request.number
            try:
                answer = self._answer(request.question)
            except SnnTuiError as error:
                answer = protocol.Failed(error.what, error.where, error.remedy)
            self._reply(answer)

    def _reply(self, answer: protocol.Answer) -> None:
        self._out.write(protocol.frame(protocol.Reply(self._number, answer)))
        self._out.flush()

    def _working(self, what: str, done: float | None) -> None:
        self._reply(protocol.Working(what, done))

    def _answer(self, question: protocol.Question) -> protocol.Answer:
        match question:
            case protocol.Open(run, data):
                return self._open(RunDir(Path(run)), data)
            case protocol.FetchData():
                opened = self._ready()
                dataset = images_for(opened.config, None, self._working)
                self._opened = OpenedRun(opened.run, dataset)
                return self._describe(stands_in=False)
            case _ if isinstance(question, messages.Question):
                return self._exhibits.answer(question, self._working, self._opened)
        opened = self._ready()
        opened.refresh()
        match question:
            case protocol.Look(split, index, draw):
                return protocol.Seen(opened.trace(SplitImage(split, index), draw), opened.epoch)
            case protocol.LookAt(path, draw):
                return protocol.Seen(opened.trace(PictureFile(path), draw), opened.epoch)
            case protocol.Survey(split):
                answers = opened.evaluate(split)
                return protocol.Surveyed(
                    answers.labels.tolist(), [float(score) for score in answers.decisions], opened.epoch
                )
            case protocol.Spread(protocol.Look(split, index), draws):
                return protocol.SpreadOut(
                    [float(s) for s in opened.draw_scores(SplitImage(split, index), draws)]
                )
            case protocol.Spread(protocol.LookAt(path), draws):
                return protocol.SpreadOut([float(s) for s in opened.draw_scores(PictureFile(path), draws)])
            case protocol.LookInside(what):
                return protocol.Inside(opened.hidden_layers(*_place(what)))
            case protocol.Cover(what):
                return protocol.Covered(opened.occlusion(*_place(what)))
            case protocol.Judge(split, balanced):
                return protocol.Judged(opened.judge(split, balanced=balanced, on_progress=self._working))
            case protocol.Redraw(split, draw, balanced):
                decisions = opened.evaluate(split, balanced=balanced, draw=draw).decisions
                return protocol.Redrawn(packed_scores(decisions), opened.epoch)
            case protocol.Cost(split, images):
                return protocol.Costed(opened.energy(split, images), opened.epoch)
            case protocol.Portraits(split, indices):
                return protocol.Portrayed(opened.png_files(split, indices))
        raise AssertionError(question)

    def _open(self, run: RunDir, data: str | None) -> protocol.Opened:
        config = read_config(run)
        if config.synthetic:
            data = None  # a run on phantoms is looked at with phantoms
        found = at_hand(config, data)
        dataset = images_for(config, data, self._working) if found else phantoms()
        self._opened = OpenedRun(run, dataset)
        return self._describe(stands_in=not found)

    def _describe(self, *, stands_in: bool) -> protocol.Opened:
        opened = self._ready()
        return protocol.Opened(
            name=opened.run.name,
            dataset=opened.dataset.name,
            synthetic=opened.dataset.synthetic,
            stand_in=stands_in,
            notice=opened.dataset.notice,
            sizes={split: len(opened.dataset.splits[split].labels) for split in SPLITS},
            epoch=opened.epoch,
            coding=opened.config.encoding,
        )

    def _ready(self) -> OpenedRun:
        if self._opened is None:
            raise SnnTuiError("no run is open")
        return self._opened


def _place(what: protocol.Look | protocol.LookAt) -> tuple[ImageRef, int]:
    """A picture and a draw as `OpenedRun` takes them."""
    match what:
        case protocol.Look(split, index, draw):
            return SplitImage(split, index), draw
        case protocol.LookAt(path, draw):
            return PictureFile(path), draw


def main() -> None:
    """Serve standard input until it ends."""
    # The screens decide when this process ends: a ctrl-c in their terminal is not for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Frames have the real standard output for themselves; whatever a library prints goes to stderr.
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    Inspector(out).serve(sys.stdin.buffer)
