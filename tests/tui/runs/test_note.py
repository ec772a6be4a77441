"""A note of several lines: written in its dialog, shown with the run's facts."""

from __future__ import annotations

from pathlib import Path

import pytest
from render.terminals import BARE, FULL
from rich.cells import cell_len
from textual import events
from textual.widgets import TextArea

from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.runs.notes import NOTE_LIMIT, read_note
from snn_tui.tui.runs.draw.layout import ListView
from snn_tui.tui.runs.draw.run_facts import facts_lines, run_facts
from snn_tui.tui.runs.draw.run_list import run_list
from tui import made_runs
from tui.conftest import NewApp
from tui.driving import REMOTE, User, covers, opened
from tui.runs.test_draw_run_list import entry


async def at_note(user: User, title: str) -> TextArea:
    """Open the dialog of the run of the cursor."""
    await user.press("n")
    await user.until_sees(f"Note on {title}:", "ctrl+o keeps it")
    return user.widget("#note NoteArea", TextArea)


async def at_runs(user: User) -> None:
    await user.press("6")
    await user.until_sees("Runs · 1", "paper-s7")
    await user.until_gone("reading", "looking for runs")


@covers("runs", "n")
async def test_a_note_of_several_lines_is_written_changed_and_taken_away(new_app: NewApp, root: Path) -> None:
    run = made_runs.stopped_run(root, seed=7)
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user)
        await at_note(user, "paper-s7")
        await user.type("too slow")
        await user.press("enter")
        await user.type("beta? #again")
        await user.press("ctrl+o")
        await user.until_sees("paper-s7  too slow", "note     too slow", "         beta? #again")
        assert read_note(run) == "too slow\nbeta? #again"
        assert "too slow beta" not in user.sees  # the list has the first line only
        await at_note(user, "paper-s7")
        await user.press("escape")
        await user.until_gone("Note on")
        area = await at_note(user, "paper-s7")
        await user.type("!")
        await user.press("escape")
        await user.until_sees("esc again drops what you changed")
        await user.press("escape")
        await user.until_gone("Note on")
        assert read_note(run) == "too slow\nbeta? #again"
        area = await at_note(user, "paper-s7")
        area.clear()
        await user.press("ctrl+o")
        await user.until_gone("too slow")
        assert not run.note.exists()


async def test_what_is_pasted_into_a_note_is_cleaned_and_bounded(new_app: NewApp, root: Path) -> None:
    run = made_runs.stopped_run(root, seed=7)
    async with opened(new_app(REMOTE)) as user:
        await at_runs(user)
        area = await at_note(user, "paper-s7")
        area.post_message(events.Paste("one\x1b[2J\r\ntwo\u202e"))
        await user.until(lambda: area.text == "one?[2J\ntwo?")
        area.post_message(events.Paste("x" * 1_000_000))
        await user.until_sees("12 characters too many: 4 000 at most")
        await user.press("ctrl+o")  # refused
        await user.until_sees("Note on")
        await user.press(*["backspace"] * 12)
        await user.until_gone("too many")
        await user.press("ctrl+o")
        await user.until_gone("Note on")
        await user.until(lambda: len(read_note(run)) == NOTE_LIMIT)


LONG = "the first line\n" + "\n".join(f"  - point {number} " + "of a long list " * 5 for number in range(9))


def test_the_list_has_the_first_line_of_a_note() -> None:
    drawn = run_list(ListView([entry("run", note=LONG)]), Canvas(114, 3, FULL)).plain
    assert "the first line" in drawn
    assert "point" not in drawn


@pytest.mark.parametrize("terminal", [FULL, BARE])
@pytest.mark.parametrize("width", [20, 44])
def test_a_long_note_stands_below_the_other_facts_as_a_whole(terminal: Terminal, width: int) -> None:
    run = entry("run", note=LONG)
    canvas = Canvas(width, 200, terminal)
    lines = run_facts(run, None, canvas).plain.splitlines()
    assert len(lines) == facts_lines(run, None, canvas) + 2
    assert max(map(cell_len, lines)) <= width
    text = " ".join(" ".join(lines).split())
    scores = text.index("0.875")
    assert text.index("the first line") < scores < text.rindex("the first line")
    assert text.rindex("the first line") < text.index("- point 8 of a long list")
    assert any(line.startswith(" " * 11 + "- point 3") for line in lines)


def test_a_line_as_long_as_a_note_is_shown_to_its_end() -> None:
    run = entry("run", note="word " * 790 + "end")
    assert "word end" in " ".join(run_facts(run, None, Canvas(80, 200, FULL)).plain.split())
