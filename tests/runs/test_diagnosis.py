"""What is found wrong with a training, when it begins, when it ends, and that healthy runs have nothing."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from runs.samples import DATASET, scores, started
from snn_tui.config.build import build
from snn_tui.config.loop import of_loop
from snn_tui.runs import events
from snn_tui.runs.diagnosis import Doctor, Finding, diagnose, leaks
from snn_tui.runs.state import RunState, replay
from snn_tui.runs.store import shipped_runs
from snn_tui.runs.summary import state_of
from snn_tui.values.scores import Scores

HEALTHY = {"conv1": 0.2, "out": 0.5}


def epoch(
    number: int, train: float | None = 0.5, val: float | None = 0.5, **changed: object
) -> events.EpochEnded:
    """An epoch of a network that tells the classes apart, but for what is changed."""
    sound: dict[str, object] = {"images": 270, "auc": 0.9, "rates": HEALTHY}
    judged = msgspec.structs.replace(scores(val), **{**sound, **changed})
    return events.EpochEnded(
        t=float(number), epoch=number, train_loss=train, val=judged, lr=1e-3, seconds=1.0
    )


def findings(*ended: events.EpochEnded, **options: object) -> list[str]:
    """The name of the finding after each epoch, empty where there is none."""
    doctor = Doctor(build(options), DATASET, 10)
    names = []
    for one in ended:
        doctor.epoch(one)
        names.append(doctor.finding.name if doctor.finding else "")
    return names


def guess(number: int, auc: float = 0.52, right: float = 0.5) -> events.EpochEnded:
    return epoch(number, auc=auc, sensitivity=right, specificity=0.5)


@pytest.mark.parametrize("run", shipped_runs(), ids=lambda run: run.name)
def test_a_shipped_run_has_nothing_wrong_after_any_of_its_epochs(run: object) -> None:
    state = state_of(run)  # type: ignore[arg-type]
    assert state.started is not None
    doctor = Doctor(state.started.config, state.started.dataset, state.batches)
    assert doctor.finding is None
    for ended in state.epochs_ended:
        doctor.epoch(ended)
        assert doctor.finding is None, ended.epoch


def test_a_network_at_chance_is_found_after_two_epochs_from_the_second_on_and_left_clearly() -> None:
    assert findings(guess(1), guess(2), guess(3), guess(4)) == ["", "", "chance", "chance"]
    assert findings(guess(1), guess(2, 0.7), guess(3), guess(4)) == ["", "", "", "chance"]
    # 0.57 would not have begun it, and does not end it.
    assert findings(guess(2), guess(3), guess(4, 0.57), guess(5, 0.61), guess(6, 0.57)) == [
        *("", "chance", "chance"),
        *("", ""),
    ]
    few = [epoch(number, auc=0.5, images=20, sensitivity=0.5, specificity=0.5) for number in (1, 2, 3)]
    assert findings(*few) == ["", "", ""]


def test_a_score_that_is_not_one_of_guessing_is_no_chance() -> None:
    backwards = [guess(number, auc=0.1) for number in (2, 3)]
    separable = [guess(number, auc=0.7) for number in (2, 3)]  # the study's second epoch
    assert findings(*backwards) == findings(*separable) == ["", ""]
    without = [epoch(number, auc=None, sensitivity=1.0, specificity=0.0) for number in (2, 3)]
    assert findings(*without) == ["", "chance"]


def test_a_silent_layer_is_found_at_once_and_a_silent_output_after_the_first_epoch() -> None:
    dead, quiet = {"conv1": 0.0, "out": 0.0}, {"conv1": 0.2, "out": 0.0}
    assert findings(epoch(1, rates=dead), epoch(2, rates=quiet), epoch(3)) == ["silent", "silent", ""]
    assert findings(epoch(1, rates=quiet), epoch(2, rates=quiet)) == ["", "silent"]
    assert findings(epoch(1, rates=quiet), epochs=1) == ["silent"]  # no other epoch will come


def test_a_saturated_layer_is_found_and_ends_below_its_threshold() -> None:
    rates = [{"conv1": rate, "out": 0.5} for rate in (0.97, 0.96, 0.92, 0.89, 0.92)]
    ended = [epoch(number, rates=one) for number, one in enumerate(rates, 1)]
    assert findings(*ended) == ["", "saturated", "saturated", "", ""]


def test_a_loss_that_runs_away_is_found_and_one_near_zero_that_doubles_is_not() -> None:
    losses = (0.7, 0.4, 0.79, 1.5, 0.51, 0.49)
    ended = [epoch(number, loss, 0.5) for number, loss in enumerate(losses, 1)]
    assert findings(*ended) == ["", "", "", "diverging", "diverging", ""]
    assert findings(epoch(1, 0.7), epoch(2, 0.7), epoch(3, 0.8)) == ["", "", ""]
    assert findings(epoch(1, 0.7), epoch(2, 0.01), epoch(3, 0.05)) == ["", "", ""]


def test_a_loss_that_is_no_number_is_found_and_comes_before_all_else() -> None:
    dead = epoch(2, 0.5, None, rates={"conv1": 0.0, "out": 0.0})
    assert findings(epoch(1), dead, epoch(3)) == ["", "not-finite", ""]


def test_overfitting_is_found_where_val_turns_while_train_falls() -> None:
    train = [0.6 - 0.02 * number for number in range(20)]
    turned = [*(0.6 - 0.02 * number for number in range(8)), *(0.46 + 0.02 * number for number in range(12))]
    falls = findings(*(epoch(n, *both) for n, both in enumerate(zip(train, turned, strict=True), 1)))
    assert falls[:10] == [""] * 10
    assert falls[-5:] == ["overfitting"] * 5
    assert "overfitting" not in findings(*(epoch(n, loss, loss) for n, loss in enumerate(turned, 1)))
    noisy = [0.4 if number % 2 else 0.42 for number in range(20)]
    assert set(findings(*(epoch(n, *both) for n, both in enumerate(zip(train, noisy, strict=True), 1)))) == {
        ""
    }


def test_a_sentence_stays_as_it_began_and_has_one_remedy() -> None:
    doctor = Doctor(build({"lr": 0.01}), DATASET, 10)
    for number in range(1, 6):
        doctor.epoch(guess(number))
    found = doctor.finding
    assert found is not None
    assert found.sentence == "the scores on val are those of a guess since epoch 2: try --norm batch"


def test_a_learning_rate_far_above_the_presets_is_the_first_thing_to_change() -> None:
    dead = {"conv1": 0.0, "out": 0.0}
    for given, remedy in (({"lr": 1.0}, "0.001"), ({"lr": 0.5, "preset": "plus", "ema": 0.0}, "0.005")):
        doctors = [Doctor(build(given), DATASET, 10) for _ in range(2)]
        for number in (1, 2, 3):
            doctors[0].epoch(guess(number))
            doctors[1].epoch(epoch(number, rates=dead))
        found = [doctor.finding for doctor in doctors]
        assert [one and one.name for one in found] == ["chance", "silent"]
        assert {one and one.remedy for one in found} == {f"try --lr {remedy}, as the preset has it"}


def test_an_average_of_weights_is_not_judged_before_it_is_one() -> None:
    dead = {"conv1": 0.0, "out": 0.0}
    assert findings(*(epoch(n, rates=dead) for n in (1, 2, 3)), ema=0.95) == ["", "silent", "silent"]


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        ("8 val images are in train, too", None),
        ("60 val images are in train, too; another", "11 % of val is known from train"),
        ("1 200 test images are of 40 groups that train has, too", "100 % of test is known from train"),
        ("nothing of the kind", None),
    ],
)
def test_leaks_are_found_where_they_are_many(notice: str, text: str | None) -> None:
    before = {"val": {"a": 300, "b": 224}, "test": {"a": 600, "b": 600}}
    found = leaks(msgspec.structs.replace(DATASET, notice=notice, before=before))
    assert (found.text.partition(", so")[0] if found else None) == text


def test_what_the_trainer_recorded_counts_and_else_it_is_found_anew() -> None:
    begun: list[events.AnyEvent] = [started(), *(guess(number) for number in (1, 2, 3))]
    found = diagnose(replay(begun))
    assert found is not None
    assert found.name == "chance"
    said = events.Diagnosed(t=4.0, name="other", text="wrong", remedy="mend it")
    assert diagnose(replay([*begun, said])) == Finding("other", "wrong", "mend it")
    assert diagnose(replay([*begun, said, events.Diagnosed(t=5.0)])) is None
    assert diagnose(RunState()) is None


def test_a_loop_of_ones_own_is_not_judged_by_losses_that_it_did_not_log() -> None:
    begun = msgspec.structs.replace(started(epochs=20), config=of_loop("mine", {}, 20))
    falling = [epoch(n, 1 / n, None if n % 2 else 0.6 - 0.02 * n) for n in range(1, 13)]
    for count in range(1, 13):  # val every second epoch
        assert diagnose(replay([begun, *falling[:count]])) is None, count
    first = [epoch(1, None, 0.7), *(epoch(n, 1 / n, 0.5 - 0.01 * n) for n in range(2, 9))]
    assert diagnose(replay([begun, *first])) is None
    rising = [*falling, epoch(13, 9.0), epoch(14, None)]
    found = diagnose(replay([begun, *rising]))
    assert found is not None
    assert (found.name, found.remedy) == ("diverging", "")


def test_the_scores_of_tasks_with_several_labels_are_compared_by_auc_alone() -> None:
    judged = Scores(images=100, loss=0.3, auc=0.8, balanced=0.5, rates=HEALTHY)
    assert judged.balanced_accuracy == 0.5
    ended = [msgspec.structs.replace(epoch(number), val=judged) for number in (2, 3)]
    assert findings(*ended) == ["", ""]


def test_the_page_names_every_finding() -> None:
    page = (Path(__file__).parents[2] / "docs" / "run-directory.md").read_text()
    for name in ("not-finite", "silent", "chance", "saturated", "diverging", "overfitting", "leaks"):
        assert f"`{name}` (" in page


def test_a_training_far_below_what_bench_measured_is_slow_until_it_is_quicker() -> None:
    dataset, images = msgspec.structs.replace(DATASET, sizes={"train": 3166}), 3166 + 270
    doctor = Doctor(build({}), dataset, 10, benched=images / 4)

    def after(number: int, seconds: float) -> str:
        doctor.epoch(msgspec.structs.replace(epoch(number), seconds=seconds))
        return doctor.finding.sentence if doctor.finding else ""

    assert after(1, 60.0) == ""  # it compiles
    assert after(2, 7.0) == ""
    assert f"at {images / 9:,.0f} images a second where bench measured {images / 4:,.0f} here" in after(
        3, 9.0
    )
    assert "snn-tui bench" in after(4, 7.0)
    assert after(5, 5.0) == ""
    doctor = Doctor(build({}), dataset, 10, benched=1e9)
    assert after(2, 1.0) == ""  # too short to say anything
