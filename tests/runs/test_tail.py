"""Following a file of events that grows, tears, holds garbage, shrinks or is replaced."""

from __future__ import annotations

import itertools
import os
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.samples import progress, scores
from snn_tui.runs import tail as tail_module
from snn_tui.runs.events import AnyEvent, EpochEnded, Heartbeat, Paused, RunStopped, decode, encode
from snn_tui.runs.tail import Tail

SMALL_LINE = 300


@pytest.fixture(autouse=True)
def _short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail_module, "MAX_LINE", SMALL_LINE)


finite = st.floats(0, 1e6)
an_event = st.one_of(
    st.builds(lambda t, losses: progress(t, 1, 5, *losses), finite, st.lists(finite, max_size=5)),
    st.builds(lambda t, cpu: Heartbeat(t=t, cpu=cpu, memory=1), finite, finite),
    st.builds(lambda t, name: RunStopped(t=t, signal=name), finite, st.text('aé\n"\\', max_size=20)),
    st.builds(lambda t: Paused(t=t), finite),
)
garbage = st.one_of(
    st.binary(max_size=40),
    st.builds(lambda event, cut: encode(event)[:-cut], an_event, st.integers(2, 30)),
    st.just(b'{"type":"Paused","t":1,"v":2}'),
    st.just(b'{"type":"Invented","t":1,"v":1}'),
    st.just(b"x" * (SMALL_LINE + 1)),
    st.just(b"x" * (4 * SMALL_LINE)),
).map(lambda line: line.replace(b"\n", b""))
lines = st.lists(st.one_of(an_event, garbage.filter(lambda line: decode(line) is None)), max_size=12)
cuts = st.lists(st.integers(0, 4000), max_size=12)


def drain(tail: Tail, limit: int) -> list[AnyEvent]:
    """Poll until nothing is left; a poll that says there is more has got on, so this ends."""
    found = tail.poll(limit)
    for _ in range(10_000):
        if not tail.more:
            return found
        found += tail.poll(limit)
    raise AssertionError("more is never over")


@given(lines, cuts, st.integers(1, 2000), st.booleans())
def test_however_it_arrives_the_events_are_the_same(
    content: list[AnyEvent | bytes], cut_at: list[int], limit: int, torn: bool
) -> None:
    stream = b"".join(line + b"\n" if isinstance(line, bytes) else encode(line) for line in content)
    if torn:
        stream += encode(Paused(t=1))[:-5]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        tail = Tail(path)
        found = drain(tail, limit)
        borders = sorted({min(cut, len(stream)) for cut in cut_at} | {0, len(stream)})
        for begin, end in itertools.pairwise(borders):
            with path.open("ab") as file:
                file.write(stream[begin:end])
            found += drain(tail, limit)
            assert not tail.restarted
        assert found == [line for line in content if not isinstance(line, bytes)]
        assert tail.skipped == sum(isinstance(line, bytes) for line in content)
        if torn:
            with path.open("ab") as file:
                file.write(encode(Paused(t=1))[-5:])
            assert drain(tail, limit) == [Paused(t=1)]


def test_a_missing_file_is_no_events_until_it_comes(tmp_path: Path) -> None:
    tail = Tail(tmp_path / "events.jsonl")
    assert tail.poll() == []
    assert not tail.error
    tail.path.write_bytes(encode(Paused(t=1)))
    assert tail.poll() == [Paused(t=1)]
    assert not tail.restarted
    assert tail.poll() == []


def test_a_torn_last_line_comes_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    line = encode(Paused(t=1))
    path.write_bytes(line[:9])
    tail = Tail(path)
    assert tail.poll() == []
    path.write_bytes(line[:-1])
    assert tail.poll() == []
    assert not tail.more
    path.write_bytes(line)
    assert tail.poll() == [Paused(t=1)]
    assert tail.skipped == 0


def test_a_torn_line_that_first_shows_as_zeros_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    line = encode(Paused(t=1))
    path.write_bytes(line[:9] + bytes(4))
    tail = Tail(path)
    assert tail.poll() == []
    path.write_bytes(line)
    assert tail.poll() == [Paused(t=1)]


