"""The command line: parse, check, hand over. Torch and Textual are imported only inside a command.

This module and `headless` own the standard streams; this one alone decides exit codes.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import select
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.text import Text

from snn_tui import __version__
from snn_tui.config import DEMO, OPTIONS, RunConfig, build, read_toml
from snn_tui.errors import RunError, SnnTuiError, UsageError
from snn_tui.neighbours import wait_without_spinning
from snn_tui.opening import Wishes, open_screens, refuse_without_terminal, terminal_of
from snn_tui.render import tables
from snn_tui.render.runs import run_row
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, plain
from snn_tui.runs import process
from snn_tui.runs.resume import prepare
from snn_tui.runs.store import create, find, read_config
from snn_tui.runs.summary import summaries
from snn_tui.values import PUBLISHED, SPLITS

_ClickException: Any = typer.BadParameter.__mro__[2]
"""Click's base of its complaints: newer typers bring a click of their own, whose module is private."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train a spiking neural network on chest x-rays in the terminal, watch it live, and look inside "
    "each decision. Without a command it opens the screens.",
)


def _option(name: str, metavar: str) -> Any:
    option, default = OPTIONS[name], getattr(RunConfig(), name)
    usual = f"; default {default:g}" if isinstance(default, float) else f"; default {default}"
    allowed = option.allowed + (usual if default is not None else "")
    return typer.Option(option.flag, metavar=metavar, help=f"{option.help} ({allowed})")


RunsDir = Annotated[
    Path | None,
    typer.Option(
        "--runs-dir",
        envvar="SNN_TUI_RUNS_DIR",
        metavar="FOLDER",
        help="Where runs are kept. Default: ./checkpoints.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to the standard output, and nothing else.")]
Run = Annotated[str, typer.Argument(metavar="RUN", help="A name, a unique prefix, a path, or 'last'.")]
Data = Annotated[str | None, _option("data", "PATH")]
Device = Annotated[str | None, _option("device", "DEVICE")]
Demo = Annotated[bool, typer.Option("--demo", help="Use generated images in place of the run's own.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Draw with ASCII characters only.")]
NoMouse = Annotated[bool, typer.Option("--no-mouse", help="Leave the mouse to the terminal.")]
SlowLink = Annotated[
    bool, typer.Option("--slow-link", help="Save bytes, as under SSH: no animation, few frames.")
]
Theme = Annotated[
    str | None, typer.Option("--theme", metavar="NAME", help="dark, light, or a theme of Textual's.")
]


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    train_only: Annotated[bool, typer.Option("--train-only", help="Train without the screens.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Use generated images; short for --dataset demo.")
    ] = False,
    preset: Annotated[str | None, _option("preset", "NAME")] = None,
    dataset: Annotated[str | None, _option("dataset", "NAME")] = None,
    data: Data = None,
    balance: Annotated[str | None, _option("balance", "HOW")] = None,
    epochs: Annotated[str | None, _option("epochs", "N")] = None,
    batch_size: Annotated[str | None, _option("batch_size", "N")] = None,
    lr: Annotated[str | None, _option("lr", "X")] = None,
    num_steps: Annotated[str | None, _option("num_steps", "N")] = None,
    beta: Annotated[str | None, _option("beta", "X")] = None,
    seed: Annotated[str | None, _option("seed", "N")] = None,
    device: Device = None,
    engine: Annotated[str | None, _option("engine", "NAME")] = None,
    precision: Annotated[str | None, _option("precision", "NAME")] = None,
    keep: Annotated[str | None, _option("keep", "WHICH")] = None,
    checkpoint_minutes: Annotated[str | None, _option("checkpoint_minutes", "X")] = None,
    name: Annotated[str | None, _option("name", "NAME")] = None,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE.toml", help="Read options from a file; those given here win."),
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run.")
    ] = None,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
    no_mouse: NoMouse = False,
    slow_link: SlowLink = False,
    theme: Theme = None,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> int:
    context.obj = runs_dir
    if context.invoked_subcommand:
        return 0
    if version:
        typer.echo(f"snn-tui {__version__}")
        return 0
    if demo and dataset not in (None, DEMO):
        raise UsageError("--demo and --dataset name different images", remedy="leave one of them out")
    given = {
        "preset": preset,
        "dataset": DEMO if demo else dataset,
        "data": data,
        "balance": balance,
        "epochs": epochs,
        "batch_size": batch_size,
        "lr": lr,
        "num_steps": num_steps,
        "beta": beta,
        "seed": seed,
        "device": device,
        "engine": engine,
        "precision": precision,
        "keep": keep,
        "checkpoint_minutes": checkpoint_minutes,
        "name": name,
    }
    toml = read_toml(config) if config else {}
    root = _root(context, runs_dir)
    terminal, console = _streams(ascii_only)
    if as_json and not train_only:
        raise UsageError("the screens write no JSON", where="--json", remedy="add --train-only")
    resumed = None
    if resume is not None:
        resumed = find(resume, root)
        prepare(resumed, {**toml, **{name: value for name, value in given.items() if value is not None}})
    else:
        chosen = build(given, toml=toml)
    if train_only:
        from snn_tui import headless

        run = resumed or create(root, chosen, datetime.now())
        return headless.train(run, terminal, console, as_json=as_json)
    wishes = Wishes(ascii_only, not no_mouse, slow_link, theme)
    if resumed is None:
        return open_screens(chosen, root, wishes)
    refuse_without_terminal()
    process.start_worker(resumed)
    return open_screens(RunConfig(), root, wishes, resumed)


