"""`inspect`: one image, the spikes of the output neurons, and the verdict."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from snn_tui.cli.common import (
    Ascii,
    Data,
    Demo,
    Exit,
    Json,
    Run,
    RunsDir,
    Steps,
    opened_run,
    print_json,
    streams,
)
from snn_tui.errors import UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.text import note, plain
from snn_tui.values.dataset import SPLITS
from snn_tui.values.image_ref import PICTURE_KINDS, ImageRef, PictureFile, SplitImage
from snn_tui.values.image_statistics import INVERTED
from snn_tui.values.trace import Trace


def inspect(
    context: typer.Context,
    run: Run,
    index: Annotated[str | None, typer.Option("--index", metavar="N", help="Which image, from 0.")] = None,
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="train, val or test.")] = "test",
    picture: Annotated[
        str | None,
        typer.Option("--picture", metavar="FILE", help=f"A {PICTURE_KINDS} file in place of an image."),
    ] = None,
    invert: Annotated[bool, typer.Option("--invert", help="Invert it first, black to white.")] = False,
    steps: Steps = None,
    early_exit: Exit = None,
    data: Data = None,
    demo: Demo = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
) -> int:
    """Show one image, how the output neurons fired, and the verdict."""
    from snn_tui.render.inspection import inspection

    image, name = _image(split, index, picture, invert)
    opened = opened_run(
        context,
        run,
        data,
        demo,
        None,
        runs_dir,
        fetch=picture is None,
        steps=steps,
        early_exit=early_exit,
    )
    trace = opened.trace(image)
    if as_json:
        print_json(
            {
                "run": opened.run.name,
                "epoch": opened.epoch,
                "image": image,
                **_decision(trace),
                "inverted": trace.inverted,
                "synthetic": trace.synthetic,
                "warnings": trace.warnings,
                "notes": trace.notes,
                "notice": "" if picture else opened.dataset.notice,
            }
        )
        return 0
    terminal, console = streams(ascii_only)
    title = f"{opened.run.name} · {name if picture else f'{opened.dataset.name} · {name}'}"
    console.print(inspection(trace, title, Canvas(console.width, 24, terminal)))
    if not trace.inverted and any(warning.kind == INVERTED for warning in trace.warnings):
        console.print(plain("--invert judges it inverted", terminal))
    if opened.dataset.notice and not picture:
        console.print(note(opened.dataset.notice, terminal))
    return 0


def _decision(trace: Trace) -> dict[str, object]:
    """What the network decides on an image, and what is true of it.

    `label`, `prediction` and `score` are there for programs that know one label an image, or two classes. A
    network without spikes has `currents` of its output neurons, and logits as their scores. All are those of
    `verdict_step`, which is the last step unless the verdict fell early.
    """
    step, task = trace.verdict_step, trace.task
    counts, predicted, truth = trace.counts(step), trace.predicted(step), trace.picture.labels
    several = task.kind == "multilabel"
    return {
        "num_steps": trace.num_steps,
        "verdict_step": step,
        "exit": trace.exit_rule,
        "label": None if several or not truth else task.classes[truth[0]],
        "prediction": None if several else task.classes[predicted[0]],
        "score": trace.score(step) if task.kind == "binary" else None,
        "spikes": dict(zip(task.classes, counts, strict=True)) if counts else None,
        "classes": task.classes,
        "counts": counts or None,
        "membranes": trace.membranes[step - 1] if counts else None,
        "currents": None if counts else trace.membranes[step - 1],
        "scores": trace.scores(step),
        "predicted": [task.classes[label] for label in predicted],
        "truth": None if truth is None else [task.classes[label] for label in truth],
    }


def _image(split: str, index: str | None, picture: str | None, inverted: bool) -> tuple[ImageRef, str]:
    """The image that the options name, and what to call it.

    Raises:
        UsageError: They name none, or two, or one that cannot be.
    """
    if (index is None) == (picture is None):
        named = "no image is named" if index is None else "an image and a picture are named"
        raise UsageError(
            named,
            where="inspect",
            remedy="give either --index N for an image of the data set or --picture FILE for one of your own",
        )
    if picture is not None:
        return PictureFile(picture, inverted), Path(picture).name
    if split not in SPLITS:
        raise UsageError(f"{split!r} is not allowed", where="--split", remedy="give train, val or test")
    if not re.fullmatch(r"-?[0-9]{1,20}", index or ""):
        raise UsageError(f"{index!r} is not allowed", where="--index", remedy="give a whole number from 0")
    return SplitImage(split, int(index or ""), inverted), f"{split} {index}"
