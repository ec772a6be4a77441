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
    Network,
    Run,
    RunsDir,
    Steps,
    other_run,
    print_json,
    streams,
)
from snn_tui.cli.graphs import GraphOptions
from snn_tui.cli.graphs import opened as opened_of
from snn_tui.config.own_network import hand_over
from snn_tui.errors import UsageError
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import MESSAGE_LIMIT, clean, note, plain
from snn_tui.values.dataset import SPLITS
from snn_tui.values.image_ref import PICTURE_KINDS, ImageRef, PictureFile, SplitImage
from snn_tui.values.image_statistics import INVERTED
from snn_tui.values.trace import Trace

_NEVER_OVER = "choose another name: nothing is written over"


def inspect(
    context: typer.Context,
    run: Run,
    index: Annotated[str | None, typer.Option("--index", metavar="N", help="Which image, from 0.")] = None,
    split: Annotated[str, typer.Option("--split", metavar="SPLIT", help="train, val or test.")] = "test",
    picture: Annotated[
        str | None,
        typer.Option("--picture", metavar="FILE", help=f"A {PICTURE_KINDS} file in place of an image."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option("--against", metavar="RUN", help="Show what another run makes of the image, too."),
    ] = None,
    invert: Annotated[bool, typer.Option("--invert", help="Invert it first, black to white.")] = False,
    cast: Annotated[
        Path | None,
        typer.Option("--cast", metavar="FILE.cast", help="Write its time steps as an asciinema recording."),
    ] = None,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE.svg", help="Write its time steps as a picture that moves."),
    ] = None,
    speed: Annotated[
        int | None,
        typer.Option(
            "--speed", metavar="N", min=1, max=60, help="Time steps a second in these files; default 5."
        ),
    ] = None,
    steps: Steps = None,
    early_exit: Exit = None,
    data: Data = None,
    network: Network = None,
    demo: Demo = False,
    runs_dir: RunsDir = None,
    as_json: Json = False,
    ascii_only: Ascii = False,
    *,
    graph: GraphOptions,
) -> int:
    """Show one image, how the output neurons fired, and the verdict."""
    from snn_tui.evaluation import one_image
    from snn_tui.render.inspection import inspection, inspection_of_another

    image, name = _image(split, index, picture, invert)
    targets = _targets(cast, svg, speed)
    hand_over(network)
    opened = opened_of(
        context,
        run,
        data,
        demo,
        None,
        runs_dir,
        graph,
        fetch=picture is None,
        steps=steps,
        early_exit=early_exit,
    )
    other = None if against is None else other_run(context, against, opened, None, runs_dir)
    if other is not None and other.run == opened.run:
        raise UsageError("that is the run itself", where="--against", remedy="give another run")
    trace = one_image.trace(opened, image)
    second = None if other is None else one_image.trace(other, image)
    title = f"{opened.run.name} · {name if picture else f'{opened.dataset.name} · {name}'}"
    _write_animation(trace, title, targets, speed, ascii_only=ascii_only)
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
            | (
                {}
                if other is None or second is None
                else {"against": {"run": other.run.name, "epoch": other.epoch, **_decision(second)}}
            )
        )
        return 0
    terminal, console = streams(ascii_only)
    console.print(inspection(trace, title, Canvas(console.width, 24, terminal)))
    if other is not None and second is not None:
        console.print(inspection_of_another(second, other.run.name, Canvas(console.width, 24, terminal)))
    if not trace.inverted and any(warning.kind == INVERTED for warning in trace.warnings):
        console.print(plain("--invert judges it inverted", terminal))
    for words in opened.notes:
        console.print(note(words, terminal))
    if opened.dataset.notice and not picture:
        console.print(note(opened.dataset.notice, terminal))
    for path in targets:
        console.print(plain(f"written: {path}", terminal, limit=MESSAGE_LIMIT), soft_wrap=True)
    return 0


def _targets(cast: Path | None, svg: Path | None, speed: int | None) -> list[Path]:
    """The files of the animation, which can be written.

    Raises:
        UsageError: One of them cannot be written, exists, or is asked for in another format; or there is a
            speed and nothing to write.
    """
    from snn_tui.export import writing

    named = {".cast": cast, ".svg": svg}
    for suffix, path in named.items():
        if path is not None and path.suffix.lower() != suffix:
            raise UsageError(
                f"{clean(path.name, 60)!r} does not end in {suffix}",
                where=f"--{suffix[1:]}",
                remedy=f"give a name such as decision{suffix}; agg makes a GIF of a cast",
            )
    targets = [path for path in named.values() if path is not None]
    if speed is not None and not targets:
        raise UsageError(
            "there is no animation to write", where="--speed", remedy="give --cast or --svg, or leave it out"
        )
    writing.check_targets(targets, force=False, remedy=_NEVER_OVER)
    return targets


def _write_animation(
    trace: Trace, title: str, targets: list[Path], speed: int | None, *, ascii_only: bool
) -> None:
    """Write the time steps of an image to files whose endings say how.

    They look the same whatever terminal this is.
    """
    if not targets:
        return
    from snn_tui.export import writing
    from snn_tui.render import animation

    canvas = Canvas(animation.WIDTH, 0, Terminal("truecolor", unicode=not ascii_only, slow=False))
    texts = animation.written(trace, title, canvas, speed or animation.SPEED)
    writing.write({path: texts[path.suffix.lower()] for path in targets}, force=False, remedy=_NEVER_OVER)


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
