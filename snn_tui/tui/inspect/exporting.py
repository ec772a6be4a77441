"""Writing the animation of the decision that Inspect shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from snn_tui.export import writing
from snn_tui.render import animation
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.values.image_ref import ImageRef, SplitImage
from snn_tui.values.trace import Trace


def write_animation(
    trace: Trace, image: ImageRef, run: str, dataset: str, speed: int, *, unicode: bool
) -> list[Path]:
    """Write a cast and an SVG picture into the current folder, under a name that no file has there.

    Args:
        trace: Activity of the network for the image.
        image: Which image it is.
        run: Name of the run.
        dataset: Name of the data set that an image of a split is of.
        speed: Time steps a second.
        unicode: Whether to draw in more than ASCII.

    Returns:
        The files.

    Raises:
        SnnTuiError: They cannot be written.
    """
    if isinstance(image, SplitImage):
        title, name = f"{run} · {dataset} · {image.split} {image.index}", f"{run}-{image.split}-{image.index}"
    else:
        file = Path(image.path)
        title, name = f"{run} · {file.name}", f"{run}-{file.stem[:80]}"
    name += f"-draw{trace.draw}" if trace.draw else ""
    name += "-inverted" if trace.inverted else ""
    canvas = Canvas(animation.WIDTH, 0, Terminal("truecolor", unicode, slow=False))
    texts = animation.written(trace, title, canvas, speed)
    files = _free(name, texts)
    writing.write(files, force=False)
    return list(files)


def _free(name: str, texts: Mapping[str, str]) -> dict[Path, str]:
    """Texts by their paths, with a number behind the name where something has it."""
    number = 1
    while True:
        stem = name if number == 1 else f"{name}-{number}"
        files = {Path(stem + suffix): text for suffix, text in texts.items()}
        if not any(path.exists() or path.is_symlink() for path in files):
            return files
        number += 1
