"""`study`: the same recipe with several seeds and folds, and what comes of it on average."""

from __future__ import annotations

import functools
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
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
    Steps,
    TensorBoardFolder,
    Webhook,
    opened_run,
    other_run,
    print_json,
    root_of,
    streams,
    widen_for_tables,
    with_demo,
    with_options,
)
from snn_tui.cli.completing import run_names
from snn_tui.cli.consoles import console_of
from snn_tui.cli.draw.study import (
    MemberRow,
    comparisons_table,
    members_table,
    spread_table,
    spreads,
    together_table,
)
from snn_tui.cli.given import Given, share_cores
from snn_tui.cli.progress import progress
from snn_tui.cli.slurm import Extra, Gpus, Partition, Slurm, Time, checked_here, job_options
from snn_tui.config.judging import judged_as
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError, UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, shell_word
from snn_tui.runs import process
from snn_tui.runs.named_weights import check_unseen, with_checksums
from snn_tui.runs.state import RunState
from snn_tui.runs.study import Member, advance, members, parse_seeds, plan, refresh
from snn_tui.runs.summary import catch_up
from snn_tui.runs.tail import Tail
from snn_tui.values.firing import silence
from snn_tui.values.words import counted
from snn_tui.worker import tensorboard
from snn_tui.worker.on_end import OnEnd
from snn_tui.worker.preparation import check_new
from snn_tui.worker.stopping import StopRequest

if TYPE_CHECKING:
    from snn_tui.worker.cluster import JobOptions

LOOK_SECONDS = 0.5
STOP_SECONDS = 30.0
"""How long trainers have to save and end."""


