"""What several commands share: arguments, streams, opened runs, progress."""

from __future__ import annotations

import functools
import inspect
import json
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from snn_tui.cli import launch
from snn_tui.cli.completing import one_of, run_names, several_run_names
from snn_tui.cli.consoles import console_of
from snn_tui.cli.progress import progress
from snn_tui.config import own_network
from snn_tui.config.judging import judged_as
from snn_tui.config.run_config import DEMO, DEMO_OF, OPTIONS, OWN
from snn_tui.errors import RunError, UsageError
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean
from snn_tui.runs.cpu_contention import wait_without_spinning
from snn_tui.runs.rundir import RUNS_FOLDER
from snn_tui.runs.store import find, has_checkpoint, read_network_config
from snn_tui.values.energy_constants import VARIABLE
from snn_tui.worker import tensorboard
from snn_tui.worker.on_end import COMMAND_VARIABLE, WEBHOOK_VARIABLE


def option(name: str, metavar: str = "", *, hidden: bool = False, usual: str = "") -> Any:
    """An entry of `OPTIONS` as an option of the command line; `usual` says its default if that is another."""
    option, default = OPTIONS[name], OPTIONS[name].default
    words = usual or (f"{default:g}" if isinstance(default, float) else f"{default}")
    allowed = option.allowed + (f"; default {words}" if usual or default is not None else "")
    words = f"{option.help} ({allowed})"
    complete: Callable[..., list[str]] | None = one_of(option.choices) if option.choices else None
    if option.placeholder.startswith("RUN"):
        complete = several_run_names if "," in option.placeholder else run_names
    return typer.Option(
        option.flag,
        metavar=metavar or option.placeholder,
        help=words,
        hidden=hidden,
        autocompletion=complete,
    )


def _launch_option(option: launch.LaunchOption) -> Any:
    """An option that opens the screens without this parser, for this parser."""
    return typer.Option(
        option.flag, metavar=option.metavar or None, envvar=option.variable or None, help=option.help
    )


_WHOLE_TABLE = 500
"""Columns that no table needs more of."""

RunsDir = Annotated[Path | None, _launch_option(launch.RUNS_DIR)]
Json = Annotated[bool, typer.Option("--json", help="Write JSON to the standard output, and nothing else.")]
Run = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="A name, a unique prefix, a path, or 'last'.", autocompletion=run_names
    ),
]
Data = Annotated[str | None, option("data")]
Device = Annotated[str | None, option("device", "DEVICE")]
DemoData = Annotated[bool, _launch_option(launch.DEMO)]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE.toml", help="Read options from a file; those given here win."),
]
Demo = Annotated[bool, typer.Option("--demo", help="Use generated images in place of the run's own.")]
Picojoules = Annotated[
    str | None,
    typer.Option(
        "--pj",
        metavar="NAME=PJ,...",
        help="Energy in pJ of a multiply-add, an addition and a byte of memory, by default those of "
        f"${VARIABLE}, which the screens read too, or mac=4.6,ac=0.9,byte=12.5.",
        show_default=False,
    ),
]
_AS_TRAINED = "as the run's configuration says"
Exit = Annotated[str | None, option("exit", usual=_AS_TRAINED)]
Steps = Annotated[
    int | None,
    typer.Option(
        "--steps",
        metavar="T",
        min=int(OPTIONS["num_steps"].low or 1),
        max=int(OPTIONS["num_steps"].high or 1),
        help=f"Judge after so many time steps; default {_AS_TRAINED}.",
        show_default=False,
    ),
]
Network = Annotated[
    str | None,
    typer.Option(
        own_network.FLAG,
        metavar="FILE.py:FUNCTION",
        help="A function of a file of yours that makes the network, a torch module; see docs/own-network.md.",
    ),
]
OnEndCommand = Annotated[
    str | None,
    typer.Option(
        "--on-end",
        metavar="COMMAND",
        envvar=COMMAND_VARIABLE,
        help="Run this when the run has ended, with its facts in SNN_TUI_RUN, SNN_TUI_OUTCOME and others.",
    ),
]
Webhook = Annotated[
    str | None,
    typer.Option(
        "--webhook",
        metavar="URL",
        envvar=WEBHOOK_VARIABLE,
        help="Send JSON there when the run has ended; others see it here, not in the environment.",
    ),
]
TensorBoardFolder = Annotated[
    str | None,
    typer.Option(
        tensorboard.FLAG,
        metavar="DIR",
        envvar=tensorboard.VARIABLE,
        help="Write curves for TensorBoard while training, into a folder for each run.",
    ),
]
Ascii = Annotated[bool, _launch_option(launch.ASCII)]
NoMouse = Annotated[bool, _launch_option(launch.NO_MOUSE)]
SlowLink = Annotated[bool, _launch_option(launch.SLOW_LINK)]
Theme = Annotated[str | None, _launch_option(launch.THEME)]


def root_of(context: typer.Context, runs_dir: Path | None) -> Path:
    """Where runs are kept; made with the first run. Raises RunError if something else is there."""
    root: Path = runs_dir or context.obj or RUNS_FOLDER
    if root.exists() and not root.is_dir():
        raise RunError("not a folder", where=clean(str(root)), remedy="choose another one with --runs-dir")
    return root


def streams(ascii_only: bool) -> tuple[Terminal, Console]:
    """What the terminal can show, and the standard output."""
    terminal = launch.terminal_of(ascii_only)
    return terminal, console_of(terminal.colour)


