"""An audit of a data set as a table and a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from snn_tui.render.findings import Example, Finding, findings, not_found
from snn_tui.render.tables import bare_table
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, fit, plain
from snn_tui.values.audit import Audit, AuditedImage
from snn_tui.values.dataset import SPLITS
from snn_tui.values.words import listed

_EXAMPLES = 3
_LONGEST_NAME = 40


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

    for finding in findings(audit):
        yield warning(f"{finding.words}: {finding.meaning}")
        if finding.groups:
            yield example(_more(finding.groups, finding.total))
        else:
            yield from map(example, _examples(finding))
    if absent := not_found(audit):
        yield plain(f"not found: {', '.join(absent)}", terminal, "green")
    if not audit.grouped:
        yield plain("whether splits share patients is not known: no file names say so", terminal, "dim")


def _examples(finding: Finding) -> Iterator[str]:
    for pair in finding.examples[:_EXAMPLES]:
        yield _pair(pair)
    if finding.total > _EXAMPLES:
        yield f"and {count(finding.total - min(_EXAMPLES, len(finding.examples)))} more"


def _pair(pair: Example) -> str:
    alike = f", {pair.note}" if pair.note.startswith("correlation") else ""
    differ = pair.first.labels != pair.second.labels
    first, second = (_image(image, differ) for image in (pair.second, pair.first))
    return f"{first} and {second}{alike}"


def _image(image: AuditedImage, with_label: bool) -> str:
    label = f" ({listed(image.labels) or 'no label'})" if with_label else ""
    return f"{image.name or f'{image.split} {image.index}'}{label}"


def _more(names: Sequence[str], total: int) -> str:
    first = names[:_EXAMPLES]
    return ", ".join(first) + (f" and {count(total - len(first))} more" if total > len(first) else "")
