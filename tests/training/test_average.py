"""The average of weights: what it averages, and that a stopped run goes on with it."""

from __future__ import annotations

import pytest
import torch
from typed import synapses

from snn_tui.config.build import build
from snn_tui.config.layers import parse
from snn_tui.config.run_config import RunConfig
from snn_tui.errors import RunError
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.average import Average
from snn_tui.training.checkpoint import state_from_bytes, state_to_bytes
from snn_tui.training.outcomes import EpochTrained, Tested
from training.tiny import Training

PLUS = {
    "preset": "plus",
    "layers": "4C3-AP2-6C3-GAP",
    "epochs": 3,
    "batch_size": 16,
    "num_steps": 6,
    "train_steps": 3,
    "ema": 0.9,
}


def plus(**options: object) -> RunConfig:
    return build({**PLUS, **options})


def test_it_is_the_mean_of_what_it_was_given_at_first_and_forgets_later() -> None:
    network = SpikingNetwork(NetworkSpec(parse("1C3-MP2")))
    average = Average(network, 0.5)
    weight = synapses(network, "conv1")[0].weight
    name = "layers.conv1.synapses.0.weight"
    with torch.no_grad():
        weight.fill_(1.0)
        average.update(network)
        assert float(average.weights[name].mean()) == pytest.approx(
            0.9 + 0.1 * float(synapses(SpikingNetwork(network.spec), "conv1")[0].weight.mean())
        )
        for _ in range(40):
            average.update(network)
        weight.fill_(3.0)
        average.update(network)
    assert float(average.weights[name].mean()) == pytest.approx(2.0)


def test_val_and_the_end_are_judged_by_the_average_and_training_goes_on_from_the_weights() -> None:
    run = Training(plus()).run()
    trainer = run.trainer
    assert isinstance(run.steps[-1], Tested)
    judged, trained = trainer.evaluation_weights, trainer.state()["weights"]
    name = "layers.conv1.synapses.0.weight"
    assert torch.equal(run.network.state_dict()[name], judged[name])
    assert not torch.equal(trained[name], judged[name])
    plain = Training(plus(ema=0.0)).run()
    assert torch.equal(plain.network.state_dict()[name], trained[name])
    losses = [step.train_loss for step in run.steps if isinstance(step, EpochTrained)]
    assert losses == [step.train_loss for step in plain.steps if isinstance(step, EpochTrained)]


@pytest.mark.parametrize("stopped_after", [3, 4, 5, 7])
def test_a_stopped_run_goes_on_as_if_it_never_was(stopped_after: int) -> None:
    whole = Training(plus()).run()
    stopped = Training(plus()).run(stopped_after)
    state = state_from_bytes(state_to_bytes(stopped.trainer.state()), "x")
    again = Training(plus())
    again.trainer.load_state(state)
    again.run()
    assert again.weights == whole.weights
    assert [step.loss for step in again.batches] == [step.loss for step in whole.batches][
        -len(again.batches) :
    ]


def test_a_state_without_its_average_is_refused() -> None:
    state = Training(plus()).run(2).trainer.state()
    for broken in (None, {"steps": -1, "weights": state["average"]["weights"]}, {"steps": 1, "weights": {}}):
        content, other = state_to_bytes({**state, "average": broken}), Training(plus()).trainer
        with pytest.raises(RunError):
            other.load_state(state_from_bytes(content, "x"))
