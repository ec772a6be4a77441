"""The leaky neuron as an instrument: sliders, equation, input, membrane and spikes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from snn_tui.render import chart, meters, series
from snn_tui.render.canvas import Canvas
from snn_tui.render.frame import cropped, joined
from snn_tui.render.series import Rule, Series
from snn_tui.render.terminal import Terminal
from snn_tui.render.tiles import beside
from snn_tui.tui.model.neuron import Dial, Neuron
from snn_tui.tui.shared.draw.click import clickable, draggable

_NAME_WIDTH = 12
_VALUE_WIDTH = 6
_TRACK = 40
_LABEL_WIDTH = 8
_SIDE_BY_SIDE = 84
_SLIDERS_WIDTH = 44
_LARGEST_CURRENT = 2.0  # of the slider
_TALL = 17  # lines from which there is room for the equation in numbers


@dataclass(frozen=True)
class Response:
    """A neuron's response to an input, and the sliders that it depends on.

    Args:
        neuron: The neuron.
        dials: The sliders.
        chosen: Name of the slider that the keys move.
        spikes_in: Whether the input is a spike train, not a constant current.
        currents: `[T]` input currents.
        membranes: `[T]` membranes.
        spikes: `[T]` spikes, 0 or 1.
    """

    neuron: Neuron
    dials: Sequence[Dial]
    chosen: str
    spikes_in: bool
    currents: Sequence[float]
    membranes: Sequence[float]
    spikes: Sequence[int]


def instrument(response: Response, canvas: Canvas) -> Text:
    """Sliders and equation above or, where there is room, beside what the neuron does.

    Args:
        response: The response to draw.
        canvas: What it is drawn on.
    """
    width, height = canvas.width, canvas.height
    equation = _equation(response.neuron, canvas.terminal)
    if width >= _SIDE_BY_SIDE and height < 24:
        room = width - _SLIDERS_WIDTH - 2
        sliders = _sliders(response, canvas.resized(_SLIDERS_WIDTH))
        left = [*sliders, Text(), *equation][:height]
        for line in left:
            line.truncate(_SLIDERS_WIDTH, pad=True)
        return beside([joined(left), _behaviour(response, canvas.resized(room))], [2])
    sliders = _sliders(response, canvas)
    if height < _TALL:
        equation = equation[:1]
    lines = [*sliders, *equation]
    if height - len(lines) > 1:
        behaviour = _behaviour(response, canvas.resized(height=height - len(lines)))
        lines += behaviour.split("\n", allow_blank=True)
    return cropped(lines, canvas)


def _sliders(response: Response, canvas: Canvas) -> list[Text]:
    accent = canvas.style("accent", bold=True)
    muted = canvas.style("muted")
    mark = "▸" if canvas.unicode else ">"
    lines = []
    for dial in response.dials:
        chosen = dial.name == response.chosen
        line = Text.assemble(
            (f"{mark if chosen else ' '} ", accent),
            (f"{dial.name:<{_NAME_WIDTH - 2}}", Style(bold=True) if chosen else ""),
        )
        if dial.words:
            for index, word in enumerate(dial.words):
                selected = index == int(dial.value)
                label = f"[{word}]" if selected else f" {word} "
                start = len(line)
                line.append(label, accent if selected and chosen else "" if selected else muted)
                clickable(line, f"dial({dial.name!r}, {index})", start)
        else:
            track = max(min(canvas.width - _NAME_WIDTH - _VALUE_WIDTH, _TRACK), 3)
            knob = round(dial.share * (track - 1))
            bar, rail, button = ("━", "─", "●") if canvas.unicode else ("=", "-", "O")
            start = len(line)
            line.append(bar * knob, accent if chosen else "")
            line.append(button, accent if chosen else "")
            line.append(rail * (track - 1 - knob), muted)
            for cell in range(track):
                value = dial.low + (dial.high - dial.low) * cell / (track - 1)
                draggable(line, f"dial({dial.name!r}, {value})", start + cell, start + cell + 1)
            line.append(f"{dial.value:>{_VALUE_WIDTH}.2f}", Style(bold=True) if chosen else "")
        lines.append(line)
    return lines


def _equation(neuron: Neuron, terminal: Terminal) -> list[Text]:
    """The neuron's equation in letters and in numbers, and when it fires."""
    letters, numbers, fires = neuron.equation(unicode=terminal.unicode)
    dim = "dim" if terminal.colour != "none" else ""
    return [Text(letters), Text(f"       = {numbers}", dim), Text(fires)]


def _behaviour(response: Response, canvas: Canvas) -> Text:
    """Input and output as a line each, the membrane as a chart; without room as a line too."""
    width, terminal = canvas.width, canvas.terminal
    first = canvas.style("second")
    fired = canvas.style("class1", bold=True)
    muted = canvas.style("muted")
    many = len(response.spikes)
    across = width - _LABEL_WIDTH
    if response.spikes_in:
        into = meters.spike_train([int(one > 0) for one in response.currents], many, terminal, first, across)
    else:
        into = _current(response.currents, canvas.resized(across), first)
    out = meters.spike_train(response.spikes, many, terminal, fired, across)
    count = sum(response.spikes)
    lines = [
        Text.assemble((f"{'in':<{_LABEL_WIDTH}}", muted), into),
        Text.assemble((f"{'out':<{_LABEL_WIDTH}}", muted), out),
    ]
    if width - lines[1].cell_len >= 12:
        lines[1].append(f"  {count} of {many}", muted)
    rest = canvas.height - len(lines)
    if rest < series.MIN_HEIGHT + 2 or width < series.MIN_WIDTH:
        membrane = meters.membrane_line(
            response.membranes, response.neuron.threshold, many, terminal, first, across
        )
        lines.insert(1, Text.assemble((f"{'U':<{_LABEL_WIDTH}}", muted), membrane))
        return cropped(lines, canvas)
    steps = range(1, many + 1)
    spiked = [step for step in steps if response.spikes[step - 1]]
    drawn = chart.line_chart(
        [
            Series("U", steps, response.membranes, "accent"),
            Series(
                "spike",
                spiked,
                [response.membranes[step - 1] for step in spiked],
                "class1",
                marker="points",
                symbol="●" if canvas.unicode else "o",
            ),
        ],
        canvas.resized(height=rest),
        x_label="step",
        y_label="membrane",
        x_limits=(1.0, float(many)),
        rules=[Rule(response.neuron.threshold, "threshold")],
    )
    return cropped([*lines, *drawn.split("\n", allow_blank=True)], canvas)


def _current(currents: Sequence[float], canvas: Canvas, style: Style) -> Text:
    shares = (current / _LARGEST_CURRENT or None for current in currents[: canvas.width])
    return Text(meters.bars(shares, canvas.terminal), style)
