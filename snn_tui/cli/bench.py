"""`bench`: the engines side by side."""

from __future__ import annotations

from typing import Annotated

import typer

from snn_tui.cli.common import Ascii, Device, Json, option, print_json, streams
from snn_tui.cli.progress import progress
from snn_tui.config.run_config import OPTIONS
from snn_tui.errors import UsageError
from snn_tui.runs.cpu_contention import wait_without_spinning


def bench(
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="all, or one to compare with the reference.")
    ] = "all",
    batch_size: Annotated[str, option("batch_size")] = "128",
    num_steps: Annotated[str, option("num_steps")] = "20",
    rounds: Annotated[int, typer.Option("--rounds", min=2, max=1000, help="Steps timed of each.")] = 15,
    device: Device = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Time all engines side by side on this machine."""
    names = ("all", *(name for name in OPTIONS["engine"].choices if name != "auto"))
    if engine not in names:
        raise UsageError(
            f"{engine!r} is not allowed",
            where="--engine",
            remedy=f"give {', '.join(names[:-1])} or {names[-1]}",
        )
    size, steps = (
        OPTIONS[name].check(value) for name, value in (("batch_size", batch_size), ("num_steps", num_steps))
    )
    device = OPTIONS["device"].check(device or "auto")
    terminal, console = streams(ascii_only)
    # As in training, threads that wait for work must not spin: the times are to be those of training.
    wait_without_spinning()
    with progress() as on_progress:
        on_progress("loading torch", 0.0)
        from snn_tui.evaluation.bench import bench as measure
        from snn_tui.snn.engines.registry import ENGINES, REFERENCE

        report = measure(
            tuple(ENGINES) if engine == "all" else tuple(dict.fromkeys((REFERENCE, engine))),
            batch_size=size,
            num_steps=steps,
            rounds=rounds,
            device=device,
            on_progress=on_progress,
        )
    if as_json:
        print_json(report)
        return 0
    from snn_tui.cli.draw.bench import bench_table

    console.print(bench_table(report, terminal))
    return 0