@app.command()
def runs(
    context: typer.Context, runs_dir: RunsDir = None, as_json: Json = False, ascii_only: Ascii = False
) -> int:
    """List all runs, newest first."""
    rows = summaries(_root(context, runs_dir))
    if as_json:
        _print_json(rows)
        return 0
    terminal, console = _streams(ascii_only)
    console.print(tables.runs_table([run_row(row) for row in rows], console.width, terminal))
    return 0


@app.command()
def evaluate(
    context: typer.Context,
    run: Run,
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="val or test.")] = "test",
    data: Data = None,
    demo: Demo = False,
    device: Device = None,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Judge a run's checkpoint by its val or test images, balanced as the run was."""
    if split not in ("val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    opened = _opened(context, run, data, demo, device, runs_dir)
    scores = opened.answers(split, balanced=True).score()
    if as_json:
        _print_json(
            {
                "run": opened.run.name,
                "epoch": opened.epoch,
                "split": split,
                "dataset": opened.dataset.name,
                "synthetic": opened.dataset.synthetic,
                "source": opened.dataset.source,
                "notice": opened.dataset.notice,
                "scores": scores,
            }
        )
        return 0
    terminal, console = _streams(ascii_only)
    synthetic = opened.dataset.synthetic
    heading = f"{opened.run.name}, epoch {opened.epoch}, {split} of {opened.dataset.name}"
    console.print(plain(heading, terminal, "bold"))
    if opened.dataset.notice:
        console.print(plain(f"note: {opened.dataset.notice}", terminal, "yellow"))
    published = PUBLISHED if split == "test" else None
    console.print(tables.final_table(scores, published, synthetic, terminal, split=split))
    console.print()
    console.print(tables.confusion_table(scores, terminal))
    return 0


@app.command()
def inspect(
    context: typer.Context,
    run: Run,
    index: Annotated[str, typer.Option("--index", metavar="N", help="Which image, from 0.")],
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="train, val or test.")] = "test",
    data: Data = None,
    demo: Demo = False,
    runs_dir: RunsDir = None,
    ascii_only: Ascii = False,
) -> int:
    """Show one x-ray, how the two output neurons fired, and the verdict."""
    from snn_tui.render.inspection import inspection

    if split not in SPLITS:
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give train, val or test")
    if not re.fullmatch(r"-?[0-9]{1,20}", index):
        raise UsageError(f"{index!r} is not allowed", where="--index", remedy="give a whole number from 0")
    opened = _opened(context, run, data, demo, None, runs_dir)
    trace = opened.trace(split, int(index))
    terminal, console = _streams(ascii_only)
    title = f"{opened.run.name} · {opened.dataset.name} · {split} {index}"
    console.print(inspection(trace, title, console.width, terminal))
    return 0


@app.command()
def report(
    context: typer.Context,
    run: Run,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.html", help="The page to write.")],
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE.csv", help="A table of all images, too.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option("--split", metavar="SPLIT", help="val or test. Default: test once the run is finished."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
    data: Data = None,
    demo: Demo = False,
    device: Device = None,
    runs_dir: RunsDir = None,
) -> int:
    """Write what a run is worth as one HTML page: scores with intervals, curves, the worst mistakes."""
    from snn_tui.report import writing
    from snn_tui.report.facts import finished

    if split not in (None, "val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    targets = [output, *([csv] if csv else [])]
    writing.check_targets(targets, force=force)
    opened = _opened(context, run, data, demo, device, runs_dir)
    from snn_tui.reporting import documents

    with _progress() as told:
        html, table = documents(opened, split or ("test" if finished(opened.run) else "val"), told)
    files = {output: html} | ({csv: table} if csv else {})
    writing.write(files, force=force)
    for path in files:
        typer.echo(clean(str(path), 1000))
    return 0


@app.command()
def attach(
    context: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Default: the newest that is going on.")
    ] = None,
    runs_dir: RunsDir = None,
    ascii_only: Ascii = False,
    no_mouse: NoMouse = False,
    slow_link: SlowLink = False,
    theme: Theme = None,
) -> int:
    """Open the screens on a run, going on or not; any number of them may watch the same one."""
    root = _root(context, runs_dir)
    if run is not None:
        found = find(run, root)
    else:
        going = process.running(root)
        if not going:
            raise RunError("no run is going on", where=str(root), remedy="see `snn-tui runs`")
        found = going[0]
    return open_screens(RunConfig(), root, Wishes(ascii_only, not no_mouse, slow_link, theme), found)


@app.command()
def stop(context: typer.Context, run: Run, runs_dir: RunsDir = None) -> int:
    """Stop a run, after a checkpoint."""
    found = find(run, _root(context, runs_dir))
    process.stop(found)
    typer.echo(f"{clean(found.name)} is told to stop; it saves a checkpoint first")
    return 0


@app.command()
def logs(
    context: typer.Context,
    run: Run,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on as lines are added.")] = False,
    lines: Annotated[int, typer.Option("-n", "--lines", min=1, help="Lines to begin with.")] = 40,
    runs_dir: RunsDir = None,
) -> int:
    """Print what a run's trainer printed."""
    found = find(run, _root(context, runs_dir))
    tail = process.log_tail(found, lines)
    for line in process.follow_log(found, lines, _check_readers) if follow else tail:
        typer.echo(line)
    return 0


@app.command()
def bench(
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="all, or one to compare with the reference.")
    ] = "all",
    batch_size: Annotated[str, _option("batch_size", "N")] = "128",
    num_steps: Annotated[str, _option("num_steps", "N")] = "20",
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
    chosen = OPTIONS["device"].check(device or "auto")
    terminal, console = _streams(ascii_only)
    # Nothing spins here either: the figures are those of training.
    wait_without_spinning()
    from snn_tui.headless import progress_on_stderr

    with progress_on_stderr() as on_progress:
        from snn_tui.bench import ENGINES
        from snn_tui.bench import bench as measure

        report = measure(
            ENGINES if engine == "all" else tuple(dict.fromkeys(("reference", engine))),
            batch_size=size,
            num_steps=steps,
            rounds=rounds,
            device=chosen,
            on_progress=on_progress,
        )
    if as_json:
        _print_json(report)
        return 0
    from snn_tui.render.bench import bench_table

    console.print(bench_table(report, terminal))
    return 0


