"""The training loop: what it does in which order, that it can be repeated, and gone on with."""

from __future__ import annotations

import math

import msgspec
import pytest
import torch
from torch import Tensor
from typed import present, synapses

from snn_tui.config.run_config import RunConfig
from snn_tui.errors import TrainingError
from snn_tui.snn.encoding import Batch
from snn_tui.snn.engines.reference import ReferenceEngine
from snn_tui.training import loop, outcomes
from snn_tui.training.checkpoint import state_from_bytes, state_to_bytes, weights_to_bytes
from snn_tui.training.evaluate import evaluate
from snn_tui.training.group import RankLost
from snn_tui.training.order import drawn_steps
from snn_tui.training.outcomes import BatchTrained, EpochTrained
from training.tiny import CONFIG, SPLITS, Training


def with_(**options: object) -> RunConfig:
    """The quick configuration with some options changed."""
    return msgspec.structs.replace(CONFIG, **options)


@pytest.fixture(scope="module")
def whole() -> Training:
    """A training run to its end; for reading only."""
    return Training().run()


def test_every_epoch_shows_all_batches_then_val_and_test_comes_once_at_the_end(whole: Training) -> None:
    # 60 images in batches of 16: the last has 12.
    epoch = [BatchTrained, BatchTrained, BatchTrained, BatchTrained, EpochTrained]
    assert [type(step) for step in whole.steps] == epoch * 3 + [outcomes.Tested]
    assert [(step.epoch, step.batch, step.images) for step in whole.batches[:5]] == [
        (1, 1, 16),
        (1, 2, 16),
        (1, 3, 16),
        (1, 4, 12),
        (2, 1, 16),
    ]
    assert whole.trainer.batches == 4
    for epoch_ in whole.epochs:
        losses = [step.loss for step in whole.batches if step.epoch == epoch_.epoch]
        assert epoch_.train_loss == pytest.approx(sum(losses) / 4)


def test_training_learns(whole: Training) -> None:
    chance = math.log(2)  # the loss of a network that says nothing
    assert whole.epochs[-1].train_loss < min(whole.epochs[0].train_loss, chance) - 0.02


class Spy:
    """An engine that notes what it is to learn from, and learns nothing."""

    name = "spy"

    def __init__(self, training: Training) -> None:
        self.shown: list[tuple[list[int], int]] = []
        self.predict, self.num_steps = training.engine.predict, training.engine.num_steps
        self.spiking = training.engine.spiking
        self._network = training.network

    def learn(self, batch: Batch, labels: torch.Tensor, num_steps: int | None = None) -> float:
        """Note ids and draw."""
        self.shown.append((batch.ids.tolist(), int(batch.draws)))
        for parameter in self._network.parameters():
            parameter.grad = torch.zeros_like(parameter)
        return 1.0


def test_each_epoch_shows_every_image_once_in_another_order_and_another_coding() -> None:
    training = Training(with_(epochs=2))
    training.trainer._engine = spy = Spy(training)  # type: ignore[assignment]
    training.run()
    first = [number for ids, _ in spy.shown[:4] for number in ids]
    second = [number for ids, _ in spy.shown[4:] for number in ids]
    assert sorted(first) == sorted(second) == SPLITS["train"].ids.tolist()
    assert first != second
    assert first != sorted(first)
    assert [draw for _, draw in spy.shown] == [1] * 4 + [2] * 4


def test_the_learning_rate_drops_after_the_tenth_epoch() -> None:
    training = Training(with_(epochs=12, batch_size=60, num_steps=1, lr=1e-3)).run()
    assert [step.lr for step in training.epochs] == pytest.approx([1e-3] * 10 + [1e-4] * 2)
    assert [step.lr for step in training.batches] == pytest.approx([1e-3] * 10 + [1e-4] * 2)


def test_the_dropped_rate_is_the_one_adam_uses() -> None:
    """Adam's steps are about as large as its rate."""
    training = Training(with_(epochs=2, batch_size=60, lr=1e-3, lr_drop_epoch=1, lr_drop_factor=1e-3))
    moved = []
    before = [parameter.detach().clone() for parameter in training.network.parameters()]
    for step in training.trainer.run():
        if isinstance(step, BatchTrained):
            after = [parameter.detach().clone() for parameter in training.network.parameters()]
            pairs = zip(before, after, strict=True)
            moved.append(max(float((old - new).abs().max()) for old, new in pairs))
            before = after
    assert moved[0] == pytest.approx(1e-3, rel=0.01)
    assert moved[1] < 2e-6


