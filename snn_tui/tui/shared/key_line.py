"""The bottom line: the keys that make sense now, as many as fit."""

from __future__ import annotations

from dataclasses import dataclass

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.screen import Screen
from textual.widget import Widget

_ALWAYS = ("help", "leave")
"""Actions that lead to every other one, or out: the last to go where it is narrow."""


@dataclass(frozen=True)
class _Entry:
    """Keys that share a label: how each is written, and its name."""

    keys: tuple[tuple[str, str], ...]
    label: str
    kept: int
    """1 for those that go last where it is narrow, -1 for those that go first, else 0."""

    @property
    def width(self) -> int:
        return sum(len(written) for written, _ in self.keys) + 1 + len(self.label)


class KeyLine(Widget):
    """One line; a click on a key presses it.

    Textual's own footer is a widget for each key, which takes long to make, and is cut where it is narrow.
    """

    COMPONENT_CLASSES = {"key-line--key", "key-line--label"}  # noqa: RUF012 - Textual's own way
    DEFAULT_CSS = """
    KeyLine {
        height: 1; dock: bottom; background: $footer-background;
        .key-line--key { color: $footer-key-foreground; text-style: bold; }
        .key-line--label { color: $footer-description-foreground; }
    }
    """

    def on_mount(self) -> None:
        """Draw the line again when other keys make sense."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Stop doing so."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[object]) -> None:
        self.refresh()

    def render(self) -> Text:
        """The line."""
        entries, gap = self._fitting()
        key_style = self.get_component_rich_style("key-line--key", partial=True)
        label_style = self.get_component_rich_style("key-line--label", partial=True)
        line = Text(" ", no_wrap=True, end="")
        for number, entry in enumerate(entries):
            line.append(" " * gap if number else "")
            line.append("".join(written for written, _ in entry.keys), key_style)
            line.append(f" {entry.label}", label_style)
        return line

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        entries, gap = self._fitting()
        left = 1
        for entry in entries:
            end = left + entry.width
            if left <= event.x < end:
                for written, key in entry.keys:
                    left += len(written)
                    if event.x < left or key == entry.keys[-1][1]:
                        self.app.simulate_key(key)
                        return
            left = end + gap

    def _fitting(self) -> tuple[list[_Entry], int]:
        """The entries that fit, and the cells between two of them."""
        entries, width = self._entries(), self.size.width
        for gap in (2, 1):
            if _width(entries, gap) <= width:
                return entries, gap
        while len(entries) > 1 and _width(entries, 1) > width:
            least = min(entry.kept for entry in entries)
            entries.remove([entry for entry in entries if entry.kept == least][-1])
        return entries, 1

    def _entries(self) -> list[_Entry]:
        visible: dict[str, Binding] = {}
        for _, binding, enabled, _ in self.screen.active_bindings.values():
            if binding.show and enabled:
                visible.setdefault(binding.action, binding)
        entries: list[_Entry] = []
        group = None
        labels = getattr(self.screen, "key_labels", {})
        for binding in visible.values():
            label = labels.get(binding.action, binding.description)
            if not label:
                continue
            key = (self.app.get_key_display(binding), binding.key)
            if binding.group is not None and binding.group == group:
                entries[-1] = _Entry((*entries[-1].keys, key), entries[-1].label, entries[-1].kept)
                continue
            group = binding.group
            kept = (binding.action in _ALWAYS) - (binding.action in getattr(self.screen, "rare_keys", ()))
            entries.append(_Entry((key,), label, kept))
        return entries


def _width(entries: list[_Entry], gap: int) -> int:
    return 1 + sum(entry.width for entry in entries) + gap * (len(entries) - 1)
