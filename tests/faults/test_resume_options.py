"""What may be changed when a run is resumed, and what may not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from faults.conftest import NewRun
from faults.forge import Answer, Forge
from faults.ledger import LEDGER
from faults.test_disk import clear_block
from faults.yard import content, draw_images, phase, results, same_end
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import read_config
from snn_tui.runs.summary import state_of

KIND = "resume with other options"


@pytest.fixture
def stopped(forge: Forge, made: NewRun) -> RunDir:
    """A run stopped in its second epoch."""
    run = made()
    assert forge.train(run, ("signals_itself", [15, 8])) == 143
    return run


def resume(forge: Forge, run: RunDir, *options: str) -> Answer:
    """`snn-tui --train-only --resume`."""
    return forge.command("--train-only", "--resume", str(run.path), *options)


def test_what_decides_the_result_is_kept(
    forge: Forge, stopped: RunDir, expected: dict[str, bytes], tmp_path: Path
) -> None:
    before = content(stopped)
    toml = tmp_path / "options.toml"
    toml.write_text("seed = 7\n")
    differing = {
        "--lr": ("0.5", "0.001 -> 0.5"),
        "--seed": ("5", "0 -> 5"),
        "--batch-size": ("4", "8 -> 4"),
        "--num-steps": ("9", "2 -> 9"),
        "--beta": ("0.1", "0.6 -> 0.1"),
        "--balance": ("none", "undersample -> none"),
        "--keep": ("best", "last -> best"),
        "--name": ("other", "-> other"),
    }
    tries = [[(flag, given, words)] for flag, (given, words) in differing.items()]
    tries.append([(flag, given, words) for flag, (given, words) in differing.items()])
    for options in tries:
        LEDGER.hit(KIND)
        answer = resume(forge, stopped, *(part for flag, given, _ in options for part in (flag, given)))
        clear_block(answer, 2)
        for flag, _, words in options:
            assert flag in answer.err
            assert words in answer.err
        LEDGER.survived(KIND)
    for more in (
        ["--epochs", "1"],
        ["--demo"],
        ["--config", str(toml)],
        ["--epochs", "0"],
        ["--device", "x"],
    ):
        LEDGER.hit(KIND)
        clear_block(resume(forge, stopped, *more), 2)
        LEDGER.survived(KIND)
    assert content(stopped) == before
    # The same values again are no difference.
    assert resume(forge, stopped, "--lr", "1e-3", "--seed", "0", "--keep", "last").code == 0
    same_end(stopped, expected, KIND)


def test_more_epochs_another_place_another_device(
    forge: Forge, stopped: RunDir, undisturbed: object, images: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved.npz"
    shutil.copy(images, moved)
    LEDGER.hit(KIND)
    answer = resume(forge, stopped, "--epochs", "5", "--data", str(moved), "--device", "cpu")
    assert answer.code == 0, answer.err
    config = read_config(stopped)
    assert (config.epochs, config.data) == (5, str(moved))
    assert len(state_of(stopped).epochs_ended) == 5
    there = undisturbed(epochs=5, data=str(moved), dataset="pneumoniamnist")  # type: ignore[operator]
    same_end(stopped, there, KIND)
    LEDGER.survived(KIND)


def test_other_images_are_refused(
    forge: Forge, stopped: RunDir, expected: dict[str, bytes], images: Path, tmp_path: Path
) -> None:
    other = draw_images(tmp_path, seed=1)
    weights = stopped.weights.read_bytes()
    LEDGER.hit(KIND)
    answer = resume(forge, stopped, "--data", str(other))
    clear_block(answer)
    assert "the images are not those the run began with" in answer.err
    assert stopped.weights.read_bytes() == weights
    LEDGER.survived(KIND)
    LEDGER.hit(KIND)
    missing = resume(forge, stopped, "--data", str(tmp_path / "none.npz"))
    clear_block(missing, 3)
    LEDGER.survived(KIND)
    assert resume(forge, stopped, "--data", str(images)).code == 0
    same_end(stopped, expected, KIND)


def test_a_finished_run_needs_more_epochs(forge: Forge, made: NewRun, undisturbed: object) -> None:
    run = made()
    assert forge.train(run) == 0
    before = content(run)
    for options in ([], ["--epochs", "3"]):
        LEDGER.hit(KIND)
        answer = resume(forge, run, *options)
        clear_block(answer)
        assert "finished, with all of its 3 epochs" in answer.err
        assert content(run) == before
        LEDGER.survived(KIND)
    LEDGER.hit(KIND)
    assert resume(forge, run, "--epochs", "5").code == 0
    same_end(run, undisturbed(epochs=5), KIND)  # type: ignore[operator]
    LEDGER.survived(KIND)


def test_without_a_checkpoint_it_starts_over(forge: Forge, made: NewRun, expected: dict[str, bytes]) -> None:
    run = made()
    LEDGER.hit(KIND)
    assert forge.train(run, ("dies_before", ["batch", 5])) == -9
    assert not run.resume_state.exists()
    answer = resume(forge, run)
    assert answer.code == 0, answer.err
    assert phase(run) == "finished"
    assert [end.epoch for end in state_of(run).epochs_ended] == [1, 2, 3]
    assert results(run) == expected
    LEDGER.survived(KIND)
