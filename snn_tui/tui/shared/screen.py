"""What the screens have in common: header, banner and footer, layouts by size, and the run they show."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import actions, events, work
from textual.app import ComposeResult
from textual.widgets import Static

from snn_tui.config.build import serves
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import SnnTuiError
from snn_tui.inspector import messages
from snn_tui.render.text import MESSAGE_LIMIT, clean
from snn_tui.runs.beginning import last_begun
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import has_checkpoint, label, read_config
from snn_tui.runs.summary import known_runs
from snn_tui.tui.shared.header import Header
from snn_tui.tui.shared.host import Host, host_of
from snn_tui.tui.shared.key_line import KeyLine
from snn_tui.tui.shared.keys import ScreenInfo
from snn_tui.tui.shared.panel import Panel
from snn_tui.tui.shared.steady import SteadyScreen
from snn_tui.values.dataset import other_images
from snn_tui.values.task import Task

Layout = tuple[str, int, int]
"""CSS class of a layout, and the columns and rows from which there is room for it."""


REFUSAL_SECONDS = 2.0
"""How long the word about a key that can do nothing stays."""

NO_CHECKPOINT = "No run has a checkpoint yet: start one on Train ({}), its first epoch saves one."


class AppScreen(SteadyScreen[None]):
    """A screen with the header above and the footer below; what is between them is its own.

    `INFO`, `BINDINGS` and `compose_body` are what every screen has to bring. The rest has a default.
    """

    INFO: ClassVar[ScreenInfo]
    LAYOUTS: ClassVar[tuple[Layout, ...]] = ()
    """The layouts of the body, the one that needs most room first; the last one needs none."""
    MESSAGE_PANEL: ClassVar[str] = ""
    """Selector of the panel that shows messages while there is nothing to draw."""

    def __init__(self) -> None:
        super().__init__()
        # Textual takes a new screen for one that has missed a change of the theme, and parses all styles
        # once more before it is shown. Only the first one needs that.
        if self.app.screen_stack:
            self._css_update_count = self.app._css_update_count
        self.layout_class = ""
        self._refused_at = -REFUSAL_SECONDS
        self._footer_drawn: tuple[object, ...] = ()
        self._notices = {"run": "", "images": ""}

    @property
    def host(self) -> Host:
        """The application."""
        return host_of(self)

    # What is on every screen

    def compose(self) -> ComposeResult:
        """The header, the banner, the body and the footer."""
        yield Header(self.INFO.name)
        yield Static(id="banner", markup=False)
        yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> ComposeResult:
        """The widgets between header and footer. What `LAYOUTS` are of has the screen's name as id."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Hear of the followed run from now on."""
        self._css_update_count = self.app._css_update_count  # the first one's, too: see above
        self.host.run_observers.append(self)
        self.run_changed()

    def on_screen_resume(self) -> None:
        """The screen is shown again: its header may be out of date, and another run may be followed."""
        self.run_changed()
        self.entered()

    def entered(self) -> None:
        """Called when the screen is shown, and when a dialog on top of it closes."""

    def on_resize(self) -> None:
        """Choose the layout, and correct what depends on the panels' sizes once they are known."""
        self.lay_out()
        self.call_after_refresh(self.fit)

    def on_key(self, event: events.Key) -> None:
        """Answer a key of this screen that can do nothing now: its help names it."""
        for key in self.INFO.keys:
            name, parameters = key.action_name, actions.parse(key.action)[2]
            if event.key in self.host.keys_of(key, self.INFO.name).split(",") and not self.check_action(
                name, parameters
            ):
                if time.monotonic() - self._refused_at < REFUSAL_SECONDS:
                    return  # one word is enough, whatever is typed meanwhile
                self._refused_at = time.monotonic()
                words = f"{self.host.key_written(key, self.INFO.name)} {key.label}: not possible here now"
                self.notify(words, timeout=REFUSAL_SECONDS, markup=False)

    def lay_out(self) -> None:
        """Give the body the class of the first layout that there is room for."""
        width, height = self.app.size
        for name, columns, rows in self.layouts:
            if width >= columns and height >= rows:
                self.layout_class = name
                break
        for name, *_ in self.LAYOUTS:
            self.query_one(f"#{self.INFO.name}").set_class(name == self.layout_class, name)

    @property
    def layouts(self) -> tuple[Layout, ...]:
        """Those of `LAYOUTS` that there is enough room in for what there is to see."""
        return self.LAYOUTS

    def fit(self) -> None:
        """Draw again what depends on the panels' sizes; called after a change of the window's size."""
        self.refresh_footer()

    @property
    def footer_state(self) -> tuple[object, ...]:
        """What decides which keys the footer has."""
        return self.has_class("-narrow"), self.layout_class

    @property
    def rare_keys(self) -> set[str]:
        """Actions whose keys are the first to go where the footer is narrow."""
        return {key.action for key in self.INFO.keys if key.rare}

    @property
    def key_labels(self) -> dict[str, str]:
        """What the footer calls a key by its action, where that is another thing now than its table says.

        A key of an empty label is left out.
        """
        return {}

    def refresh_footer(self) -> None:
        """Draw the footer again if it has other keys now: drawing it may resize the screen."""
        if self._footer_drawn != self.footer_state:
            self._footer_drawn = self.footer_state
            self.refresh_bindings()

    @property
    def explained(self) -> ScreenInfo:
        """The entry that the help explains."""
        return self.INFO

    # The followed run

    def run_changed(self) -> None:
        """Draw the followed run again; where nobody sees it, when the screen is there again."""
        if self in self.app.screen_stack and self.query(Header):  # without it, it is not composed, or closes
            status = self.host.run_status if self.shows_followed_run else "idle"
            self.query_one(Header).show(self.header_facts, status)
            self.show_run()

    def show_run(self) -> None:
        """Draw the news of the followed run, beside the header."""

    @property
    def header_facts(self) -> list[str]:
        """What the header says of the run: name, data and device of the followed one."""
        followed = self.host.followed
        if followed is None:
            return []
        started = followed.state.started
        if started is None:
            return [followed.label]
        return [
            followed.label,
            dataset_name(started.dataset.name, started.dataset.synthetic),
            started.device,
        ]

    @property
    def shows_followed_run(self) -> bool:
        """Whether the header's status is that of the followed run."""
        return True

    async def followed_config(self) -> RunConfig:
        """The configuration of the followed run, also where it never began; without a run, the form's.

        A run whose own file of images is not there has those that the user named for this program.

        Raises:
            RunError: The run's configuration cannot be read.
        """
        followed = self.host.followed
        if followed is None:
            return self.host.config
        config = followed.state.config
        if config is None:
            config = await asyncio.to_thread(read_config, followed.run)
        named = self.host.config.data
        if not await asyncio.to_thread(serves, named, config):
            return config
        return msgspec.structs.replace(config, data=named)

    def open_run(self, run: RunDir) -> object:
        """Show a run that the user chose; a screen that shows the followed run does so anyway."""

    # Messages

    def show_banner(
        self,
        *,
        synthetic: bool,
        stand_in: bool,
        task: Task,
        missing: str = "",
        differing: Sequence[str] = (),
        remedy: str = "",
    ) -> None:
        """Say above the body that the images are phantoms, or others than the run was trained on.

        Args:
            synthetic: Whether they are phantoms.
            stand_in: Whether they stand in for a data set that is not on this machine.
            task: What the images ask.
            missing: Name of the data set that they stand in for.
            differing: Names of the splits that are others than the run was trained on.
            remedy: How to get the data set that they stand in for; by default by a key of this screen.
        """
        text = other_images(differing)
        if stand_in:
            remedy = remedy or f", {self.host.key_named(f'{self.INFO.name}.download')} downloads it."
            text = (
                f"SYNTHETIC phantoms: {clean(missing, 40) or 'the data set'} is not on this machine{remedy}"
            )
        elif synthetic:
            text = f"SYNTHETIC phantoms, no {clean(task.real_noun, 30)}s."
        self.show_notice("images", text[:1].upper() + text[1:])

    def show_other_code(self, words: str) -> None:
        """Say above the body that a network of the user's own is not made as the run's was.

        Args:
            words: In what it is not; empty where it is.
        """
        self.show_notice("code", clean(words, MESSAGE_LIMIT))

    def show_notice(self, subject: str, text: str) -> None:
        """Say something above the body, beside what is said there of other subjects.

        Args:
            subject: What it is about; it takes the place of what was said of that before.
            text: What to say; empty for nothing.
        """
        self._notices[subject] = text
        gap = " · " if self.host.terminal.unicode else " - "
        said = gap.join(filter(None, self._notices.values()))
        for banner in self.query("#banner").results(Static):  # none while the screen is closing
            banner.update(said)
            banner.set_class(bool(said), "shown")

    def show_message(self, text: str) -> None:
        """Show a text in place of what can't be drawn."""
        for panel in self.query(self.MESSAGE_PANEL).results(Panel):
            panel.say(text)

    def show_progress(self, working: messages.Working) -> None:
        """Show what the inspector is busy with."""
        share = f" {working.share:.0%}" if working.share is not None else ""
        self.show_message(f"{clean(working.what)}{share}")


