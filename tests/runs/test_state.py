"""What a run looks like after its events."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runs.samples import ended, finished, progress, started
from snn_tui.runs.events import (
    AnyEvent,
    CheckpointSaved,
    Heartbeat,
    Paused,
    Preparing,
    Resumed,
    RunFailed,
    RunStopped,
)
from snn_tui.runs.losses import EMA_DECAY
from snn_tui.runs.state import RunState, replay


def test_a_run_that_has_told_nothing() -> None:
    state = RunState()
    assert (state.phase, state.fraction, state.eta(), state.best_epoch) == ("preparing", 0.0, None, None)
    assert (state.config, state.epochs, state.batches, state.rates) == (None, 0, 0, {})


def test_phases_from_preparing_to_the_end() -> None:
    state = RunState()
    story: list[tuple[AnyEvent, str]] = [
        (Preparing(t=0, what="download", done=0.5), "preparing"),
        (started(1), "training"),
        (progress(2, 1, 1, 0.5), "training"),
        (Paused(t=3), "paused"),
        (Heartbeat(t=4, cpu=1, memory=1), "paused"),
        (Resumed(t=5), "training"),
        (finished(6), "finished"),
        (Heartbeat(t=6.1, cpu=1, memory=1), "finished"),
    ]
    for event, phase in story:
        state.apply(event)
        assert state.phase == phase
    assert state.fraction == 1.0
    assert state.result == finished(6)
    assert state.preparing is None


def test_what_is_being_prepared() -> None:
    state = replay([Preparing(t=0, what="download", done=0.5)])
    assert state.preparing == ("download", 0.5)
    state.apply(started(1))
    assert state.preparing is None


@pytest.mark.parametrize(
    ("event", "phase"),
    [
        (RunFailed(t=2, what="w", where="", remedy="", exit_code=1), "failed"),
        (RunStopped(t=2, signal="SIGTERM"), "stopped"),
    ],
)
def test_other_ends_and_going_on_after_them(event: AnyEvent, phase: str) -> None:
    state = replay([started(0), event])
    assert state.phase == phase
    assert event in (state.failure, state.stop)
    state.apply(Preparing(t=0.1, what="loading"))
    assert (state.phase, state.failure, state.stop) == ("preparing", None, None)
    state.apply(started(1))
    assert state.phase == "training"


def test_losses_have_positions_across_epochs() -> None:
    state = replay([started(), progress(1, 1, 2, 0.1, 0.2), progress(2, 1, 10, 0.3), progress(3, 2, 1, 0.4)])
    assert list(state.losses) == [0.1, 0.2, 0.3, 0.4]
    assert list(state.loss_steps) == [1, 2, 10, 11]
    assert (state.epoch, state.batch, state.step, state.fraction) == (2, 1, 11, 11 / 40)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=50))
def test_the_average_is_corrected_for_its_start(losses: list[float]) -> None:
    state = replay([started(epochs=1, batches=50), progress(1, 1, len(losses), *losses)])
    moment = 0.0
    for number, loss in enumerate(losses, 1):
        moment = EMA_DECAY * moment + (1 - EMA_DECAY) * loss
        assert state.ema[number - 1] == pytest.approx(moment / (1 - EMA_DECAY**number), abs=1e-9)


def test_a_loss_that_is_no_number_does_not_spoil_the_average() -> None:
    state = replay([started(), progress(1, 1, 4, math.nan, 0.5, math.inf, 0.5)])
    assert list(state.ema)[1:] == [0.5, 0.5, 0.5]


def test_epochs_points_best_and_rates() -> None:
    state = replay([started(), ended(1, 1, 0.5), ended(2, 2, 0.3), ended(3, 3, None), ended(4, 4, 0.3)])
    assert state.val_points == [(10, 0.5), (20, 0.3), (40, 0.3)]
    assert state.best_epoch == 2
    assert state.rates == {"conv1": 0.1, "out": 0.4}
    assert state.fraction == 1.0


def test_a_killed_run_that_goes_on_repeats_since_the_checkpoint() -> None:
    state = replay(
        [
            started(5),
            progress(10, 1, 10, *[1.0] * 10),
            ended(11, 1),
            CheckpointSaved(t=12, epoch=1, batch=0, weights=True),
            progress(20, 2, 10, *[2.0] * 10),
            ended(21, 2),
            progress(30, 3, 5, *[3.0] * 5),
        ]
    )
    assert state.last_t == 30
    assert state.checkpoint is not None
    assert state.checkpoint.epoch == 1
    before = list(state.ema)[:10]
    state.apply(Heartbeat(t=0.1, cpu=1, memory=1))
    assert state.phase == "preparing"
    assert state.last_t == pytest.approx(30.1)
    state.apply(started(4))
    assert state.last_t == 34
    state.apply(progress(5, 2, 3, 7.0, 8.0, 9.0))
    assert list(state.losses) == [1.0] * 10 + [7.0, 8.0, 9.0]
    assert list(state.loss_steps) == list(range(1, 14))
    assert list(state.ema)[:10] == before
    assert [end.epoch for end in state.epochs_ended] == [1]
    assert state.last_t == 35
    assert (state.epoch, state.batch) == (2, 3)


def test_the_average_goes_on_as_if_nothing_had_been_repeated() -> None:
    whole = replay([started(), progress(1, 1, 6, 1, 2, 3, 4, 5, 6)])
    torn = replay([started(), progress(1, 1, 5, 1, 2, 3, 9, 9), started(), progress(1, 1, 6, 4, 5, 6)])
    assert list(torn.ema) == pytest.approx(list(whole.ema))
    assert torn.losses == whole.losses
    assert torn.loss_steps == whole.loss_steps


def test_a_repeated_epoch_replaces_the_earlier_one() -> None:
    state = replay([started(), ended(1, 1, 0.5), ended(2, 2, 0.4), started(), ended(1, 2, 0.2)])
    assert [(end.epoch, end.val.loss) for end in state.epochs_ended] == [(1, 0.5), (2, 0.2)]


def test_batches_told_late_do_not_undo_their_epoch() -> None:
    state = replay([started(), progress(1, 1, 9, *[1.0] * 9), ended(2, 1), progress(2, 1, 10, 1.0)])
    assert [end.epoch for end in state.epochs_ended] == [1]


def test_time_left_ignores_pauses() -> None:
    story: list[AnyEvent] = [started(100), progress(110, 1, 10, *[0.5] * 10)]
    state = replay(story)
    assert state.eta() == pytest.approx(30)
    assert state.eta(114) == pytest.approx(26)
    assert state.eta(1000) == 0
    state.apply(Paused(t=111))
    assert state.eta(5000) == pytest.approx(29)
    state.apply(Resumed(t=511))
    assert state.eta() == pytest.approx(29)
    state.apply(progress(520, 2, 10, *[0.5] * 10))
    assert state.eta() == pytest.approx(20)
    state.apply(finished(530))
    assert state.eta() is None
    assert (state.last_t, state.held) == (530, 400)


def test_time_left_of_a_resumed_run_goes_by_the_present_trainer() -> None:
    slow: list[AnyEvent] = [
        started(0),
        progress(1000, 1, 10, *[0.5] * 10),
        RunStopped(t=1001, signal="SIGTERM"),
    ]
    state = replay([*slow, Preparing(t=0, what="loading"), started(5)])
    assert state.eta() is None
    state.apply(progress(6, 2, 1, 0.5))
    assert state.eta() == pytest.approx(29)


def test_a_pause_ends_with_the_next_batches_even_if_nobody_said_so() -> None:
    state = replay([started(), Paused(t=1), progress(2, 1, 1, 0.5)])
    assert state.phase == "training"


anything: st.SearchStrategy[AnyEvent] = st.one_of(
    st.builds(
        lambda t, epoch, batch, losses: progress(t, epoch, batch, *losses),
        st.floats(allow_nan=False),
        st.integers(-(10**30), 10**30) | st.integers(0, 5),
        st.integers(-(10**30), 10**30) | st.integers(0, 12),
        st.lists(st.floats(), max_size=15),
    ),
    st.builds(
        lambda t, epochs, batches: started(t, epochs=epochs, batches=batches),
        st.floats(allow_nan=False),
        st.integers(-(10**30), 10**30) | st.integers(0, 5),
        st.integers(-(10**30), 10**30) | st.integers(0, 12),
    ),
    st.builds(ended, st.floats(allow_nan=False), st.integers(-3, 12), st.none() | st.floats()),
    st.builds(lambda t: Paused(t=t), st.floats(allow_nan=False)),
    st.builds(lambda t: Resumed(t=t), st.floats(allow_nan=False)),
    st.builds(lambda t: RunStopped(t=t, signal="SIGTERM"), st.floats(allow_nan=False)),
    st.builds(lambda t: Preparing(t=t, what="x"), st.floats(allow_nan=False)),
)


@given(st.lists(anything, max_size=30))
@example([started(0, epochs=3, batches=1), ended(0, 3, None), started(0, epochs=-1, batches=-1)])
@example([started(0, epochs=3, batches=2), ended(0, 3, None), started(0, epochs=1, batches=-1)])
def test_no_story_breaks_it(story: list[AnyEvent]) -> None:
    state = RunState()
    latest = 0.0
    for event in story:
        state.apply(event)
        assert state.last_t >= latest
        latest = state.last_t
        assert 0.0 <= state.fraction <= 1.0
        assert (left := state.eta()) is None or 0.0 <= left < math.inf
        assert len(state.losses) == len(state.loss_steps) == len(state.ema)
        steps = list(state.loss_steps)
        assert steps == sorted(set(steps))
        epochs = [end.epoch for end in state.epochs_ended]
        assert epochs == sorted(set(epochs))
        assert isinstance(state.val_points, list)
        assert state.best_epoch in (None, *epochs)


def test_epochs_beyond_those_of_any_run_are_not_kept() -> None:
    state = replay(
        [started(epochs=10**6, batches=1), *(ended(1, epoch) for epoch in (1, 10_000, 10_001, 10**6))]
    )
    assert ([end.epoch for end in state.epochs_ended], state.epochs) == ([1, 10_000], 10_000)


def test_positions_too_large_for_any_run_change_nothing() -> None:
    state = replay(
        [started(epochs=10**30, batches=10**30), progress(1, 10**29, 10**29, 0.5), ended(2, 10**29)]
    )
    assert (list(state.losses), state.epochs_ended, state.step) == ([], [], 0)


def test_pace_and_use_of_the_machine_are_kept_and_trained_again_with_the_batches() -> None:
    state = replay(
        [
            started(epochs=2, batches=10),
            progress(1, 1, 4, 0.5),
            Heartbeat(t=2, cpu=50, memory=1, gpu_power=20.5),
            progress(3, 1, 8, 0.4),
            Heartbeat(t=4, cpu=60, memory=2),
        ]
    )
    assert (list(state.pace.steps), list(state.pace.times)) == ([4, 8], [1, 3])
    assert list(state.machine.steps) == [4, 8]
    assert state.machine.columns["gpu_power"][0] == 20.5
    assert math.isnan(state.machine.columns["gpu_power"][1])
    assert not state.has_gpu
    replay([started(epochs=2, batches=10), progress(1, 1, 6, 0.4)], state)
    assert (list(state.pace.steps), list(state.machine.steps)) == ([4, 6], [4])
