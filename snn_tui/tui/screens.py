"""The list of screens, in the order of the header, and the keys that work on all of them.

A new screen is a folder with `keys.py`, which describes it, and `screen.py`, and one entry here.
"""

from __future__ import annotations

import importlib
from typing import cast

from textual.screen import Screen

from snn_tui.tui.data.keys import DATA
from snn_tui.tui.inspect.keys import INSPECT
from snn_tui.tui.model.keys import MODEL
from snn_tui.tui.results.keys import RESULTS
from snn_tui.tui.runs.keys import RUNS
from snn_tui.tui.shared.keys import APP, COMMON, Key, ScreenInfo
from snn_tui.tui.train.keys import TRAIN

SCREENS = {info.name: info for info in (TRAIN, INSPECT, DATA, MODEL, RESULTS, RUNS)}

APP_KEYS = (
    *(
        Key(
            info.digit, f"go('{info.name}')", info.title, f"Go to {info.title}: {info.purpose}.", footer=False
        )
        for info in SCREENS.values()
    ),
    *COMMON,
)
"""The keys of every screen."""

KEY_TABLES = {name: info.keys for name, info in SCREENS.items()} | {APP: APP_KEYS}
"""All tables of keys."""


def new_screen(info: ScreenInfo) -> Screen[None]:
    """Import a screen and make it: the class `<Title>Screen` of the module `screen` in its folder."""
    module = importlib.import_module(f"snn_tui.tui.{info.name}.screen")
    return cast("Screen[None]", getattr(module, f"{info.title}Screen")())
