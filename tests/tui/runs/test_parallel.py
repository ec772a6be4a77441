"""Runs across their options: axes, lines, and what stands out without colour."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from render.terminals import ALL, BARE, FULL
from rich.cells import cell_len

from snn_tui.config.build import build
from snn_tui.render.canvas import Canvas
from snn_tui.runs.catalogue import Entry
from snn_tui.tui.runs.draw.columns import STARTED, indices_of
from snn_tui.tui.runs.draw.parallel import Axis, Parallel, axes_in_view, parallel
from snn_tui.tui.runs.draw.run_axes import MOST_LINES, run_axes
from snn_tui.tui.runs.draw.scale import Scale
from snn_tui.tui.runs.draw.strokes import Strokes
from tui import made_runs, run_zoo
from tui.conftest import Hold, NewApp
from tui.driving import ASCII, NARROW, REMOTE, SMALLEST, WIDE, covers, opened
from tui.runs.test_draw_run_list import entry

TRIALS = Parallel(
    (
        Axis("lr", [1e-4, 1e-3, 1e-2, 1e-3]),
        Axis("encoding", ["rate", "latency", "rate", None]),
        Axis("acc", [0.7, 0.9, 0.8, None]),
    ),
    pointed=1,
    marks={2: 0},
)


def lines(value: Parallel, width: int, height: int, terminal: object = FULL) -> list[str]:
    return parallel(value, Canvas(width, height, terminal)).plain.splitlines()  # type: ignore[arg-type]


def test_numbers_over_decades_are_logarithmic_and_words_evenly_spaced() -> None:
    rates = Scale.of([1e-4, 1e-2, 1e-3, None])
    assert rates.log
    assert [rates.at(value) for value in (1e-4, 1e-3, 1e-2, None)] == [0.0, pytest.approx(0.5), 1.0, None]
    assert not Scale.of([0.0, 1.0, 1000.0]).log
    assert [Scale.of([5, 7, 9]).at(value) for value in (5, 7)] == [0.0, 0.5]
    words = Scale.of(["rate", None, "direct", "latency"])
    assert [words.at(word) for word in ("direct", "latency", "rate")] == [0.0, 0.5, 1.0]
    assert Scale.of([0.5]).at(0.5) == 0.5
    assert Scale.of([float("nan"), 1.0]).at(float("nan")) is None


def test_an_axis_says_all_of_a_few_values_and_the_ends_of_many() -> None:
    assert [text for _, text in Scale.of([1, 2, 3]).ticks(10)] == ["1", "3", "2"]
    assert [text for _, text in Scale.of(list(range(100))).ticks(10)] == ["0", "99"]


def test_a_stroke_is_without_gaps_however_steep() -> None:
    for bottom in (0, 3, 19):
        cells = Strokes(unicode=False).cells([(0, 0, 6, bottom)], "a")
        assert {column for _, column in cells} == set(range(7))
        assert {row for row, _ in cells} == set(range(bottom + 1))
    thin, thick = (Strokes(unicode=True).cells([(0, 4, 3, 4)], "", thick=thick) for thick in (False, True))
    assert thin == dict.fromkeys(((1, column) for column in range(3)), "⠉") | {(1, 3): "⠁"}
    assert thick[1, 0] == "⠛"


def test_the_line_of_the_cursor_and_marked_ones_are_told_without_colour() -> None:
    drawn = lines(TRIALS, 60, 12, BARE)
    assert drawn[0].split() == ["lr", "encoding", "vacc"]
    text = "\n".join(drawn)
    assert text.count("@") == 3  # the cursor's run on each axis
    assert text.count("#") > 20
    assert text.count("A") > 20
    for words in ("0.0001", "0.01", "rate", "latency", "none"):
        assert words in text
    assert drawn[-1].split() == ["acc", "a", "0.7", "c", "0.8", "e", "0.9"]
    whole = parallel(TRIALS, Canvas(60, 12, FULL))
    assert whole.plain.count("●") == 3
    assert any("bold" in str(span.style) for span in whole.spans)


def test_a_level_has_its_letter_and_its_colour() -> None:
    plain = replace(TRIALS, pointed=None, marks={})
    body = "".join(lines(plain, 60, 12, BARE)[1:-1])
    assert {letter for letter in "abcde" if letter * 3 in body} == {"a", "c", "e"}
    assert "yellow" in str(parallel(plain, Canvas(60, 12, replace(FULL, colour="16"))).spans)
    by_lr = "".join(lines(replace(plain, coloured=0), 60, 12, BARE))
    assert "vlr" in by_lr


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize(("width", "height"), [(10, 3), (20, 6), (44, 9), (114, 24)])
def test_it_fits_whatever_the_room(terminal: object, width: int, height: int) -> None:
    many = [Axis(f"option {at}", ["[red]a\x1b[2J" * 9, at, None]) for at in range(30)]
    for coloured in (0, 15, -1):
        drawn = lines(
            Parallel([*many, Axis("acc", [None, 1.0, 0.5])], coloured, 0, {1: 3}), width, height, terminal
        )
        assert len(drawn) <= height
        assert max(map(cell_len, drawn)) <= width
        assert "\x1b" not in "".join(drawn)
        assert terminal.unicode or "".join(drawn).isascii()  # type: ignore[attr-defined]


def test_where_there_is_no_room_for_all_axes_the_one_that_colours_is_among_them() -> None:
    axes = [Axis(f"option{at}", [1, 2]) for at in range(20)]
    for coloured in range(20):
        shown = axes_in_view(Parallel(axes, coloured), 60)
        assert coloured in shown
        assert shown[-1] == 19
        assert len(shown) == len(set(shown)) == 6
    assert "14 more axes" in lines(Parallel(axes), 60, 9)[-1]


def run(number: int, **options: object) -> Entry:
    return entry(f"run-{number}", config=build(options))


def test_axes_are_the_options_that_differ_and_the_score_that_sorts() -> None:
    runs = (run(1, lr=0.1, seed=1), run(2, lr=0.2, seed=1), entry("broken", config=None))
    value = run_axes(runs, {"/runs/run-2": 4}, runs[1], STARTED, 0)
    assert value is not None
    assert [(axis.name, list(axis.values)) for axis in value.axes] == [
        ("lr", [0.1, 0.2]),
        ("acc", [0.875, 0.875]),
    ]
    assert (value.coloured, value.pointed, value.marks) == (1, 1, {1: 4})
    seeds = tuple(run(at, lr=0.1 + 0.1 * (at == 2), seed=at, batch_size=8 + at // 2) for at in range(4))
    varied = run_axes(seeds, {}, None, STARTED, 0)
    assert varied is not None
    assert [axis.name for axis in varied.axes] == ["lr", "batch size", "seed", "acc"]
    by_auc = run_axes(runs, {}, None, indices_of(["best AUC on val"])[0], 1)
    assert by_auc is not None
    assert (by_auc.axes[-1].name, by_auc.coloured, by_auc.pointed) == ("best AUC", 0, None)
    assert run_axes(runs[2:], {}, None, STARTED, 0) is None


def test_of_ten_thousand_runs_a_few_are_drawn_and_the_cursors_is_among_them() -> None:
    first = run(0, seed=0)
    runs = [
        replace(first, summary=msgspec.structs.replace(first.summary, path=f"/runs/{number}"))
        for number in range(10_000)
    ]
    value = run_axes(runs, {}, runs[-1], STARTED, 0)
    assert value is not None
    assert len(value.axes[-1].values) == MOST_LINES
    assert value.pointed == MOST_LINES - 1


@covers("runs", "p")
async def test_runs_are_drawn_across_their_options(new_app: NewApp, root: Path, held: Hold) -> None:
    run_zoo.fill(root, held)
    async with opened(new_app(REMOTE)) as user:
        await user.press("6")
        await user.until_sees("Runs · 7", "paper-s7")
        await user.until_gone("reading", "looking for runs")
        await user.press("p")
        await user.until_sees("Across options · 6 of 7 runs · coloured by acc", "seed", "beta", "▼acc")
        await user.until_gone("Train loss", "─ Run ─")
        await user.press("left")
        await user.until_sees("coloured by seed", "▼seed")
        await user.press("right", "right")
        await user.until_sees("coloured by epochs")  # it goes round
        await user.press("home", "space", "down", "down", "space")
        await user.until_sees("· 2 runs ·", "A")
        await user.press("p")
        await user.until_sees("Train loss", "What differs")


@pytest.mark.parametrize("size", [WIDE, NARROW, SMALLEST])
async def test_across_options_is_ascii_without_unicode(
    new_app: NewApp, root: Path, size: tuple[int, int]
) -> None:
    for seed in (1, 2):
        made_runs.finished_run(root, seed=seed, minute=seed, epochs=2)
    async with opened(new_app(ASCII), size=size) as user:
        await user.press("6")
        await user.until_sees("Runs - 2", "paper-s2")
        await user.press("v", "p")
        await user.until_sees("Across options - 2 runs", "vacc", "@")
        assert user.sees.isascii()
