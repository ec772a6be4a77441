"""Checkpoints as bytes: back as they were, and nothing but an error from bytes that are none."""

from __future__ import annotations

import contextlib
import io
import json
import math
import pickle
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save
from typed import synapses

from snn_tui.config.layers import parse
from snn_tui.errors import RunError
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import (
    HEADER_LIMIT,
    load_initial,
    load_weights,
    state_from_bytes,
    state_to_bytes,
    weights_epoch,
    weights_to_bytes,
)
from training.tiny import CONFIG, Training

FACTS = {"epoch": "7", "preset": "paper", "dataset": "thörax", "synthetic": "true"}
WEIGHTS = weights_to_bytes(SpikingNetwork(NetworkSpec(), 3).state_dict(), FACTS)
STATE = state_to_bytes(Training().run(2).trainer.state())


def refuses(content: bytes) -> None:
    """Loading raises RunError naming the file, and leaves the network as it was."""
    network = SpikingNetwork(NetworkSpec(), 1)
    before = weights_to_bytes(network.state_dict(), {})
    with pytest.raises(RunError) as error:
        load_weights(network, content, "run/model.safetensors")
    assert error.value.where == "run/model.safetensors"
    assert error.value.remedy
    assert weights_to_bytes(network.state_dict(), {}) == before


def test_weights_come_back_to_the_last_bit() -> None:
    network = SpikingNetwork(NetworkSpec(), 1)
    load_weights(network, WEIGHTS, "x")
    assert weights_epoch(WEIGHTS) == 7
    for _ in range(10):  # the file of the same weights is the same, fit for a checksum
        assert weights_to_bytes(network.state_dict(), FACTS) == WEIGHTS


def test_any_reader_of_safetensors_understands_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(WEIGHTS)
    with safe_open(path, framework="pt") as file:
        assert file.metadata() == FACTS | {"format": "pt"}
        state = SpikingNetwork(NetworkSpec(), 3).state_dict()
        assert set(file.keys()) == set(state)
        assert all(torch.equal(file.get_tensor(name), value) for name, value in state.items())


def test_weights_that_do_not_say_their_epoch_are_of_epoch_0() -> None:
    assert weights_epoch(weights_to_bytes(SpikingNetwork(NetworkSpec()).state_dict(), {})) == 0
    assert weights_epoch(weights_to_bytes(SpikingNetwork(NetworkSpec()).state_dict(), {"epoch": "soon"})) == 0
    assert weights_epoch(b"") == 0


