"""The application: the screens, the keys that work on all of them, and the followed run."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from textual import actions, events, work
from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.command import CommandPalette
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.theme import BUILTIN_THEMES

from snn_tui.config.preferences import Preferences
from snn_tui.config.run_config import RunConfig
from snn_tui.config.view_state import ViewMemory
from snn_tui.errors import SnnTuiError
from snn_tui.inspector.client import InspectorClient
from snn_tui.render.attention import notice
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import clean, shell_word
from snn_tui.runs import process
from snn_tui.runs.beginning import last_begun
from snn_tui.runs.ending import Ending
from snn_tui.runs.resume import check_trainable, resumed_config
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import RunSummary, summaries
from snn_tui.tui.screens import APP_KEYS, KEY_TABLES, SCREENS, new_screen
from snn_tui.tui.shared.choose_run import ChooseRun
from snn_tui.tui.shared.drawing import AsciiScrollBar
from snn_tui.tui.shared.end_notices import EndNotices
from snn_tui.tui.shared.follower import Followed, follow
from snn_tui.tui.shared.graphics import NewImage
from snn_tui.tui.shared.help import Help
from snn_tui.tui.shared.host import RunObserver
from snn_tui.tui.shared.key_order import KeyFollower, KeyOrder
from snn_tui.tui.shared.keymap import checked_keymap
from snn_tui.tui.shared.keys import APP, Key, bindings
from snn_tui.tui.shared.palette import Palette
from snn_tui.tui.shared.pending_request import PendingRequest
from snn_tui.tui.shared.screen import AppScreen
from snn_tui.tui.shared.textual_faults import mend
from snn_tui.tui.shared.themes import choose, opposite
from snn_tui.tui.shared.too_small import TooSmall

SMALLEST = (60, 20)
"""Columns and rows below which the screens say so instead of drawing."""

_ASCII_ARROWS = str.maketrans({"←": "<-", "→": "->", "↑": "up ", "↓": "down"})

MOST_CHOICES = 200
"""How many runs can be chosen from in a dialog; all of them are on Runs."""

POLL_SECONDS = 0.25
SLOW_POLL_SECONDS = 0.5
ASIDE_POLL_SECONDS = 2.0


class SnnTuiApp(App[str]):
    """The screens. `run` returns what is printed on the terminal once they are closed.

    Args:
        config: The configuration that the form for a new run starts from.
        root: Folder of the run directories.
        terminal: What may be drawn.
        run: The run to follow at first; by default one that is being trained, if there is any.
        theme: Textual's name of the theme; by default what suits the terminal.
        preferences: What the user prefers; all defaults if None.
        memory: How the user left the screens; if None, nothing is remembered.

    Attributes:
        warnings: What is said when the screens have opened.
        network: The network of the user's own that the command line named; None for none.
    """

    TITLE = "snn-tui"
    # Those of all screens: a file that comes later makes Textual parse all styles again, some 40 ms.
    CSS_PATH = ["shared/styles.tcss", *(f"{name}/style.tcss" for name in SCREENS)]  # noqa: RUF012
    # A screen is imported when it is first opened: the program opens sooner.
    MODES = {name: functools.partial(new_screen, info) for name, info in SCREENS.items()}  # noqa: RUF012
    DEFAULT_MODE = next(iter(SCREENS))
    screen_infos = SCREENS
    BINDINGS = bindings(APP_KEYS, APP)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]  # noqa: RUF012

    def __init__(
        self,
        config: RunConfig,
        root: Path,
        terminal: Terminal,
        run: RunDir | None = None,
        *,
        theme: str | None = None,
        preferences: Preferences | None = None,
        memory: ViewMemory | None = None,
    ) -> None:
        mend()
        theme = theme or choose(None, terminal)
        super().__init__(ansi_color=BUILTIN_THEMES[theme].ansi or None)
        self.set_reactive(App.theme, theme)
        self.set_class(not terminal.unicode, "-ascii")
        self._first_run = run
        self.graphics: NewImage | None = None
        self.config = config
        self.network = config.network
        self.root = root
        self.terminal = terminal
        self.preferences = preferences or Preferences()
        self.memory = memory or ViewMemory()
        self.warnings: list[str] = []
        self.followed: Followed | None = None
        self.run_observers: list[RunObserver] = []
        self.pending_request: PendingRequest | None = None
        self._started: set[RunDir] = set()  # runs that a trainer was started on from here
        self._end_notices = EndNotices(self._run_ended)
        self._key_order = KeyOrder(self, super().on_event)
        self.inspector = InspectorClient(self._inspector_restarted)
        if terminal.slow:
            self.animation_level = "none"

    # Starting and leaving

    def on_load(self) -> None:
        """Take the keys that the user prefers, before a screen names one."""
        keymap, clashes = checked_keymap(self.preferences.keys, KEY_TABLES)
        self.set_keymap(keymap)
        self.warnings += clashes

    async def on_mount(self) -> None:
        """Open on Train, with the run that is going on, if there is one."""
        ScrollBar.renderer = ScrollBarRender if self.terminal.unicode else AsciiScrollBar
        for number in (signal.SIGHUP, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                leave = functools.partial(self.exit, return_code=128 + number)
                asyncio.get_running_loop().add_signal_handler(number, leave)
        # A shell has written over the screen meanwhile; Textual takes it for what it left.
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh(layout=True))
        for warning in self.warnings:
            self.notify(clean(warning, 400), severity="warning", timeout=10, markup=False)
        if self._first_run is not None:
            self.watch_run(self._first_run)
            return
        running = await asyncio.to_thread(process.running, self.root)
        if running:
            newest: RunDir | None = await asyncio.to_thread(last_begun, running)
            self.watch_run(newest or running[0])
        if len(running) > 1:
            self.action_choose_run()

    async def on_unmount(self) -> None:
        """End the inspector; trainers continue."""
        await self.inspector.close()

    def action_leave(self) -> None:
        """Leave; a run that is being trained continues, and the terminal says how to come back."""
        followed = self.followed
        if followed is None or not followed.active:
            self.exit("")
            return
        run = followed.run
        runs_dir = "" if self.root == Path("checkpoints") else f" --runs-dir {shell_word(str(self.root))}"
        self.exit(
            f"{clean(run.name)} goes on without the screens.\n"
            f"  come back  snn-tui{runs_dir}\n"
            f"  its log    {clean(str(run.log), 1000)}"
        )

    # Runs

    def watch_run(self, run: RunDir) -> None:
        """Follow a run from its first event."""
        before, self.followed = self.followed, Followed(run)
        if before is not None and before.run != run and before.active and before.run in self._started:
            self._follow_aside(before)
        if run not in self._started:
            self._end_notices.forget(run)
        self._follow(self.followed)

    def forget_run(self, run: RunDir) -> None:
        """Stop following a run that was deleted."""
        if self.followed is not None and self.followed.run == run:
            self.workers.cancel_group(self, "follow")
            self.followed = None
            self.run_changed()

    @work(exclusive=True, group="follow")
    async def _follow(self, followed: Followed) -> None:
        def changed() -> None:
            self._end_notices.look(followed)
            self.run_changed()

        interval = SLOW_POLL_SECONDS if self.terminal.slow else POLL_SECONDS
        await follow(followed, interval, changed)

    @work(group="aside")
    async def _follow_aside(self, followed: Followed) -> None:
        """Look now and then whether a run has ended that was started here, while another one is followed."""
        await follow(followed, ASIDE_POLL_SECONDS, lambda: self._end_notices.look(followed))

    def _run_ended(self, followed: Followed, ending: Ending) -> None:
        """Call the user, who may be elsewhere; where the end is not on the screen, name it there, too."""
        if self.preferences.notifications and self._driver is not None:
            self._driver.write(notice(self.TITLE, ending.line, os.environ))
        if followed is not self.followed or self.current_mode != self.DEFAULT_MODE:
            severity: SeverityLevel = "error" if ending.outcome in ("failed", "crashed") else "information"
            self.notify(clean(ending.line), severity=severity, timeout=10, markup=False)

    def run_changed(self) -> None:
        """Let every screen draw the followed run again."""
        for screen in self.run_observers:
            screen.run_changed()

    @property
    def run_status(self) -> str:
        """State of the followed run in one word, `idle` without a run."""
        return "idle" if self.followed is None else self.followed.word

    @work(exclusive=True, group="launch")
    async def launch(self, config: RunConfig) -> None:
        """Start a new run and follow it; the form keeps its values. What cannot begin leaves no run."""
        self.config = config
        try:
            await asyncio.to_thread(check_trainable, config)
            run = await asyncio.to_thread(process.launch, config, self.root, datetime.now())
        except SnnTuiError as error:
            self.show_error(error)
            return
        self._started.add(run)
        self._end_notices.begin(run)
        self.watch_run(run)

    @work(exclusive=True, group="launch")
    async def resume(self, run: RunDir) -> None:
        """Continue an interrupted run and follow it."""
        try:
            config = await asyncio.to_thread(resumed_config, run, {})
            self.notify("Looking whether it can go on: images, checkpoint.", timeout=3)
            await asyncio.to_thread(check_trainable, config, run)
            await asyncio.to_thread(process.start_worker, run)
        except SnnTuiError as error:
            self.show_error(error)
            return
        self._started.add(run)
        self.watch_run(run)

    @work(exclusive=True, group="choose")
    async def action_choose_run(self) -> None:
        """Let the user choose which run to look at."""
        run = await self.chosen_run()
        if run is not None:
            self.watch_run(run)
            await self.go(self.current_mode, run)

    async def chosen_run(self) -> RunDir | None:
        """The run that the user chooses from a list, None for none."""
        with self._key_order.held():
            rows: list[RunSummary] = await asyncio.to_thread(summaries, self.root, most=MOST_CHOICES)
        own = sum(not row.shipped for row in rows)
        current = str(self.followed.run.path) if self.followed else ""
        chosen = await self.push_screen_wait(ChooseRun(rows, current, more=own >= MOST_CHOICES))
        return None if chosen is None else RunDir(Path(chosen))

    # Everything else a key can do

    async def on_event(self, event: events.Event) -> None:
        """Handle an event; a key waits until the one before was handled."""
        if not isinstance(event, events.Key | events.Paste):
            await super().on_event(event)
        elif not event.is_forwarded:
            await self._key_order.take(event)
        else:
            await super().on_event(event)
            if isinstance(event, events.Key):
                await self._key_order.came_back(event)

    async def on_key_follower(self, message: KeyFollower) -> None:
        """A key was handled, and the next may come."""
        await self._key_order.follower_came_back(message)

    async def push_screen_wait(self, screen: Screen[Any] | str, *, mode: str | None = None) -> Any:
        """Ask by a dialog; None at once where another one is open, or the terminal is too small for any."""
        if self.screen.is_modal:
            return None
        return await super().push_screen_wait(screen, mode=mode)

    def action_suspend_process(self) -> None:
        """Stop for a while, as ctrl-z does with other programs; `fg` in the shell goes on."""
        if os.getsid(0) == os.getpid():
            self.notify(f"There is no shell to go back to; {self.key_named('app.leave')} leaves.")
        else:
            super().action_suspend_process()

    def action_help_quit(self) -> None:
        """Say how to leave, to whoever pressed ctrl-c."""
        self.notify(f"{self.key_named('app.leave')} leaves; a run that is going on is left running.")

    async def action_quit(self) -> None:
        """Leave, by Textual's own key, too, with the words about a run that goes on."""
        self.action_leave()

    async def action_go(self, name: str) -> None:
        """Change the screen."""
        await self.go(name)

    async def go(self, name: str, run: RunDir | None = None) -> None:
        """Change to a screen, and open a run there."""
        if name != self.current_mode and not self.screen.is_modal:
            await self.switch_mode(name)
        if run is not None and isinstance(self.screen, AppScreen):
            self.screen.open_run(run)

    async def run_again(self, run: RunDir) -> None:
        """Go to Train, with the form saying what a run was trained with."""
        await self.go("train")
        from snn_tui.tui.train.screen import TrainScreen

        if isinstance(self.screen, TrainScreen):
            await self.screen.run_again(run)

    def action_help(self) -> None:
        """Explain the screen, or stop explaining it."""
        if isinstance(self.screen, Help):
            self.screen.dismiss()
        elif isinstance(self.screen, AppScreen):
            self.push_screen(Help(self.screen.explained, APP_KEYS))

    def action_command_palette(self) -> None:
        """Let the user find an action by name."""
        if not CommandPalette.is_open(self):  # type: ignore[arg-type]
            self.push_screen(Palette(placeholder="Search for an action", id="--command-palette"))

    def action_toggle_theme(self) -> None:
        """Change between dark and light, and remember it."""
        self.theme = opposite(self.current_theme)
        self.memory.remember(theme="dark" if self.current_theme.dark else "light")

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every key of the present screen that makes sense now, for the palette."""
        own = SCREENS[self.current_mode].keys
        for key in (*own, *APP_KEYS):
            node, table = (screen, self.current_mode) if key in own else (self, APP)
            _, name, parameters = actions.parse(key.action)
            if name != "command_palette" and node.check_action(name, parameters):
                yield SystemCommand(
                    key.help.rstrip("."),
                    f"key {self.key_written(key, table)}",
                    lambda action=key.action, node=node: self.call_later(self.run_action, action, node),
                )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No second dialog on top of a dialog; the palette is closed before the action it found runs."""
        if action not in ("choose_run", "command_palette") or not self.screen_stack:
            return True
        return isinstance(self.screen, CommandPalette) or not self.screen.is_modal

    def keys_of(self, key: Key, table: str) -> str:
        """The keys that an entry of a table has, separated by commas: its own, or those the user prefers."""
        return self._keymap.get(key.name_in(table), key.keys)

    def key_written(self, key: Key, table: str) -> str:
        """How the first of them is written."""
        binding = key.binding(table)
        if preferred := self._keymap.get(key.name_in(table)):
            binding = binding.with_key(preferred.split(",")[0])
        return self.get_key_display(binding)

    def key_named(self, action: str) -> str:
        """How the key of an action is written, by the action's name, such as `train.resume`."""
        table = action.partition(".")[0]
        return self.key_written(next(key for key in KEY_TABLES[table] if key.name_in(table) == action), table)

    def get_key_display(self, binding: Binding) -> str:
        """How the footer writes a key."""
        written = super().get_key_display(binding)
        return written if self.terminal.unicode else written.translate(_ASCII_ARROWS)

    def show_error(self, error: SnnTuiError) -> None:
        """Show an error as a notice: what happened, where, and what to do next."""
        lines = [clean(part, 300) for part in (str(error), error.remedy) if part]
        self.notify("\n".join(lines), severity="error", timeout=10, markup=False)

    def _inspector_restarted(self) -> None:
        self.notify("The inspector process had died and was started again.", severity="warning")

    def on_resize(self, event: events.Resize) -> None:
        """Below the smallest size, say so; the screens come back with the room."""
        fits = event.size.width >= SMALLEST[0] and event.size.height >= SMALLEST[1]
        if not fits and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall(SMALLEST))
        elif fits and isinstance(self.screen, TooSmall):
            self.pop_screen()
