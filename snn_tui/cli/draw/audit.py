"""An audit of a data set as a table and a few lines."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from snn_tui.render.tables import bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, fit, plain
from snn_tui.values.audit import Audit, AuditedImage, ImagePair, PairList
from snn_tui.values.dataset import SPLITS
from snn_tui.values.words import counted, listed

_EXAMPLES = 3
_LONGEST_NAME = 40

_MEANING = {
    ("val", "train"): "the score on val is too good, and the checkpoint is chosen by it",
    ("test", "train"): "the network has learnt them, so the score on test is too good",
    ("test", "val"): "the checkpoint is chosen by them, so the score on test is too good",
}
"""What images of a split that are in an earlier one mean."""


def heading(audit: Audit, terminal: Terminal) -> Text:
    """The data set's name, size and source in a line."""
    task = audit.task
    colour = "grey" if task.channels == 1 else "in colour"
    total = count(sum(audit.sizes.values()))
    words = f"{task.name}: {total} images of {task.side}x{task.side}, {colour}, {task.kind} ({audit.source})"
    return plain(words, terminal, "bold", limit=1000)


def counts_table(audit: Audit, terminal: Terminal) -> Table:
    """Images of each class, or with each label, by split."""
    several = audit.task.kind == "multilabel"
    table = bare_table(terminal)
    table.add_column("label" if several else "class", no_wrap=True)
    for split in SPLITS:
        table.add_column(split, justify="right", no_wrap=True)
    for name in audit.task.classes:
        numbers = (count(audit.counts[split][name]) for split in SPLITS)
        table.add_row(Text(fit(name, _LONGEST_NAME, terminal)), *numbers)
    table.add_section()
    table.add_row("images" if several else "all", *(count(audit.sizes[split]) for split in SPLITS))
    return table


def audit_lines(audit: Audit, terminal: Terminal) -> Iterator[Text]:
    """What makes a score too good, each with what it means and the first of its images; or that none does."""

    def warning(words: str) -> Text:
        return plain(words, terminal, "yellow", limit=1000)

    def example(words: str) -> Text:
        return plain(f"  {words}", terminal, "dim")

    for split, number in audit.one_colour.items():
        if number:
            yield warning(f"{_images(number, split)} of one colour: nothing can be learnt from them")
    for what, overlaps in (("in {}, too", audit.same), ("nearly the same as one of {}", audit.near)):
        for found in overlaps:
            meaning = _MEANING[found.split, found.earlier]
            where = what.format(found.earlier)
            yield warning(f"{_images(found.images.total, found.split)} {where}: {meaning}")
            yield from map(example, _examples(found.images))
    if audit.two_labels.total:
        images = counted(audit.two_labels.total, "image")
        has = "has" if audit.two_labels.total == 1 else "have"
        yield warning(f"{images} {has} another label elsewhere: one of the two is wrong")
        yield from map(example, _examples(audit.two_labels, with_labels=True))
    for shared in audit.groups:
        groups = counted(shared.total, "group")
        meaning = _MEANING[shared.split, shared.earlier]
        images = _images(shared.images, shared.split)
        yield warning(f"{images} of {groups} that {shared.earlier} has, too: {meaning}")
        yield example(_more([group.name for group in shared.groups], shared.total))
    yield from (plain(words, terminal, "green") for words in _nothing(audit))
    if not audit.grouped:
        yield plain("whether splits share patients is not known: no file names say so", terminal, "dim")


def _nothing(audit: Audit) -> Iterator[str]:
    """What was looked for and is not there."""
    kinds = {
        "the same image in two splits": not audit.same,
        "near duplicates in two splits": not audit.near,
        "an image with two labels": not audit.two_labels.total,
        "a group in two splits": audit.grouped and not audit.groups,
    }
    absent = [kind for kind, none in kinds.items() if none]
    if absent:
        yield f"not found: {', '.join(absent)}"


def _images(number: int, split: str) -> str:
    return f"{counted(number, f'{split} image')} {'is' if number == 1 else 'are'}"


def _examples(found: PairList, *, with_labels: bool = False) -> Iterator[str]:
    for pair in found.pairs[:_EXAMPLES]:
        yield _pair(pair, with_labels)
    if found.total > _EXAMPLES:
        yield f"and {count(found.total - min(_EXAMPLES, len(found.pairs)))} more"


def _pair(pair: ImagePair, with_labels: bool) -> str:
    alike = f", correlation {pair.correlation:.3f}" if pair.correlation < 1 else ""
    differ = pair.first.labels != pair.second.labels
    first, second = (_image(image, with_labels or differ) for image in (pair.second, pair.first))
    return f"{first} and {second}{alike}"


def _image(image: AuditedImage, with_label: bool) -> str:
    label = f" ({listed(image.labels) or 'no label'})" if with_label else ""
    return f"{image.name or f'{image.split} {image.index}'}{label}"


def _more(names: list[str], total: int) -> str:
    first = names[:_EXAMPLES]
    return ", ".join(first) + (f" and {count(total - len(first))} more" if total > len(first) else "")
