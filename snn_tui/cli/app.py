"""The command line: parse, check, hand over. Torch and Textual are imported only inside a command.

This module decides exit codes; it and the other modules of `cli` alone own the standard streams.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from snn_tui import __version__
from snn_tui.cli import interrupt
from snn_tui.cli.attach import attach
from snn_tui.cli.bench import bench
from snn_tui.cli.common import (
    Ascii,
    ConfigFile,
    DemoData,
    Json,
    Network,
    NoMouse,
    OnEndCommand,
    RunsDir,
    SlowLink,
    TensorBoardFolder,
    Theme,
    Webhook,
    root_of,
    streams,
    with_demo,
    with_devices,
    with_options,
)
from snn_tui.cli.completing import run_names
from snn_tui.cli.completion import completion
from snn_tui.cli.config import config as show_config
from snn_tui.cli.data import data
from snn_tui.cli.doctor import doctor
from snn_tui.cli.evaluate import evaluate
from snn_tui.cli.export import export
from snn_tui.cli.graphs import with_graph_options
from snn_tui.cli.inspect import inspect
from snn_tui.cli.launch import ScreenOptions, open_screens, refuse_without_terminal
from snn_tui.cli.logs import logs
from snn_tui.cli.progress import progress
from snn_tui.cli.report import report
from snn_tui.cli.runs import runs
from snn_tui.cli.slurm import Extra, Gpus, Partition, Slurm, Time, checked_here, job_options, submit_run
from snn_tui.cli.stop import stop
from snn_tui.cli.study import study
from snn_tui.cli.sweep import sweep
from snn_tui.config import own_network
from snn_tui.config.build import build
from snn_tui.config.files import read_toml
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError, UsageError
from snn_tui.render.text import clean
from snn_tui.runs import process
from snn_tui.runs.named_weights import with_checksums
from snn_tui.runs.ranks import rank_of
from snn_tui.runs.resume import check_trainable, resumed_config, write_changes
from snn_tui.runs.store import create, find
from snn_tui.worker import tensorboard
from snn_tui.worker.on_end import OnEnd

_ClickException: Any = typer.BadParameter.__mro__[2]
"""Click's base of its complaints: newer typers bring a click of their own, whose module is private."""

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train a spiking neural network on medical images in the terminal, watch it live, and look inside "
    "each decision. Without a command it opens the screens.",
)
for _command in (
    with_graph_options(evaluate),
    with_graph_options(inspect),
    report,
    export,
    attach,
    stop,
    logs,
    study,
    sweep,
    data,
    bench,
    doctor,
    completion,
):
    app.command()(_command)
app.command("config")(show_config)
app.add_typer(runs, name="runs")


@app.callback(invoke_without_command=True)
@with_options
def start(
    context: typer.Context,
    train_only: Annotated[bool, typer.Option("--train-only", help="Train without the screens.")] = False,
    demo: DemoData = False,
    network: Network = None,
    config: ConfigFile = None,
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume", metavar="RUN", help="Go on with an interrupted run.", autocompletion=run_names
        ),
    ] = None,
    runs_dir: RunsDir = None,
    on_end: OnEndCommand = None,
    webhook: Webhook = None,
    log_tensorboard: TensorBoardFolder = None,
    slurm: Slurm = False,
    partition: Partition = None,
    gpus: Gpus = None,
    time: Time = None,
    slurm_extra: Extra = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
    no_mouse: NoMouse = False,
    slow_link: SlowLink = False,
    theme: Theme = None,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
    **options: str | None,
) -> int:
    context.obj = runs_dir
    if context.invoked_subcommand:
        _refuse_options_before(context, context.invoked_subcommand)
        return 0
    if version:
        typer.echo(f"snn-tui {__version__}")
        return 0
    job = job_options(slurm, partition, gpus, time, slurm_extra)
    if job is not None and not train_only:
        raise UsageError("the screens submit no jobs", where="--slurm", remedy="add --train-only")
    rank = rank_of(os.environ) if train_only else None
    if rank is not None and rank.rank > 0:
        from snn_tui.worker.follower import follow

        return follow(rank)  # what to train, rank 0 says
    at_end = OnEnd.of(on_end, webhook)
    at_end.hand_to_trainers()
    tensorboard.hand_to_trainers(log_tensorboard)
    options = with_demo(demo, options)
    toml = read_toml(config) if config else {}
    if rank is not None:
        options = with_devices(rank.size, options, toml)
    own_network.hand_over(network)
    root = root_of(context, runs_dir)
    terminal, console = streams(ascii_only)
    if as_json and not train_only:
        raise UsageError("the screens write no JSON", where="--json", remedy="add --train-only")
    resumed = None
    if resume is not None:
        resumed = find(resume, root)
        given = {name: value for name, value in options.items() if value is not None}
        new = resumed_config(resumed, {**toml, **given})
    else:
        new = build(options, toml=toml)
        if network is not None:
            given = {name: value for name, value in options.items() if value is not None}
            own_network.of_no_effect({**toml, **given})
            new = own_network.with_network(new)
    if train_only:
        from snn_tui.cli.train_only import check, train

        if resumed is None:
            new = with_checksums(new, root)
        checked = new if job is None else checked_here(new)
        check(checked, resumed if job is None else None, root, as_json=as_json, rank=rank)
        if resumed is None:
            resumed = create(root, new, datetime.now())
        else:
            write_changes(resumed, new)
        if job is not None:
            return submit_run(resumed, job, as_json=as_json)
        OnEnd.from_environment()  # it is done by this process, and by none that it starts
        at_end = replace(at_end, say=lambda fault: typer.echo(f"note: {fault}", err=True))
        return train(resumed, terminal, console, as_json=as_json, rank=rank, on_end=at_end)
    screens = ScreenOptions(ascii_only, not no_mouse, slow_link, theme)
    if resumed is None:
        return open_screens(new, root, screens)
    refuse_without_terminal()
    with progress() as on_progress:
        on_progress("looking whether it can go on", None)
        check_trainable(new, resumed)
    write_changes(resumed, new)
    process.start_worker(resumed)
    return open_screens(RunConfig(), root, screens, resumed)