@functools.partial(with_options, hidden=("seed", "fold", "name"))
def study(
    context: typer.Context,
    seeds: Annotated[str, typer.Option("--seeds", metavar="SEEDS", help="Such as 0-4 or 1,3,10-12.")] = "0-4",
    folds: Annotated[
        int,
        typer.Option(
            "--folds", min=0, max=20, help="Divide train, and judge by each part in turn; test stays unread."
        ),
    ] = 0,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Runs side by side.")] = 1,
    against: Annotated[
        str | None,
        typer.Option(
            "--against", metavar="RUN", help="A run to compare each with (McNemar).", autocompletion=run_names
        ),
    ] = None,
    steps: Steps = None,
    on_end: OnEndCommand = None,
    webhook: Webhook = None,
    log_tensorboard: TensorBoardFolder = None,
    slurm: Slurm = False,
    partition: Partition = None,
    gpus: Gpus = None,
    time_limit: Time = None,
    slurm_extra: Extra = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="With --slurm: submit the jobs only; called again, it averages.")
    ] = False,
    demo: DemoData = False,
    network: Network = None,
    config: ConfigFile = None,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
    **options: str | None,
) -> int:
    """Train a recipe with several seeds, or folds of train, and average. Called again, it goes on."""
    job = job_options(slurm, partition, gpus, time_limit, slurm_extra)
    if no_wait and job is None:
        raise UsageError("a study waits for the runs it trains", where="--no-wait", remedy="add --slurm")
    OnEnd.of(on_end, webhook).hand_to_trainers()
    tensorboard.hand_to_trainers(log_tensorboard)
    options = with_demo(demo, options)
    for name, instead in (("seed", "--seeds"), ("fold", "--folds"), ("name", "--seeds and --folds")):
        if options[name] is not None:
            raise UsageError("a study sets it for each run", where=f"--{name}", remedy=f"give {instead}")
    recipe = Given.of(options, config, network).build()
    judged = judged_as(recipe, steps, options["exit"])
    root = root_of(context, runs_dir)
    recipe = with_checksums(recipe, root)
    configs = plan(recipe, parse_seeds(seeds), folds)
    for config_of_fold in configs:
        check_unseen(config_of_fold, root)
    terminal, console = streams(ascii_only)
    from snn_tui.data.folds import check_all
    from snn_tui.data.registry import load

    divided = ""
    with progress() as on_progress:
        check_new(recipe if job is None else checked_here(recipe), on_progress, root=root)
        images = load(recipe, on_progress)
        if folds > 1:
            divided = check_all(images, folds, recipe.group_by)
    if divided:
        typer.echo(f"note: {divided}", err=True)
    study_members, of_other_images = members(configs, root, images.checksums)
    if of_other_images:
        aside = ", ".join(clean(run.name) for run in of_other_images[:3])
        more = f" and {len(of_other_images) - 3} more" if len(of_other_images) > 3 else ""
        typer.echo(f"note: trained on other images than these, and left aside: {aside}{more}", err=True)
    if job is None:
        share_cores(jobs)
    stop = StopRequest()
    stop.listen((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    _train(
        study_members,
        root,
        jobs,
        terminal,
        console_of("none", stderr=True) if as_json else console,
        stop,
        job,
        wait=not no_wait,
    )
    if job is not None and any(member.active for member in study_members):
        typer.echo("the jobs go on; the same command shows them, and averages what they come to", err=True)
        return stop.exit_code if stop.signal else 0
    if stop.signal:
        typer.echo("stopped; the same command goes on", err=True)
        return stop.exit_code
    finished = [member for member in study_members if member.finished and member.run is not None]
    if not finished:
        raise _failure(study_members)
    for member in finished:
        if (
            member.summary
            and member.summary.val
            and (text := silence(member.summary.val.rates, recipe.known_norm))
        ):
            typer.echo(f"note: {clean(member.config.title)}: {text}", err=True)
    together = None
    if folds < 2:
        split = "test" if recipe.read_test == "once" else "val"
        together = _judge(context, finished, split, against, judged, options, runs_dir)
    by_split = {
        split: [scores for member in finished if (scores := getattr(member.summary, split)) is not None]
        for split in ("val", "test")
    }
    if as_json:
        print_json(
            {
                "runs": [member.summary for member in study_members],
                "spread": {split: spreads(scores, images.task.kind) for split, scores in by_split.items()},
                "together": together,
            }
        )
    else:
        console.print(spread_table(by_split, terminal, images.task))
        if together is not None:
            console.print()
            statistics = together.means, together.intervals, together.split, together.images
            several = images.task.kind == "multilabel"
            within = "with all their labels" if several else "within each class"
            console.print(
                together_table(
                    *statistics,
                    terminal,
                    resamples=together.resamples,
                    within=within,
                    full_means=together.full_means,
                    steps=together.mean_steps,
                    judged_after=counted(judged.num_steps, "time step")
                    if judged.num_steps != recipe.num_steps
                    else "",
                )
            )
        if together is not None and together.comparisons:
            names = [member.config.title for member in finished]
            console.print()
            console.print(comparisons_table(names, together.against, together.comparisons, terminal))
    if len(finished) < len(study_members):
        raise _failure(study_members)
    return 0


def _train(
    study: Sequence[Member],
    root: Path,
    jobs: int,
    terminal: Terminal,
    console: Console,
    stop: StopRequest,
    job: JobOptions | None = None,
    *,
    wait: bool = True,
) -> None:
    """Train what is not finished, and show it; on a signal, let the trainers save and end.

    Jobs are submitted all at once, and go on after a signal.
    """
    submit = None
    if job is not None:
        from snn_tui.worker import cluster

        submit, jobs = functools.partial(cluster.submit, options=job), len(study)
    with ExitStack() as stack:
        live = None
        if console.is_terminal:
            live = stack.enter_context(Live(console=console, auto_refresh=False))
        printed: dict[int, str] = {}
        until = 0.0
        while True:
            refresh(study)
            if not stop.signal:
                advance(study, root, jobs, datetime.now(), submit)
            elif job is not None:
                wait = False
            elif not until:
                until = time.monotonic() + STOP_SECONDS
                _stop_all(study)
            rows = [_row(member) for member in study]
            if live is not None:
                live.update(members_table(rows, Canvas(console.width, 24, terminal)), refresh=True)
            for index, row in enumerate(rows):
                if live is None and printed.get(index) != row.state:
                    printed[index] = row.state
                    console.print(Text(f"{row.name}: {row.state}"), soft_wrap=True)
            if not wait or not any(member.active for member in study) or (until and time.monotonic() > until):
                break
            time.sleep(LOOK_SECONDS)
    if live is None:
        widen_for_tables(console)
        console.print(members_table(rows, Canvas(console.width, 24, terminal)))
    console.print()


def _stop_all(study: Sequence[Member]) -> None:
    for member in study:
        if member.active and member.started and member.run is not None:
            try:
                process.stop(member.run)
            except SnnTuiError:  # it has just come to its end
                continue


def _row(member: Member) -> MemberRow:
    summary = member.summary
    name = member.config.title
    if summary is None:
        return MemberRow(name, "waiting", f"0/{member.config.epochs}", None, None, 0.0)
    epoch = f"{summary.epoch}/{summary.epochs or member.config.epochs}"
    return MemberRow(name, summary.state, epoch, summary.val, summary.test, summary.seconds)


def _failure(study: Sequence[Member]) -> SnnTuiError:
    wrong = [member for member in study if not member.finished]
    first = next((member for member in wrong if member.run is not None), wrong[0])
    name = first.run.name if first.run else first.config.title
    return SnnTuiError(
        f"{len(wrong)} of {len(study)} runs did not finish{_common_reason(wrong)}",
        remedy=f"see `snn-tui logs {shell_word(name)}`; the same command tries again",
    )


def _common_reason(wrong: Sequence[Member]) -> str:
    """Why the runs failed, where it is the same for all of them, and where the first one's log is."""
    states = [catch_up(Tail(member.run.events), RunState()) if member.run else RunState() for member in wrong]
    reasons = {(state.failure.where, state.failure.what) if state.failure else ("", "") for state in states}
    where, what = reasons.pop()
    if reasons or not what or wrong[0].run is None:
        return ""
    reason = f"{clean(where)}: {clean(what)}" if where else clean(what)
    return f", {'all ' if len(wrong) > 1 else ''}because: {reason} (log: {clean(str(wrong[0].run.log))})"


def _judge(
    context: typer.Context,
    finished: Sequence[Member],
    split: str,
    against: str | None,
    judged: RunConfig,
    options: dict[str, str | None],
    runs_dir: Path | None,
) -> Any:
    paths = [str(member.run.path) for member in finished if member.run is not None]
    device, steps, early_exit = options["device"], judged.num_steps, judged.exit
    first = opened_run(
        context, paths[0], options["data"], False, device, runs_dir, steps=steps, early_exit=early_exit
    )
    runs = [
        first,
        *(
            other_run(context, path, first, device, runs_dir, steps=steps, early_exit=early_exit)
            for path in paths[1:]
        ),
    ]
    other = None if against is None else other_run(context, against, first, options["device"], runs_dir)
    from snn_tui.evaluation.study import judge_together

    with progress() as on_progress:
        return judge_together(runs, split, other, on_progress)
