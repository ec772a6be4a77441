"""The form for a new run: each field checked as it is typed, by the same table the command line uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label, Select, Static

from snn_tui.config.build import build
from snn_tui.config.command import differing, typed, usual
from snn_tui.config.options import Option
from snn_tui.config.paths import holds_class_folders
from snn_tui.config.presets import PRESET_OPTIONS
from snn_tui.config.run_config import DEMO, DEMO_OF, MEDMNIST, OPTIONS, OWN, PNEUMONIAMNIST, RunConfig
from snn_tui.errors import UsageError
from snn_tui.tui.shared.drawing import canvas_of
from snn_tui.tui.shared.host import host_of
from snn_tui.tui.shared.path_suggester import PathSuggester
from snn_tui.values.own_network import OwnNetwork
from snn_tui.values.words import counted

FIELDS = {name: option for name, option in OPTIONS.items() if option.form_label}
"""The options in the form, by name, from top to bottom."""

_WIDE = 110
_HINTS_BESIDE = 80
_ADVICE = (
    "{start} starts training as it is set above. It is a process of its own: it goes on when you leave the "
    "screens, and opening them again shows it. Meanwhile {inspect} looks inside the decisions of a network "
    "that has been trained already."
)
_DATASETS = {**MEDMNIST, OWN: "your own images", DEMO: "demo (synthetic)"}
_YOURS, _OURS = "yours", "ours"
_OWN_IMAGES = "a file, or a folder with a folder of pictures for each class"


def _dataset_choices(current: str) -> list[tuple[str, str]]:
    """Names and values of the images to choose from: one entry for a demo, but for the one that is set."""
    choices = [(name, value) for value, name in _DATASETS.items()]
    if current in _DATASETS:
        return choices
    return [*choices, (f"demo of {MEDMNIST[current.removeprefix(DEMO_OF)]}", current)]


def _valid(option: Option, value: object) -> bool:
    """Whether a field's value, None where it is empty, may be trained with."""
    if value is None:
        return option.form_empty is not None
    try:
        option.check(value)
    except UsageError:
        return False
    return True