@pytest.mark.parametrize("length", [0, 7, 8, 100, len(WEIGHTS) // 2, len(WEIGHTS) - 1])
def test_a_weights_file_cut_short_is_refused(length: int) -> None:
    refuses(WEIGHTS[:length])


def test_a_weights_file_of_another_network_is_refused() -> None:
    refuses(save({"weight": torch.zeros(3)}))
    refuses(weights_to_bytes(SpikingNetwork(NetworkSpec(parse("12C5-MP2-16C3-MP2"))).state_dict(), {}))
    refuses(weights_to_bytes(SpikingNetwork(NetworkSpec()).double().state_dict(), {}))
    state = SpikingNetwork(NetworkSpec()).state_dict()
    refuses(save({**state, "more": torch.zeros(1)}))
    state.pop("layers.out.synapses.1.bias")
    refuses(save(state))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(value: float) -> None:
    network = SpikingNetwork(NetworkSpec())
    with torch.no_grad():
        synapses(network, "conv1")[0].weight[0] = value
    refuses(weights_to_bytes(network.state_dict(), {}))


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_garbage_is_no_weights_file(content: bytes) -> None:
    refuses(content)


@given(st.integers(0, len(WEIGHTS) - 1), st.integers(1, 255))
@settings(max_examples=50)
def test_one_wrong_byte_in_a_weights_file_raises_nothing_else(place: int, change: int) -> None:
    broken = bytearray(WEIGHTS)
    broken[place] ^= change
    try:
        load_weights(SpikingNetwork(NetworkSpec(), 1), bytes(broken), "x")
    except RunError:
        return
    assert isinstance(weights_epoch(bytes(broken)), int)


def test_the_resume_state_comes_back() -> None:
    state = state_from_bytes(STATE, "x")
    assert (state["epochs_done"], state["batches_done"], len(state["losses"])) == (0, 2, 2)
    assert (state["best_loss"], state["kept"], state["average"]) == (math.inf, None, None)
    assert state_to_bytes(state) == STATE


def test_everything_a_resume_state_can_hold_comes_back_to_the_last_bit() -> None:
    config = msgspec.structs.replace(CONFIG, keep="best", ema=0.9, norm="batch", optimizer="adamw")
    training = Training(config).run(7)
    state = training.trainer.state()
    content = state_to_bytes(state)
    assert state_to_bytes(training.trainer.state()) == content
    back = state_from_bytes(content, "x")
    assert back["kept"][0] == 1
    assert back["average"]["steps"] == state["average"]["steps"] > 0
    assert math.isfinite(back["best_loss"])
    for name in ("images", "epochs_done", "batches_done", "losses", "best_loss"):
        assert back[name] == state[name]
    for found, expected in (
        (back["weights"], state["weights"]),
        (back["average"]["weights"], state["average"]["weights"]),
        (back["kept"][1], state["kept"][1]),
        *((back["optimizer"]["state"][index], it) for index, it in state["optimizer"]["state"].items()),
    ):
        assert found.keys() == expected.keys()
        assert all(torch.equal(found[name], value) for name, value in expected.items())
    again = Training(config)
    again.trainer.load_state(back)
    assert state_to_bytes(again.trainer.state()) == content


def test_before_the_first_batch_there_is_little_to_keep() -> None:
    trainer = Training().trainer
    content = state_to_bytes(trainer.state())
    state = state_from_bytes(content, "x")
    assert (state["optimizer"]["state"], state["losses"]) == ({}, [])
    trainer.load_state(state)
    assert state_to_bytes(trainer.state()) == content


@pytest.mark.parametrize("length", [0, 1, 100, len(STATE) // 2, len(STATE) - 1])
def test_a_resume_state_cut_short_is_refused(length: int) -> None:
    with pytest.raises(RunError, match=r"resume\.safetensors"):
        state_from_bytes(STATE[:length], "resume.safetensors")


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_garbage_is_no_resume_state(content: bytes) -> None:
    with pytest.raises(RunError):
        state_from_bytes(content, "x")


@given(
    st.lists(
        st.tuples(st.integers(0, 6000) | st.integers(0, len(STATE) - 1), st.integers(1, 255)),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=100)
def test_wrong_bytes_in_a_resume_state_raise_nothing_else(changes: list[tuple[int, int]]) -> None:
    broken = bytearray(STATE)
    for place, change in changes:
        broken[place] ^= change
    with contextlib.suppress(RunError):
        Training().trainer.load_state(state_from_bytes(bytes(broken), "x"))


def changed_position(**changes: object) -> bytes:
    """The resume state with other values in its metadata."""
    length = int.from_bytes(STATE[:8], "little")
    header = json.loads(STATE[8 : 8 + length])
    position = json.loads(header["__metadata__"]["position"]) | changes
    header["__metadata__"]["position"] = json.dumps(position)
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + STATE[8 + length :]


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs_done": -1},
        {"epochs_done": 10**30},
        {"epochs_done": "3"},
        {"epochs_done": 1.5},
        {"epochs_done": True},
        {"batches_done": 1},
        {"batches_done": 10**9},
        {"best_loss": "low"},
        {"kept_epoch": 1},
        {"images": None},
    ],
)
def test_a_position_that_cannot_be_is_refused(changes: dict[str, object]) -> None:
    trainer = Training().trainer
    before = state_to_bytes(trainer.state())
    with pytest.raises(RunError):
        trainer.load_state(state_from_bytes(changed_position(**changes), "x"))
    assert state_to_bytes(trainer.state()) == before


def test_a_pickle_is_no_resume_state() -> None:
    buffer = io.BytesIO()
    torch.save({"weights": torch.zeros(3)}, buffer)
    for content in (buffer.getvalue(), pickle.dumps({"weights": 1})):
        with pytest.raises(RunError):
            state_from_bytes(content, "x")


def test_a_header_beyond_the_limit_is_not_read() -> None:
    text = b"{}" + b" " * HEADER_LIMIT
    content = len(text).to_bytes(8, "little") + text
    refuses(content)
    with pytest.raises(RunError):
        state_from_bytes(content, "x")


PLUS = NetworkSpec(parse("4C3-AP2-5C3-GAP"), padded=True, norm=True, learn_beta=True)


@pytest.mark.parametrize("neuron", ["leaky", "relu"])
def test_a_network_begins_with_another_ones_synapses_and_what_both_learn(neuron: str) -> None:
    theirs, network = SpikingNetwork(PLUS, 1), SpikingNetwork(replace(PLUS, neuron=neuron, beta=0.3), 2)
    with torch.no_grad():
        for name, value in theirs.named_parameters():
            value.fill_(0.8 if name.endswith("beta") else 0.25)
    load_initial(network, weights_to_bytes(theirs.state_dict(), {}), "there")
    state = network.state_dict()
    for name, value in theirs.state_dict().items():
        learned = ".synapses." in name or (name.endswith("beta") and "out" not in name)
        if learned and name in state:
            assert torch.equal(state[name], value), name
    if neuron == "leaky":
        assert state["layers.out.neurons.beta"] == pytest.approx(0.3), "it is not learned"
    back = SpikingNetwork(PLUS, 3)
    load_initial(back, weights_to_bytes(state, {}), "there")
    assert torch.equal(back.state_dict()["layers.conv2.synapses.0.weight"], torch.full((5, 4, 3, 3), 0.25))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (replace(PLUS, layers=parse("4C3-AP2-6C3-GAP")), "conv2 has weights of 5x4x3x3, and .* of 6x4x3x3"),
        (replace(PLUS, layers=parse("4C3-AP2-5C3-5C3-GAP")), "it has no layer conv3"),
        (replace(PLUS, layers=parse("4C3-AP2-GAP")), "it has a layer conv2"),
        (replace(PLUS, norm=False), "conv1 has batch norm, and this network's does not"),
        (replace(PLUS, layers=parse("4C3-5C3-GAP")), "conv1 has another pool"),
        (replace(PLUS, classes=3), "out has weights of 2x5, and this network's of 3x5"),
        (replace(PLUS, channels=3), "conv1 has weights of 4x1x3x3, and this network's of 4x3x3x3"),
    ],
)
def test_the_first_layer_that_differs_is_named(spec: NetworkSpec, words: str) -> None:
    content = weights_to_bytes(SpikingNetwork(PLUS, 1).state_dict(), {})
    network = SpikingNetwork(spec, 2)
    before = weights_to_bytes(network.state_dict(), {})
    with pytest.raises(RunError, match=words) as error:
        load_initial(network, content, "--init-from there")
    assert error.value.where == "--init-from there"
    assert weights_to_bytes(network.state_dict(), {}) == before
