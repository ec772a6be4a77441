"""Checkpoints as bytes: back as they were, and nothing but an error from bytes that are none."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save

from snn_tui.config.layers import parse
from snn_tui.errors import RunError
from snn_tui.snn.network import NetworkSpec, SpikingNetwork
from snn_tui.training.checkpoint import (
    load_weights,
    state_from_bytes,
    state_to_bytes,
    weights_epoch,
    weights_to_bytes,
)
from training.tiny import Training

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
        assert file.metadata() == FACTS
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
        network.layers["conv1"].synapses[0].weight[0] = value
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
    assert state_from_bytes(state_to_bytes(state), "x").keys() == state.keys()


@pytest.mark.parametrize("length", [0, 1, 100, len(STATE) // 2, len(STATE) - 1])
def test_a_resume_state_cut_short_is_refused(length: int) -> None:
    with pytest.raises(RunError, match=r"resume\.pt"):
        state_from_bytes(STATE[:length], "resume.pt")


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_garbage_is_no_resume_state(content: bytes) -> None:
    with pytest.raises(RunError):
        state_from_bytes(content, "x")


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.lists(st.tuples(st.integers(0, len(STATE) - 1), st.integers(1, 255)), min_size=1, max_size=30))
@settings(max_examples=100)
def test_wrong_bytes_in_a_resume_state_raise_nothing_else(changes: list[tuple[int, int]]) -> None:
    broken = bytearray(STATE)
    for place, change in changes:
        broken[place] ^= change
    with contextlib.suppress(RunError):
        assert isinstance(state_from_bytes(bytes(broken), "x"), dict)


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.integers(0, 400), st.binary(min_size=1, max_size=20))
@settings(max_examples=100)
def test_a_garbled_pickle_within_a_resume_state_raises_nothing_else(place: int, patch: bytes) -> None:
    """The archive's checksums are right here, so that the pickle in it is read."""
    with contextlib.suppress(RunError):
        assert isinstance(
            state_from_bytes(repacked(lambda data: data[:place] + patch + data[place:]), "x"), dict
        )


def test_something_else_saved_by_torch_is_no_resume_state() -> None:
    buffer = io.BytesIO()
    torch.save([1, 2], buffer)
    with pytest.raises(RunError):
        state_from_bytes(buffer.getvalue(), "x")


class Bomb:
    """A pickle of this makes a folder when it is loaded."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._path),)


def repacked(change) -> bytes:
    """The resume state with its pickle changed, as a sound archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(STATE)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            new.writestr(entry.filename, change(data) if entry.filename.endswith("data.pkl") else data)
    return buffer.getvalue()


def test_a_resume_state_runs_no_code(tmp_path: Path) -> None:
    target = tmp_path / "exploded"
    bomb = pickle.dumps(Bomb(target), protocol=2)
    buffer = io.BytesIO()
    torch.save({"weights": Bomb(target)}, buffer)
    for content in (bomb, buffer.getvalue(), repacked(lambda data: bomb)):
        with pytest.raises(RunError):
            state_from_bytes(content, "x")
    assert not target.exists()
    pickle.loads(bomb)
    assert target.exists()  # so the bomb was a real one
