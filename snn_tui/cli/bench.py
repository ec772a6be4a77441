"""`bench`: the engines and other libraries side by side."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from snn_tui.cli.common import Ascii, Device, Json, option, print_json, streams
from snn_tui.cli.progress import progress
from snn_tui.config.benched import remember_speed, work_key
from snn_tui.config.build import build
from snn_tui.config.files import read_toml
from snn_tui.config.presets import PRESETS
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import UsageError
from snn_tui.runs.cpu_contention import wait_without_spinning

_INTERRUPTED = 130  # what a shell makes of SIGINT


def bench(
    preset: Annotated[
        str,
        typer.Option(
            "--preset",
            metavar="NAME|FILE.toml",
            help=f"{', '.join(PRESETS)}, or a file of options as --config reads it.",
        ),
    ] = "paper",
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="all, with the other libraries, or one to compare with the reference.",
        ),
    ] = "all",
    batch_size: Annotated[str | None, option("batch_size")] = None,
    num_steps: Annotated[str | None, option("num_steps")] = None,
    rounds: Annotated[
        int,
        typer.Option("--rounds", min=2, max=1000, help="Most measurements of each; fewer if slow."),
    ] = 15,
    device: Device = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Time all engines and other libraries side by side on this machine.

    Runs that then train far slower than the engines did here say so.
    """
    names = ("all", *(name for name in OPTIONS["engine"].choices if name != "auto"))
    if engine not in names:
        raise UsageError(
            f"{engine!r} is not allowed",
            where="--engine",
            remedy=f"give {', '.join(names[:-1])} or {names[-1]}",
        )
    config = _config(preset, {"batch_size": batch_size, "num_steps": num_steps, "device": device})
    terminal, console = streams(ascii_only)
    # As in training, threads that wait for work must not spin: the times are to be those of training.
    wait_without_spinning()
    try:
        with progress() as on_progress:
            on_progress("loading torch", 0.0)
            from snn_tui.evaluation.bench.measure import bench as measure
            from snn_tui.evaluation.bench.peers import PEERS
            from snn_tui.snn.engines.registry import ENGINES, REFERENCE

            report = measure(
                (*ENGINES, *PEERS) if engine == "all" else tuple(dict.fromkeys((REFERENCE, engine))),
                config,
                preset=preset,
                rounds=rounds,
                on_progress=on_progress,
            )
    except KeyboardInterrupt:
        typer.echo("stopped before all was measured; there is no result", err=True)
        return _INTERRUPTED
    for row in report.rows:
        if row.kind == "engine" and "training" in row.speeds:
            work = work_key(
                config, engine=row.name, device=report.device, threads=report.threads, shape=report.shape
            )
            remember_speed(work, row.speeds["training"].images_per_second.median, os.environ)
    if as_json:
        print_json(report)
        return 0
    from snn_tui.cli.draw.bench import bench_tables

    console.print(bench_tables(report, terminal))
    return 0


def _config(preset: str, options: dict[str, str | None]) -> RunConfig:
    """The configuration of a preset or of a file, with options set by hand.

    Raises:
        UsageError: There is no such preset or file, or a value is not allowed.
    """
    if preset in PRESETS:
        return build(options | {"preset": preset})
    if not preset.endswith(".toml"):
        raise UsageError(
            f"{preset!r} is not allowed", where="--preset", remedy=f"give {', '.join(PRESETS)} or a FILE.toml"
        )
    return build(options, toml=read_toml(Path(preset), "--preset"))
