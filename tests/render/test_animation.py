"""The animation of a decision: the cast played on a terminal, and the SVG picture as XML."""

from __future__ import annotations

import io
import json
import re
from xml.etree import ElementTree

import msgspec
import pyte
import pytest
from rich.console import Console
from rich.text import Text

from render.terminals import BARE, FULL
from render.test_inspection import STEPS, trace
from snn_tui.render import animation, neurons
from snn_tui.render.canvas import Canvas
from snn_tui.render.inspection import inspection_at
from snn_tui.values.early_exit import ExitRule
from snn_tui.values.trace import Trace

TITLE = "paper-s0 · PneumoniaMNIST · test 7"
RULE = ExitRule(
    threshold=0.25,
    loss=0.0,
    split="val",
    images=30,
    accuracy=0.9,
    full_accuracy=0.9,
    mean_steps=8.0,
    num_steps=STEPS,
)
WIDE_NAMES = ("正常", "肺炎と診断")


def lines(shown: Trace, step: int, canvas: Canvas) -> list[str]:
    """The lines that a step is drawn in."""
    console = Console(width=canvas.width, file=io.StringIO(), color_system=None, legacy_windows=False)
    console.print(inspection_at(shown, step, TITLE, canvas))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("canvas", [Canvas(80, 0, FULL), Canvas(80, 0, BARE)], ids=["unicode", "ascii"])
@pytest.mark.parametrize("names", [("normal", "pneumonia"), WIDE_NAMES], ids=["narrow", "wide"])
def test_a_terminal_that_plays_the_cast_shows_each_step(canvas: Canvas, names: tuple[str, str]) -> None:
    shown = trace()
    shown = msgspec.structs.replace(shown, task=msgspec.structs.replace(shown.task, classes=names))
    text = animation.written(shown, TITLE, canvas, 5)[".cast"]
    header, *events = map(json.loads, text.splitlines())
    assert header["version"] == 2
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    times = [time for time, kind, _ in events if kind == "o"]
    assert times == [0.0, *(step / 5 for step in range(STEPS)), (STEPS - 1) / 5 + animation.HOLD]
    (_, _, start), *frames, _ = events
    stream.feed(start)
    for step, (_, _, data) in enumerate(frames, start=1):
        stream.feed(data)
        wanted = lines(shown, step, canvas)
        seen = [line.rstrip() for line in screen.display]
        assert seen[: len(wanted)] == wanted
        assert not any(seen[len(wanted) :])
    assert "step 20 of 20" in screen.display[0]


def test_the_same_decision_is_the_same_file() -> None:
    canvas = Canvas(80, 0, FULL)
    assert animation.written(trace(), TITLE, canvas, 5) == animation.written(trace(), TITLE, canvas, 5)


def test_the_picture_moves_by_a_frame_a_step_and_rests_on_the_last() -> None:
    frames = animation.frames(trace(), TITLE, Canvas(80, 0, FULL))
    text = animation.svg(frames, "a <decision> & more", 10)
    root = ElementTree.fromstring(text)
    names = {"svg": "http://www.w3.org/2000/svg"}
    assert root.findtext("svg:title", namespaces=names) == "a <decision> & more"
    moves = [float(part) for part in re.findall(r"translateY\(-?([0-9.]+)px\)", text)]
    assert len(moves) == STEPS
    frame = moves[1]
    assert moves == pytest.approx([frame * step for step in range(STEPS)], rel=1e-4)
    strip = root.find(".//svg:g[@id='strip']", names)
    assert strip is not None
    assert strip.get("transform") == f"translate(0 -{moves[-1]:.6g})"
    for step in (1, 2, STEPS):
        own = [
            "".join(part.itertext()).replace("\xa0", " ")
            for part in strip.iterfind("svg:text", names)
            if (step - 1) * frame <= float(part.get("y", 0)) < step * frame
        ]
        assert any(str(step) in words for words in own)
    # What stays is there once, and nothing is fetched from elsewhere.
    assert text.count("PneumoniaMNIST") == 1
    assert "http" not in text.replace(names["svg"], "")
    assert len(text) < 400_000


def test_it_ends_where_the_verdict_falls() -> None:
    spikes = [*[(0, 0)] * 4, *[(0, 1)] * (STEPS - 4)]
    early = msgspec.structs.replace(trace(), spikes_out=spikes, exit_rule=RULE)
    assert 1 < early.verdict_step < STEPS
    frames = animation.frames(early, TITLE, Canvas(80, 0, FULL))
    assert len(frames) == early.verdict_step
    words = ["".join(character for character, _ in line) for line in frames[-1]]
    assert any(f"step {early.verdict_step} of {STEPS}" in line for line in words)
    at = f"step {early.verdict_step} of {STEPS}: lead {early.lead(early.verdict_step):.2f}, needed 0.25"
    assert any("decided" in line and at in line for line in words)


def test_after_the_verdict_nothing_is_counted_any_more() -> None:
    spikes = [*[(0, 0)] * 4, *[(0, 1)] * (STEPS - 4)]
    early = msgspec.structs.replace(trace(), spikes_out=spikes, exit_rule=RULE)
    lines = Text("\n").join(neurons.printed(early, STEPS, Canvas(80, 0, FULL))).plain
    fired = early.counts(early.verdict_step)[1]
    assert f"{fired:>4}\n" in lines
    assert "|" * fired + "¦" * (STEPS - 4 - fired) in lines


def test_heads_stand_apart_with_few_steps() -> None:
    few = msgspec.structs.replace(trace(), spikes_out=[(0, 1)] * 4, membranes=[(0.2, 1.4)] * 4)
    head, *lines = (line.plain for line in neurons.table(few, 4, Canvas(76, 4, FULL)))
    assert head.split() == ["fired", "spikes", "membrane"]
    assert lines[1].rindex("████") == head.index("membrane")


def test_without_spikes_it_is_one_frame() -> None:
    still = msgspec.structs.replace(trace(), spikes_out=[()], membranes=[(0.2, 1.4)], coding="direct")
    texts = animation.written(still, TITLE, Canvas(80, 0, FULL), 5)
    assert len(texts[".cast"].splitlines()) == 4
    ElementTree.fromstring(texts[".svg"])
