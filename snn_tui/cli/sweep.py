"""`sweep`: the options that do best on val, searched for by any number of processes together."""

from __future__ import annotations

import functools
import re
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from snn_tui.cli.common import (
    Ascii,
    ConfigFile,
    DemoData,
    Json,
    Network,
    OnEndCommand,
    RunsDir,
    TensorBoardFolder,
    Webhook,
    print_json,
    root_of,
    streams,
    widen_for_tables,
    with_demo,
    with_options,
)
from snn_tui.cli.consoles import console_of
from snn_tui.cli.draw.sweep import (
    MOST_ROWS,
    Working,
    importance_table,
    trials_table,
)
from snn_tui.cli.given import Given, share_cores
from snn_tui.cli.progress import progress
from snn_tui.cli.slurm import Extra, Gpus, Partition, Slurm, Time, checked_here, job_options
from snn_tui.config import own_network
from snn_tui.config.command import differing
from snn_tui.config.files import to_toml
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.config.space import FLAG, Space, read_space
from snn_tui.errors import RunError, UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.sweep import best_words, by_rank, counts
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, note, shell_word
from snn_tui.runs.named_weights import with_checksums
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.sweep import (
    MOST_TRIALS,
    Plan,
    SweepRecord,
    Trial,
    check_kind,
    check_name,
    check_objectives,
    title_of,
)
from snn_tui.values.energy_constants import constants_here
from snn_tui.values.words import counted
from snn_tui.worker import tensorboard
from snn_tui.worker.on_end import OnEnd
from snn_tui.worker.preparation import check_new
from snn_tui.worker.stopping import StopRequest

LOOK_SECONDS = 0.5
STOP_SECONDS = 30.0
"""How long trainers have to save and end."""


