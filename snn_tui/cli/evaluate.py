"""`evaluate`: a run's checkpoint judged by a split, and compared with another run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from snn_tui.analysis.mcnemar import Comparison, compare
from snn_tui.cli.common import (
    Ascii,
    Data,
    Demo,
    Device,
    Exit,
    Json,
    Network,
    Picojoules,
    Run,
    RunsDir,
    Steps,
    other_run,
    print_json,
    streams,
)
from snn_tui.cli.completing import run_names
from snn_tui.cli.draw.comparison import mcnemar_table
from snn_tui.cli.draw.early_exit import exit_table
from snn_tui.cli.draw.medmnist_c import medmnist_c_table
from snn_tui.cli.draw.robustness import robustness_table
from snn_tui.cli.draw.scores import benchmark_table, class_table
from snn_tui.cli.graphs import GraphOptions
from snn_tui.cli.graphs import opened as opened_of
from snn_tui.cli.medmnist_csv import write_medmnist_csv
from snn_tui.cli.progress import OnProgress, progress
from snn_tui.config.own_network import hand_over
from snn_tui.errors import UsageError
from snn_tui.render import tables
from snn_tui.render.canvas import Canvas
from snn_tui.render.energy import energy
from snn_tui.render.text import count, note, plain
from snn_tui.runs.store import read_config
from snn_tui.values.benchmarks import beside, study_beside
from snn_tui.values.energy import facts as energy_facts
from snn_tui.values.energy_constants import constants_here
from snn_tui.values.firing import silence, silent_layers
from snn_tui.values.words import counted

_MOST_LINES = 100


def evaluate(
    context: typer.Context,
    run: Run,
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="val or test.")] = "test",
    everything: Annotated[
        bool, typer.Option("--all", help="Judge by all images, also those the run's balancing left out.")
    ] = False,
    robustness: Annotated[
        bool,
        typer.Option(
            "--robustness",
            help="Judge images that are noisy, pale, blurred, shifted, or as in MedMNIST-C, too.",
        ),
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="RUN",
            help="Another run, to be judged by the same images.",
            autocompletion=run_names,
        ),
    ] = None,
    medmnist_csv: Annotated[
        Path | None,
        typer.Option(
            "--medmnist-csv",
            metavar="FOLDER",
            help="Write the predictions into it as MedMNIST's own evaluator reads them; with --all.",
        ),
    ] = None,
    steps: Steps = None,
    early_exit: Exit = None,
    pj: Picojoules = None,
    data: Data = None,
    network: Network = None,
    demo: Demo = False,
    device: Device = None,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
    *,
    graph: GraphOptions,
) -> int:
    """Judge a run's checkpoint, or a NIR graph, by its val or test images, balanced as the run was."""
    if split not in ("val", "test"):
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give val or test")
    constants = constants_here(pj)
    if medmnist_csv is not None and not medmnist_csv.is_dir():
        raise UsageError("there is no such folder", where="--medmnist-csv", remedy="make it first")
    hand_over(network)
    opened = opened_of(context, run, data, demo, device, runs_dir, graph, steps=steps, early_exit=early_exit)
    other = None if against is None else other_run(context, against, opened, device, runs_dir)
    if other is not None and other.run == opened.run:
        raise UsageError("that is the run itself", where="--against", remedy="give another run")
    if other is not None and split == "val" and other.config.fold != opened.config.fold:
        raise UsageError(
            "the runs have different folds of train in place of val, so one was trained on the other's",
            where="--against",
            remedy="give --split test, or a run of the same fold",
        )
    from snn_tui.evaluation.early_exit import early_exit as early_exit_of

    balanced = not everything and opened.balances
    with progress() as on_progress:
        evaluation = opened.evaluate(split, balanced=balanced, on_progress=on_progress)
        scores, scored = evaluation.score(), evaluation.task_scores
        cost = opened.energy(split, on_progress=on_progress, balanced=balanced, constants=constants)
        exits = early_exit_of(opened, split, cost, balanced=balanced, on_progress=on_progress)
        comparison = None
        if other is not None:
            comparison = _compared(opened, other, split, on_progress, balanced=balanced)
    written = None if medmnist_csv is None else write_medmnist_csv(opened, split, medmnist_csv, balanced)
    number = len(opened.split(split, balanced=balanced))
    images = f"{count(number)} images, {'balanced' if balanced else 'all'}"
    judged_runs = {_key(judged, opened): judged for judged in (opened, *([other] if other else []))}
    dataset = opened.dataset
    whole = number == len(dataset.splits[split])
    published_rows = beside(dataset.task, split, official=dataset.official and whole)
    trials, errors = {}, {}
    if robustness:
        from snn_tui.evaluation.medmnist_c import medmnist_c as errors_of
        from snn_tui.evaluation.robustness import robustness as trials_of

        with progress() as on_progress:
            for name, judged in judged_runs.items():
                trials[name] = trials_of(judged, split, balanced=balanced, on_progress=on_progress)
                errors[name] = errors_of(judged, split, balanced=balanced, on_progress=on_progress)
    if as_json:
        print_json(
            {
                "run": opened.run.name,
                "epoch": opened.epoch,
                "split": split,
                "dataset": opened.dataset.name,
                "synthetic": opened.dataset.synthetic,
                "source": opened.dataset.source,
                "notice": opened.dataset.notice,
                "notes": opened.notes,
                "differing": opened.dataset.differing,
                "balanced": balanced,
                "images": number,
                "num_steps": opened.config.num_steps,
                "exit": exits,
                "silent_layers": silent_layers(scores.rates),
                "scores": scores,
                "task_scores": scored,
                "benchmarks": [row._asdict() for row in published_rows],
                "energy": energy_facts(cost),
            }
            | ({} if other is None else {"against": _against(other, comparison)})
            | ({"robustness": trials, "medmnist_c": errors} if trials else {})
        )
        return 0
    terminal, console = streams(ascii_only)
    synthetic = opened.dataset.synthetic
    epoch = f"{'within ' if opened.within_epoch else ''}epoch {opened.epoch}" if opened.epoch else "NIR graph"
    heading = f"{opened.run.name}, {epoch}, {split} of {opened.dataset.name}: {images}"
    console.print(plain(heading, terminal, "bold"))
    if opened.dataset.notice:
        console.print(note(opened.dataset.notice, terminal))
    if other is not None and other.dataset.differing and other.dataset.notice != opened.dataset.notice:
        console.print(note(f"{other.run.name}: {other.dataset.notice}", terminal))
    for words in opened.notes:
        console.print(note(words, terminal))
    trained_steps = read_config(opened.run).num_steps
    if trained_steps != opened.config.num_steps:
        judged_after = counted(opened.config.num_steps, "time step")
        console.print(
            note(f"judged after {judged_after}, trained to be judged after {trained_steps}", terminal)
        )
    if exits is not None:
        taken = f"{exits.mean_steps:.2f} of {counted(opened.config.num_steps, 'time step')} on average"
        console.print(note(f"judged with early exit, {taken}; loss and costs are of all steps", terminal))
    silent = silence(scores.rates, opened.config.known_norm)
    if silent:
        console.print(note(silent, terminal))
    task = dataset.task
    if task.kind != "binary" and scored.note:
        console.print(note(scored.note, terminal))
    published = study_beside(
        task, split, balanced=balanced, comparable=dataset.comparable, synthetic=synthetic
    )
    canvas = Canvas(80, 24, terminal)
    console.print(tables.final_table(scores, published, synthetic, canvas, split=split, task=task))
    if published_rows:
        console.print()
        console.print(benchmark_table(published_rows, scores.accuracy, scores.auc, terminal))
    console.print()
    console.print(tables.confusion_table(scores, task, canvas))
    if task.kind != "binary":
        console.print()
        console.print(class_table(scored, task, canvas))
    console.print()
    measured = "" if cost.images == number else f", measured on the first {count(cost.images)}"
    console.print(Text(f"One image costs{measured}", "italic"))
    console.print(energy(cost, Canvas(console.width, _MOST_LINES, terminal)))
    if exits is not None:
        console.print()
        console.print(exit_table(exits, split, terminal))
    if other is not None and comparison is not None:
        console.print()
        rule = "right: all labels of an image" if task.kind == "multilabel" else ""
        console.print(mcnemar_table(*_titles(opened, other), comparison, images, terminal, rule))
    if written is not None:
        console.print()
        console.print(plain(f"written  {written}", terminal, limit=1000), soft_wrap=True)
    if trials:
        from snn_tui.data.corruption import CORRUPTIONS

        console.print()
        measures = {name: measure for name, (measure, _, _) in CORRUPTIONS.items()}
        console.print(robustness_table(trials, measures, split, terminal))
        console.print()
        console.print(medmnist_c_table(errors, split, terminal))
    return 0


def _key(judged: Any, first: Any) -> str:
    """What a judged run is called among the two of a command: its name, or its path where both have one."""
    return str(judged.run.name if judged is first or judged.run.name != first.run.name else judged.run.path)


def _titles(opened: Any, other: Any) -> tuple[str, str]:
    """Titles of two runs, or what tells them apart where both have the same."""
    if opened.run.title != other.run.title:
        return opened.run.title, other.run.title
    return opened.run.name, _key(other, opened)


def _against(other: Any, comparison: Comparison | None) -> dict[str, object]:
    return {"run": other.run.name, "differing": other.dataset.differing, "mcnemar": comparison}


def _compared(opened: Any, other: Any, split: str, on_progress: OnProgress, *, balanced: bool) -> Comparison:
    evaluation, theirs = (
        run.evaluate(split, balanced=balanced, on_progress=on_progress) for run in (opened, other)
    )
    return compare(evaluation.right.tolist(), theirs.right.tolist())
