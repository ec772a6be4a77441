"""The run panel and the header line: where a run stands, in words and bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from snn_tui.render import meters, palette
from snn_tui.render.canvas import Canvas
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import bytes_, count, learning_rate, plain, rate, seconds
from snn_tui.runs.state import RunState
from snn_tui.tui.shared.draw import outcome

_GOING = ("training", "pausing", "paused", "resuming")


def run_word(state: RunState | None, *, dead: bool, paused: bool) -> str:
    """One word for where a run stands; `paused` is the request, which the trainer may not have seen yet."""
    if state is None:
        return "idle"
    if dead:
        return "crashed"
    if paused and state.phase == "training":
        return "pausing"
    if not paused and state.phase == "paused":
        return "resuming"
    return state.phase


def run_panel(state: RunState, word: str, log: Sequence[str], canvas: Canvas) -> RenderableType:
    """Progress, speed, use of the machine and firing rates; or how the run ended.

    Args:
        state: The run so far.
        word: Where it stands, from `run_word`.
        log: Last lines of its log, shown where it crashed or failed.
        canvas: What it is drawn on.
    """
    height, terminal = canvas.height, canvas.terminal
    progress = [_progress_line(state, word, canvas)] if state.started else []
    if word == "crashed":
        said = outcome.crashed(log, canvas.resized(height=height - len(progress)))
        return _stack([*progress, *said], height, terminal)
    if state.failure:
        hint = "" if state.started else ": r tries again"
        said = outcome.failed(state.failure, log, canvas, hint=hint)
        return _stack([*progress, *said], height, terminal)
    if state.started is None:
        return _stack(_preparing(state, canvas), height, terminal)
    facts = _in_lines(_speed(state, word, terminal), canvas.width)
    facts += _firing(state, canvas)
    facts += _data_lines(state, canvas)
    if state.result is None:
        return _stack([*progress, *facts], height, terminal)
    synthetic = state.dataset is not None and state.dataset.synthetic
    scores = outcome.final_scores(
        state.result.test,
        synthetic,
        canvas.resized(height=height - 1),
        balanced=state.config is None or state.config.balance != "none",
    )
    gap = [Text()] if len(progress) + len(scores) + len(facts) + 2 <= height else []
    return _stack([*progress, *gap, *scores, *gap, *facts], height, terminal)


def _preparing(state: RunState, canvas: Canvas) -> list[Text]:
    if state.stop:
        return [Text("stopped before the first batch: r starts it again")]
    what, done = state.preparing or ("starting the trainer", None)
    lines = [plain(what, canvas.terminal)]
    if done is not None:
        accent = canvas.style("accent")
        lines.append(
            meters.meter(done, 1.0, min(canvas.width - 6, 40), canvas.terminal, accent) + f" {done:4.0%}"
        )
    return lines


def _firing(state: RunState, canvas: Canvas) -> list[Text]:
    if not state.rates:
        return []
    muted = canvas.style("muted")
    line = Text.assemble(("firing  ", muted), meters.rates_line(state.rates, canvas))
    if line.cell_len > canvas.width:
        shares = [
            f"{_words(layer, 20, canvas.terminal)} {rate(share)}" for layer, share in state.rates.items()
        ]
        line = Text.assemble(("firing ", muted), " ".join(shares))
    return [line]


def _progress_line(state: RunState, word: str, canvas: Canvas) -> Text:
    head = f"epoch {state.epoch}/{state.epochs} "
    if state.result:
        tail = f" 100% took {seconds(state.last_t)}"
    elif state.stop or state.failure or word == "crashed":
        tail = f" {state.fraction:4.0%} r resumes"
    else:
        eta = state.eta()
        tail = f" {state.fraction:4.0%} ETA {seconds(eta) if eta is not None else '-:--'}"
    role: palette.Role = "good" if state.result else "warn" if word in ("paused", "pausing") else "accent"
    room = max(4, canvas.width - len(head) - len(tail))
    bar = meters.meter(state.fraction, 1.0, room, canvas.terminal, canvas.style(role))
    return Text.assemble(head, bar, tail)


def _speed(state: RunState, word: str, terminal: Terminal) -> list[str]:
    parts = []
    going = word in _GOING  # of a trainer that is gone, what it used says nothing
    if state.images_per_s and going:
        parts.append(f"{count(round(state.images_per_s))} img/s")
    if state.lr is not None:
        parts.append(f"lr {learning_rate(state.lr)}")
    beat = state.heartbeat
    if beat and going:
        parts.append(f"gpu {beat.gpu:.0f}%" if beat.gpu is not None else f"cpu {beat.cpu:.0f}%")
        parts.append(bytes_(beat.gpu_memory if beat.gpu_memory is not None else beat.memory))
    if state.started:
        parts.append(f"on {_words(state.started.device, 30, terminal)}")
    return parts


def _words(text: str, limit: int, terminal: Terminal) -> str:
    """A name made fit for the terminal; the dots in it, too, where there is no unicode."""
    return plain(text if terminal.unicode else text.replace(" · ", " - "), terminal, limit=limit).plain


def _in_lines(parts: Sequence[str], width: int) -> list[Text]:
    """Parts side by side, in as many lines as they need."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 2 + len(part) <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(part)
    return [Text(line) for line in lines]


