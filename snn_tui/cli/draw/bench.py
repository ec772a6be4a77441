"""What `snn-tui bench` measured, as tables of 80 columns."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from snn_tui.render.tables import bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import bytes_, count, dash, plain, rate
from snn_tui.values.bench import BenchReport, BenchRow, Quartiles, Speed, Work

_TRAINING = "training"
_HOW = {
    "snntorch": "a loop over time steps, as in its tutorials",
    "spikingjelly": "layer by layer, in multi-step mode",
    "norse": "a loop over time steps of its cells",
}
_QUARTILES = 13  # cells of two numbers of five digits, so that the columns of all tables are in line
_LIMIT = 1000  # characters of a line under the tables


def bench_tables(report: BenchReport, terminal: Terminal) -> RenderableType:
    """A table for each kind of work, and below them what they are of and what was not measured."""
    parts: list[RenderableType] = []
    for name, work in report.work.items():
        rows = {row.name: row for row in report.rows if name in row.speeds}
        if rows:
            parts += [plain(_title(name, work), terminal, "bold"), _table(name, rows, terminal), Text()]
    lines = [*_remarks(report), *_conditions(report)]
    return Group(*parts, *(plain(line, terminal, "dim", limit=_LIMIT) for line in lines))


def _title(name: str, work: Work) -> str:
    what = "Training" if name == _TRAINING else "Predicting"
    size = "one image at a time" if work.batch_size == 1 else f"{work.batch_size} images at a time"
    return f"{what} {size}, {work.num_steps} time steps; dense roofline {_number(work.roofline)} images/s"


def _table(name: str, rows: dict[str, BenchRow], terminal: Terminal) -> Table:
    table = bare_table(terminal)
    table.add_column("", min_width=max(map(len, rows)), no_wrap=True)
    headers = ["\nimages/s", "\nquartiles", "times\nsnntorch", "times\nreference", "of\nroofline"]
    for header in [*headers, "\nmemory"] if name == _TRAINING else headers:
        width = _QUARTILES if header == "\nquartiles" else None
        table.add_column(header, justify="right", no_wrap=True, min_width=width)
    fastest = max(rows.values(), key=lambda row: row.speeds[name].images_per_second.median)
    for row in rows.values():
        cells = _cells(row.speeds[name], terminal)
        if name == _TRAINING:
            cells.append(dash(terminal) if row.memory is None else bytes_(row.memory))
        table.add_row(plain(row.name, terminal), *cells, style="bold" if row is fastest else None)
    return table


def _cells(speed: Speed, terminal: Terminal) -> list[str]:
    images = speed.images_per_second
    return [
        _number(images.median),
        f"{_number(images.low)}-{_number(images.high)}",
        _times(speed.vs_snntorch, terminal),
        _times(speed.vs_reference, terminal),
        rate(speed.roofline),
    ]


def _number(value: float) -> str:
    return f"{value:.1f}" if value < 10 else count(round(value))


def _times(ratio: Quartiles | None, terminal: Terminal) -> str:
    return dash(terminal) if ratio is None else f"{ratio.median:.2f}"


def _remarks(report: BenchReport) -> list[str]:
    """What was not measured, and what the other libraries compute otherwise."""
    reasons: dict[str, list[str]] = {}
    for row in report.rows:
        if row.note:
            reasons.setdefault(row.note, []).append(row.name)
    lines = [f"without {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    for row in report.rows:
        if row.kind == "library" and row.speeds:
            lines.append(
                f"{row.name} {row.version}: {'; '.join(filter(None, (_HOW.get(row.name), row.differs)))}"
            )
    return lines


def _conditions(report: BenchReport) -> list[str]:
    """On what it was measured, and what the dense roofline is."""
    flops = dict.fromkeys(f"{work.dense_flops / 1e6:.1f}" for work in report.work.values())
    speeds = ", ".join(f"{work.matmul.median:.0f}" for work in report.work.values())
    return [
        f"{report.preset}: {report.layers}, {report.encoding} coding; generated images, no augmentation",
        f"{report.threads} threads on {report.device}, torch {report.torch}; {report.load:.1f} processes "
        "waited before",
        f"dense roofline: {' and '.join(flops)} MFLOP an image to train and to predict, at the {speeds} "
        "GFLOP/s of a float32 matrix product timed in between; multiply-adds x 2 x time steps (first layer "
        "of direct coding once), training 3 x that without the first layer's input gradient",
        "median and quartiles of rounds in turn; memory: peak of training above the libraries",
    ]
