"""The run panel and the header line: where a run stands, in words and bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from snn_tui.render import meters, palette
from snn_tui.render.terminal import Terminal
from snn_tui.render.text import bytes_, count, learning_rate, metric, plain, rate, seconds
from snn_tui.runs.state import RunState
from snn_tui.values import METRICS, PUBLISHED, Scores

_SHORT = {
    "accuracy": "acc",
    "sensitivity": "sens",
    "specificity": "spec",
    "precision": "prec",
    "recall": "rec",
}
_FEWER = ("accuracy", "sensitivity", "specificity")
_METRIC_WIDTH = 6
_LABEL_WIDTH = 6


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


def run_panel(
    state: RunState,
    word: str,
    log: Sequence[str],
    width: int,
    height: int,
    terminal: Terminal,
    *,
    light: bool = False,
) -> RenderableType:
    """Progress, speed, use of the machine and firing rates; or how the run ended.

    Args:
        state: The run so far.
        word: Where it stands, from `run_word`.
        log: Last lines of its log, shown where it crashed.
        width: Cells a line at most.
        height: Lines at most.
        terminal: What may be drawn.
        light: Whether the terminal's background is light.
    """
    bad = palette.style("bad", terminal, light=light, bold=True)
    muted = palette.style("muted", terminal, light=light)
    lines: list[Text] = []
    if word == "crashed":
        lines.append(Text("the trainer vanished: r resumes it", bad))
        lines.append(Text("worker.log ends with:" if log else "worker.log is empty", muted))
        lines += [plain(line, terminal, "", width) for line in log[-max(1, height - 2) :]]
        return _stack(lines, height, terminal)
    if state.failure:
        lines.append(Text("failed", bad))
        failure = state.failure
        lines.append(plain(": ".join(part for part in (failure.where, failure.what) if part), terminal))
        if failure.remedy:
            lines.append(plain(f"try: {failure.remedy}", terminal, muted))
        for line in lines:
            line.no_wrap = False
        return Group(*lines)
    if state.started is None:
        what, done = state.preparing or ("starting the trainer", None)
        lines.append(plain(what, terminal))
        if done is not None:
            accent = palette.style("accent", terminal, light=light)
            lines.append(meters.meter(done, 1.0, min(width - 6, 40), terminal, accent) + f" {done:4.0%}")
        return _stack(lines, height, terminal)
    lines.append(_progress_line(state, word, width, terminal, light))
    lines += _in_lines(_speed(state, terminal), width)
    if state.rates:
        firing = Text.assemble(("firing  ", muted), meters.rates_line(state.rates, terminal, light=light))
        if firing.cell_len > width:
            shares = [f"{_words(layer, 20, terminal)} {rate(share)}" for layer, share in state.rates.items()]
            firing = Text.assemble(("firing ", muted), " ".join(shares))
        lines.append(firing)
    lines += _data_lines(state, width, terminal, light)
    if state.result:
        lines += [Text(), *_test_lines(state.result.test, state, width, terminal, light)]
    return _stack(lines, height, terminal)


def _progress_line(state: RunState, word: str, width: int, terminal: Terminal, light: bool) -> Text:
    head = f"epoch {state.epoch}/{state.epochs} "
    if state.result:
        tail = f" 100% took {seconds(state.last_t)}"
    elif state.stop:
        tail = f" {state.fraction:4.0%} r resumes"
    else:
        eta = state.eta()
        tail = f" {state.fraction:4.0%} ETA {seconds(eta) if eta is not None else '-:--'}"
    role: palette.Role = "good" if state.result else "warn" if word in ("paused", "pausing") else "accent"
    room = max(4, width - len(head) - len(tail))
    bar = meters.meter(state.fraction, 1.0, room, terminal, palette.style(role, terminal, light=light))
    return Text.assemble(head, bar, tail)


def _speed(state: RunState, terminal: Terminal) -> list[str]:
    parts = []
    if state.images_per_s and state.result is None:
        parts.append(f"{count(round(state.images_per_s))} img/s")
    if state.lr is not None:
        parts.append(f"lr {learning_rate(state.lr)}")
    beat = state.heartbeat
    if beat:
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


def _data_lines(state: RunState, width: int, terminal: Terminal, light: bool) -> list[Text]:
    dataset = state.dataset
    if dataset is None:
        return []
    muted, warn = (palette.style(role, terminal, light=light) for role in ("muted", "warn"))
    sizes = [
        f"{_words(name, 20, terminal)} {count(n.normal + n.pneumonia)}" for name, n in dataset.after.items()
    ]
    dot = " · " if terminal.unicode else " - "
    lines = [
        Text(line.plain, muted)
        for line in _in_lines([_words(dataset.name, 40, terminal), dot.join(sizes)], width)
    ]
    if dataset.notice:
        lines.append(plain(f"{palette.symbol('warn', terminal)} {dataset.notice}", terminal, warn))
    return lines


def _test_lines(scores: Scores, state: RunState, width: int, terminal: Terminal, light: bool) -> list[Text]:
    """The seven metrics on test in three lines: names, this run's, the published."""
    fields = list(METRICS) if width >= _LABEL_WIDTH + 8 * _METRIC_WIDTH else list(_FEWER)
    head = "".join(f"{_SHORT.get(name, METRICS[name]):>{_METRIC_WIDTH}}" for name in fields)
    muted = palette.style("muted", terminal, light=light)
    bold = palette.style("good", terminal, light=light, bold=True)

    def row(label: str, value: object) -> str:
        return f"{label:<{_LABEL_WIDTH}}" + "".join(
            f"{metric(value(name), terminal).strip():>{_METRIC_WIDTH}}"  # type: ignore[operator]
            for name in fields
        )

    lines = [
        Text(" " * _LABEL_WIDTH + head + f"{'AUC':>{_METRIC_WIDTH}}", muted),
        Text(row("test", lambda name: getattr(scores, name)), bold),
    ]
    lines[1].append(f"{metric(scores.auc, terminal).strip():>{_METRIC_WIDTH}}", bold)
    synthetic = state.dataset is not None and state.dataset.synthetic
    if synthetic:
        lines.append(Text("synthetic images: not comparable with the study", muted))
    else:
        lines.append(Text(row("study", PUBLISHED.get), muted))
    return lines


