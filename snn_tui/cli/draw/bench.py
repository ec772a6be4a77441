"""What `snn-tui bench` measured, as a table."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from snn_tui.render.tables import bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import bytes_, count, dash, plain
from snn_tui.values.bench import BenchReport, Quartiles


def bench_table(report: BenchReport, terminal: Terminal) -> RenderableType:
    """Engines, how fast they train and judge, and what limits a dense computation on this machine."""
    table = bare_table(terminal)
    table.add_column("engine")
    for header in ("training", "quartiles", "x reference", "judging", "x reference", "memory"):
        table.add_column(header, justify="right")
    for engine in report.engines:
        if engine.training is None:
            table.add_row(plain(engine.name, terminal), plain(engine.note, terminal, "dim"))
            continue
        table.add_row(
            plain(engine.name, terminal, "bold"),
            count(round(engine.training.median)),
            f"{count(round(engine.training.low))}-{count(round(engine.training.high))}",
            _times(engine.training_ratio, terminal),
            count(round(engine.evaluation.median)) if engine.evaluation else dash(terminal),
            _times(engine.evaluation_ratio, terminal),
            dash(terminal) if engine.memory is None else bytes_(engine.memory),
        )
    lines = [
        f"batch {report.batch_size}, {report.num_steps} steps, {report.rounds} rounds in turn",
        f"{report.threads} threads on {report.device}, {report.load:.1f} processes waiting before",
        f"a dense step is {report.dense_flops / 1e6:.1f} MFLOP an image: "
        f"{count(round(report.roofline))} img/s at the {report.sgemm.median:.0f} GFLOP/s of a matrix product",
        "training, judging: images a second; memory: peak of training above the libraries",
    ]
    return Group(table, *(Text(line, style="dim") for line in lines))


def _times(ratio: Quartiles | None, terminal: Terminal) -> str:
    return dash(terminal) if ratio is None else f"{ratio.median:.1f}"