def _refuse_options_before(context: typer.Context, command: str) -> None:
    """Refuse options that stand before a command, which would not get them; `--runs-dir` is for all.

    Raises:
        UsageError: There are some.
    """
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name != "runs_dir" and source is not None and source.name == "COMMANDLINE":
            flag = max(parameter.opts, key=len)
            taken = {opt for own in context.command.commands[command].params for opt in own.opts}  # type: ignore[attr-defined]
            remedy = f"put it after {command}" if flag in taken else f"leave it out: {command} takes none"
            raise UsageError(f"stands before {command}, which does not see it", where=flag, remedy=remedy)


def main() -> None:
    """The `snn-tui` command."""
    code = run_command(sys.argv[1:])
    interrupt.exit_on_it()
    sys.exit(code)


def run_command(arguments: list[str]) -> int:
    """Run the command line and give its exit code; errors go to stderr in one short block."""
    try:
        interrupt.raise_it()
        own_network.hand_over(None)  # whatever the environment says: only a command line names code
        return int(app(arguments, standalone_mode=False) or 0)
    except SystemExit as error:
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        # click and rich both turn a closed pipe into an exit of their own, with code 1
        return _silence_stdout()
    except (SnnTuiError, _ClickException, OSError, typer.Abort, KeyboardInterrupt) as error:
        return report_error(error)


def report_error(error: BaseException) -> int:
    """Write what ended a command to stderr, in one short block, and give the exit code."""
    if isinstance(error, SnnTuiError):
        _print_error(str(error), error.remedy)
        return error.exit_code
    if isinstance(error, _ClickException):
        context = getattr(error, "ctx", None)
        words = ["snn-tui", *(context.command_path.split()[1:] if context else ())]
        _print_error(error.format_message(), f"see {' '.join(words)} --help")
        return UsageError.exit_code
    if not isinstance(error, OSError):
        return interrupt.EXIT_CODE
    code = _silence_stdout()  # nobody reads it, or the disk it goes to is full
    if isinstance(error, BrokenPipeError):
        return code
    _print_error(error.strerror or str(error), "see whether the disk is full")
    return SnnTuiError.exit_code


def _silence_stdout() -> int:
    """Drop what is still to be written, also at exit; the exit code of a process whose pipe has no reader."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


def _print_error(what: str, remedy: str) -> None:
    console = Console(stderr=True, highlight=False)
    with contextlib.suppress(OSError, SystemExit):  # the terminal or the reader is gone
        console.print(Text.assemble(("error: ", "bold red"), clean(what, limit=1000)), soft_wrap=True)
        if remedy:
            console.print(Text(f"  try: {clean(remedy, limit=1000)}"), soft_wrap=True)
