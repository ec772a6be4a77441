"""The journal of a sweep, kept by Optuna, which is imported here alone: the trials, and what came of them.

Whatever reads or writes it holds the kernel's lock on the file, which dies with its process. What is asked
and told under one lock is thus never half seen by another process, and each record is a line: a line that
a killed process has not ended is cut off by the next one.

A trial's values come from a sampler of its own, seeded by the sweep's seed and the trial's number, and from
the trials told before. So a sweep that was interrupted asks what it would have asked.
"""

from __future__ import annotations

import fcntl
import importlib.util
import math
import os
import time
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from snn_tui.config.space import Space, Values
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.files import failure, open_to_append
from snn_tui.runs.sweep import SMALLER_IS_BETTER, STAMP_LENGTH, Plan, SweepDir, Trial, TrialState, title_of
from snn_tui.values.words import printable

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.storages import JournalStorage
    from optuna.trial import FrozenTrial

RANDOM_TRIALS = 10
"""Trials whose values are drawn evenly, before the sampler has learned enough to choose."""

PRUNED_AFTER = 5
"""Trials that are complete before one is pruned."""

LOCK_SECONDS = 120.0
"""How long another process may hold the journal; it takes milliseconds."""

FEWEST_FOR_IMPORTANCE = 10

_TAIL = 1 << 16
_RUN, _REASON, _EPOCH = "run", "reason", "epoch"  # what a trial has noted with it
_STATES: dict[str, TrialState] = {
    "RUNNING": "running",
    "WAITING": "running",
    "COMPLETE": "complete",
    "PRUNED": "pruned",
    "FAIL": "failed",
}


def check_installed() -> None:
    """Raise UsageError where Optuna is not installed."""
    if importlib.util.find_spec("optuna") is None:
        raise UsageError(
            "trials are chosen by Optuna, which is not installed",
            where="sweep",
            remedy="pip install 'snn-tui[sweep]'",
        )


