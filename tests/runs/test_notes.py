"""Notes: what the user writes beside a run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runs.samples import new_run
from snn_tui.errors import RunError
from snn_tui.runs.notes import NOTE_LIMIT, first_line, read_note, write_note
from snn_tui.runs.query import parse
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.summary import summarise


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A run without a note."""
    return new_run(tmp_path)


def test_a_note_is_kept_changed_and_taken_away(run: RunDir) -> None:
    assert read_note(run) == ""
    assert write_note(run, "  beta too high?\n") == "beta too high?"
    assert read_note(run) == summarise(run).note == "beta too high?"
    write_note(run, "über 9")
    assert read_note(run) == "über 9"
    run.note.write_text("from Windows\r\n", encoding="utf-8-sig")
    assert read_note(run) == "from Windows"
    write_note(run, "   ")
    assert read_note(run) == ""
    assert not run.note.exists()
    write_note(run, "")  # none to take away


@pytest.mark.parametrize(
    "content",
    [b"\x1b[2Jred\x1b]0;title\x07", b"\xff\xfe\x00bad", b"a\r\nb\tc\x9b2J", "\u202egnirts".encode()],
)
def test_whatever_a_note_holds_comes_back_as_printable_lines(run: RunDir, content: bytes) -> None:
    run.note.write_bytes(content)
    note = read_note(run)
    assert note
    assert all(line.isprintable() for line in note.split("\n"))


def test_a_note_of_several_lines_keeps_them(run: RunDir) -> None:
    written = write_note(run, "\n  \nbeta too high?  \r\n\n\t- try 0.8\v- and 0.9 #later\n\n")
    assert written == read_note(run) == "beta too high?\n\n    - try 0.8\n- and 0.9 #later"
    assert first_line(written) == "beta too high?"
    summary = summarise(run)
    assert summary.tags == ("later",)
    for query in ("tag:later", '"0.8 - and"', "note~^-.*0.9", "note:try"):
        assert parse(query).matches(summary)
    assert not parse("note~beta.*later").matches(summary)  # a pattern is of one line


def test_a_word_far_down_in_a_long_note_is_found(run: RunDir) -> None:
    write_note(run, "\n".join([*["as before"] * 300, "the needle #deep"]))
    summary = summarise(run)
    assert all(parse(query).matches(summary) for query in ("needle", "note~ne+dle", "tag:deep"))


def test_a_long_note_is_cut_and_a_huge_file_is_none(run: RunDir) -> None:
    assert len(write_note(run, "x" * 10_000)) == NOTE_LIMIT
    run.note.write_bytes(b"x" * (1 << 20))
    assert read_note(run) == ""


def test_a_note_that_no_file_can_hold_is_written_as_far_as_it_can(run: RunDir) -> None:
    write_note(run, "lone \udcff half")
    assert read_note(run) == "lone ? half"


def test_a_link_is_neither_followed_nor_written_through(run: RunDir, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("password")
    run.note.symlink_to(secret)
    assert read_note(run) == ""
    write_note(run, "mine")
    assert secret.read_text() == "password"
    assert read_note(run) == "mine"


def test_a_pipe_in_its_place_holds_nobody(run: RunDir) -> None:
    os.mkfifo(run.note)
    assert read_note(run) == ""


def test_a_folder_in_its_place_is_an_error(run: RunDir) -> None:
    run.note.mkdir()
    assert read_note(run) == ""
    for text in ("mine", ""):
        with pytest.raises(RunError):
            write_note(run, text)


def test_a_shipped_run_and_one_that_is_gone_get_no_note(run: RunDir, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="gone"):
        write_note(RunDir(tmp_path / "gone"), "x")
    run.card.write_text("# card")
    with pytest.raises(RunError, match="shipped"):
        write_note(run, "x")
    assert not run.note.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_is_read_only_is_an_error_that_says_so(run: RunDir) -> None:
    run.path.chmod(0o555)
    try:
        with pytest.raises(RunError, match="Permission denied"):
            write_note(run, "x")
    finally:
        run.path.chmod(0o755)


@pytest.mark.parametrize(
    ("note", "tags"),
    [
        ("", ()),
        ("too slow #x #paper, see #paper.", ("paper", "x")),
        ("issue#3 # ## #-a", ()),
        ("#über-9 #v1.2", ("v1.2", "über-9")),
    ],
)
def test_words_with_a_hash_are_tags(run: RunDir, note: str, tags: tuple[str, ...]) -> None:
    write_note(run, note)
    assert summarise(run).tags == tags
    for tag in tags:
        assert parse(f"tag:{tag}").matches(summarise(run))