def test_what_is_read_at_once_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    told = [Paused(t=number) for number in range(10)]
    path.write_bytes(b"".join(map(encode, told)))
    tail = Tail(path)
    first = tail.poll(2 * len(encode(told[0])))
    assert first == told[:2]
    assert tail.more
    assert first + drain(tail, 100) == told
    assert not tail.more


def test_a_line_longer_than_the_limit_still_comes(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(encode(progress(1, 1, 9, *range(9))))
    assert Tail(path).poll(1) == [progress(1, 1, 9, *range(9))]


@pytest.mark.parametrize("same_inode", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_file_that_became_another_is_read_from_the_beginning(
    tmp_path: Path, same_inode: bool, count: int
) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"garbage\n" + encode(Paused(t=1)) + encode(Paused(t=2)))
    tail = Tail(path)
    assert len(tail.poll()) == 2
    told: list[AnyEvent] = [Paused(t=10 + number) for number in range(2 * count)]
    if not same_inode:
        os.rename(path, tmp_path / "old")
    path.write_bytes(b"".join(map(encode, told)))
    assert tail.poll() == told
    assert tail.restarted
    assert tail.skipped == 0
    assert tail.poll() == []
    assert not tail.restarted


def test_a_file_emptied_restarts_at_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(encode(Paused(t=1)))
    tail = Tail(path)
    tail.poll()
    path.write_bytes(b"")
    assert tail.poll() == []
    assert tail.restarted


def test_what_is_no_file_is_no_events(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path):
        tail = Tail(path)
        assert tail.poll() == []
        assert tail.error


def test_a_hole_of_gigabytes_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        file.write(encode(Paused(t=1)))
        file.seek(3 << 30)
        file.write(b"\n" + encode(Paused(t=2)))
    tail = Tail(path)
    assert drain(tail, 1 << 16) == [Paused(t=1), Paused(t=2)]
    assert tail.skipped == 1


def test_a_file_too_large_for_events_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(encode(Paused(t=1)))
    os.truncate(path, tail_module.FILE_LIMIT + 1)
    tail = Tail(path)
    assert tail.poll() == []
    assert (tail.error, tail.more) == ("larger than the 4 GiB that events can have", False)


@pytest.mark.parametrize("rates", [{f"conv{n}": 0.1 for n in range(65)}, {"c" * 101: 0.1}])
def test_an_event_of_too_many_or_too_long_names_is_skipped(tmp_path: Path, rates: dict[str, float]) -> None:
    path = tmp_path / "events.jsonl"
    many = msgspec.structs.replace(scores(), rates=rates)
    end = EpochEnded(t=1, epoch=1, train_loss=0.5, val=many, lr=1e-3, seconds=1)
    path.write_bytes(encode(end) + encode(Paused(t=1)))
    tail = Tail(path)
    assert drain(tail, 1 << 20) == [Paused(t=1)]
    assert tail.skipped == 1


def test_an_endless_line_is_counted_once_and_does_not_pile_up(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tail = Tail(path)
    for _ in range(5):
        with path.open("ab") as file:
            file.write(b"x" * (2 * SMALL_LINE))
        assert drain(tail, 100) == []
    assert tail.skipped == 1
    assert max(len(value) for value in vars(tail).values() if isinstance(value, bytes)) < SMALL_LINE
    with path.open("ab") as file:
        file.write(b"\n" + encode(Paused(t=1)))
    assert drain(tail, 100) == [Paused(t=1)]
    assert tail.skipped == 1


def test_an_event_too_long_to_be_one_is_skipped_however_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(encode(RunStopped(t=1, signal="x" * SMALL_LINE)) + encode(Paused(t=1)))
    for limit in (50, SMALL_LINE, 1 << 20):
        tail = Tail(path)
        assert drain(tail, limit) == [Paused(t=1)]
        assert tail.skipped == 1
