"""Tables of a study: its runs, their mean scores, and comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from snn_tui.analysis.bootstrap import RESAMPLES
from snn_tui.analysis.mcnemar import Comparison
from snn_tui.cli.draw.comparison import p_words
from snn_tui.render.canvas import Canvas
from snn_tui.render.palette import state_role
from snn_tui.render.tables import GAP, bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, dash, fit, metric, plain, seconds
from snn_tui.values.scores import METRICS, Scores, metrics_for
from snn_tui.values.task import PNEUMONIA, Task, TaskKind

_SHORT = {"balanced": "balanced acc.", "auc": "AUC"}


def names_for(kind: TaskKind) -> dict[str, str]:
    """Names of the metrics that are averaged of a kind of task, in the order of the table."""
    metrics = {field: row.name for field, row in metrics_for(kind).items()}
    return {
        field: name for field, name in metrics.items() if field not in ("auc", "balanced_accuracy")
    } | _SHORT


@dataclass(frozen=True)
class MemberRow:
    """One run of a study, as the table shows it; scores are None where there are none yet."""

    name: str
    state: str
    epoch: str
    val: Scores | None
    test: Scores | None
    seconds: float


def members_table(rows: Sequence[MemberRow], canvas: Canvas) -> Table:
    """The runs of a study, with accuracy and AUC on val and test.

    Where it is narrow, columns go before a name is cut: its end tells seeds and folds apart.
    """
    terminal = canvas.terminal
    cells: dict[str, list[Text]] = {"run": [], "state": []}
    for row in rows:
        cells["run"].append(Text(fit(row.name, 200, terminal)))
        state = Text(f"{canvas.symbol(row.state)} {row.state}", canvas.style(state_role(row.state)))
        cells["state"].append(state)
        cells.setdefault("epoch", []).append(Text(row.epoch))
        for name, split in (("val", row.val), ("test", row.test)):
            accuracy, auc = (split.accuracy, split.auc) if split else (None, None)
            for what, value in (("acc", accuracy), ("AUC", auc)):
                cells.setdefault(f"{name} {what}", []).append(Text(metric(value, terminal)))
        took = seconds(row.seconds) if row.seconds else dash(terminal)
        cells.setdefault("time", []).append(Text(took))
    widths = {name: max(len(name), *map(len, column)) for name, column in cells.items()}
    for name in ("time", "test AUC", "val AUC", "epoch", "test acc"):
        if sum(widths[name] for name in cells) + GAP * (len(cells) - 1) <= canvas.width:
            break
        cells.pop(name, None)
    others = sum(widths[name] for name in cells if name != "run") + GAP * (len(cells) - 1)
    table = bare_table(terminal)
    for header in cells:
        table.add_column(header, justify="left" if header in ("run", "state") else "right", no_wrap=True)
    for name, *rest in zip(*cells.values(), strict=True):
        table.add_row(Text(fit(name.plain, max(canvas.width - others, 12), terminal)), *rest)
    return table


def spreads(scores: Sequence[Scores], kind: TaskKind = "binary") -> dict[str, tuple[float, float | None]]:
    """Mean and standard deviation (of a sample; None of one) of each metric that is defined."""
    by_field = {}
    for field in names_for(kind):
        attribute = "balanced_accuracy" if field == "balanced" else field
        values = [value for one in scores if (value := getattr(one, attribute)) is not None]
        if values:
            by_field[field] = fmean(values), stdev(values) if len(values) > 1 else None
    return by_field


def spread_table(
    by_split: Mapping[str, Sequence[Scores]], terminal: Terminal, task: Task = PNEUMONIA
) -> Table:
    """Mean and standard deviation over the finished runs, by split; the title names a positive class."""
    kind = task.kind
    table = bare_table(terminal)
    table.title_justify = "left"
    if task.positive is not None:
        table.title = plain(f"positive: {task.positive_name}", terminal, "italic", limit=30)
    sign = "±" if terminal.unicode else "+-"
    table.add_column("mean and sd", no_wrap=True)
    columns = {split: spreads(scores, kind) for split, scores in by_split.items() if scores}
    for split in columns:
        runs = len(by_split[split])
        table.add_column(f"{split}, {runs} run{'s' * (runs != 1)}", justify="right", no_wrap=True)
    for field, name in names_for(kind).items():
        cells = []
        for by_field in columns.values():
            mean, deviation = by_field.get(field, (None, None))
            spread = "" if deviation is None else f" {sign} {deviation:.3f}"
            cells.append(metric(mean, terminal).strip() + spread)
        table.add_row(name, *cells)
    return table


def together_table(
    means: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    split: str,
    images: int,
    terminal: Terminal,
    *,
    resamples: int = RESAMPLES,
    within: str = "within each class",
    full_means: Mapping[str, float] | None = None,
    steps: float = 0.0,
    judged_after: str = "",
) -> RenderableType:
    """Means over checkpoints with their intervals over images.

    Args:
        means: Means by field.
        intervals: Intervals by field.
        split: The judged split.
        images: Images of the split.
        terminal: What may be drawn.
        resamples: How often the images were drawn again.
        within: What they were drawn within; empty for nothing.
        full_means: Means after all steps by field, where verdicts fall early.
        steps: Steps until a verdict on average, which then are named.
        judged_after: How many steps all of these scores are of, where the runs have another number.
    """
    table = bare_table(terminal)
    between = "–" if terminal.unicode else "-"
    title = f"All {count(images)} images of {split}, all runs together"
    table.add_column("metric", no_wrap=True)
    table.add_column("mean", justify="right", no_wrap=True)
    table.add_column("95 % interval", justify="right", no_wrap=True)
    if full_means:
        table.add_column("after all steps", justify="right", no_wrap=True)
    for field, value in means.items():
        low, high = intervals[field]
        name, interval = _SHORT.get(field) or METRICS[field].name, f"{low:.3f}{between}{high:.3f}"
        full = [metric(full_means[field], terminal)] if full_means else []
        table.add_row(name, metric(value, terminal), interval, *full)
    captions = [f"{resamples:,} bootstrap resamples of images {within}".rstrip()]
    if judged_after:
        captions.append(f"judged after {judged_after}; the tables above are of each run's own number")
    if full_means:
        captions.append(f"verdicts fall after {steps:.2f} steps on average (--exit)")
    return framed(title, table, *captions)


def comparisons_table(
    names: Sequence[str], against: str, comparisons: Sequence[Comparison], terminal: Terminal
) -> RenderableType:
    """Each run of a study against one other, by McNemar's test."""
    table = bare_table(terminal)
    title = f"Against {fit(against, 40, terminal)}: images that only one of them got right"
    for header in ("run", "the run", "the other", "McNemar p"):
        table.add_column(header, justify="left" if header == "run" else "right", no_wrap=True)
    for name, comparison in zip(names, comparisons, strict=True):
        first, second = count(comparison.first), count(comparison.second)
        table.add_row(fit(name, 40, terminal), first, second, p_words(comparison.p))
    return framed(title, table)
