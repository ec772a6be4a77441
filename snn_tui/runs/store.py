"""Run directories: making, reading, listing and finding them."""

from __future__ import annotations

import contextlib
import difflib
import functools
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from snn_tui.config.files import NEWER, from_json, to_json
from snn_tui.config.paths import typed_path
from snn_tui.config.run_config import OPTIONS, RunConfig
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.beginning import last_begun
from snn_tui.runs.files import failure, read_bounded, write_atomic
from snn_tui.runs.rundir import CONFIG, EVENTS, STAMP, RunDir
from snn_tui.values.scores import Scores
from snn_tui.values.words import printable

FILE_LIMIT = 1 << 20
"""Largest config.json or metrics.json that is read, in bytes."""

NAMESAKES = 1000
"""Runs of one title that may start within one minute."""

_PACKAGE = Path(__file__).resolve().parents[1]
_NAMED = 6
_SEE_RUNS = "see which there are with `snn-tui runs`"


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """What `metrics.json` holds: the run's one evaluation on test.

    Args:
        test: Scores on the test split; None where the run was told never to read it.
        kept_epoch: The epoch the weights are of, counted from 1.
        synthetic: Whether the images were generated phantoms.
        dataset: Name of the data set.
    """

    test: Scores | None
    kept_epoch: int
    synthetic: bool
    dataset: str


def check_title(title: str) -> None:
    """Check that a run of one's own may have a title.

    Raises:
        UsageError: It cannot be the name of a folder, or names another run everywhere already.
    """
    OPTIONS["name"].check(title)
    if title == "last" or title in {run.name for run in shipped_runs()}:
        taken = "the run that began last" if title == "last" else "a run that came with the program"
        raise UsageError(f"{title!r} names {taken}", where="--name", remedy="choose another name")


def create(root: Path, config: RunConfig, now: datetime) -> RunDir:
    """Make the directory of a new run, `2026-11-23T2150-paper-s4`, with its `config.json`.

    Args:
        root: Where runs are kept; made if only its last part is missing.
        now: The time in the name: local if it has no time zone, else turned into local time.

    Raises:
        RunError: The root cannot be made or written to.
        UsageError: The configuration's title cannot be the name of a folder.
    """
    check_title(config.title)
    local = now.astimezone() if now.tzinfo else now
    name = f"{local.strftime(STAMP)}-{config.title}"
    with _made(root):
        run = RunDir(_new_folder(root, name))
    try:
        _write_config(run, config)
    except RunError:
        with contextlib.suppress(OSError):
            run.path.rmdir()
        raise
    return run


def create_named(root: Path, name: str, config: RunConfig) -> RunDir:
    """Make the directory of a run whose name was settled before, or what is missing of it.

    Whoever was killed amid it, or afterwards, may call it again: a configuration that is there stays.

    Args:
        root: Where runs are kept; made if only its last part is missing.
        name: The directory's name; it ends with the configuration's title.
        config: The configuration.

    Raises:
        RunError: The root or the directory cannot be made or written to.
        UsageError: The configuration's title cannot be the name of a folder.
    """
    check_title(config.title)
    run = RunDir(root / name)
    with _made(root):
        run.path.mkdir(exist_ok=True)
    if not os.path.lexists(run.config):
        _write_config(run, config)
    return run


@contextlib.contextmanager
def _made(root: Path) -> Iterator[None]:
    """Make the folder of runs, and say what stands in the way of it, or of a folder in it."""
    try:
        root.mkdir(exist_ok=True)
        yield
    except (FileExistsError, NotADirectoryError) as error:
        where = printable(str(root))
        raise RunError("not a folder", where=where, remedy="choose another one with --runs-dir") from error
    except OSError as error:
        raise failure(error, root) from error


def _write_config(run: RunDir, config: RunConfig) -> None:
    write_atomic(run.config, to_json(with_absolute_data(config)))