def test_the_same_configuration_gives_the_same_weights(whole: Training) -> None:
    torch.manual_seed(99)
    torch.rand(7)
    again = Training().run()
    assert again.weights == whole.weights
    assert again.tested == whole.tested
    assert [step.loss for step in again.batches] == [step.loss for step in whole.batches]


def test_another_seed_gives_other_weights(whole: Training) -> None:
    other = Training(with_(seed=1)).run()
    assert other.weights != whole.weights
    assert [step.loss for step in other.batches] != [step.loss for step in whole.batches]


@pytest.mark.parametrize(
    ("stop", "keep", "position"),
    [
        (1, "last", (1, 1)),
        (4, "last", (1, 4)),  # all batches done, val not yet judged
        (5, "last", (1, 0)),
        (8, "last", (2, 3)),
        (8, "best", (2, 3)),
        (15, "best", (3, 0)),
    ],
)
def test_stopped_and_gone_on_with_is_as_if_never_stopped(
    whole: Training, stop: int, keep: str, position: tuple[int, int]
) -> None:
    # For the best to matter it has to come early: with too high a rate later epochs are worse.
    config = with_(keep=keep, lr=0.06, seed=1) if keep == "best" else CONFIG
    uninterrupted = whole if keep == "last" else Training(config).run()
    stopped = Training(config).run(stop)
    assert stopped.trainer.position == position
    saved = state_to_bytes(stopped.trainer.state())
    resumed = Training(config)
    resumed.trainer.load_state(state_from_bytes(saved, "resume.safetensors"))
    resumed.run()
    assert resumed.weights == uninterrupted.weights
    assert resumed.tested == uninterrupted.tested
    last, expected = (training.epochs[-1:] for training in (resumed, uninterrupted))
    for one, other in zip(last, expected, strict=False):
        assert (one.train_loss, one.val, one.improved) == (other.train_loss, other.val, other.improved)


def test_what_was_saved_does_not_change_with_further_training() -> None:
    training = Training().run(2)
    state = training.trainer.state()
    kept = state["weights"]["layers.out.synapses.1.bias"].clone()
    training.run(6)
    assert torch.equal(state["weights"]["layers.out.synapses.1.bias"], kept)


def test_at_the_end_the_last_weights_are_kept(whole: Training) -> None:
    assert whole.tested.kept_epoch == 3


def test_keep_best_ends_with_the_weights_of_the_lowest_val_loss() -> None:
    # A rate far too high, so that later epochs are worse than earlier ones.
    training = Training(with_(keep="best", epochs=5, lr=0.06, seed=1))
    after: dict[int, bytes] = {}
    for step in training.trainer.run():
        training.steps.append(step)
        if isinstance(step, EpochTrained):
            after[step.epoch] = training.weights
    losses = {step.epoch: present(step.val.loss) for step in training.epochs}
    best = min(losses, key=lambda epoch: (losses[epoch], epoch))
    assert best < 5  # else keeping the last would do as well
    assert training.tested.kept_epoch == best
    assert training.weights == after[best]
    assert training.tested.test == evaluate(training.engine, SPLITS["test"]).score()
    lowest = [min(list(losses.values())[:epoch]) for epoch in losses]
    previous = [float("inf"), *lowest[:-1]]
    assert [step.improved for step in training.epochs] == [
        loss < before for loss, before in zip(losses.values(), previous, strict=True)
    ]


def test_weights_that_are_no_numbers_stop_training_before_the_next_step() -> None:
    training = Training()
    with torch.no_grad():
        synapses(training.network, "conv2")[0].weight[0, 0, 0, 0] = float("nan")
    before = training.weights
    with pytest.raises(TrainingError) as error:
        training.run()
    assert training.weights == before
    assert error.value.where == "epoch 1, batch 1"
    assert "--lr" in error.value.remedy


@pytest.mark.parametrize("poison", [float("nan"), float("inf")])
def test_a_gradient_that_is_no_number_stops_training_with_good_weights(poison: float) -> None:
    training = Training()
    learn, calls = training.engine.learn, []

    def poisoned(batch: Batch, labels: torch.Tensor, num_steps: int | None = None) -> float:
        calls.append(training.weights)
        loss = learn(batch, labels, num_steps)
        if len(calls) == 6:
            synapses(training.network, "out")[1].bias.grad[0] = poison
        return loss

    training.engine.learn = poisoned  # type: ignore[method-assign]
    with pytest.raises(TrainingError) as error:
        training.run()
    assert error.value.where == "epoch 2, batch 2"
    assert training.weights == calls[-1]


