"""The run panel: progress, speed and firing rates of a run in training, or how it ended."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from snn_tui.render import meters, palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import (
    bytes_,
    count,
    learning_rate,
    plain,
    rate,
    seconds,
    side_by_side,
    time_left,
    wrapped,
)
from snn_tui.runs.diagnosis import diagnose
from snn_tui.runs.state import RunState
from snn_tui.tui.train.draw import outcome
from snn_tui.tui.train.draw.outcome import RunKeys
from snn_tui.values.firing import activity_word

_ALIVE = ("training", "pausing", "paused", "resuming")
"""States in which a trainer is at work; of one that is gone, the use of the machine says nothing."""


def run_panel(
    state: RunState, word: str, log: Sequence[str], keys: RunKeys, canvas: Canvas
) -> RenderableType:
    """Progress, speed, use of the machine and firing rates; or how the run ended.

    Args:
        state: The run so far.
        word: State of the run in one word, as of `Followed.word`.
        log: Last lines of its log, for a run that crashed or failed.
        keys: How the keys are written that are named.
        canvas: What it is drawn on.
    """
    progress = [_progress(state, word, keys, canvas)] if state.started else []
    remaining = canvas.resized(height=canvas.height - len(progress))
    if word == "gone":
        return _stack([*progress, *outcome.gone(remaining, keys)], canvas)
    if word == "queued":
        waits = f"waits for its job's turn in the cluster's queue; {keys.stop} takes it out"
        return _stack([*progress, plain(waits, canvas.terminal)], canvas)
    if word == "crashed":
        lines = outcome.crashed(log, remaining, own_loop=state.own_loop, keys=keys)
        return _stack([*progress, *lines], canvas)
    if state.failure:
        hint = "" if state.started else f": {keys.resume} tries again"
        return _stack([*progress, *outcome.failed(state.failure, log, canvas, hint=hint)], canvas)
    if state.started is None:
        return _stack(_preparing(state, keys, canvas), canvas)
    machine = [*map(Text, side_by_side(_machine(state, word, canvas.terminal), canvas.width))]
    firing, notices, data = _firing(state, canvas), _notices(state, canvas), _data(state, canvas)
    # What is seen elsewhere, too, comes last, where it may be cut: the data set and its sizes are on Data.
    facts = [*machine, *firing, *notices, *data]
    if state.result is None:
        return _stack([*progress, *facts], canvas)
    scores = outcome.final_scores(
        state.result.test,
        state.dataset is not None and state.dataset.synthetic,
        remaining,
        balanced=state.config is None or state.config.balance != "none",
        comparable=state.started is None or state.started.dataset.comparable,
        task=state.task,
    )
    if state.own_loop and state.result.test is None:
        scores = []
    if len(progress) + len(scores) + len(facts) > canvas.height:
        facts = [*notices, *firing, *machine, *data]  # of a run that ended, warnings matter most
    gap = [Text()] if len(progress) + len(scores) + len(facts) + 2 <= canvas.height else []
    return _stack([*progress, *gap, *scores, *gap, *facts], canvas)


def _preparing(state: RunState, keys: RunKeys, canvas: Canvas) -> list[Text]:
    if state.stop:
        return [Text(f"stopped before the first batch: {keys.resume} starts it again")]
    what, done = state.preparing or ("starting the trainer", None)
    lines = [plain(what, canvas.terminal)]
    if done is not None:
        bar = meters.meter(done, 1.0, min(canvas.width - 6, 40), canvas.terminal, canvas.style("accent"))
        lines.append(bar + f" {done:4.0%}")
    return lines


def _progress(state: RunState, word: str, keys: RunKeys, canvas: Canvas) -> Text:
    if state.endless and not state.result:
        words = f"epoch {state.epoch or 1} · step {count(state.step)} · {seconds(state.spent)}"
        return plain(words, canvas.terminal)
    head = f"epoch {state.epoch}/{state.epochs} "
    if state.own_loop and not state.result and word not in _ALIVE:
        tail = f" {state.fraction:4.0%}"
    elif state.result:
        tail = f" 100% took {seconds(state.spent)}"
    elif word == "gone":
        tail = f" {state.fraction:4.0%}"
    elif state.stop or state.failure or word == "crashed":
        tail = f" {state.fraction:4.0%} {keys.resume} resumes"
    else:
        tail = f" {state.fraction:4.0%} ETA {time_left(state.eta())}"
    role: palette.Role = "good" if state.result else "warn" if word in ("paused", "pausing") else "accent"
    room = max(4, canvas.width - len(head) - len(tail))
    bar = meters.meter(state.fraction, 1.0, room, canvas.terminal, canvas.style(role))
    return Text.assemble(head, bar, tail)


def _machine(state: RunState, word: str, terminal: Terminal) -> list[str]:
    """Speed, learning rate, use of processor and memory, and the device."""
    parts = []
    alive = word in _ALIVE
    if state.images_per_s and alive:
        parts.append(f"{count(round(state.images_per_s))} img/s")
    if state.lr is not None:
        parts.append(f"lr {learning_rate(state.lr)}")
    beat = state.heartbeat
    if beat and alive:
        parts.append(f"gpu {beat.gpu:.0f}%" if beat.gpu is not None else f"cpu {beat.cpu:.0f}%")
        parts.append(bytes_(beat.gpu_memory if beat.gpu_memory is not None else beat.memory))
    if state.started and state.started.device:
        parts.append(f"on {plain(state.started.device, terminal, limit=30)}")
    return parts


def _firing(state: RunState, canvas: Canvas) -> list[Text]:
    """Firing rate of each layer, with meters where there is room for them."""
    if not state.rates:
        return []
    muted = canvas.style("muted")
    word = "firing" if state.own_loop else activity_word(state.rates)
    line = Text.assemble((f"{word}  ", muted), meters.rates_line(state.rates, canvas))
    if line.cell_len <= canvas.width:
        return [line]
    head = f"{word} "
    shares = [
        f"{plain(name, canvas.terminal, limit=20)} {rate(share)}" for name, share in state.rates.items()
    ]
    rows = side_by_side(shares, canvas.width - len(head), gap=" ")
    return [
        Text.assemble((head if index == 0 else " " * len(head), muted), row) for index, row in enumerate(rows)
    ]


def _data(state: RunState, canvas: Canvas) -> list[Text]:
    """Name of the data set, and number of images of each split."""
    dataset, terminal = state.dataset, canvas.terminal
    if dataset is None:
        return []
    sizes = " · ".join(
        f"{plain(split, terminal, limit=20)} {count(size)}" for split, size in dataset.images.items()
    )
    parts = side_by_side([plain(dataset.name, terminal, limit=40).plain, sizes], canvas.width)
    return [plain(part, terminal, canvas.style("muted")) for part in parts]


def _notices(state: RunState, canvas: Canvas) -> list[Text]:
    """What is wrong with the training, and notes about it and the data set."""
    lines = []
    finding = diagnose(state)
    for notice in (
        finding.sentence if finding else "",
        *state.notes,
        state.dataset.notice if state.dataset else "",
    ):
        if notice:
            lines += wrapped(f"{canvas.symbol('warn')} {notice}", canvas, canvas.style("warn"))
    return lines


def _stack(lines: Sequence[Text], canvas: Canvas) -> Group:
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis" if canvas.unicode else "crop"
    return Group(*lines[: max(canvas.height, 1)])
