"""The table of MedMNIST-C's corruptions: of one run with every severity, of two side by side."""

from __future__ import annotations

import io

import msgspec
import pytest
from render.terminals import ALL
from rich.console import Console, RenderableType

from snn_tui.cli.draw.medmnist_c import medmnist_c_table
from snn_tui.data.medmnist_c.choices import CHOICES, SEVERITIES
from snn_tui.render.terminal import Terminal
from snn_tui.values.robustness import CorruptionError, MedMNISTC, SeverityError
from snn_tui.values.scores import Scores

SCORES = Scores(images=10, rates={})


def drawn(what: RenderableType) -> str:
    """What stands on a terminal of 80 columns."""
    out = io.StringIO()
    Console(file=out, width=80, no_color=True).print(what)
    return out.getvalue()


def errors(dataset: str, side: int = 28) -> MedMNISTC:
    """Errors of 0.1 at severity 1 to 0.5 at severity 5."""
    choice = CHOICES[dataset]
    severities = tuple(SeverityError(at, (1.0,), at / 10, SCORES) for at in SEVERITIES)
    corruptions = tuple(CorruptionError(name, 0.3, severities) for name in choice.levels)
    return MedMNISTC(dataset, side, 224, 0.056, 0.3, corruptions, choice.left_out)


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("dataset", CHOICES)
def test_one_run_has_every_severity(dataset: str, terminal: Terminal) -> None:
    text = drawn(medmnist_c_table({"plus": errors(dataset)}, "test", terminal))
    assert "…" not in text
    assert terminal.unicode or text.isascii()
    rows = {words[0]: words[1:] for line in text.splitlines() if (words := line.split())}
    for name in CHOICES[dataset].levels:
        assert rows[name] == ["0.300", "0.100", "0.200", "0.300", "0.400", "0.500"]
    assert "as they are" in text
    assert "0.056" in text
    assert f"the corruptions that it has for {dataset}" in text
    assert all(name in text for name in CHOICES[dataset].left_out)


def test_two_runs_have_their_means() -> None:
    other = msgspec.structs.replace(errors("pneumoniamnist"), balanced_error=None)
    text = drawn(medmnist_c_table({"plus": errors("pneumoniamnist"), "paper": other}, "test", ALL[0]))
    rows = {words[0]: words[1:] for line in text.splitlines() if (words := line.split())}
    assert rows["pixelate"] == ["0.300", "0.300"]
    assert rows["mean"][0] == "0.300"
    assert "a: plus, b: paper" in text


def test_what_may_be_compared_is_said() -> None:
    small = drawn(medmnist_c_table({"plus": errors("octmnist")}, "test", ALL[0]))
    assert "images of 28 px; the paper's are of 224 px" in small
    large = drawn(medmnist_c_table({"plus": errors("octmnist", 224)}, "test", ALL[0]))
    assert "224 px" not in large
    assert "the paper divides each by AlexNet's" in large
    general = msgspec.structs.replace(errors("chestmnist"), dataset="")
    assert "no corruptions for these images: those of chestmnist" in drawn(
        medmnist_c_table({"plus": general}, "test", ALL[0])
    )