def widen_for_tables(console: Console) -> None:
    """Let tables be as wide as what is in them where no terminal sets a limit, as in a pipe or a file."""
    if not console.file.isatty() and "COLUMNS" not in os.environ:
        console.width = _WHOLE_TABLE


def print_json(value: object) -> None:
    """Write a value as JSON."""
    # The standard library's escapes what is not ASCII, so that any stream, and any file name, will do.
    typer.echo(json.dumps(msgspec.to_builtins(value), indent=2))


def opened_run(
    context: typer.Context,
    run: str,
    data: str | None,
    demo: bool,
    device: str | None,
    runs_dir: Path | None,
    *,
    fetch: bool = True,
    steps: int | None = None,
    early_exit: str | None = None,
) -> Any:
    """A run's network and its images, as an `OpenedRun`.

    Args:
        context: Of the command; names the runs folder where `--runs-dir` stood before the command.
        run: A name, a unique prefix, a path, or `last`.
        data: The file or folder of the images, if they are not where the run's configuration says.
        demo: Take generated images in place of the run's own.
        device: What to compute on; None for `auto`.
        runs_dir: Where runs are kept.
        fetch: Whether images that are not on this machine are downloaded; if not, phantoms stand in.
        steps: Time steps of an image; None for those of the run's configuration.
        early_exit: When verdicts fall, as `--exit` takes it; None as the run's configuration says.

    Raises:
        SnnTuiError: There is no such run, checkpoint, file or device.
    """
    if demo and data is not None:
        raise UsageError(
            "the demo makes its own images and reads no file",
            where="--data",
            remedy="leave out either --data or --demo",
        )
    match = find(run, root_of(context, runs_dir), has_checkpoint)
    config = judged_as(read_network_config(match), steps, early_exit)
    checked_device = OPTIONS["device"].check(device or "auto")
    wait_without_spinning()
    from snn_tui.evaluation.images import at_hand, images_for, phantoms, task_of, trained_on
    from snn_tui.evaluation.opened_run import OpenedRun

    if demo or not (fetch or at_hand(config, data)):
        images = phantoms(config, task_of(match))
        return OpenedRun(match, images, checked_device, steps=steps, early_exit=early_exit)
    with progress() as on_progress:
        images = images_for(config, data, on_progress, trained=trained_on(match))
    return OpenedRun(match, images, checked_device, steps=steps, early_exit=early_exit)


def other_run(
    context: typer.Context,
    run: str,
    opened: Any,
    device: str | None,
    runs_dir: Path | None,
    *,
    steps: int | None = None,
    early_exit: str | None = None,
) -> Any:
    """Another run's network, with the images of a run that is open already and balanced as that one, too.

    It is judged after its own number of steps, and with its own early exit, unless these are not None.

    Returns:
        An `OpenedRun`.

    Raises:
        SnnTuiError: There is no such run or checkpoint, or its network is for other images.
    """
    from snn_tui.evaluation.images import difference, task_of
    from snn_tui.evaluation.opened_run import OpenedRun

    match = find(run, root_of(context, runs_dir), has_checkpoint)
    checked_device = OPTIONS["device"].check(device or "auto")
    task = task_of(match)
    if task is not None and (words := difference(opened.dataset.task, task)):
        raise UsageError(
            f"{clean(match.name)} cannot judge these images: {words}",
            where="--against",
            remedy="give a run of the same classes and image size",
        )
    return OpenedRun(
        match,
        opened.images,
        checked_device,
        balance_as=opened.config,
        steps=steps,
        early_exit=early_exit,
    )


def with_options(command: Callable[..., int], hidden: Collection[str] = ()) -> Callable[..., int]:
    """Give a command every entry of `OPTIONS` as an option, which it gets by field name.

    Args:
        command: The command.
        hidden: Options that its help leaves out, because it refuses them with a hint.
    """
    kinds = inspect.Parameter  # of the signature that typer reads
    entries = inspect.signature(command, eval_str=True).parameters.values()
    own = [entry.replace(kind=kinds.KEYWORD_ONLY) for entry in entries if entry.kind is not kinds.VAR_KEYWORD]
    more = [
        kinds(
            name,
            kinds.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[str | None, option(name, hidden=name in hidden)],
        )
        for name in OPTIONS
    ]

    @functools.wraps(command)
    def wrapped(**arguments: Any) -> int:
        return command(**arguments)

    wrapped.__signature__ = inspect.Signature([*own, *more])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {entry.name: entry.annotation for entry in (*own, *more)}
    return wrapped


def with_demo(demo: bool, options: dict[str, str | None]) -> dict[str, str | None]:
    """Options set by hand, with `--demo` as the data set it is short for: the demo, or one of a set's kind.

    Raises:
        UsageError: `--demo` and `--dataset` name different images.
    """
    dataset = options["dataset"]
    if not demo or (dataset is not None and dataset.startswith(DEMO)):
        return options
    if dataset == OWN:
        raise UsageError("--demo and --dataset name different images", remedy="leave one of them out")
    return options | {"dataset": DEMO if dataset is None else DEMO_OF + dataset}


def with_devices(size: int, options: dict[str, str | None], toml: dict[str, object]) -> dict[str, str | None]:
    """Options set by hand, with as many devices as torchrun or srun has started processes.

    Raises:
        UsageError: Another number was set.
    """
    given = options["devices"] if options["devices"] is not None else toml.get("devices", size)
    if OPTIONS["devices"].check(given) != size:
        raise UsageError(
            f"{given} were asked for, and torchrun or srun started {size} processes",
            where="--devices",
            remedy="leave it out: each process has its device",
        )
    return options | {"devices": str(size)}
