"""Two networks on the same images, beside each other."""

from __future__ import annotations

from rich.console import RenderableType

from snn_tui.analysis.mcnemar import Comparison
from snn_tui.render.tables import bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, fit


def mcnemar_table(
    first: str, second: str, comparison: Comparison, images: str, terminal: Terminal, rule: str = ""
) -> RenderableType:
    """Images by which of two networks got them right, and what McNemar's test says of it.

    Args:
        first: The first network's name.
        second: The second network's name.
        comparison: Images by which network is right, and the test's p.
        images: How many images both were judged by, and which.
        terminal: What may be drawn.
        rule: What it takes for an image to be right, where that needs saying.
    """
    one, other = (fit(name, 28, terminal) for name in (first, second))
    table = bare_table(terminal)
    title = f"{one} against {other}"
    table.add_column("images that were right by", no_wrap=True)
    table.add_column("images", justify="right", no_wrap=True)
    for words, number in (
        ("both", comparison.both),
        (f"{one} only", comparison.first),
        (f"{other} only", comparison.second),
        ("neither", comparison.neither),
    ):
        table.add_row(words, count(number))
    equals = "" if comparison.p < _LEAST_P else "= "
    captions = (
        f"both judged by the same {images}",
        f"McNemar, exact: p {equals}{p_words(comparison.p)}",
    )
    return framed(title, table, *captions, *([rule] if rule else []))


_LEAST_P = 1e-4  # smaller ones are not told apart


def p_words(p: float) -> str:
    """A probability as people read it."""
    return f"< {_LEAST_P:.4f}" if p < _LEAST_P else f"{p:.2g}"
