"""How a run ended, in lines: its scores on test, why it failed, or that its trainer vanished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from snn_tui.render.canvas import Canvas
from snn_tui.render.text import count, first_that_fits, metric, plain, wrapped
from snn_tui.runs.events import RunFailed
from snn_tui.values.benchmarks import study_beside
from snn_tui.values.scores import METRICS, Scores, main_metrics, metrics_for
from snn_tui.values.task import PNEUMONIA, Task
from snn_tui.values.words import listed

_METRIC_WIDTH = 6
_LABEL_WIDTH = 6


@dataclass(frozen=True)
class RunKeys:
    """How the keys are written that are named beside a run.

    Args:
        resume: The one that resumes it.
        stop: The one that stops it.
        choose: The one that chooses a run.
    """

    resume: str = "r"
    stop: str = "x"
    choose: str = "l"


def failed(failure: RunFailed, log: Sequence[str], canvas: Canvas, *, hint: str = "") -> list[Text]:
    """The failure, its remedy and the end of the log; `hint` is how to start the run again, if it can be."""
    muted = canvas.style("muted")
    lines = [Text(f"failed{hint}", canvas.style("bad", bold=True))]
    lines += wrapped(": ".join(part for part in (failure.where, failure.what) if part), canvas)
    if failure.remedy:
        lines += wrapped(f"try: {failure.remedy}", canvas, muted)
    return lines + (_log(log, canvas, muted) if log else [])


def crashed(
    log: Sequence[str], canvas: Canvas, *, own_loop: bool = False, keys: RunKeys = RunKeys()
) -> list[Text]:
    """That the trainer is gone, and the last lines of its log, as many as fit."""
    muted = canvas.style("muted")
    if own_loop:
        bad = canvas.style("bad", bold=True)
        words = "it was killed, the machine went down, or it left out `with` and `end`"
        return [Text("the program that wrote it is gone", bad), *wrapped(words, canvas, muted)]
    lines = [Text(f"the trainer vanished: {keys.resume} resumes it", canvas.style("bad", bold=True))]
    if not log:
        words = "worker.log is empty: it was killed, or the machine went down"
        return lines + wrapped(words, canvas, muted)
    return lines + _log(log[-max(1, canvas.height - 2) :], canvas, muted)


def gone(canvas: Canvas, keys: RunKeys = RunKeys()) -> list[Text]:
    """That the run's directory is not there any more."""
    lines = [Text("the run's directory is gone", canvas.style("bad", bold=True))]
    words = f"it was moved, renamed or deleted; {keys.choose} chooses a run, under its new name if it has one"
    return lines + wrapped(words, canvas, canvas.style("muted"))


def _log(log: Sequence[str], canvas: Canvas, muted: Style) -> list[Text]:
    return [
        Text("worker.log ends with:", muted),
        *(plain(line, canvas.terminal, "", max(canvas.width, 1)) for line in log),
    ]


def final_scores(
    scores: Scores | None,
    synthetic: bool,
    canvas: Canvas,
    *,
    balanced: bool = True,
    comparable: bool = True,
    task: Task = PNEUMONIA,
) -> list[Text]:
    """The metrics on test, in two blocks where they are too many for a line; under them the study's.

    Args:
        scores: The evaluation on test; None where there was none.
        synthetic: Whether the images were phantoms: then there is nothing to compare with, and it says so.
        balanced: Whether both classes were equally large, as in the study; else it says so, too.
        comparable: Whether the images are PneumoniaMNIST's; else it says so, too.
        canvas: What it is drawn on.
        task: What the data set asks, which decides the metrics. Where it has other classes than the study's,
            nothing is said of the study.
    """
    muted = canvas.style("muted")
    bold = canvas.style("good", bold=True)
    if scores is None:
        return wrapped("test was never read, as it was told", canvas, muted)
    kind, of_the_study = task.kind, task.classes == PNEUMONIA.classes
    study = study_beside(task, "test", balanced=balanced, comparable=comparable, synthetic=synthetic)
    fields = tuple(metrics_for(kind))
    blocks = [fields]
    negative = any((getattr(scores, name) or 0.0) < 0.0 for name in fields)
    width = _METRIC_WIDTH + negative  # a minus takes the gap before it
    if canvas.width < _LABEL_WIDTH + len(fields) * width:
        fields = tuple(field for field in fields if field != "recall")  # the same number as sensitivity
        half = (len(fields) + 1) // 2
        blocks = [fields[:half], fields[half:]]
    lines_each = 3 if study else 2
    if len(blocks) * lines_each + (not study) > canvas.height:
        blocks = [main_metrics(kind)]
    lines = []
    for names in blocks:
        values = [getattr(scores, name) for name in names]
        lines.append(Text(_row("", [METRICS[name].short for name in names], width), muted))
        cells = [metric(value, canvas.terminal).strip() for value in values]
        lines.append(Text(_row("test", cells, width), bold))
        if study:
            published = [study.get(name) for name in names]
            cells = ["" if value is None else metric(value, canvas.terminal) for value in published]
            lines.append(Text(_row("study", cells, width).rstrip(), muted))
    if synthetic:
        other = "the study" if of_the_study else "published scores"
        lines += wrapped(f"synthetic images: not comparable with {other}", canvas, muted)
    elif not of_the_study:
        pass
    elif not comparable:
        lines += wrapped("not PneumoniaMNIST's test: not comparable with the study", canvas, muted)
    elif not balanced:
        words = f"all {count(scores.images)} images: the study has as many of each class"
        lines += wrapped(words, canvas, muted)
    never = _never(scores, task, canvas)
    return lines + (wrapped(never, canvas, canvas.style("warn")) if never else [])


def _never(scores: Scores, task: Task, canvas: Canvas) -> str:
    """Which classes or labels were predicted for no image; empty where each was for some.

    It is one line, as notes come below it: of names that do not fit, the first after their number.
    """
    missing = [row.name for row in scores.classes if not row.predicted]
    if not missing:
        return ""
    noun, nouns = ("label", "labels") if task.kind == "multilabel" else ("class", "classes")
    if len(missing) == len(scores.classes):
        return f"no {noun} was ever predicted"
    number = f"{len(missing)} of {len(scores.classes)} {nouns} never predicted"
    dots = "…" if canvas.unicode else "..."
    firsts = (", ".join([*missing[:count], dots]) for count in range(len(missing) - 1, 0, -1))
    wordings = (f"never predicted: {listed(missing)}", *(f"{number}: {names}" for names in firsts), number)
    return first_that_fits(wordings, canvas.width) or number


def _row(label: str, cells: Sequence[str], width: int) -> str:
    return f"{label:<{_LABEL_WIDTH}}" + "".join(f"{cell:>{width}}" for cell in cells)