def test_a_batch_says_how_long_its_gradient_is() -> None:
    made = Training(CONFIG)
    step = next(iter(made.trainer.run()))
    assert isinstance(step, BatchTrained)
    gradients = [present(parameter.grad).flatten() for parameter in made.network.parameters()]
    assert step.gradient_norm == pytest.approx(float(torch.cat(gradients).double().norm()), rel=1e-5)
    assert step.gradient_norm > 0


def test_a_loss_that_is_no_number_stops_training() -> None:
    training = Training()
    training.engine.learn = lambda *given: float("nan")  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match="nan"):
        training.run()


def test_evaluating_shows_all_images_in_order_and_changes_nothing(whole: Training) -> None:
    before = weights_to_bytes(whole.network.state_dict(), {})
    answers = evaluate(whole.engine, SPLITS["test"])
    assert answers.labels.tolist() == SPLITS["test"].labels.tolist()
    assert answers.score() == whole.tested.test
    assert weights_to_bytes(whole.network.state_dict(), {}) == before


def test_answers_do_not_depend_on_the_size_of_batches(
    whole: Training, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = evaluate(whole.engine, SPLITS["test"])
    monkeypatch.setattr("snn_tui.training.evaluate.BATCH_SIZE", 5)
    apart = evaluate(whole.engine, SPLITS["test"])
    assert (apart.decisions > 0).tolist() == (together.decisions > 0).tolist()
    assert apart.rates == pytest.approx(together.rates, rel=1e-5)
    assert apart.losses == pytest.approx(together.losses, rel=1e-6)


def test_a_trainer_does_nothing_before_it_is_run() -> None:
    assert isinstance(Training().trainer, loop.Trainer)
    assert Training().trainer.position == (0, 0)


def test_the_state_amid_a_batch_has_the_statistics_of_batch_norm_from_before_it() -> None:
    config = with_(norm="batch")
    before = Training(config).run(2)
    cut = Training(config)

    def learn_and_fail(batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        loss = ReferenceEngine.learn(cut.engine, batch, labels, num_steps)
        if len(cut.steps) == 2:
            raise RankLost("another process")
        return loss

    cut.engine.learn = learn_and_fail  # type: ignore[method-assign]
    with pytest.raises(RankLost):
        cut.run()
    expected, found = before.trainer.state()["weights"], cut.trainer.state()["weights"]
    changed = [name for name, value in cut.network.state_dict().items() if not value.equal(expected[name])]
    assert {name.rpartition(".")[2] for name in changed} >= {"running_mean", "running_var"}
    assert all(value.equal(expected[name]) for name, value in found.items())
    resumed = Training(config)
    resumed.trainer.load_state(cut.trainer.state())
    resumed.run()
    assert resumed.weights == Training(config).run().weights


def test_noise_is_learned_from_where_it_is_asked_for(whole: Training) -> None:
    config = msgspec.structs.replace(CONFIG, epochs=1)
    plain, noisy = (
        Training(msgspec.structs.replace(config, augment_noise=noise)).run(4).batches for noise in (0.0, 0.3)
    )
    assert [step.loss for step in plain] == [step.loss for step in whole.batches[:4]]
    assert [step.loss for step in noisy] != [step.loss for step in plain]


def test_a_batchs_number_of_steps_is_drawn_anew_and_the_same_when_gone_on_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = with_(random_steps="uniform", num_steps=8, train_steps=5, epochs=2)
    taken: list[int | None] = []
    learn = ReferenceEngine.learn

    def noted(self: ReferenceEngine, batch: Batch, labels: Tensor, num_steps: int | None = None) -> float:
        taken.append(num_steps)
        return learn(self, batch, labels, num_steps)

    monkeypatch.setattr(ReferenceEngine, "learn", noted)
    whole = Training(config).run()
    steps, drawn = list(taken), [drawn_steps(3, 1, batch, 4) for batch in range(400)]
    assert len(steps) == 8
    assert len(set(steps)) > 2
    assert all(step is not None and 1 <= step <= 5 for step in steps)
    assert all(80 <= drawn.count(number) <= 120 for number in range(1, 5))
    taken.clear()
    cut = Training(config).run(3)
    resumed = Training(config)
    resumed.trainer.load_state(cut.trainer.state())
    resumed.run()
    assert taken == steps
    assert resumed.weights == whole.weights