@functools.partial(with_options, hidden=("read_test",))
def sweep(
    context: typer.Context,
    space: Annotated[
        Path,
        typer.Option(FLAG, metavar="FILE.toml", help="What is tried of which options; see docs/sweeps.md."),
    ],
    trials: Annotated[
        int,
        typer.Option(
            "--trials",
            metavar="N",
            min=1,
            max=MOST_TRIALS,
            help="Trials of the whole sweep, of all processes.",
        ),
    ],
    objective: Annotated[
        list[str] | None,
        typer.Option(
            "--objective",
            metavar="SCORE",
            help="A score on val, loss, or energy (nJ an image); default accuracy. Several give a front.",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", min=1, max=64, help="Runs of this process side by side.")
    ] = 1,
    no_pruning: Annotated[
        bool, typer.Option("--no-pruning", help="Train each trial to its end, however bad it is.")
    ] = False,
    best: Annotated[
        Path | None,
        typer.Option("--best", metavar="FILE.toml", help="Write the best trial's options, for --config."),
    ] = None,
    pick: Annotated[
        int | None,
        typer.Option("--pick", metavar="N", min=0, help="With --best: trial N in place of the best."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
    on_end: OnEndCommand = None,
    webhook: Webhook = None,
    log_tensorboard: TensorBoardFolder = None,
    slurm: Slurm = False,
    partition: Partition = None,
    gpus: Gpus = None,
    time_limit: Time = None,
    slurm_extra: Extra = None,
    demo: DemoData = False,
    network: Network = None,
    config: ConfigFile = None,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
    **options: str | None,
) -> int:
    """Search for the options that do best on val. Any number of processes join it by the same command."""
    job = job_options(slurm, partition, gpus, time_limit, slurm_extra)
    OnEnd.of(on_end, webhook).hand_to_trainers()
    tensorboard.hand_to_trainers(log_tensorboard)
    swept = read_space(space)
    objectives = check_objectives(objective or ["accuracy"])
    _check_options(options, swept, pick, best)
    if best is not None:
        from snn_tui.export.writing import check_targets

        check_targets([best], force=force)
        _keep_inputs(best, space, config, network)
    from snn_tui.worker.journal import check_installed

    check_installed()
    given = Given.of(with_demo(demo, options), config, network)
    if network is not None:
        own_network.of_no_effect(dict.fromkeys(swept))
    root = root_of(context, runs_dir)
    name = check_name(options["name"] or re.sub(r"[^A-Za-z0-9._-]+", "-", space.stem).strip("-._")[:56])
    recipe = _recipe(given, {}, root, None)
    plan = Plan(
        name=name,
        space=swept,
        recipe=recipe,
        objectives=objectives,
        prune=len(objectives) == 1 and objectives != ("energy",) and not no_pruning,
        constants=constants_here(None),
    )
    images = _Images(recipe)
    plan = msgspec.structs.replace(plan, checksums=images.check(job is not None, root, plan))

    def make(trial: Trial) -> RunConfig:
        return _recipe(given, trial.params, root, title_of(name, trial.number))

    submit: Callable[[RunDir], object] | None = None
    if job is not None:
        from snn_tui.worker import cluster

        submit = functools.partial(cluster.submit, options=job)
    else:
        share_cores(jobs)
    from snn_tui.worker.sweeping import Sweep

    process = Sweep(
        root,
        plan,
        total=trials,
        jobs=jobs,
        make=make,
        measure=lambda run: images.energy(run, plan),
        submit=submit,
    )
    terminal, console = streams(ascii_only)
    stop = StopRequest()
    stop.listen((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    process.join()
    _work(process, trials, terminal, console_of("none", stderr=True) if as_json else console, stop)
    record = process.record
    if stop.signal:
        typer.echo("stopped; the same command goes on, here or on another machine", err=True)
        return stop.exit_code
    if as_json:
        print_json(record)
    else:
        _print_end(record, trials, terminal, console)
    if best is not None:
        _write_best(best, record, make, pick, network, force=force)
    elif not record.front:
        failed = next(trial for trial in record.trials if trial.state == "failed")
        raise RunError(
            f"no trial is complete; trial {failed.number} failed: {failed.reason}",
            where=clean(name),
            remedy="mend the space or the other options, and sweep under another --name",
        )
    return 0


def _recipe(given: Given, params: Mapping[str, object], root: Path, name: str | None) -> RunConfig:
    config = with_checksums(given.build({**params, "read_test": "never"}), root)
    return msgspec.structs.replace(config, name=name)


def _check_options(
    options: Mapping[str, str | None], swept: Space, pick: int | None, best: Path | None
) -> None:
    if options["read_test"] is not None:
        raise UsageError("a sweep never reads test", where="--read-test", remedy="leave it out")
    for name in swept:
        if options[name] is not None:
            raise UsageError(
                "it is swept, so each trial has its own", where=OPTIONS[name].flag, remedy="leave it out"
            )
    if pick is not None and best is None:
        raise UsageError("there is no file to write it to", where="--pick", remedy="add --best FILE.toml")


def _keep_inputs(best: Path, space: Path, config: Path | None, network: str | None) -> None:
    """Check that the best trial's options are not to be written over a file that this command reads.

    Raises:
        UsageError: `best` is the file of the space, of the options or of the network.
    """
    code = Path(network.rpartition(":")[0]) if network is not None else None
    for flag, file in ((FLAG, space), ("--config", config), ("--network", code)):
        if file is not None and best.resolve() == file.resolve():
            raise UsageError(
                f"it is the file of {flag}, which would be lost",
                where=f"--best {clean(str(best))}",
                remedy="give another name",
            )


class _Images:
    """The images of a sweep, loaded where they are needed.

    Args:
        recipe: The options that are not swept.
    """

    def __init__(self, recipe: RunConfig) -> None:
        self._recipe = recipe
        self._loaded: Any = None

    def check(self, as_job: bool, root: Path, plan: Plan) -> dict[str, str]:
        """Check that the recipe can be trained, and give the checksums of its images.

        Raises:
            SnnTuiError: Images, device or engine cannot be used, or an objective does not fit them.
        """
        with progress() as on_progress:
            check_new(checked_here(self._recipe) if as_job else self._recipe, on_progress, root=root)
        images = self._images()
        check_kind(plan.objectives, images.task.kind)
        return dict(images.checksums)

    def energy(self, run: RunDir, plan: Plan) -> float:
        """What an image of val costs with a run's weights, in nJ."""
        from snn_tui.evaluation.opened_run import OpenedRun

        opened = OpenedRun(run, self._images(), "cpu")
        return opened.energy("val", balanced=True, constants=plan.constants).nanojoules

    def _images(self) -> Any:
        if self._loaded is None:
            from snn_tui.data.registry import load

            with progress() as on_progress:
                self._loaded = load(self._recipe, on_progress)
        return self._loaded


def _work(process: Any, total: int, terminal: Terminal, console: Console, stop: StopRequest) -> None:
    """Take part in the sweep until all trials are told, and show it; on a signal, let trainers save."""
    with ExitStack() as stack:
        live = None
        if console.is_terminal:
            live = stack.enter_context(Live(console=console, auto_refresh=False))
        printed: dict[int, str] = {}
        until = 0.0
        while True:
            if not stop.signal:
                process.step(lambda: stop.signal is not None)
            elif not until:
                until = time.monotonic() + STOP_SECONDS
                process.stop()
            _show(process, total, terminal, console, live, printed)
            if until and (not process.at_work or time.monotonic() > until):
                break
            if process.done:
                break
            time.sleep(LOOK_SECONDS)


def _show(
    process: Any, total: int, terminal: Terminal, console: Console, live: Live | None, printed: dict[int, str]
) -> None:
    if live is None:
        for trial in process.trials:
            if printed.get(trial.number) != trial.state:
                printed[trial.number] = trial.state
                words = f"trial {trial.number}: {'begun' if trial.state == 'running' else trial.state}"
                console.print(
                    Text(f"{words}{f': {clean(trial.reason)}' if trial.reason else ''}"), soft_wrap=True
                )
        return
    record: SweepRecord = process.record
    working = {
        trial.number: Working(state.phase, len(state.epochs_ended), state.epochs)
        for trial in record.trials
        if trial.state == "running" and (state := process.state(trial.number)) is not None
    }
    rows = max(console.height - 5, 3)
    at_work = [trial for trial in record.trials if trial.state == "running"][:rows]
    others = [trial for trial in by_rank(record) if trial.state != "running"][: rows - len(at_work)]
    canvas = Canvas(console.width, rows, terminal)
    head = _head(record, total), Text(best_words(record))
    live.update(Group(*head, trials_table(record, [*at_work, *others], working, canvas)), refresh=True)


def _print_end(record: SweepRecord, total: int, terminal: Terminal, console: Console) -> None:
    widen_for_tables(console)
    ranked = by_rank(record)
    console.print(_head(record, total))
    if record.front:
        console.print(Text(best_words(record)))
    console.print(trials_table(record, ranked[:MOST_ROWS], {}, Canvas(console.width, 24, terminal)))
    if len(ranked) > MOST_ROWS:
        console.print(note(f"{len(ranked) - MOST_ROWS} more with --json", terminal))
    if record.importance:
        console.print()
        console.print(importance_table(record, terminal))


def _head(record: SweepRecord, total: int) -> Text:
    known = counts(record)
    # A sweep may have more trials than this call asks for.
    total = max(total, len(record.trials))
    return Text(f"{record.name}, {counted(total, 'trial')}{f': {known}' if known else ''}", "bold")


def _write_best(
    path: Path,
    record: SweepRecord,
    make: Callable[[Trial], RunConfig],
    pick: int | None,
    network: str | None,
    *,
    force: bool,
) -> None:
    """Write a trial's options as a file that `--config` reads: the best one's, or the one that was picked.

    Of several objectives the best one is that of the front which is best in the first of them.

    Raises:
        SnnTuiError: There is no such trial, or the file cannot be written.
    """
    from snn_tui.export import writing

    trial = _chosen(record, pick)
    config = msgspec.structs.replace(make(trial), name=None, read_test=RunConfig().read_test)
    values = differing({name: getattr(config, name) for name in OPTIONS})
    worth = ", ".join(
        f"{objective} {value:.6g}" for objective, value in zip(record.objectives, trial.values, strict=False)
    )
    comment = f"Trial {trial.number} of the sweep {record.name}{f': {worth} on val' if worth else ''}."
    if network is not None:
        comment += f"\nIts network is one of your own: add --network {clean(network)}"
    writing.write({path: to_toml(values, comment).decode()}, force=force)
    typer.echo(
        f"trial {trial.number} is in {clean(str(path), 1000)}: train it with "
        f"snn-tui --train-only --config {shell_word(str(path))}",
        err=True,
    )


def _chosen(record: SweepRecord, pick: int | None) -> Trial:
    if pick is not None:
        found = next((trial for trial in record.trials if trial.number == pick), None)
        if found is None:
            raise UsageError(
                f"there is no trial {pick}", where="--pick", remedy=f"give 0 to {len(record.trials) - 1}"
            )
        return found
    if not record.front:
        raise RunError(
            "no trial is complete, so none is best", where=clean(record.name), remedy="see why with --json"
        )
    return next(trial for trial in record.trials if trial.number == record.front[0])
