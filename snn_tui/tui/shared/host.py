"""The application as its screens know it: screens depend on this, and the application depends on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, cast

from textual.message_pump import MessagePump
from textual.worker import Worker

from snn_tui.config.preferences import Preferences
from snn_tui.config.run_config import RunConfig
from snn_tui.config.view_state import ViewMemory
from snn_tui.errors import SnnTuiError
from snn_tui.inspector.client import InspectorClient
from snn_tui.render.terminal import Terminal
from snn_tui.runs.rundir import RunDir
from snn_tui.tui.shared.follower import Followed
from snn_tui.tui.shared.graphics import NewImage
from snn_tui.tui.shared.keys import Key, ScreenInfo
from snn_tui.tui.shared.pending_request import PendingRequest
from snn_tui.values.own_network import OwnNetwork


class RunObserver(Protocol):
    """A screen that shows the state of the followed run, in its header at least."""

    def run_changed(self) -> None:
        """Draw the followed run again: it has news, or another run is followed."""


class Host(Protocol):
    """What a screen may read and do.

    Attributes:
        config: The configuration that the form for a new run starts from.
        network: The network of the user's own that the command line named; None for none.
        root: The folder of the run directories.
        terminal: What may be drawn.
        preferences: What the user prefers.
        memory: How the user left the screens, kept between sessions.
        graphics: Makes widgets for real pictures, None where the terminal shows none.
        inspector: Answers questions about networks and images.
        followed: The run that Train shows, None before there is one.
        pending_request: The image that Inspect opens when it is next shown.
        run_observers: The screens that are told when the followed run changes.
        screen_infos: All screens by name, in the order of the header.
    """

    config: RunConfig
    network: OwnNetwork | None
    root: Path
    terminal: Terminal
    preferences: Preferences
    memory: ViewMemory
    graphics: NewImage | None
    inspector: InspectorClient
    followed: Followed | None
    pending_request: PendingRequest | None
    run_observers: list[RunObserver]
    screen_infos: Mapping[str, ScreenInfo]

    def keys_of(self, key: Key, table: str) -> str:
        """The keys that an entry of a table has, separated by commas: its own, or those the user prefers."""

    def key_written(self, key: Key, table: str) -> str:
        """How the first of them is written."""

    def key_named(self, action: str) -> str:
        """How the key of an action is written, by the action's name, such as `train.resume`."""

    async def chosen_run(self) -> RunDir | None:
        """The run that the user chooses from a list, None for none."""

    @property
    def run_status(self) -> str:
        """State of the followed run in one word, `idle` without a run."""

    def watch_run(self, run: RunDir) -> None:
        """Follow a run from its first event."""

    def forget_run(self, run: RunDir) -> None:
        """Stop following a run that was deleted."""

    def run_changed(self) -> None:
        """Let every screen draw the followed run again."""

    def launch(self, config: RunConfig) -> Worker[None]:
        """Start a new run and follow it."""

    def resume(self, run: RunDir) -> Worker[None]:
        """Continue an interrupted run and follow it."""

    async def run_again(self, run: RunDir) -> None:
        """Go to Train, with the form saying what a run was trained with."""

    def show_error(self, error: SnnTuiError) -> None:
        """Show an error as a notice: what happened, where, and what to do next."""

    async def go(self, name: str, run: RunDir | None = None) -> None:
        """Change to a screen, and open a run there."""


def host_of(node: MessagePump) -> Host:
    """The application that a screen or a widget is in."""
    return cast("Host", node.app)