def _check_readers() -> None:
    """Leave where the output is a pipe that nobody reads any more, though there is nothing to write."""
    ends = select.poll()
    ends.register(sys.stdout.fileno(), 0)
    if any(event & (select.POLLERR | select.POLLHUP) for _, event in ends.poll(0)):
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def main() -> None:
    """The `snn-tui` command."""
    sys.exit(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """Run the command line and give its exit code; errors are told on stderr in one short block."""
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        return _silenced()  # click and rich both turn a closed pipe into an exit of their own, with code 1
    except (SnnTuiError, _ClickException, OSError, typer.Abort, KeyboardInterrupt) as error:
        return tell(error)


def tell(error: BaseException) -> int:
    """Tell what ended a command on stderr, in one short block, and give the exit code."""
    if isinstance(error, SnnTuiError):
        _complain(str(error), error.remedy)
        return error.exit_code
    if isinstance(error, _ClickException):
        _complain(error.format_message(), "see snn-tui --help")
        return UsageError.exit_code
    if not isinstance(error, OSError):
        return 130
    code = _silenced()  # nobody reads it, or the disk it goes to is full
    if isinstance(error, BrokenPipeError):
        return code
    _complain(error.strerror or str(error), "see whether the disk is full")
    return SnnTuiError.exit_code


def _silenced() -> int:
    """Let no more of the output go out, also not at exit; what a shell expects where nobody reads it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _complain(what: str, remedy: str) -> None:
    console = Console(stderr=True, highlight=False)
    with contextlib.suppress(OSError, SystemExit):  # of a terminal or a reader that is gone
        console.print(Text.assemble(("error: ", "bold red"), clean(what, limit=1000)), soft_wrap=True)
        if remedy:
            console.print(Text(f"  try: {clean(remedy, limit=1000)}"), soft_wrap=True)


def _root(context: typer.Context, runs_dir: Path | None) -> Path:
    return runs_dir or context.obj or Path("checkpoints")


def _streams(ascii_only: bool) -> tuple[Terminal, Console]:
    terminal = terminal_of(ascii_only)
    return terminal, Console(highlight=False, no_color=terminal.colour == "none" or None)


def _print_json(value: object) -> None:
    # The standard library's escapes what is not ASCII, so that any stream, and any file name, will do.
    typer.echo(json.dumps(msgspec.to_builtins(value), indent=2))


def _opened(
    context: typer.Context,
    run: str,
    data: str | None,
    demo: bool,
    device: str | None,
    runs_dir: Path | None,
) -> Any:
    if demo and data is not None:
        raise UsageError(
            "the demo makes its own images and reads no file",
            where="--data",
            remedy="leave out either --data or --demo",
        )
    found = find(run, _root(context, runs_dir))
    config = read_config(found)
    chosen = OPTIONS["device"].check(device or "auto")
    wait_without_spinning()
    from snn_tui.inference import OpenedRun, images_for, stand_in

    if demo:
        return OpenedRun(found, stand_in(), chosen)
    with _progress() as told:
        images = images_for(config, data, told)
    return OpenedRun(found, images, chosen)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, float | None], None]]:
    """A bar on stderr for what takes long, a download; gone when it is over, and none without a terminal."""
    console = Console(stderr=True, highlight=False)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("", total=1.0, visible=False)

        def told(what: str, done: float | None) -> None:
            bars.update(bar, description=what, completed=done or 0.0, visible=done is not None)

        yield told
