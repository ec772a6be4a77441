"""The entry of Runs in the list of screens: its name, its help and its keys."""

from __future__ import annotations

from snn_tui.tui.shared.chart_keys import CHART_KEYS, SMOOTH_KEYS
from snn_tui.tui.shared.keys import Key, ScreenInfo

RUNS = ScreenInfo(
    name="runs",
    digit="6",
    title="Runs",
    purpose="find, compare and tidy up runs",
    help=(
        "Runs lists all runs of the folder and those that came with the program. The scores are on val, "
        "after the latest epoch; best is the best value of the score that sorts, else of accuracy, "
        "after any epoch; test is the one evaluation at the end. Trend: accuracy on val, from its "
        "lowest to its highest. Marked runs bear letters: their curves are drawn over each other, and their "
        "scores and what differs between them are listed. Without marks both show the run of the cursor. The "
        "smoothed curve is a moving average, corrected for its start. Across options: a vertical axis for "
        "each option in which the runs differ, the score that sorts as the last one, and a line a run, 200 "
        "at most; that of the cursor is the thick one. Of runs of one sweep, which sweep=NAME "
        "lists, its objectives are the last axes. Columns, order and fold are kept for the next time. A "
        "note is kept in the run's folder; words such as #paper in it are tags, which tag:paper finds."
    ),
    keys=(
        Key(
            "enter",
            "open",
            "open",
            "Open this run on Train; a row of several: list its runs.",
            symbol="enter",
        ),
        Key(
            "space", "mark", "mark", "Mark this run, to compare it with others; or unmark it.", symbol="space"
        ),
        Key(
            "slash",
            "filter",
            "filter",
            "Show runs with some words, or with acc>0.9 lr<1e-3 preset=plus tag:x name~s[12].",
            symbol="/",
            priority=True,  # before the next key goes anywhere: both may come at once
        ),
        Key("escape", "back", "back", "Drop the filter; without one, unmark all.", symbol="esc"),
        Key("v", "view", "facts", "Where there is room for one: change between curves and facts."),
        Key(
            "w",
            "sweep",
            "sweep",
            "Draw the sweep that this run is a trial of: the front, or the best so far, and what decided.",
        ),
        Key("r", "resume", "resume", "Continue this run from its last checkpoint, where it was interrupted."),
        Key("i", "inspect", "inspect", "Inspect this run's checkpoint."),
        Key("a", "again", "again", "Train again: fill in the form with this run's options.", footer=False),
        Key("m", "results", "results", "Show this run's scores on Results."),
        Key("s", "sort(1)", "sort", "Sort by the next column."),
        Key("S", "sort(-1)", "sort back", "Sort by the column before.", footer=False),
        Key("t", "turn", "turn", "Sort the other way round.", footer=False),
        Key("k", "columns", "columns", "Choose the columns of the list, and their order.", footer=False),
        Key("f", "fold", "fold", "Make one row of runs that differ by their seed only.", footer=False),
        Key("c", "curve(1)", "curve", "Draw the next of the losses and of the scores on val."),
        Key("C", "curve(-1)", "curve", "Draw the curve before.", footer=False),
        Key(
            "p",
            "across",
            "across",
            "Draw the marked runs, or those listed, as lines across their options; left and right choose "
            "the axis that colours.",
            footer=False,
        ),
        Key("e", "equal", "equal", "List options that are equal in all marked runs, too.", footer=False),
        *SMOOTH_KEYS,
        *CHART_KEYS,
        Key("J", "scroll(1)", "scroll", "Scroll the facts, or what differs, down.", footer=False),
        Key("K", "scroll(-1)", "scroll", "Scroll the facts, or what differs, up.", footer=False),
        Key(
            "n", "note", "note", "Write a note on this run, of several lines; words such as #paper are tags."
        ),
        Key("y", "copy", "copy", "Copy path, command or table to the clipboard.", footer=False),
        Key("R", "rename", "rename", "Rename this run.", footer=False),
        Key("d", "delete", "delete", "Delete this run with all its files; asks first."),
        Key("u", "unmark", "unmark", "Unmark all runs.", footer=False),
        Key("up", "cursor(-1)", "up", "To the run above.", footer=False),
        Key("down", "cursor(1)", "down", "To the run below.", footer=False),
        Key("pageup", "page(-1)", "page up", "One page of runs up.", symbol="pgup", footer=False),
        Key("pagedown", "page(1)", "page down", "One page of runs down.", symbol="pgdn", footer=False),
        Key("home", "page(-1000)", "first", "To the first run.", footer=False),
        Key("end", "page(1000)", "last", "To the last run.", footer=False),
    ),
)
