"""How a network decides on one image: the facts about its prediction, and all of it for printing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.style import Style
from rich.text import Text

from snn_tui.render import currents, input_spikes, neurons, picture
from snn_tui.render.canvas import Canvas
from snn_tui.render.classes import class_name, class_style, class_symbol, class_word
from snn_tui.render.frame import cropped
from snn_tui.render.lines import GAP, Beside
from snn_tui.render.outcome import listed_classes, outcome, outcome_of_labels
from snn_tui.render.text import first_that_fits, plain, wrapped
from snn_tui.values.task import Task
from snn_tui.values.trace import Trace

_MOST_NAME = 16  # cells of a class's name beside a number
_NAME_WIDTH = 9
_LONGEST_VALUE = len("by membrane")  # that cannot be shortened without a loss
_SHORTEST_BAR = 8
_SHORTEST_NAME = 5
_FACTS_LINES = 20
_PRINTED_SIDE = 56  # pixels that a printed image may have, where the terminal is wide enough
_NEEDED_NAME = 12  # cells of a class's name below which values stand below their names, of several classes


def facts(trace: Trace, step: int, redraws: Sequence[tuple[int, ...]] | None, canvas: Canvas) -> Text:
    """True classes, prediction up to a step with its margin, the draw, and the predictions of other draws.

    Where it is narrow, every value stands below its name.

    Args:
        trace: Activity of the network for an image.
        step: Number of the last step counted, from 0 to T.
        redraws: Classes predicted in further draws of the rate coding, None while they are not known and with
            direct coding, whose draws are all the same.
        canvas: What it is drawn on.
    """
    width = canvas.width
    muted, warn = canvas.style("muted"), canvas.style("warn")
    labels, task = trace.picture.labels, trace.task
    # An image without a label is in no split.
    evaluated = trace.draw == 0 and labels is not None and not trace.inverted
    longest = max(map(len, task.classes))
    if task.kind != "binary":
        longest = min(longest, _NEEDED_NAME)
    stacked = width < _NAME_WIDTH + max(longest + 2, _LONGEST_VALUE)
    room = width if stacked else width - _NAME_WIDTH
    coding = ("draw", Text(f"{trace.draw}{' (as evaluated)' if evaluated else ''}"))
    if trace.coding == "direct":
        coding = ("coding", Text(first_that_fits(("direct, not random", "direct"), room) or "direct"))
    if trace.stored:
        coding = ("trace", plain(trace.stored, canvas.terminal, limit=max(room, 8)))
    truth = Text("not known") if labels is None else listed_classes(labels, task, canvas, room)
    lines: list[Text] = []
    for name, value in [("truth", truth), *_prediction(trace, step, canvas, room), coding]:
        value = _shorter(value, room)
        lines += [Text(name, muted), value] if stacked else [_pair(name, value, muted)]
        if name in ("verdict", "so far"):
            lines += _doubts(trace, canvas)
    if redraws:
        lines += _share_of_draws(redraws, task, canvas, stacked)
    if trace.synthetic and len(lines) < canvas.height:
        mark = canvas.symbol("synthetic")
        wordings = (f"{mark} synthetic picture, no {task.real_noun}", f"{mark} synthetic")
        words = first_that_fits(wordings, width) or wordings[-1]
        lines.append(plain(words, canvas.terminal, warn))
    return cropped(lines, canvas)


def inspection(trace: Trace, title: str, canvas: Canvas) -> RenderableType:
    """All about one image, for printing: the image, the output neurons, the prediction.

    It is as long as it needs to be, whatever the height of the canvas.
    """
    image, step = trace.picture, trace.verdict_step
    side = _PRINTED_SIDE if canvas.width >= _PRINTED_SIDE + 4 else _PRINTED_SIDE // 2
    drawn = picture.drawn(image, canvas.resized(min(side, canvas.width), side // 2))
    return Group(_heading(title, canvas), drawn, *_decision(trace, step, canvas))


def inspection_of_another(trace: Trace, title: str, canvas: Canvas) -> RenderableType:
    """What `inspection` prints below the image, of another network for the same image."""
    return Group(Text(), _heading(title, canvas), *_decision(trace, trace.verdict_step, canvas))


def inspection_at(trace: Trace, step: int, title: str, canvas: Canvas) -> RenderableType:
    """What `inspection` prints, as of a time step: one frame of an animation.

    Beside the image are the input's spikes of the step, where it has some.

    Args:
        trace: Activity of the network for an image.
        step: Number of the last step counted, from 1 to T.
        title: The title, to which the step is added.
        canvas: What it is drawn on, wide enough for two pictures; its height does not matter.
    """
    half = (canvas.width - GAP) // 2
    small = canvas.resized(half, half // 2)
    drawn: RenderableType = picture.drawn(trace.picture, small)
    if trace.spiking and trace.coding != "direct":
        size = input_spikes.size(trace.picture, small)
        drawn = Beside(
            picture.in_size(trace.picture, *size, canvas),
            input_spikes.inputs(trace, step, canvas.resized(size[1], -(-size[0] // 2))),
        )
    if trace.spiking:
        title += f" · step {step} of {trace.num_steps}"
    return Group(_heading(title, canvas), drawn, *_decision(trace, step, canvas))


def _heading(title: str, canvas: Canvas) -> Text:
    return plain(title, canvas.terminal, Style(bold=True))


def _decision(trace: Trace, step: int, canvas: Canvas) -> list[Text]:
    """The output neurons, the prediction and the remarks, in as many lines as they need."""
    last = facts(trace, step, None, canvas.resized(height=_FACTS_LINES))
    last.end = "\n"  # in a panel nothing follows; printed, a shell's prompt does
    return [
        Text(),
        *(neurons if trace.spiking else currents).printed(trace, step, canvas),
        Text(),
        last,
        *(line for words in _remarks(trace) for line in wrapped(words, canvas, canvas.style("warn"))),
    ]


def _remarks(trace: Trace) -> list[str]:
    """The warnings and notes about an image, each in a sentence."""
    inverted = ["note: the picture was inverted"] if trace.inverted else []
    warnings = [f"warning: {warning.text}" for warning in trace.warnings]
    return [*inverted, *(f"note: {note}" for note in trace.notes), *warnings]


def _shorter(value: Text, width: int) -> Text:
    """A value without its last word where it does not fit; the mark before that word says the same."""
    return value if value.cell_len <= width else value[: value.plain.rstrip().rfind(" ")]


def _pair(name: str, value: Text, muted: Style) -> Text:
    return Text.assemble((f"{name:<{_NAME_WIDTH}}", muted), value)


def _prediction(trace: Trace, step: int, canvas: Canvas, room: int) -> list[tuple[str, Text]]:
    """Predicted classes up to a step, whether they are right, and by how far one leads."""
    several = trace.task.kind == "multilabel"
    if step == 0:
        nothing = [("verdict", Text("no step shown"))]
        none = Text("0 spikes" if trace.spiking else "0 log-odds")
        return nothing if several else [*nothing, ("margin", none)]
    name = "verdict" if step >= trace.verdict_step else "so far"
    step = min(step, trace.verdict_step)
    predicted, labels = trace.predicted(step), trace.picture.labels
    if several:
        verdict = [(name, listed_classes(predicted, trace.task, canvas, room)), *_stop(trace, step, room)]
        if labels is not None:
            value = outcome_of_labels(predicted, labels, canvas, room)
            verdict.append(("found" if labels else "labels", value))
        return verdict
    # The mark for right or wrong has its place, however long the name is.
    value = class_name(predicted[0], trace.task, canvas, width=room - 2)
    if labels is not None:
        mark = outcome(predicted == labels, canvas)
        value.append(f" {mark.plain}", mark.style)
    margin = _margin(trace, step, predicted[0], canvas, room)
    return [(name, value), ("margin", margin), *_stop(trace, step, room)]


def _stop(trace: Trace, step: int, room: int) -> list[tuple[str, Text]]:
    """The step at which the verdict fell, where it may fall early, and the lead that it had and needed."""
    if trace.exit_rule is None or step < trace.verdict_step:
        return []
    words = f"step {step} of {trace.num_steps}"
    lead = f"{words}: lead {trace.lead(step):.2f}, needed {trace.exit_rule.threshold:g}"
    return [("decided", Text(first_that_fits((lead,), room) or words))]


def _margin(trace: Trace, step: int, predicted: int, canvas: Canvas, room: int) -> Text:
    """By how many spikes, or log-odds, the predicted class leads, and over which of several."""
    counts, scores = trace.counts(step), trace.scores(step)
    others = [label for label in range(trace.task.outputs) if label != predicted]
    second = max(others, key=lambda label: scores[label], default=predicted)
    if trace.spiking:
        margin = abs(counts[predicted] - counts[second])
        words = f"{margin} spike{'s' if margin != 1 else ''}" if margin else "by membrane"
        short = str(margin or "just")
    else:
        short = f"{abs(scores[predicted] - scores[second]):.2f}"
        words = f"{short} log-odds"
    if trace.task.kind == "binary" or not others:
        return Text(words)
    wordings = (f"{words} ahead of ", f"{short} ahead of ")
    lead = Text(first_that_fits(wordings, room - _SHORTEST_NAME) or wordings[-1])
    lead.append_text(class_name(second, trace.task, canvas, bold=False, width=room - lead.cell_len))
    return lead


def _doubts(trace: Trace, canvas: Canvas) -> list[Text]:
    """In which ways the image is not like the training images, and whether it was inverted."""
    words = [warning.kind for warning in trace.warnings]
    lines = (
        wrapped(f"{canvas.symbol('warn')} {', '.join(words)}", canvas, canvas.style("warn")) if words else []
    )
    return lines + ([Text("picture inverted", canvas.style("warn"))] if trace.inverted else [])


def _share_of_draws(
    redraws: Sequence[tuple[int, ...]], task: Task, canvas: Canvas, stacked: bool
) -> list[Text]:
    """The share of draws that each class was predicted for, as a bar and as counts."""
    if task.kind != "binary":
        return _counts_of_draws(redraws, task, canvas, stacked)
    one, other = task.signs
    draws, positive = len(redraws), sum(one in predicted for predicted in redraws)
    words = Text(f"{positive}/{draws} {'' if stacked else 'say '}{class_word(one, task, canvas, _MOST_NAME)}")
    if not stacked and canvas.width < _NAME_WIDTH + _SHORTEST_BAR + 1 + words.cell_len:
        words = Text(f"{positive}/{draws} {class_symbol(one, task, canvas)}")
    cells = max(4, min(draws, canvas.width - (0 if stacked else _NAME_WIDTH + words.cell_len + 1)))
    filled = round(cells * positive / draws)
    light, full = ("▒", "█") if canvas.unicode else ("o", "#")
    bar = Text.assemble(
        (light * (cells - filled), class_style(other, canvas)), (full * filled, class_style(one, canvas))
    )
    muted = canvas.style("muted")
    if stacked:
        return [Text("spread", muted), bar, words]
    return [_pair("spread", Text.assemble(bar, " ", words), muted)]


def _counts_of_draws(
    redraws: Sequence[tuple[int, ...]], task: Task, canvas: Canvas, stacked: bool
) -> list[Text]:
    """In how many draws each class was predicted, the most frequent first; a mark ends what is cut."""
    draws = Counter(label for predicted in redraws for label in predicted)
    room = canvas.width - (0 if stacked else _NAME_WIDTH)
    total, mark = f"/{len(redraws)}", " …" if canvas.unicode else " ..."
    ranked = sorted(draws.items(), key=lambda pair: (-pair[1], pair[0]))
    value = Text("" if ranked else f"0{total} say any")
    for place, (label, number) in enumerate(ranked):
        part = Text("  " if place else "")
        part.append(f"{number}{'' if place else total} say ")
        left = room - value.cell_len - (len(mark) if label != ranked[-1][0] else 0)
        width = min(_MOST_NAME, max(left - part.cell_len, 1)) if not place else _MOST_NAME
        part.append_text(class_name(label, task, canvas, bold=False, width=width))
        if place and part.cell_len > left:
            value.append(mark)
            break
        value.append_text(part)
    muted = canvas.style("muted")
    return [Text("spread", muted), value] if stacked else [_pair("spread", value, muted)]