def with_absolute_data(config: RunConfig) -> RunConfig:
    """The configuration with an absolute path of its data file: the run is used from other folders, too."""
    if config.data is None:
        return config
    return msgspec.structs.replace(config, data=os.path.abspath(typed_path(config.data)))


def _new_folder(root: Path, name: str) -> Path:
    for number in range(1, NAMESAKES + 1):
        path = root / (name if number == 1 else f"{name}-{number}")
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path
    raise RunError(
        f"there are {NAMESAKES} runs called {name}",
        where=printable(str(root)),
        remedy="give the run a --name",
    )


def read_config(run: RunDir) -> RunConfig:
    """The configuration of a run, every value checked.

    Raises:
        RunError: It is missing, unreadable, too large, or not a configuration.
    """
    where = printable(str(run.config))
    try:
        return from_json(read_bounded(run.config, FILE_LIMIT))
    except FileNotFoundError:
        raise RunError("there is no such file, so this is no run", where=where, remedy=_SEE_RUNS) from None
    except UsageError as error:
        what = printable(": ".join(part for part in (error.where, error.what) if part))
        damaged = "the file is damaged, or of a newer version; train the run again, or install that version"
        raise RunError(what, where=where, remedy=NEWER if error.remedy == NEWER else damaged) from error


def read_network_config(run: RunDir) -> RunConfig:
    """The configuration of a run whose network this program knows, to train it or to put images through it.

    Raises:
        RunError: As `read_config` does, and where a training loop of the user's own wrote the run.
    """
    config = read_config(run)
    if config.own_loop:
        raise RunError(
            "written by a training loop of your own, whose network snn-tui does not have",
            where=printable(run.name),
            remedy="look at it on Train, Runs and Inspect; your program trains and evaluates it",
        )
    return config


def read_metrics(run: RunDir) -> Metrics | None:
    """The final scores of a run, None where it has none yet.

    Raises:
        RunError: The file is there but unreadable, too large, or not what it should be.
    """
    try:
        return msgspec.json.decode(read_bounded(run.metrics, FILE_LIMIT), type=Metrics)
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:  # msgspec's and Unicode's errors are ValueErrors
        raise RunError(
            f"not a table of metrics: {printable(str(error))}",
            where=printable(str(run.metrics)),
            remedy="the file is damaged; remove it, or train the run again",
        ) from error


def write_metrics(run: RunDir, metrics: Metrics) -> None:
    """Write `metrics.json`, atomically.

    Raises:
        RunError: It cannot be written.
    """
    write_atomic(run.metrics, msgspec.json.format(msgspec.json.encode(metrics), indent=2) + b"\n")


def list_runs(root: Path) -> list[RunDir]:
    """The runs in a folder, newest first, broken ones too; none where the folder is missing or unreadable."""
    try:
        with os.scandir(root) as entries:
            runs = [RunDir(root / entry.name) for entry in entries]
    except OSError:
        return []
    aged = [(_age(run, written), run) for run in runs if (written := _written(run)) is not None]
    return [run for _, run in sorted(aged, key=lambda pair: pair[0], reverse=True)]


def _written(run: RunDir) -> float | None:
    """Modification time of the configuration, else of the events; None where there is neither, so no run.

    One look at the file system for most runs: there may be ten thousand, on a disk far away. Joining a `Path`
    and a name would take as long as the look.
    """
    folder = str(run.path)
    for name in (CONFIG, EVENTS):
        with contextlib.suppress(OSError):
            return os.lstat(f"{folder}{os.sep}{name}").st_mtime
    return None


def _age(run: RunDir, written: float) -> tuple[float, float, int, str]:
    """Sorts by the stamp in the name, which survives copying; within a minute by the configuration's time."""
    minute = run.stamped_at
    if minute is None:
        minute = written // 60 * 60
    return minute, written, len(run.name), run.name


