"""The table of `evaluate` on early exit: the split with it, beside the same after all steps."""

from __future__ import annotations

from rich.console import RenderableType

from snn_tui.render.energy import microjoules
from snn_tui.render.tables import bare_table, framed
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import count, metric
from snn_tui.values.early_exit import EarlyExit, ExitRule, falls


def exit_table(exits: EarlyExit, split: str, terminal: Terminal) -> RenderableType:
    """Accuracy, AUC, steps and energy of an image with early exit, and after all steps.

    Args:
        exits: The early exit of the judged split.
        split: The judged split.
        terminal: What may be drawn.
    """
    unit = "µJ" if terminal.unicode else "uJ"
    table = bare_table(terminal)
    table.add_column(f"an image of {split}", no_wrap=True)
    heads = ("accuracy", "AUC", "steps", f"{unit} arithmetic", "with memory", "NeuroBench")
    for head in heads:
        table.add_column(head, justify="right")
    table.add_row(
        "early exit",
        metric(exits.accuracy, terminal).strip(),
        metric(exits.auc, terminal).strip(),
        f"{exits.mean_steps:.2f}",
        microjoules(exits.nanojoules),
        microjoules(exits.memory_nanojoules),
        microjoules(exits.neurobench_nanojoules),
    )
    table.add_row(
        f"all {len(exits.stops)} steps",
        metric(exits.full_accuracy, terminal).strip(),
        metric(exits.full_auc, terminal).strip(),
        f"{len(exits.stops)}",
        microjoules(exits.full_nanojoules),
        microjoules(exits.full_memory_nanojoules),
        microjoules(exits.full_neurobench_nanojoules),
    )
    chosen: tuple[str, ...] = ()
    if split == exits.rule.split:
        chosen = ("its accuracy was chosen on these images, not measured: --split test does that",)
    return framed("Early exit", table, *_captions(exits.rule), *chosen)


def _captions(rule: ExitRule) -> tuple[str, str]:
    """From which lead on verdicts fall, and what that was chosen by."""
    loss = f"at most {rule.loss:g} of accuracy" if rule.loss else "no accuracy"
    chosen = f"chosen on the {count(rule.images)} images of {rule.split} to lose {loss} there"
    return f"early exit: {falls(rule)}", chosen