def _config(values: Mapping[str, Any], network: OwnNetwork | None) -> RunConfig:
    """The configuration for some values: made as on a command line, but with the images always named."""
    return build({"dataset": values["dataset"], **differing(values, network)}, network=network)


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
        network: A network of the user's own that may be chosen, because the command line named it.
    """

    @dataclass
    class Submitted(Message):
        """The user wants to train this."""

        config: RunConfig

    def __init__(self, config: RunConfig, network: OwnNetwork | None = None) -> None:
        super().__init__(id="form")
        self._named = network
        self._own_first = config.network is not None
        self._kept: dict[str, Any] = {name: getattr(config, name) for name in OPTIONS}
        self._hints: dict[str, str] = {}
        self.border_title = "New run"
        self.can_focus = False

    def compose(self) -> ComposeResult:
        """One row a field, then the button."""
        if self._named is not None:
            with Horizontal():
                yield self._focus_mark()
                yield Label("network")
                choices = [(self._named.known, _YOURS), ("made by preset and options", _OURS)]
                value = _YOURS if self._own_first else _OURS
                yield Select(choices, value=value, allow_blank=False, compact=True, id="field-network")
                yield Static(self._named.text, classes="hint", id="hint-network", markup=False)
        for name, option in FIELDS.items():
            with Horizontal():
                yield self._focus_mark()
                yield Label(option.form_label)
                yield self._field(option)
                yield Static(classes="hint", id=f"hint-{name}")
        with Horizontal():
            yield self._focus_mark()
            yield Button(
                f"Start training ({host_of(self).key_named('train.start')})",
                variant="primary",
                compact=True,
                id="start",
            )
        yield Static(id="summary")
        yield Static(_ADVICE, id="advice", markup=False)

    def _focus_mark(self) -> Static:
        """The mark before the row that has the focus, which is seen without colours too."""
        return Static("▸" if canvas_of(self).unicode else ">", classes="focus-mark")

    def _field(self, option: Option) -> Input | Select[str]:
        value, field_id = self._kept[option.name], f"field-{option.name}"
        if option.choices:
            choices = [(choice, choice) for choice in option.choices]
            if option.name == "dataset":
                choices = _dataset_choices(value)
            return Select(choices, value=value, allow_blank=False, compact=True, id=field_id)
        if option.name == "data":
            return Input(typed(value), compact=True, suggester=PathSuggester(), id=field_id)
        kind = Input if option.kind is str else NumberInput
        return kind(typed(value), compact=True, id=field_id)

    def on_mount(self) -> None:
        """Say what is allowed from the start."""
        if not canvas_of(self).unicode:
            for arrow in self.query(".arrow").results(Static):
                arrow.update("v")
        self._check_fields()

    def on_resize(self) -> None:
        """Hints are shorter where it is narrow."""
        self._check_fields()

    def focus_start(self) -> None:
        """Put the focus on the button, where every key of the screen works."""
        self.query_one("#start", Button).focus()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _mark_the_focus(self) -> None:
        """Mark the row of the field that has the focus; its hint is below where it does not fit beside it."""
        for row in self.query(Horizontal):
            row.set_class(row.has_focus_within, "-focused")
        named = host_of(self).key_named
        advice = _ADVICE.format(start=named("train.start"), inspect=named("app.go.inspect"))
        words = advice
        for name, hint in self._hints.items():
            if self.query_one(f"#field-{name}").has_focus:
                beside = self.query_one(f"#hint-{name}", Static)
                fits = beside.display and len(hint) <= beside.content_size.width
                words = advice if fits else hint
        self.query_one("#advice", Static).update(Text(words))

    @property
    def _roomy(self) -> bool:
        """Whether hints fit beside their fields."""
        return self.app.size.width >= _HINTS_BESIDE

    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self) -> None:
        self._check_fields()

    @on(Select.Changed, "#field-preset")
    def _other_preset(self, event: Select.Changed) -> None:
        """Another preset brings its own values along; options that no preset sets stay."""
        preset = str(event.value)
        if preset == self._kept["preset"]:
            return
        self._kept |= {name: usual(name, preset) for name in PRESET_OPTIONS} | {"preset": preset}
        for name in PRESET_OPTIONS & set(FIELDS):
            self._write(name)

    def _write(self, name: str) -> None:
        """Write the value of an option into its field."""
        field = self.query_one(f"#field-{name}")
        if isinstance(field, Select):
            if name == "dataset":
                field.set_options(_dataset_choices(self._kept[name]))
            field.value = self._kept[name]
        elif isinstance(field, Input):
            field.value = typed(self._kept[name])

    @property
    def values(self) -> dict[str, Any]:
        """The value of every option, as typed or in its type; None where it is left out."""
        return self._values()

    @property
    def network(self) -> OwnNetwork | None:
        """The network of the user's own that is to be trained; None for one of this program."""
        fields = self.query("#field-network").results(Select)
        return self._named if any(field.value == _YOURS for field in fields) else None

    def take(self, values: Mapping[str, Any], *, own: bool) -> None:
        """Set every option.

        Args:
            values: As of `values`.
            own: Whether the network is to be the user's own, where the command line named one.
        """
        self._kept = dict(values)
        for field in self.query("#field-network").results(Select):
            field.value = _YOURS if own else _OURS
        for name in FIELDS:
            self._write(name)
        self._check_fields()

    @on(Input.Submitted)
    def _next_field(self) -> None:
        self.screen.focus_next()

    @on(Button.Pressed, "#start")
    def submit(self) -> None:
        """Post the configuration if every field is valid; else go to the first field that is not."""
        wrong = self._check_fields()
        if wrong:
            self.query_one(f"#field-{wrong}").focus()
            return
        self.post_message(self.Submitted(_config(self._values(), self.network)))

    def _values(self) -> dict[str, Any]:
        values = dict(self._kept)
        for name in FIELDS:
            field = self.query_one(f"#field-{name}")
            text = field.value if isinstance(field, Input | Select) else None
            values[name] = text if text != "" else None
        if values["dataset"].startswith(DEMO):
            values["data"] = None
        # As on the command line, where the study's set is what nobody chose.
        if values["dataset"] == PNEUMONIAMNIST and holds_class_folders(values["data"], PNEUMONIAMNIST):
            values["dataset"] = OWN
        return values

    def _check_fields(self) -> str | None:
        """Mark every field as right or wrong; the name of the first that is wrong."""
        values = self._values()
        first, demo = None, values["dataset"].startswith(DEMO)
        refusal = ""
        unicode = canvas_of(self).unicode
        for name, option in FIELDS.items():
            if name == "data" and demo:
                words = "the demo makes its own images"
            elif option.form_empty is not None:
                words = option.form_empty[self.app.size.width < _WIDE]
            else:
                words = option.help if option.choices else option.allowed
            allowed = option.allowed
            wrong = not _valid(option, values[name])
            if name == "data" and values["dataset"] == OWN:
                allowed = words = _OWN_IMAGES
                wrong = wrong or values[name] is None
            if wrong:
                words = ("✗ " if unicode else "x ") + allowed
                # The first refusal again, whole: beside the field there may be no room for it.
                refusal = refusal or f"{option.form_label}: {allowed}"
                first = first or name
            hint = self.query_one(f"#hint-{name}", Static)
            hint.update(Text(words))
            hint.set_class(wrong, "-wrong")
            hint.display = wrong or self._roomy
            self._hints[name] = words
        self.query_one("#field-data").disabled = demo
        line = self.query_one("#summary", Static)
        if not first:
            try:
                refusal = self._summary(values)
            except UsageError as error:  # what the command line set does not go with what the form says
                first, refusal = "dataset", " ".join((f"{error}:", error.remedy))
                if not any(option.flag == error.where.split(" ")[0] for option in FIELDS.values()):
                    refusal += f" ({host_of(self).key_named('train.options')} has it)"
        line.update(Text(refusal))
        line.set_class(first is not None, "-wrong")
        self._mark_the_focus()
        return first

    def _summary(self, values: dict[str, Any]) -> str:
        config = _config(values, self.network)
        what = "synthetic images" if config.synthetic else "real images"
        return f"{config.title}: {counted(config.epochs, 'epoch')}, {what}"
