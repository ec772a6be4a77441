"""The form for a new run: each field checked as it is typed, by the same table the command line uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label, Select, Static

from snn_tui.config.options import DEMO, OPTIONS
from snn_tui.config.run_config import PRESETS, RunConfig, build
from snn_tui.errors import UsageError
from snn_tui.tui.shared.look import canvas_of

FIELDS = ("preset", "dataset", "data", "balance", "epochs", "batch_size", "lr", "seed", "device", "name")
OF_PRESETS = {name for values in PRESETS.values() for name in values}
"""What choosing another preset changes; all else stays."""

_WIDE = 110
_LABELS = {"dataset": "images", "data": "file", "batch_size": "batch size", "lr": "learning rate"}
_HINTS = {
    "data": ("empty: $SNN_TUI_DATA, medmnist's folder, or a download of 4 MB", "empty: found or downloaded"),
    "name": ("empty: made of preset and seed", "empty: made of preset and seed"),
}
"""What an empty field stands for, where it is wide and where it is narrow."""

_ADVICE = (
    "s starts training as it is set above. It is a process of its own: it goes on when you leave the "
    "screens, and opening them again shows it. Meanwhile 2 looks inside the decisions of a network that has "
    "been trained already."
)
_DATASETS = {"pneumoniamnist": "PneumoniaMNIST", DEMO: "demo (synthetic)"}


def _shown(value: object) -> str:
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _label(field: str) -> str:
    return _LABELS.get(field, field)


class NumberInput(Input):
    """Takes digits and what belongs to numbers; every other key stays free for the screen."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is part of a number."""
        return character is not None and character in "0123456789.eE+-"

    async def _on_key(self, event: events.Key) -> None:
        if event.is_printable and not self.check_consume_key(event.key, event.character):
            event.prevent_default()  # keeps Input's own handler, which is called next, from taking it


class RunForm(VerticalScroll):
    """Fields for what most runs differ in; what else the given configuration says is kept.

    Args:
        config: What the fields say at first.
    """

    DEFAULT_CSS = """
    RunForm {
        border: round $foreground 25%;
        border-title-color: $text-muted;
        padding: 1 2;
        Horizontal { height: 1; margin-bottom: 1; }
        Label { width: 15; }
        Input, Select { width: 32; }
        .hint { width: 1fr; padding-left: 2; color: $text-muted; text-overflow: ellipsis; text-wrap: nowrap; }
        .hint.-wrong { color: $text-error; }
        Button { margin-top: 0; }
        #summary.-wrong { color: $text-error; }
        #advice { max-width: 84; margin-top: 1; color: $text-muted; }
    }
    """

    @dataclass
    class Submitted(Message):
        """The user wants to train this."""

        config: RunConfig

    def __init__(self, config: RunConfig) -> None:
        super().__init__(id="form")
        self._config = config
        self.border_title = "New run"
        self.can_focus = False

    def compose(self) -> ComposeResult:
        """One row a field, then the button."""
        for name in FIELDS:
            with Horizontal():
                yield Label(_label(name))
                yield self._field(name)
                yield Static(classes="hint", id=f"hint-{name}")
        with Horizontal():
            yield Button("Start training (s)", variant="primary", compact=True, id="start")
        yield Static(id="summary")
        yield Static(_ADVICE, id="advice", markup=False)

    def _field(self, name: str) -> Input | Select[str]:
        option = OPTIONS[name]
        value = getattr(self._config, name)
        if option.choices:
            shown = [(_DATASETS.get(choice, choice), choice) for choice in option.choices]
            return Select(shown, value=value, allow_blank=False, compact=True, id=f"field-{name}")
        kind = Input if option.kind is str else NumberInput
        return kind(_shown(value), compact=True, id=f"field-{name}")

    def on_mount(self) -> None:
        """Say what is allowed from the start."""
        if not canvas_of(self).unicode:
            for arrow in self.query(".arrow").results(Static):
                arrow.update("v")
        self._judge()

    def on_resize(self) -> None:
        """Hints are shorter where it is narrow."""
        self._judge()

    def focus_start(self) -> None:
        """Put the focus on the button, where every key of the screen works."""
        self.query_one("#start", Button).focus()

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self) -> None:
        self._judge()

    @on(Select.Changed, "#field-preset")
    def _other_preset(self, event: Select.Changed) -> None:
        """Another preset brings its own values along; what is not its business stays."""
        if event.value == self._config.preset:
            return
        own = {name: getattr(self._config, name) for name in OPTIONS if name not in (*OF_PRESETS, "preset")}
        self._config = build({**own, "preset": event.value})
        for name in OF_PRESETS & set(FIELDS):
            field = self.query_one(f"#field-{name}")
            assert isinstance(field, Input | Select)
            field.value = _shown(getattr(self._config, name))

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.screen.focus_next()

    @on(Button.Pressed, "#start")
    def submit(self) -> None:
        """Post the configuration if it is sound; else go to the first field that is not."""
        wrong = self._judge()
        if wrong:
            self.query_one(f"#field-{wrong}").focus()
            return
        self.post_message(self.Submitted(build(self._values())))

    def _values(self) -> dict[str, Any]:
        values = {name: getattr(self._config, name) for name in OPTIONS}
        for name in FIELDS:
            field = self.query_one(f"#field-{name}")
            text = field.value if isinstance(field, Input | Select) else None
            values[name] = text if text != "" else None
        if values["dataset"] == DEMO:
            values["data"] = None
        return values

    def _judge(self) -> str | None:
        """Mark every field; the name of the first that is wrong."""
        values = self._values()
        first, demo = None, values["dataset"] == DEMO
        unicode = canvas_of(self).unicode
        for name in FIELDS:
            option, hint = OPTIONS[name], self.query_one(f"#hint-{name}", Static)
            usual = option.help if option.choices else option.allowed
            words, wrong = _HINTS.get(name, (usual, usual))[self.app.size.width < _WIDE], False
            if name == "data" and demo:
                words = "the demo makes its own images"
            if values[name] is None and name not in ("data", "name"):
                words, wrong = option.allowed, True
            elif values[name] is not None:
                try:
                    option.check(values[name])
                except UsageError:
                    words, wrong = option.allowed, True
            if wrong:
                words = ("✗ " if unicode else "x ") + words
                first = first or name
            hint.update(Text(words))
            hint.set_class(wrong, "-wrong")
        self.query_one("#field-data").disabled = demo
        line = self.query_one("#summary", Static)
        # Said once more, whole: beside the field there may be no room for it.
        line.update(Text(f"{_label(first)}: {OPTIONS[first].allowed}" if first else self._summary(values)))
        line.set_class(first is not None, "-wrong")
        return first

    def _summary(self, values: dict[str, Any]) -> str:
        config = build(values)
        what = "synthetic images" if config.synthetic else "real x-rays"
        return f"{config.title}: {config.epochs} epochs, {what}"