def _data_lines(state: RunState, canvas: Canvas) -> list[Text]:
    dataset = state.dataset
    if dataset is None:
        return []
    muted, warn = (canvas.style(role) for role in ("muted", "warn"))
    sizes = [
        f"{_words(name, 20, canvas.terminal)} {count(n.normal + n.pneumonia)}"
        for name, n in dataset.after.items()
    ]
    dot = " · " if canvas.unicode else " - "
    lines = [
        Text(line.plain, muted)
        for line in _in_lines([_words(dataset.name, 40, canvas.terminal), dot.join(sizes)], canvas.width)
    ]
    if dataset.notice:
        notice = f"{canvas.symbol('warn')} {dataset.notice}"
        lines += outcome.wrapped(notice, canvas, warn)
    return lines


def _stack(lines: Sequence[Text], height: int, terminal: Terminal) -> Group:
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis" if terminal.unicode else "crop"
    return Group(*lines[: max(height, 1)])


def header(tabs: Sequence[tuple[str, str, bool]], facts: Sequence[str], word: str, canvas: Canvas) -> Text:
    """The top line: the screens with their keys on the left, the run on the right.

    Args:
        tabs: Key, name, and whether it is the present one, of each screen.
        facts: Run, data, device, as far as known; dropped from the front where it is narrow.
        word: Where the run stands.
        canvas: What it is drawn on.
    """
    status = f"{canvas.symbol(word)} {word} " if word != "idle" else ""
    left = _tabs(tabs, canvas)
    if (
        left.cell_len + len(status) >= canvas.width
    ):  # only the present screen by name, the others by their keys
        left = _tabs([(key, name if present else "", present) for key, name, present in tabs], canvas)
    dot = " · " if canvas.unicode else " - "
    shown = [_words(fact, 40, canvas.terminal) for fact in facts if fact]
    while True:
        right = Text(dot.join([*shown, ""] if shown and status else shown) + ("" if status else " "))
        right.append(status, canvas.style(_word_role(word), bold=True))
        gap = canvas.width - left.cell_len - right.cell_len
        if gap >= 1 or not shown:
            break
        shown = shown[:-1] if len(shown) > 1 else []
    line = Text.assemble(left, " " * max(gap, 1), right)
    line.no_wrap = True
    return line


def _tabs(tabs: Sequence[tuple[str, str, bool]], canvas: Canvas) -> Text:
    line = Text(" snn-tui ", style="bold")
    for key, name, present in tabs:
        line.append(f" {key} ", canvas.style("accent", bold=True))
        if name:
            line.append(name, "bold underline" if present else "").append(" ")
    return line


def _word_role(word: str) -> palette.Role:
    roles: dict[str, palette.Role] = {
        "training": "accent",
        "finished": "good",
        "failed": "bad",
        "crashed": "bad",
        "paused": "warn",
        "pausing": "warn",
        "stopping": "warn",
    }
    return roles.get(word, "muted")
