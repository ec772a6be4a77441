"""What the panels of Results draw their values with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.text import Text

from snn_tui.analysis.calibration import Reliability
from snn_tui.analysis.results import DrawSpread, Mistake, Results, Threshold
from snn_tui.analysis.steps import StepCurve
from snn_tui.render import energy as energies
from snn_tui.render.terminal import Terminal
from snn_tui.tui.results.draw import charts, tables
from snn_tui.tui.results.draw.tables import ScoresShown
from snn_tui.values.energy import Energy
from snn_tui.values.scores import ConfusionMatrix


def scores(shown: ScoresShown, width: int, height: int, terminal: Terminal, light: bool) -> Text:
    """The table of scores."""
    return tables.scores(shown, width, height, terminal, light=light)


def roc(value: tuple[Results, float], width: int, height: int, terminal: Terminal, light: bool) -> Text:
    """The ROC curve."""
    found, threshold = value
    study = found.published
    published = (1 - study["specificity"], study["sensitivity"]) if study else None
    return charts.roc(found.ranks, found.curve, threshold, published, width, height, terminal, light=light)


def confusion(
    value: tuple[ConfusionMatrix, Threshold, str, int],
    width: int,
    height: int,
    terminal: Terminal,
    light: bool,
) -> Text:
    """The confusion matrix and the threshold."""
    return tables.confusion(*value, width, height, terminal, light=light)


def reliability(value: Reliability, width: int, height: int, terminal: Terminal, light: bool) -> Text:
    """The reliability diagram."""
    return charts.calibration(value, width, height, terminal, light=light)


def steps(
    value: tuple[StepCurve, int | None], width: int, height: int, terminal: Terminal, light: bool
) -> Text:
    """Accuracy against time step."""
    return charts.steps(*value, width, height, terminal, light=light)


def mistakes(
    value: tuple[Sequence[Mistake], int], width: int, height: int, terminal: Terminal, light: bool
) -> Text:
    """The worst mistakes."""
    return tables.mistakes(*value, width, height, terminal, light=light)


def energy(value: Energy, width: int, height: int, terminal: Terminal, light: bool) -> Text:
    """What an image costs."""
    return energies.energy(value, width, height, terminal, light=light)


def draws(
    value: tuple[Mapping[str, DrawSpread], int, int], width: int, height: int, terminal: Terminal, light: bool
) -> Text:
    """The metrics over draws of the coding."""
    return tables.draws(*value, width, height, terminal, light=light)