def shipped_runs() -> list[RunDir]:
    """The checkpoints that come with the program, by name.

    They lie inside an installed package; in a source checkout, in `checkpoints/` beside it.
    """
    for folder in (_PACKAGE / "shipped", _PACKAGE.parent / "checkpoints"):
        found = sorted((run for run in list_runs(folder) if run.shipped), key=lambda run: run.name)
        if found:
            return found
    return []


def label(run: RunDir) -> str:
    """What to call a run where one is meant: its title, or its whole name where another run has that title.

    Args:
        run: The run; others are looked for in its folder.
    """
    folder = run.path.parent
    try:
        changed = os.stat(folder).st_mtime_ns
    except OSError:
        return run.title
    return run.name if run.title in _common_titles(folder, changed) else run.title


@functools.lru_cache(maxsize=4)
def _common_titles(folder: Path, changed: int) -> frozenset[str]:
    """Titles that several runs of a folder have; `changed` is the folder's time, for the cache to go by."""
    try:
        counted = Counter(RunDir(folder / name).title for name in os.listdir(folder))
    except OSError:
        return frozenset()
    return frozenset(title for title, number in counted.items() if number > 1)


def has_checkpoint(run: RunDir) -> bool:
    """Whether a run has weights, or a graph, to evaluate."""
    return os.path.lexists(run.weights) or os.path.lexists(run.graph)


def find(reference: str, root: Path, usable: Callable[[RunDir], bool] = lambda run: True) -> RunDir:
    """The run somebody means.

    Args:
        reference: A path; `last`, the run in `root` that began last, is usable and is not shipped; or a name,
            a title (the name without its time stamp), or the beginning of either. Shipped runs are found by
            name too.
        root: Where runs are kept.
        usable: Whether a run can be `last`, such as `has_checkpoint`, as long as there is such a run.

    Raises:
        RunError: There is none, or more than one, with the candidates or the nearest names.
    """
    runs = list_runs(root)
    if reference == "last":
        own = [run for run in runs if not run.shipped]
        # Where none is usable, the last one is named by the error of whoever wanted to use it.
        last = last_begun(filter(usable, own)) or last_begun(own)
        if last is not None:
            return last
        what = "no run has begun yet" if own else "there is no run yet"
        raise RunError(what, where=printable(str(root)), remedy="train one, or give --runs-dir")
    shown = repr(printable(reference, 80))
    if "\0" not in reference and (os.sep in reference or reference in (".", "..") or reference[:1] == "~"):
        run = RunDir(Path(os.path.abspath(typed_path(reference))))
        if run.exists:
            return run
        raise RunError(f"there is no run at {shown}", remedy=_SEE_RUNS)

    # A run of one's own goes before a shipped one of the same name.
    known = {run.name: run for run in [*shipped_runs(), *reversed(runs)]}
    if reference in known:
        return known[reference]
    newest_first = list(known.values())[::-1]
    same_title = [run for run in newest_first if run.title == reference]
    begins = [
        run
        for run in newest_first
        if reference and (run.name.startswith(reference) or run.title.startswith(reference))
    ]
    matches = same_title or begins
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise RunError(f"{shown} could be {_some(matches)}", remedy="give more of the name")
    names = {word: run for run in newest_first for word in (run.name, run.title)}
    near = [names[word] for word in difflib.get_close_matches(reference[:200], names, n=3)]
    hint = f"; the nearest are {_some(list(dict.fromkeys(near)))}" if near else ""
    raise RunError(f"there is no run {shown}{hint}", where=printable(str(root)), remedy=_SEE_RUNS)


def _some(runs: list[RunDir]) -> str:
    """Names of runs: all of a few, six of many."""
    few = runs if len(runs) <= _NAMED + 1 else runs[:_NAMED]
    names = ", ".join(printable(run.name, 80) for run in few)
    others = f"{len(runs) - len(few):,}".replace(",", " ")
    return names if few is runs else f"{names} and {others} others"
