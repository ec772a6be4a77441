"""The tables and charts of Results: what they say, at any size, in any terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from analysis.samples import many
from msgspec.structs import replace
from render.terminals import ALL, BARE, FULL, PLAIN
from rich.style import Style
from rich.text import Text
from typed import present

from snn_tui.analysis.results import Mistake, Results, Threshold
from snn_tui.render.axes import scale
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.tui.results.draw import charts, mistakes, scores
from snn_tui.tui.results.draw.intervals import cloud, ruler, whisker
from snn_tui.tui.results.draw.scores import ScoreTable
from snn_tui.values.benchmarks import benchmarks
from snn_tui.values.confusion import ConfusionMatrix
from snn_tui.values.scores import METRICS, most_important
from snn_tui.values.task import PNEUMONIA, Task

SIZES = ((24, 4), (26, 10), (36, 10), (46, 20), (66, 12), (110, 40))

MATRIX = ConfusionMatrix(tn=99, fp=18, fn=20, tp=97)
MOVED = Threshold(1.5, "test")


@pytest.fixture(scope="module")
def results() -> Results:
    """A judged split with four draws."""
    made = Results(many())
    for number in range(3):
        made.add_draw([score + number for score in made.judgement.scores])
    return made


def score_table(results: Results, threshold: Threshold = Threshold(), **changes: object) -> ScoreTable:  # noqa: B008
    """What the table of scores shows of it."""
    given = {
        "values": results.values(threshold.value),
        "intervals": results.intervals(threshold.value),
        "published": results.published,
        "threshold": threshold,
        "split": "test",
        "synthetic": False,
    }
    return ScoreTable(**(given | changes))  # type: ignore[arg-type]


Drawing = Callable[[Results, int, int, Terminal], Text]
DRAWINGS: dict[str, Drawing] = {
    "scores": lambda made, w, h, t: scores.scores(score_table(made, MOVED), Canvas(w, h, t)),
    "confusion": lambda made, w, h, t: mistakes.confusion(
        MATRIX, MOVED, "test", (20, "spikes"), PNEUMONIA, Canvas(w, h, t)
    ),
    "draws": lambda made, w, h, t: scores.draws(made.spreads(0.5), 4, 8, Canvas(w, h, t)),
    "mistakes": lambda made, w, h, t: mistakes.mistakes(made.mistakes(0.0), 30, PNEUMONIA, Canvas(w, h, t)),
    "roc": lambda made, w, h, t: charts.roc(made, 1.5, Canvas(w, h, t)),
    "calibration": lambda made, w, h, t: charts.calibration(
        made.reliability, PNEUMONIA, True, Canvas(w, h, t)
    ),
    "steps": lambda made, w, h, t: charts.steps(made.steps(0.5), 3, Canvas(w, h, t)),
}


@pytest.mark.parametrize("terminal", ALL)
@pytest.mark.parametrize("name", DRAWINGS)
def test_nothing_is_wider_or_higher_than_its_place(results: Results, name: str, terminal: Terminal) -> None:
    for width, height in SIZES:
        lines = DRAWINGS[name](results, width, height, terminal).split("\n", allow_blank=True)
        assert len(lines) <= height, (name, width, height)
        assert max(line.cell_len for line in lines) <= width, (name, width, height)
        text = "\n".join(line.plain for line in lines)
        assert terminal.unicode or text.isascii(), text
        assert text.strip()
        if terminal.colour == "none":
            styles = [span.style for line in lines for span in line.spans if isinstance(span.style, Style)]
            assert all(style.color is None for style in styles)


def test_scores_stand_beside_the_published_ones_with_their_intervals(results: Results) -> None:
    shown = scores.scores(score_table(results), Canvas(80, 13, PLAIN)).plain
    values, intervals = results.values(0.0), results.intervals(0.0)
    line = next(line for line in shown.splitlines() if line.startswith("sensitivity"))
    low, high = intervals["sensitivity"] or (0.0, 0.0)
    assert f"{values['sensitivity']:.3f}" in line
    assert f"{low:.3f}–{high:.3f}" in line
    assert "0.880" in line
    assert f"{present(values['sensitivity']) - 0.88:+.3f}" in line
    assert "├" in line
    assert "2,000 bootstrap resamples within each class  ◇ published" in shown
    narrow = scores.scores(score_table(results), Canvas(44, 11, PLAIN)).plain
    assert "├" not in narrow
    assert "published" in narrow


def test_scores_say_what_they_are_not(results: Results) -> None:
    assert "not a result" not in scores.scores(score_table(results), Canvas(66, 12, PLAIN)).plain
    moved = scores.scores(score_table(results, MOVED), Canvas(66, 12, PLAIN)).plain
    assert "▲ threshold chosen on test: not a result" in moved
    low = scores.scores(score_table(results, MOVED), Canvas(56, 10, PLAIN)).plain  # the rule goes first
    assert "not a result" in low
    assert "AUC" in low
    tiny = scores.scores(score_table(results, MOVED), Canvas(56, 7, PLAIN)).plain
    names = [METRICS[field].name for field in most_important(5)]
    assert [line.split()[0] for line in tiny.splitlines()[1:6]] == names
    assert "not a result" in tiny
    from_val = scores.scores(score_table(results, Threshold(1.5, "val")), Canvas(66, 12, PLAIN)).plain
    assert "▲" not in from_val
    phantoms = scores.scores(
        score_table(results, synthetic=True, published=None), Canvas(66, 12, PLAIN)
    ).plain
    assert "synthetic images, no x-rays" in phantoms
    assert "published" not in phantoms
    early = scores.scores(score_table(results, intervals=None), Canvas(66, 12, PLAIN)).plain
    assert "resampling" in early
    assert f"{results.values(0.0)['accuracy']:.3f}" in early


def test_undefined_scores_are_dashes(results: Results) -> None:
    nothing = dict.fromkeys(results.values(0.0))
    shown = scores.scores(score_table(results, values=nothing, intervals=nothing), Canvas(80, 12, BARE)).plain
    assert "sensitivity      -" in shown


def test_a_confusion_matrix_with_its_threshold() -> None:
    shown = mistakes.confusion(MATRIX, MOVED, "test", (20, "spikes"), PNEUMONIA, Canvas(40, 10, PLAIN)).plain
    rows = [line for line in shown.splitlines() if "✓" in line]
    assert [word for word in rows[0].split() if word.isdigit()] == ["99", "18"]
    assert [word for word in rows[1].split() if word.isdigit()] == ["20", "97"]
    assert "85%" in rows[0]
    assert "threshold +1.5 spikes" in shown
    assert "chosen on test: not a result" in shown
    assert "┼" in shown
    assert "◆" in shown
    tall = mistakes.confusion(MATRIX, MOVED, "test", (20, "spikes"), PNEUMONIA, Canvas(40, 20, PLAIN)).plain
    assert f"{97 / 117:.3f}" in tall


def test_draws_say_how_far_they_are(results: Results) -> None:
    canvas = Canvas(54, len(METRICS) + 2, PLAIN)
    shown = scores.draws(results.spreads(0.0), 4, 8, canvas).plain
    assert "draw 4 of 8" in shown
    spread = results.spreads(0.0)["accuracy"]
    line = next(line for line in shown.splitlines() if line.startswith("accuracy"))
    assert f"{spread.mean:.3f}" in line
    assert f"{spread.deviation:.3f}" in line
    assert "4 draws, same images" in scores.draws(results.spreads(0.0), 4, 4, canvas).plain


def test_the_chosen_mistake_stays_in_sight() -> None:
    listed = [Mistake(index, index % 2, 1 - index % 2, (4, 16), 30.0 - index) for index in range(25)]
    for chosen in range(25):
        shown = mistakes.mistakes(listed, chosen, PNEUMONIA, Canvas(60, 6, PLAIN)).plain.splitlines()
        assert len(shown) == 6
        assert sum(line.startswith(f"▸ {chosen:>5}") for line in shown) == 1
    assert "no mistakes" in mistakes.mistakes([], 0, PNEUMONIA, Canvas(60, 6, PLAIN)).plain


def test_a_long_name_of_a_class_has_the_room_that_bars_can_spare() -> None:
    task = Task(name="x", classes=("malignant", "normal or benign"), positive=0)
    listed = [Mistake(1, 0, 1, (10, 12), 2.0)]
    shown = [mistakes.mistakes(listed, 0, task, Canvas(width, 6, PLAIN)).plain for width in (46, 60)]
    assert "normal o…" in shown[0]
    assert "normal or benign" in shown[1]
    assert all(len(line) <= 60 for line in shown[1].splitlines())


@pytest.mark.parametrize(
    ("width", "head"), [(44, "○ normal or be…"), (36, "○ normal o…"), (60, "○ normal or benign")]
)
def test_a_long_name_above_the_matrix_is_cut_with_a_mark(width: int, head: str) -> None:
    task = Task(name="x", classes=("malignant", "normal or benign"), positive=0)
    first, row, *_ = mistakes.confusion(
        MATRIX, MOVED, "test", (20, "spikes"), task, Canvas(width, 10, PLAIN)
    ).plain.split("\n")
    assert head in first
    assert ("normal or benign" in row) is (width == 60)
    # The second column begins where its counts do.
    assert first.index("● malignant") == row.index("✗")
    wide = Task(name="x", classes=("良性腫瘍または正常", "悪性"), positive=1)
    shown = mistakes.confusion(MATRIX, MOVED, "test", (20, "spikes"), wide, Canvas(width, 10, PLAIN)).plain
    assert "…" in shown.splitlines()[0]


def test_a_mistakes_class_is_whole_beside_the_largest_counts() -> None:
    listed = [Mistake(1, 0, 1, (10, 12), 2.0)]
    line = mistakes.mistakes(listed, 0, PNEUMONIA, Canvas(46, 6, PLAIN)).plain.splitlines()[1]
    assert line.split()[-3:] == ["pneumonia", "10:12", "2.0"]


def test_the_roc_shows_where_the_threshold_is(results: Results) -> None:
    usual = charts.roc(results, 0.0, Canvas(50, 14, FULL)).plain
    assert usual.count("●") == 2  # the legend has one
    assert "at 0" not in usual
    moved = charts.roc(results, 3.0, Canvas(60, 14, FULL)).plain
    assert "○ at 0" in moved
    assert "◇ published" in moved
    of_phantoms = replace(results.judgement, synthetic=True)
    assert "published" not in charts.roc(Results(of_phantoms), 3.0, Canvas(60, 14, FULL)).plain


def test_calibration_and_steps_say_their_figures(results: Results) -> None:
    shown = charts.calibration(results.reliability, PNEUMONIA, True, Canvas(48, 14, PLAIN)).plain
    assert f"ECE {results.reliability.ece:.3f}" in shown
    assert "p = pneumonia's share of all output spikes" in shown
    curve = results.steps(0.0)
    steps = charts.steps(curve, 3, Canvas(40, 12, PLAIN)).plain
    assert f"accuracy settles at step {curve.enough}" in steps
    assert "90% of verdicts by step 3" in steps
    assert "verdicts" not in charts.steps(curve, None, Canvas(40, 12, PLAIN)).plain


def test_a_whisker_puts_everything_in_its_cell() -> None:
    plain = Style.null()
    drawn = whisker(0.5, (0.25, 0.75), 1.0, (0.0, 1.0), Canvas(21, 24, FULL), plain)
    assert drawn.plain == "·····├────●────┤····◇"
    assert (
        whisker(0.5, (0.25, 0.75), 0.5, (0.0, 1.0), Canvas(21, 24, FULL), plain).plain
        == "·····├────◈────┤·····"
    )
    assert whisker(None, None, None, (0.0, 1.0), Canvas(4, 24, FULL), plain).plain == "····"
    assert (
        whisker(0.5, (0.25, 0.75), 1.0, (0.0, 1.0), Canvas(21, 24, BARE), plain).plain
        == "     [----o----]    +"
    )
    assert cloud([0.0, 1.0, 1.0, 0.5], (0.0, 1.0), Canvas(5, 24, FULL), plain).plain == "∙·∙·•"
    assert ruler((0.7, 1.0), 12) == "0.7      1.0"


def test_a_scale_goes_from_a_tenth_to_one() -> None:
    assert scale([0.853, None, 0.778]) == pytest.approx((0.7, 1.0))
    assert scale([0.7]) == pytest.approx((0.7, 1.0))
    assert scale([1.0]) == pytest.approx((0.9, 1.0))
    assert scale([]) == (0.0, 1.0)


def test_published_models_stand_below_the_scores_of_the_same_images(results: Results) -> None:
    rows = benchmarks("breastmnist", 28)
    table = score_table(results, MOVED, benchmarks=rows, published=None)
    for height in (12, 20):
        text = scores.scores(table, Canvas(66, height, FULL)).plain
        assert "threshold chosen on test: not a result" in text
        assert "ResNet-18             0.863  0.901  val" in text
        assert "best of MedMNIST+     0.865  0.891  val" in text
        assert "accuracy" in text
