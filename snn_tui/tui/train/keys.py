"""The entry of Train in the list of screens: its name, its help and its keys."""

from __future__ import annotations

from dataclasses import replace

from snn_tui.tui.shared.chart_keys import CHART_KEYS, SMOOTH_KEYS
from snn_tui.tui.shared.keys import Key, ScreenInfo

TRAIN = ScreenInfo(
    name="train",
    digit="1",
    title="Train",
    purpose="start a run and watch it",
    help=(
        "Train starts a run and shows it as it goes. The trainer is a process of its own: leaving the "
        "screens does not stop it, and opening them again finds it. Loss: each batch is dim, their moving "
        "average bright, val loss one mark an epoch. Epochs: all scores are on val; the test split is read "
        "once, at the end. Sensitivity is of the positive class, such as pneumonia. Firing: spikes a neuron "
        "and time step, or without spikes (relu) the share of outputs above 0; a bar's three cells light up "
        "above 0, 8 and 25 %. Keys and wheel zoom both charts, a cursor reads their values. The star marks "
        "the epoch with the lowest val loss."
    ),
    keys=(
        Key("s", "start", "start", "Start training with what the form says."),
        Key("n", "new", "new run", "Fill in the form for a new run."),
        Key("e", "options", "every option", "Set any option of the new run, and copy its command line."),
        Key("a", "again", "again", "Fill in the form with what this run was trained with.", footer=False),
        Key("w", "log", "log", "Show the end of what the trainer printed.", footer=False),
        Key("escape", "back", "back", "Leave the field, or go from the form back to the run.", symbol="esc"),
        Key("space", "pause", "pause", "Pause the run, or let it go on.", symbol="space"),
        Key("x", "stop", "stop", "Stop the run after a checkpoint; asks first."),
        Key("r", "resume", "resume", "Go on with a stopped, failed or crashed run from its last checkpoint."),
        Key(
            "pageup,up", "epochs(-5)", "earlier", "Earlier epochs in the table.", symbol="pgup", footer=False
        ),
        Key("pagedown,down", "epochs(5)", "later", "Later epochs in the table.", symbol="pgdn", footer=False),
        Key("y", "copy", "copy", "Copy path, command or epochs to the clipboard.", footer=False),
        Key("i", "inspect", "inspect", "Inspect this run's checkpoint."),
        Key("v", "chart", "chart", "Where there is room for one chart: change between loss and validation."),
        Key("c", "logged(1)", "curve", "Draw the next of the scores, firing rates, pace and machine."),
        Key("C", "logged(-1)", "curve", "Draw the chart before.", footer=False),
        Key(
            "m",
            "machine",
            "machine",
            "Use of CPU (100 % is one core), memory, GPU; or the charts again.",
            footer=False,
        ),
        *(replace(key, footer=False) for key in SMOOTH_KEYS),
        *CHART_KEYS,
    ),
)