class CheckpointScreen(AppScreen):
    """A screen that shows the network of one run's checkpoint.

    Attributes:
        run: The run whose checkpoint is open, None before there is one.
        requested_run: The run that was asked for last, whether it could be opened or not.
        run_label: What to call the open run, see `runs.store.label`; empty without one.
    """

    def __init__(self) -> None:
        super().__init__()
        self.run: RunDir | None = None
        self.requested_run: RunDir | None = None
        self.run_label = ""
        self._without_checkpoint: RunDir | None = None  # the followed run, if it had none at the last look

    async def set_run(self, run: RunDir | None) -> None:
        """Take a run for the open one; its folder is read in a thread, to know what to call it."""
        self.run_label = await asyncio.to_thread(label, run) if run else ""
        self.run = run

    def run_changed(self) -> None:
        """Draw the followed run again, and say so where another one is open because it has no checkpoint."""
        super().run_changed()
        run, without, text = self.run, self._without_checkpoint, ""
        followed = self.host.followed
        if followed is not None and followed.run == without and run is not None and run != without:
            why = "is of a loop of your own" if followed.state.own_loop else "has no checkpoint"
            text = f"{clean(without.name)} {why}: this is {clean(run.name)}."
        self.show_notice("run", text)

    @property
    def shows_followed_run(self) -> bool:
        """Whether the open run is the followed one."""
        followed = self.host.followed
        return followed is not None and followed.run == self.run

    def entered(self) -> None:
        """Open the run that Train shows."""
        self.choose_run()

    @work(exclusive=True, group="choose")
    async def choose_run(self) -> None:
        """Open the run that Train shows, once it has a checkpoint; until then the newest that has one."""
        run = await self.run_to_open()
        if run is None:
            self.show_message(NO_CHECKPOINT.format(self.host.key_named("app.go.train")))
        elif run != self.requested_run:
            self.open_run(run)
        else:
            self.reopen_run(run)
        self.run_changed()

    def reopen_run(self, run: RunDir) -> None:
        """Called in place of `open_run` where the run is the one asked for last: it stays as it is."""

    def can_open(self, run: RunDir) -> bool:
        """Whether there is something of a run to show; called in a thread."""
        return has_checkpoint(run)

    async def run_to_open(self) -> RunDir | None:
        """The followed run if it has a checkpoint, else the one asked for last, else the newest with one."""
        followed, self._without_checkpoint = self.host.followed, None
        if followed is not None:
            if await asyncio.to_thread(self.can_open, followed.run):
                return followed.run
            self._without_checkpoint = followed.run
        if self.requested_run is not None:
            return self.requested_run
        return await asyncio.to_thread(_newest_checkpoint, self.host.root)


def _newest_checkpoint(root: Path) -> RunDir | None:
    """The run with a checkpoint that began last, else a shipped one."""
    runs = [run for run in known_runs(root) if has_checkpoint(run)]
    return last_begun(run for run in runs if not run.shipped) or next(iter(runs), None)


def dataset_name(name: str, synthetic: bool) -> str:
    """Name of a data set, with a word for phantoms."""
    return f"{name} (synthetic)" if synthetic else name


def error_text(error: SnnTuiError) -> str:
    """An error on one line: what happened, and what to do next."""
    return "; ".join(part for part in (str(error), error.remedy) if part)
