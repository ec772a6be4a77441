"""The audit of the images on Data: asks for it, keeps what it found, and which pair of images is in view."""

from __future__ import annotations

from dataclasses import dataclass, field

from snn_tui.render.findings import Example, Finding, findings
from snn_tui.values.audit import Audit
from snn_tui.values.dataset import Picture

ImageKey = tuple[str, int]
"""Split and index of an image, as an audit names it."""


@dataclass
class AuditView:
    """What an audit found, the chosen finding, and the chosen pair of it.

    Args:
        audit: What was found; None before there is an answer.
        chosen: Index of the chosen finding.
        pair: Index of the pair in view among those of the finding.
        pictures: The images that are loaded, by split and index.
    """

    audit: Audit | None = None
    chosen: int = 0
    pair: int = 0
    pictures: dict[ImageKey, Picture] = field(default_factory=dict)

    @property
    def finding(self) -> Finding | None:
        """The chosen finding; None where nothing was found."""
        found = findings(self.audit) if self.audit is not None else []
        return found[self.chosen] if self.chosen < len(found) else None

    @property
    def example(self) -> Example | None:
        """The pair in view; None where the finding has none."""
        finding = self.finding
        return finding.examples[self.pair] if finding is not None and finding.examples else None

    @property
    def keys(self) -> list[ImageKey]:
        """The two images of the pair in view."""
        example = self.example
        images = (example.first, example.second) if example is not None else ()
        return [(image.split, image.index) for image in images]

    @property
    def shown(self) -> list[Picture]:
        """Their pictures; empty before both are loaded."""
        loaded = [self.pictures[key] for key in self.keys if key in self.pictures]
        return loaded if len(loaded) == len(self.keys) else []

    def choose(self, index: int) -> None:
        """Choose a finding, or the nearest there is; it begins with its first pair."""
        last = len(findings(self.audit)) - 1 if self.audit is not None else 0
        index = min(max(index, 0), max(last, 0))
        if index != self.chosen:
            self.chosen, self.pair = index, 0

    def go(self, by: int) -> None:
        """Go to another pair of the finding, to the ends at most."""
        finding = self.finding
        if finding is not None and finding.examples:
            self.pair = min(max(self.pair + by, 0), len(finding.examples) - 1)
