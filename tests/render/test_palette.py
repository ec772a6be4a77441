from typing import Any

import pytest
from rich.color import Color

from render.terminals import ALL, ASCII, BARE, FULL, PLAIN
from snn_tui.render import palette
from snn_tui.render.terminal import Terminal

BLACK, WHITE = (18, 18, 18), (255, 255, 255)


def luminance(rgb: Any) -> Any:
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Any, other: Any) -> Any:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("depth", ["truecolor", "256"])
@pytest.mark.parametrize(("shades", "background"), [(palette.DARK, BLACK), (palette.LIGHT, WHITE)])
def test_every_role_reads_on_its_background(shades: Any, background: Any, depth: Any) -> None:
    for role, shade in shades.items():
        colour = Color.parse(shade.named(depth)).get_truecolor()
        assert contrast(colour, background) >= 4.5, role


def test_classes_differ_in_colour_and_in_symbol() -> None:
    for terminal in ALL:
        two = [palette.class_role(label) for label in range(2)]
        assert len({palette.symbol(name, terminal) for name in two}) == 2
        if terminal.colour != "none":
            for theme in ("dark", "light"):
                roles = {palette.class_role(label) for label in range(14)}
                assert len({palette.style(role, terminal, theme) for role in roles}) == len(roles) == 8


@pytest.mark.parametrize("terminal", [PLAIN, BARE])
def test_no_colour_means_no_style_at_all(terminal: Terminal) -> None:
    assert not palette.style("bad", terminal, bold=True, dim=True)


def test_ascii_symbols_are_ascii_and_unknown_ones_blank() -> None:
    for name in ("best", "shipped", "synthetic", "training", "finished", "failed", "class0", "class1"):
        assert palette.symbol(name, ASCII).isascii()
        assert palette.symbol(name, FULL).strip()
    assert palette.symbol("never heard of", FULL) == " "
