import shlex
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.terminals import BARE, FULL
from snn_tui.render import text
from snn_tui.render.canvas import Canvas
from snn_tui.render.local_time import local_time
from snn_tui.render.terminal import Terminal

HARMFUL = st.text(
    st.one_of(st.sampled_from("\x1b[]\x07\\;mHK0123\x9b\x9d\u202e\u2066\n\r\tab"), st.characters()),
    max_size=60,
)


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jgone", "gone"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0\x1b\\x", "x"),
        ("\x1bcreset", "reset"),
        ("two\nlines\r\n", "two lines  "),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("zero\u200bwidth\x00\x7f", "zerowidth"),
        ("[bold]kept[/]", "[bold]kept[/]"),
        ("Lübeck 肺", "Lübeck 肺"),
    ],
)
def test_clean_takes_out_what_a_terminal_would_obey(given_text: Any, shown: Any) -> None:
    assert text.clean(given_text) == shown


@given(HARMFUL, st.integers(0, 40))
def test_clean_text_is_one_short_harmless_line(given_text: Any, limit: int) -> None:
    cleaned = text.clean(given_text, limit)
    assert len(cleaned) <= limit
    assert not {unicodedata.category(char) for char in cleaned} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_a_cut_is_marked() -> None:
    assert text.clean("abcdefghij", 8) == "abcde..."


def test_plain_text_is_not_markup_and_is_ascii_where_needed() -> None:
    assert text.plain("[red]Lübeck", FULL).plain == "[red]Lübeck"
    assert not text.plain("[red]x", FULL).spans
    assert text.plain("[red]Lübeck", BARE).plain == "[red]L?beck"


@given(HARMFUL, st.integers(0, 30), st.sampled_from([FULL, BARE]))
def test_fitted_text_is_never_wider(given_text: Any, width: int, terminal: Terminal) -> None:
    fitted = text.fit(given_text, width, terminal)
    assert text.plain(fitted, terminal).cell_len <= width
    assert terminal.unicode or fitted.isascii()


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.8534, "0.853"), (1.0, "1.000"), (None, "  –  "), (float("nan"), "  –  "), (12345.0, "1.2e+04")],
)
def test_metric(value: Any, shown: Any) -> None:
    assert text.metric(value, FULL) == shown


def test_an_undefined_metric_is_an_ascii_dash_without_unicode() -> None:
    assert text.metric(None, BARE) == "  -  "
    assert text.difference(None, BARE).strip() == "-"


@pytest.mark.parametrize(("value", "shown"), [(0.012, "+0.012"), (-0.0151, "-0.015"), (-0.0001, "+0.000")])
def test_difference(value: Any, shown: Any) -> None:
    assert text.difference(value, FULL) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0.0s"),
        (0.38, "0.4s"),
        (1.2, "1.2s"),
        (59.94, "59.9s"),
        (59.96, "1:00"),
        (60.9, "1:00"),
        (754, "12:34"),
        (3723, "1:02:03"),
        (None, "-:--"),
    ],
)
def test_seconds(value: Any, shown: Any) -> None:
    assert text.seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1.2 * 1024**3, "1.2 GiB"),
        (1024**2 - 1, "1.0 MiB"),
        (5000 * 1024**5, "5000.0 PiB"),
    ],
)
def test_bytes(value: Any, shown: Any) -> None:
    assert text.bytes_(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(0.123, "12%"), (0, "0%"), (0.004, "<1%"), (1, "100%"), (None, "-")]
)
def test_rate(value: Any, shown: Any) -> None:
    assert text.rate(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(624, "624"), (4812, "4 812"), (1234567.4, "1 234 567")])
def test_count(value: Any, shown: Any) -> None:
    assert text.count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(1e-3, "1e-3"), (1e-4, "1e-4"), (2.5e-4, "2.5e-4"), (0.05, "0.05"), (0.0, "0")]
)
def test_learning_rate(value: Any, shown: Any) -> None:
    assert text.learning_rate(value) == shown


@given(HARMFUL, st.integers(1, 30), st.sampled_from([FULL, BARE]), st.sampled_from([None, 1, 2]))
def test_wrapped_text_is_never_wider_or_longer_than_asked(
    given_text: Any, width: int, terminal: Terminal, most: Any
) -> None:
    lines = text.wrapped(given_text, Canvas(width, 24, terminal), most=most)
    assert all(line.cell_len <= width for line in lines)
    assert most is None or len(lines) <= most


def test_words_wrap_at_spaces_and_what_is_left_out_is_marked() -> None:
    canvas = Canvas(9, 24, FULL)
    assert [line.plain for line in text.wrapped("one two three", canvas)] == ["one two", "three"]
    assert [line.plain for line in text.wrapped("one /a/long/path", canvas)] == ["one", "/a/long/p", "ath"]
    assert [line.plain for line in text.wrapped("one two three", canvas, most=1)] == ["one two…"]


def test_parts_side_by_side_are_never_broken() -> None:
    assert text.side_by_side(["one", "two", "three"], 8) == ["one  two", "three"]
    assert text.side_by_side(["longer than that", "two"], 8, ", ") == ["longer than that", "two"]


def test_the_longest_wording_that_fits_is_chosen() -> None:
    assert [text.first_that_fits(("spikes", "spk"), width) for width in (6, 5, 2)] == ["spikes", "spk", ""]


def test_a_time_beyond_the_calendar_is_empty() -> None:
    assert local_time(1e300) == local_time(float("nan")) == ""


@given(HARMFUL)
def test_a_shell_reads_a_copied_name_as_one_word(name: str) -> None:
    word = text.shell_word(name)
    assert shlex.split(word) == [text.clean(name, 1000)]
    assert not any(unicodedata.category(char) in ("Cc", "Zl", "Zp") for char in word)


def test_a_note_of_many_sentences_is_whole() -> None:
    words = "; ".join(f"{number} of 24 images of fold {number} are in train, too" for number in range(10))
    assert text.note(words, FULL).plain == f"note: {words}"
