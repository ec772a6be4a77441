"""The output neurons of a network step by step: how often each fired, its spike train and its membrane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from snn_tui.render import chart, meters
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol, class_word
from snn_tui.render.lines import Beside
from snn_tui.render.text import first_that_fits
from snn_tui.values.trace import Trace

_MOST_NAME = 16  # cells of a class's name beside its neuron
_LEAST_NAME = 6
_COUNT_WIDTH = 4
_CHART_LINES = 8
_SIDE_BY_SIDE = 74
_CHART_BESIDE = 90
_SHORTEST_METER = 5
_MOST_LINES = 6  # membranes in one chart


def outputs(trace: Trace, step: int, canvas: Canvas, scrolled: int = 0) -> RenderableType:
    """The output neurons up to a step: firing meters, spike trains, membranes against the threshold.

    Where there is room for it the membranes are a chart, below the others or beside them, else a line a
    neuron; where there are only a few lines, each neuron's meter, train and membrane stand side by side. Of
    more neurons than lines those of the predicted and of the true classes are drawn, and those that fire
    most.

    Args:
        trace: Activity of the network for an image.
        step: Number of the last step drawn, from 0 to T. After the verdict nothing is counted any more, and
            trains and membranes are grey.
        canvas: What it is drawn on.
        scrolled: 0 for those neurons; from 1 on, up to `positions`, the rank of the first one drawn, of all
            neurons in the order of the last step's scores.
    """
    neurons, blocks = range(trace.task.outputs), _blocks(trace)
    if _in_table(trace, canvas):
        return Group(*table(trace, step, canvas, scrolled))
    beside = canvas.width >= _CHART_BESIDE and _CHART_LINES <= canvas.height < _CHART_LINES + blocks
    left = canvas.resized(width=canvas.width // 2 - 2) if beside else canvas
    width = left.width - label_width(trace, left)
    trains = labelled(trace, neurons, _trains(trace, neurons, step, width, left), left)
    lines = [*_meters(trace, step, left), Text(), *trains]
    remaining = canvas.height - len(lines) - 1
    if beside:
        chart_canvas = canvas.resized(width=canvas.width // 2)
        return Beside(Group(*lines), _membrane_chart(trace, step, chart_canvas))
    if remaining >= _CHART_LINES:
        return Group(*lines, Text(), _membrane_chart(trace, step, canvas.resized(height=remaining)))
    word = "membrane"
    if _marked(trace):  # the labels may be too narrow for the word
        lines.append(Text(" " * label_width(trace, left) + word, canvas.style("muted")))
        word = ""
    lines += labelled(trace, neurons, _membranes(trace, neurons, step, width, left), left, word)
    return Group(*lines[: max(canvas.height, 1)])


def positions(trace: Trace, canvas: Canvas) -> int:
    """How far the neurons can be scrolled on a canvas; 0 where all fit."""
    lines = canvas.height - 1
    if (trace.spiking and not _in_table(trace, canvas)) or trace.task.outputs <= lines:
        return 0
    return trace.task.outputs - max(lines - 1, 1) + 1


def _blocks(trace: Trace) -> int:
    """Lines that meters, trains and membranes of all neurons take below each other."""
    return 3 * trace.task.outputs + 2 if _marked(trace) else 6


def _in_table(trace: Trace, canvas: Canvas) -> bool:
    """Whether each neuron's meter, train and membrane stand side by side."""
    return canvas.height < _blocks(trace) and (_marked(trace) or canvas.width >= _SIDE_BY_SIDE)