class Journal:
    """The trials of a sweep. All methods but `held` are for whoever holds it.

    Args:
        path: The journal's file.
        plan: What the sweep is.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self._path = path
        self._plan = plan
        self._space = _distributions(plan.space)
        self._storage: JournalStorage | None = None
        self._study: optuna.Study | None = None
        self._told: dict[int, Trial] = {}
        self._importance: tuple[int, dict[str, dict[str, float]]] = (0, {})

    @contextmanager
    def held(self, give_up: Callable[[], bool] = lambda: False) -> Iterator[bool]:
        """Hold the journal, once no other process does; False where that was given up.

        Raises:
            RunError: It cannot be opened or locked, is damaged, or another process does not let go of it.
        """
        try:
            descriptor = open_to_append(self._path)
        except OSError as error:
            raise failure(error, self._path) from error
        try:
            if not self._locked(descriptor, give_up):
                yield False
                return
            _cut_torn_line(descriptor)
            self._open()
            yield True
        finally:
            os.close(descriptor)

    @property
    def trials(self) -> list[Trial]:
        """All trials, by number, without the one that a killed process has only half asked for."""
        found = []
        for frozen in self._frozen():
            trial = self._told.get(frozen.number)
            if trial is None:
                if _RUN not in frozen.user_attrs:
                    continue
                trial = self._trial(frozen)
                if trial.state != "running":
                    self._told[trial.number] = trial
            found.append(trial)
        return found

    def ask(self, name: Callable[[int], str]) -> Trial:
        """A new trial, with values and the name of its run.

        Args:
            name: Names the run of a trial by its number.
        """
        import optuna

        storage, _ = self._opened()
        # A study of its own for each trial: it keeps the trials that it has seen, for the sampler.
        study = optuna.load_study(study_name=self._plan.name, storage=storage)
        half = [frozen for frozen in self._frozen() if _RUN not in frozen.user_attrs]
        frozen = half[0] if half else storage.get_trial(storage.create_new_trial(study._study_id))
        sampler = self._sampler(frozen.number)
        chosen = sampler.sample_relative(study, frozen, sampler.infer_relative_search_space(study, frozen))
        for option, distribution in self._space.items():
            value = (
                chosen[option]
                if option in chosen
                else sampler.sample_independent(study, frozen, option, distribution)
            )
            internal = distribution.to_internal_repr(value)
            storage.set_trial_param(frozen._trial_id, option, internal, distribution)
        storage.set_trial_user_attr(frozen._trial_id, _RUN, name(frozen.number))
        return self._trial(storage.get_trial(frozen._trial_id))

    def report(self, number: int, epoch: int, value: float, *, last: bool) -> bool:
        """Note the objective after an epoch, and say whether the trial is to be pruned.

        Told once more, it says so again of the latest epoch: whoever noted it may have been killed before
        the trial was told. Of earlier epochs it was said already.

        Args:
            number: The trial.
            epoch: The epoch, from 1.
            value: The objective after it.
            last: Whether no epoch follows, so that there is nothing to prune.
        """
        from optuna.pruners import MedianPruner

        storage, study = self._opened()
        trial_id = storage.get_trial_id_from_study_id_trial_number(study._study_id, number)
        noted = storage.get_trial(trial_id).intermediate_values
        if epoch not in noted:
            storage.set_trial_intermediate_value(trial_id, epoch, value)
        if last or not self._plan.prune or epoch < max(noted, default=0):
            return False
        # The first fifth of the epochs says little about the last one.
        pruner = MedianPruner(PRUNED_AFTER, n_warmup_steps=1 + self._plan.recipe.epochs // 5)
        return pruner.prune(study, storage.get_trial(trial_id))

    def tell(
        self,
        number: int,
        state: TrialState,
        values: list[float] | None = None,
        *,
        reason: str = "",
        epoch: int | None = None,
    ) -> None:
        """Note what came of a trial; nothing where that is known already.

        Args:
            number: The trial.
            state: How it ended.
            values: The objectives of one that is complete.
            reason: Why it failed.
            epoch: The epoch after which it was pruned.
        """
        from optuna.trial import TrialState as State

        storage, study = self._opened()
        trial_id = storage.get_trial_id_from_study_id_trial_number(study._study_id, number)
        frozen = storage.get_trial(trial_id)
        if frozen.state.is_finished():
            return
        # What is noted with a trial comes first: nothing can be noted once its state is told.
        if reason:
            storage.set_trial_user_attr(trial_id, _REASON, reason)
        if epoch is not None:
            storage.set_trial_user_attr(trial_id, _EPOCH, epoch)
            values = [frozen.intermediate_values[epoch]]
        told = {"complete": State.COMPLETE, "pruned": State.PRUNED, "failed": State.FAIL}[state]
        storage.set_trial_state_values(trial_id, told, values)

    def importance(self) -> dict[str, dict[str, float]]:
        """Which share of the differences in each objective each option decides; empty for few trials.

        By PED-ANOVA, which compares the best tenth of the trials with all of them. Of more than 200 trials it
        is computed anew after each twentieth.
        """
        from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

        _, study = self._opened()
        complete = sum(trial.state == "complete" for trial in self.trials)
        at, found = self._importance
        if complete < FEWEST_FOR_IMPORTANCE or complete < at + max(1, complete // 200 * 20):
            return found
        found = {}
        for index, objective in enumerate(self._plan.objectives):
            sign = 1 if objective in SMALLER_IS_BETTER else -1

            def target(frozen: FrozenTrial, index: int = index, sign: int = sign) -> float:
                return sign * float(frozen.values[index])

            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                shares = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator(), target=target)
            found[objective] = {name: share for name, share in shares.items() if math.isfinite(share)}
        self._importance = complete, found
        return found

    def _locked(self, descriptor: int, give_up: Callable[[], bool]) -> bool:
        end, pause = time.monotonic() + LOCK_SECONDS, 0.002
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                pass
            except OSError as error:
                raise RunError(
                    f"the file system cannot lock it: {error.strerror}",
                    where=printable(str(self._path)),
                    remedy="keep the runs on a file system with flock, such as NFS 4",
                ) from error
            if give_up():
                return False
            if time.monotonic() > end:
                raise RunError(
                    "another process holds it and does not go on",
                    where=printable(str(self._path)),
                    remedy="see whether a sweep on this or another machine hangs, and end it",
                )
            time.sleep(pause)
            pause = min(2 * pause, 0.1)

    def _open(self) -> None:
        """Read what was written since."""
        import optuna
        from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

        class Held(JournalFileOpenLock):
            """Optuna's own lock is not needed: the file is locked already."""

            def acquire(self) -> bool:
                return True

            def release(self) -> None:
                return

        try:
            if self._storage is None:
                optuna.logging.set_verbosity(optuna.logging.ERROR)
                backend = JournalFileBackend(str(self._path), Held(str(self._path)))
                storage = optuna.storages.JournalStorage(backend)
                if not storage.get_all_studies():
                    self._check_new()
                    better = optuna.study.StudyDirection
                    storage.create_new_study(
                        [
                            better.MINIMIZE if name in SMALLER_IS_BETTER else better.MAXIMIZE
                            for name in self._plan.objectives
                        ],
                        self._plan.name,
                    )
                self._study = optuna.load_study(study_name=self._plan.name, storage=storage)
                self._storage = storage
            self._frozen()
        except (ValueError, KeyError, TypeError, AssertionError, RecursionError) as error:
            raise self._damaged(type(error).__name__) from error

    def _check_new(self) -> None:
        """Check that a journal without a study is of a new sweep; the plan is written after the study."""
        if SweepDir(self._path.parent).plan.exists():
            raise RunError(
                "the journal of this sweep, which has its trials, is gone or empty",
                where=printable(str(self._path)),
                remedy="bring it back, or sweep under another --name",
            )

    def _opened(self) -> tuple[JournalStorage, optuna.Study]:
        assert self._storage is not None
        assert self._study is not None
        return self._storage, self._study

    def _frozen(self) -> list[FrozenTrial]:
        storage, study = self._opened()
        return storage.get_all_trials(study._study_id, deepcopy=False)

    def _trial(self, frozen: FrozenTrial) -> Trial:
        run, epoch = frozen.user_attrs[_RUN], frozen.user_attrs.get(_EPOCH)
        state = _STATES[frozen.state.name]
        # Whoever wrote the file, a run is made in the folder of runs alone.
        if (
            not isinstance(run, str)
            or run != f"{run[:STAMP_LENGTH]}-{title_of(self._plan.name, frozen.number)}"
        ):
            raise self._damaged(f"trial {frozen.number} names no run")
        return Trial(
            number=frozen.number,
            run=run,
            state=state,
            params=dict(frozen.params),
            values=[float(value) for value in frozen.values or ()] if state == "complete" else [],
            epoch=epoch if isinstance(epoch, int) else None,
            reason=str(frozen.user_attrs.get(_REASON, "")),
        )

    def _damaged(self, what: str) -> RunError:
        return RunError(
            f"not a journal of this sweep: {what}",
            where=printable(str(self._path)),
            remedy="the file is damaged; sweep under another --name",
        )

    def _sampler(self, number: int) -> optuna.samplers.TPESampler:
        """Of several objectives, too: unlike NSGA-II it learns from few trials, and keeps no generations."""
        import optuna

        seed = zlib.crc32(f"{self._plan.recipe.seed}:{number}".encode())
        return optuna.samplers.TPESampler(n_startup_trials=RANDOM_TRIALS, seed=seed)


def _distributions(space: Space) -> dict[str, BaseDistribution]:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    found: dict[str, BaseDistribution] = {}
    for option, tried in space.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the last step may not reach the end of the range
            if isinstance(tried, Values):
                found[option] = CategoricalDistribution(tried.values)
            elif isinstance(tried.low, int) and isinstance(tried.high, int):
                found[option] = IntDistribution(tried.low, tried.high, tried.log, int(tried.step or 1))
            else:
                found[option] = FloatDistribution(tried.low, tried.high, tried.log, tried.step)
    return found


def _cut_torn_line(descriptor: int) -> None:
    """Cut off what a process that was killed has left of a line."""
    size = os.fstat(descriptor).st_size
    end = size
    while end:
        start = max(0, end - _TAIL)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)
