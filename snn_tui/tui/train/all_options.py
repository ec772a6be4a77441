"""All options of a new run in one list: searched, in groups, with what differs from the preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option as Row

from snn_tui.config.command import PRESET, command, differing, problems, typed, usual
from snn_tui.config.options import Option
from snn_tui.config.own_network import NO_EFFECT
from snn_tui.config.presets import PRESET_OPTIONS
from snn_tui.config.run_config import OPTIONS
from snn_tui.errors import UsageError
from snn_tui.tui.shared.copying import copy
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.path_suggester import PathSuggester
from snn_tui.tui.shared.steady import SteadyModal
from snn_tui.values.own_network import OwnNetwork

_NAME_WIDTH = 20
_VALUE_WIDTH = 26


class AllOptions(SteadyModal[dict[str, Any]]):
    """Sets any option; the answer is the value of each, None where it is left out.

    Args:
        values: What the options are set to at first, as typed or in their types.
        network: The network of the user's own that is to be trained, to which some options mean nothing and
            are not listed; None for one of this program.
    """

    AUTO_FOCUS = "#options"
    BINDINGS = [  # noqa: RUF012
        Binding("escape", "back", "back", priority=True),
        Binding("slash", "search", "search"),
        Binding("left", "turn(-1)", "before"),
        Binding("right", "turn(1)", "next"),
        Binding("backspace,delete", "reset", "reset"),
        Binding("y", "copy", "copy"),
        Binding("q", "close", "close"),
        Binding("down", "list", "list"),
    ]

    def __init__(self, values: Mapping[str, Any], network: OwnNetwork | None = None) -> None:
        super().__init__()
        self._values = dict(values)
        self._network = network
        self._rows: list[str] = []  # names of the options in the list
        self._refused = ""

    def compose(self) -> ComposeResult:
        """The search line, the list, what is to be known of the option of the cursor, and the command."""
        box = Vertical(classes="dialog", id="all-options")
        box.border_title = "All options"
        box.border_subtitle = "/ search · enter change · ←→ next · backspace preset's · y copy · esc done"
        if not canvas_of(self).unicode:
            box.border_subtitle = "/ search, enter change, <> next, backspace preset's, y copy, esc done"
        with box:
            yield Input(placeholder="search in names and help: /", compact=True, id="search")
            yield OptionList(id="options")
            yield Static(id="about", markup=False)
            yield Input(compact=True, id="value", suggester=PathSuggester())
            yield Static(id="command", markup=False)

    def on_mount(self) -> None:
        """Begin with all options."""
        self.query_one("#value").display = False
        self._fill()

    # What is drawn

    def _problems(self) -> dict[str, str]:
        return problems(self._values, self._network)

    @property
    def _current(self) -> Option | None:
        """The option of the cursor."""
        row = self.query_one(OptionList).highlighted_option
        return OPTIONS[row.id] if row is not None and row.id else None

    def _fill(self, current: str | None = None) -> None:
        """Write the list anew, with the cursor on an option."""
        words = self.query_one("#search", Input).value.lower().replace("-", "_").split()
        wrong, different = self._problems(), differing(self._values, self._network)
        rows, group = [], ""
        for name, option in OPTIONS.items():
            if self._network is not None and name in NO_EFFECT:
                continue
            text = f"{name} {option.form_label} {option.group} {option.help}".lower().replace("-", "_")
            if not all(word in text for word in words):
                continue
            if option.group != group:
                group = option.group
                rows.append(Row(Text(group, "bold"), disabled=True))
            rows.append(Row(self._line(option, name in different, name in wrong), id=name))
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(rows or [Row(Text("no option has all of this"), disabled=True)])
        names = [row.id for row in rows]
        shown = [name for name in names if name]
        if shown:
            first = current if current in shown else shown[0]
            options.highlighted = names.index(first)
        self._say(wrong)

    def _line(self, option: Option, different: bool, wrong: bool) -> Text:
        """Mark, name, value, and the preset's value where that is another."""
        canvas = canvas_of(self)
        unicode = canvas.unicode
        mark = ("✗" if unicode else "x") if wrong else "*" if different else " "
        value = typed(self._values[option.name])
        cut = value if len(value) <= _VALUE_WIDTH else value[: _VALUE_WIDTH - 1] + ("…" if unicode else "~")
        line = Text(f"{mark} {option.name.replace('_', ' '):{_NAME_WIDTH}} ")
        style = canvas.style("bad") if wrong else canvas.style("accent") if different else ""
        line.append(f"{cut or '-':{_VALUE_WIDTH}}", style)
        if different and option.name != PRESET:
            line.append(f" preset: {typed(usual(option.name, str(self._values[PRESET]))) or '-'}")
        line.no_wrap, line.overflow = True, "ellipsis" if unicode else "crop"
        return line

    def _say(self, wrong: Mapping[str, str]) -> None:
        """What is to be known of the option of the cursor, and the command line."""
        option = self._current
        about = Text()
        if option is not None:
            problem = self._refused or wrong.get(option.name, "")
            if problem:
                about.append(f"{option.flag}: {problem}", canvas_of(self).style("bad"))
            else:
                about.append(f"{option.flag} ({option.allowed}): {option.help}")
        self.query_one("#about", Static).update(about)
        elsewhere = next((OPTIONS[name].flag for name in wrong if option is None or name != option.name), "")
        lines = Text(command(self._values, self._network))
        if elsewhere:
            lines = Text.assemble((f"see {elsewhere}", canvas_of(self).style("bad")), "  ", lines)
        self.query_one("#command", Static).update(lines)

    @on(OptionList.OptionHighlighted)
    def _moved(self) -> None:
        self._refused = ""
        self._say(self._problems())

    @on(Input.Changed, "#search")
    def _searched(self) -> None:
        self._fill()

    @on(Input.Submitted, "#search")
    def action_list(self) -> None:
        """Go from the search line to the list."""
        self.query_one(OptionList).focus()

    # What its keys do

    @on(OptionList.OptionSelected)
    def _edit(self) -> None:
        """Take the next of two choices, or write a value in the line below."""
        option = self._current
        if option is None:
            return
        if 0 < len(option.choices) <= 2:
            self.action_turn(1)
            return
        line = self.query_one("#value", Input)
        line.value = typed(self._values[option.name])
        line.border_title = option.flag
        line.display = True
        line.focus()
        line.cursor_position = len(line.value)

    @on(Input.Submitted, "#value")
    def _written(self, event: Input.Submitted) -> None:
        option = self._current
        if option is None:
            return
        text = event.value.strip()
        try:
            if text or option.default is not None:
                option.check(text)
        except UsageError as error:
            self._refused = f"{error.what}: {error.remedy}"
            self._say({})
            return
        self._stop_editing()
        self._set(option, text or None)

    def action_turn(self, by: int) -> None:
        """Take the next choice, or the one before."""
        option = self._current
        if option is None or not option.choices or not self.query_one(OptionList).has_focus:
            return
        value = str(self._values[option.name])
        index = option.choices.index(value) if value in option.choices else -by
        self._set(option, option.choices[(index + by) % len(option.choices)])

    def action_reset(self) -> None:
        """Take the preset's value again."""
        option = self._current
        if option is not None:
            default = option.default if option.name == PRESET else None
            self._set(option, default or usual(option.name, str(self._values[PRESET])))

    def _set(self, option: Option, value: object) -> None:
        """Set an option; another preset brings its own values along."""
        if option.name == PRESET and value != self._values[PRESET]:
            self._values |= {name: usual(name, str(value)) for name in PRESET_OPTIONS}
        self._values[option.name] = value
        self._fill(option.name)

    def action_copy(self) -> None:
        """Copy the command line."""
        copy(self.app, "command that trains with these options", command(self._values, self._network))

    def action_search(self) -> None:
        """Go to the search line."""
        self.query_one("#search").focus()

    def action_back(self) -> None:
        """From a line to the list; from the list to the form."""
        if self.query_one("#value").display:
            self._stop_editing()
            self._fill(self._current.name if self._current else None)
        elif self.query_one("#search").has_focus:
            self.query_one("#search", Input).value = ""
            self.action_list()
        else:
            self.action_close()

    def action_close(self) -> None:
        """Give the values to the form."""
        self.dismiss(self._values)

    def _stop_editing(self) -> None:
        self._refused = ""
        self.query_one(OptionList).focus()
        self.query_one("#value").display = False