def _stack(lines: Sequence[Text], height: int, terminal: Terminal) -> Group:
    for line in lines:
        line.no_wrap, line.overflow = True, "ellipsis" if terminal.unicode else "crop"
    return Group(*lines[: max(height, 1)])


def header(
    tabs: Sequence[tuple[str, str, bool]],
    facts: Sequence[str],
    word: str,
    width: int,
    terminal: Terminal,
    *,
    light: bool = False,
) -> Text:
    """The top line: the screens with their keys on the left, the run on the right.

    Args:
        tabs: Key, name, and whether it is the present one, of each screen.
        facts: Run, data, device, as far as known; dropped from the front where it is narrow.
        word: Where the run stands.
        width: Cells of the line.
        terminal: What may be drawn.
        light: Whether the terminal's background is light.
    """
    status = f"{palette.symbol(word, terminal)} {word} " if word != "idle" else ""
    left = _tabs(tabs, terminal, light)
    if left.cell_len + len(status) >= width:  # only the present screen by name, the others by their keys
        left = _tabs(
            [(key, name if present else "", present) for key, name, present in tabs], terminal, light
        )
    dot = " · " if terminal.unicode else " - "
    shown = [_words(fact, 40, terminal) for fact in facts if fact]
    while True:
        right = Text(dot.join([*shown, ""] if shown and status else shown) + ("" if status else " "))
        right.append(status, palette.style(_word_role(word), terminal, light=light, bold=True))
        gap = width - left.cell_len - right.cell_len
        if gap >= 1 or not shown:
            break
        shown = shown[:-1] if len(shown) > 1 else []
    line = Text.assemble(left, " " * max(gap, 1), right)
    line.no_wrap = True
    return line


def _tabs(tabs: Sequence[tuple[str, str, bool]], terminal: Terminal, light: bool) -> Text:
    line = Text(" snn-tui ", style="bold")
    for key, name, present in tabs:
        line.append(f" {key} ", palette.style("accent", terminal, light=light, bold=True))
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