def printed(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """The output neurons up to a step, in as many lines as they need."""
    neurons = range(trace.task.outputs)
    if _marked(trace):
        whole = canvas.resized(height=len(neurons) + 1)
        return [*table(trace, step, whole), Text(marks(trace, canvas), canvas.style("muted"))]
    width = canvas.width - label_width(trace, canvas)
    return [
        *_meters(trace, step, canvas),
        Text(),
        *labelled(trace, neurons, _trains(trace, neurons, step, width, canvas), canvas),
        *labelled(trace, neurons, _membranes(trace, neurons, step, width, canvas), canvas, "membrane"),
    ]


def table(trace: Trace, step: int, canvas: Canvas, scrolled: int = 0) -> list[Text]:
    """Meter, spike train and membrane of each output neuron on one line, below their names.

    Where the columns are too few for all steps and there are lines enough, the membranes stand below.
    """
    neurons, left_out = fitting(trace, step, canvas.height - 1, scrolled)
    blank = label_width(trace, canvas)
    space = canvas.width - blank - _COUNT_WIDTH
    each = meter = min(trace.num_steps, (space - 4) // 3)
    below, columns = False, 2
    if _marked(trace):
        below = each < trace.num_steps and canvas.height >= 2 * trace.task.outputs + 2
        columns = 1 if below else 2
        while columns and (space - 2 * columns) // (columns + 1) < _SHORTEST_METER + 1:
            columns -= 1  # where it is narrow, first the membranes go, then the trains
        # The trains need a column for each step; the meters get what is left.
        space -= 2 * columns
        least = min(space // (columns + 1), 2 * _SHORTEST_METER)
        meter = min(max(space - columns * trace.num_steps, least), trace.num_steps)
        each = min(trace.num_steps, (space - meter) // max(columns, 1))
    word = _steps(trace, step, each)
    # Of few steps the trains are narrower than the word above them.
    fits = blank + meter + _COUNT_WIDTH + 4 + len(word) + each <= canvas.width
    across = max(each, len(word)) if columns == 2 and fits else each
    heads = ("fired", first_that_fits((word, ""), across + 1), "membrane")[: columns + 1]
    widths = (meter + _COUNT_WIDTH + 2, across + 2, 0)
    head = "".join(f"{word:<{width}}" for word, width in zip(heads, widths, strict=False))
    trains = _trains(trace, neurons, step, each, canvas)
    membranes = _membranes(trace, neurons, step, each, canvas)
    counts, lines = trace.counts(min(step, trace.verdict_step)), []
    for neuron, train, membrane in zip(neurons, trains, membranes, strict=True):
        style = class_style(neuron, canvas)
        bar = _meter(trace, counts[neuron], meter, canvas, neuron, a_column_a_step=True)
        train.pad_right(across - train.cell_len)
        line = Text.assemble(bar, (f"{counts[neuron]:>{_COUNT_WIDTH}}", style))
        for part in (train, membrane)[:columns]:
            line.append("  ").append_text(part)
        lines.append(line)
    head = " " * blank + head
    drawn = [Text(head, canvas.style("muted")), *labelled(trace, neurons, lines, canvas, marked=step)]
    if left_out:
        drawn.append(_remaining(trace, step, left_out, canvas))
    if below:
        drawn.append(Text(f"{'':<{blank}}membrane", canvas.style("muted")))
        whole = _membranes(trace, neurons, step, canvas.width - blank, canvas)
        drawn += labelled(trace, neurons, whole, canvas)
    for line in drawn:
        line.truncate(max(canvas.width, 1))
    return drawn[: max(canvas.height, 1)]


def _steps(trace: Trace, step: int, columns: int) -> str:
    """What stands above the spike trains: the steps they are of, where there is no room for all of them."""
    if not _marked(trace) or columns >= trace.num_steps:
        return "spikes"
    window = meters.window(trace.num_steps, step, columns)
    span = f"{window.start + 1}-{window.stop}"
    return first_that_fits((f"steps {span}", span, "spikes"), columns + 1)


def marks(trace: Trace, canvas: Canvas) -> str:
    """What the marks before the neurons' names mean, in at most the canvas' width; empty without marks."""
    if not _marked(trace):
        return ""
    predicted, true = _MARKS[canvas.unicode], canvas.symbol("good")
    half = _HALF[canvas.unicode]
    words = [f"{predicted} predicted"]
    if trace.picture.labels is not None:
        words.append(f"{true} true")
    if trace.task.kind == "multilabel" and trace.spiking:
        words.append(f"{half} half of the steps")
    gap = " · " if canvas.unicode else " - "
    return first_that_fits((gap.join(words), gap.join(words[:2])), canvas.width)


_MARKS = {True: "▸", False: ">"}
_HALF = {True: "│", False: "|"}


def _marked(trace: Trace) -> bool:
    """Whether the predicted and the true classes are marked; of two classes the facts alone name them."""
    return trace.task.kind != "binary"


def fitting(trace: Trace, step: int, lines: int, scrolled: int = 0) -> tuple[list[int], list[int]]:
    """The neurons that are drawn, and those there is no line for: in the order of the classes if all fit.

    Else they are in the order of the last step's scores, so that none moves while steps are added.
    """
    neurons = range(trace.task.outputs)
    if len(neurons) <= lines:
        return list(neurons), []
    final = trace.scores(trace.num_steps)
    ranked = sorted(neurons, key=lambda neuron: (-final[neuron], neuron))
    wanted = [*trace.predicted(step), *(trace.picture.labels or ()), *ranked]
    first = max(scrolled - 1, 0)
    kept = set(list(dict.fromkeys(ranked if scrolled else wanted))[first : first + max(lines - 1, 1)])
    return [one for one in ranked if one in kept], [one for one in ranked if one not in kept]


def _remaining(trace: Trace, step: int, left_out: Sequence[int], canvas: Canvas) -> Text:
    """How often those neurons fired that are not drawn."""
    counts = trace.counts(step)
    most = max(counts[neuron] for neuron in left_out)
    words = f"{len(left_out)} more"
    fired = "none fired" if not most else f"at most {most} spike{'s' if most != 1 else ''} each"
    keys = "↑↓" if canvas.unicode else "up/down"
    choices = (f"   {words}, {fired} ({keys})", f"   {words} ({keys})", f"   {words}")
    return Text(first_that_fits(choices, canvas.width), canvas.style("muted"))


def _membrane_chart(trace: Trace, step: int, canvas: Canvas) -> Text:
    """The membranes of the output neurons up to a step as a chart; of many, of those that matter most."""
    neurons = list(range(trace.task.outputs))
    if len(neurons) > _MOST_LINES:
        neurons = sorted(fitting(trace, step, _MOST_LINES)[0])
    names = {neuron: class_word(neuron, trace.task, canvas, _MOST_NAME) for neuron in neurons}
    letters = trace.task.letters
    marks = [class_symbol(neuron, trace.task, canvas) for neuron in range(trace.task.outputs)]
    step = min(step, trace.verdict_step)  # what comes after an early verdict stands in the trains, in grey
    return chart.membrane_chart(
        trace.membranes,
        trace.spikes_out,
        trace.threshold if trace.threshold_known else None,
        step,
        names,
        letters,
        canvas,
        marks,
    )


def _name_limit(trace: Trace, canvas: Canvas) -> int:
    """Cells that a name may take: of several classes only so many that the rest has room."""
    if not _marked(trace):
        return _MOST_NAME
    return min(_MOST_NAME, max(_LEAST_NAME, canvas.width // 4))


def _name(trace: Trace, neuron: int, canvas: Canvas) -> str:
    """Symbol and name of a neuron's class; where both are the same, it once."""
    return class_name(neuron, trace.task, canvas, width=_name_limit(trace, canvas) + 2).plain


def label_width(trace: Trace, canvas: Canvas) -> int:
    """Cells of the longest name of a class, with its symbol and a gap, and of the words in its place."""
    width = max(cell_len(_name(trace, neuron, canvas)) for neuron in range(trace.task.outputs))
    if _marked(trace):
        return width + 4
    return max(len("membrane") + 2, width) + 1


def labelled(
    trace: Trace,
    neurons: Iterable[int],
    lines: Sequence[Text],
    canvas: Canvas,
    word: str = "",
    marked: int | None = None,
) -> list[Text]:
    """A line of each output neuron behind its class's symbol, and its name or another word.

    Args:
        trace: The image's trace.
        neurons: Indices of the neurons.
        lines: A line for each.
        canvas: What they are drawn on.
        word: What to write in place of the names.
        marked: The step as of which predicted classes are marked, and true ones with them; None for no marks.
    """
    width, labelled = label_width(trace, canvas), []
    predicted = trace.predicted(min(marked, trace.verdict_step)) if marked is not None else ()
    true = (trace.picture.labels or ()) if marked is not None else ()
    for neuron, line in zip(neurons, lines, strict=True):
        name = f"{class_symbol(neuron, trace.task, canvas)} {word}" if word else _name(trace, neuron, canvas)
        if _marked(trace):
            label = Text(_MARKS[canvas.unicode] if neuron in predicted else " ")
            label.append(f"{canvas.symbol('good') if neuron in true else ' '} ")
            label.append(name, class_style(neuron, canvas, bold=neuron in predicted))
        else:
            label = Text(name, class_style(neuron, canvas))
        label.truncate(width - 1)
        label.pad_right(width - label.cell_len)
        labelled.append(Text.assemble(label, line))
    return labelled


def _meters(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """How often each output neuron fired, as a bar with the number behind it."""
    width = max(4, min(canvas.width - label_width(trace, canvas) - _COUNT_WIDTH - 1, 2 * trace.num_steps))
    bars = []
    for neuron, count in enumerate(trace.counts(min(step, trace.verdict_step))):
        bar = _meter(trace, count, width, canvas, neuron)
        bars.append(Text.assemble(bar, (f"{count:>{_COUNT_WIDTH}}", class_style(neuron, canvas))))
    return labelled(trace, range(trace.task.outputs), bars, canvas, marked=step)


def _meter(
    trace: Trace, count: int, width: int, canvas: Canvas, neuron: int, *, a_column_a_step: bool = False
) -> Text:
    """How often a neuron fired as a bar; of a label with a line at half of the steps, which predict it."""
    steps, style, terminal = trace.num_steps, class_style(neuron, canvas), canvas.terminal
    if trace.task.kind != "multilabel" or width < _SHORTEST_METER:
        if a_column_a_step:
            return meters.firing_meter(count, steps, width, terminal, style)
        return meters.meter(count, steps, width, terminal, style)
    half, left = -(-steps // 2), (width - 1) // 2
    return Text.assemble(
        meters.meter(min(count, half), half, left, terminal, style),
        _HALF[canvas.unicode],
        meters.meter(max(count - half, 0), max(steps - half, 1), width - 1 - left, terminal, style),
    )


def _trains(trace: Trace, neurons: Iterable[int], step: int, width: int, canvas: Canvas) -> list[Text]:
    """The spike train of each of some output neurons in at most `width` columns."""
    return [
        meters.spike_train(
            [fired[neuron] for fired in trace.spikes_out],
            step,
            canvas.terminal,
            class_style(neuron, canvas),
            width,
            trace.verdict_step,
        )
        for neuron in neurons
    ]


def _membranes(trace: Trace, neurons: Iterable[int], step: int, width: int, canvas: Canvas) -> list[Text]:
    """The membrane of each of some output neurons as a line in at most `width` columns."""
    return [
        meters.membrane_line(
            [membranes[neuron] for membranes in trace.membranes],
            trace.threshold,
            step,
            canvas.terminal,
            class_style(neuron, canvas),
            width,
            trace.verdict_step,
        )
        for neuron in neurons
    ]
