"""Traces and weights that a training loop of one's own stores, of arrays of any library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch

import snn_tui
from snn_tui.api import tracing
from snn_tui.errors import RunError, UsageError
from snn_tui.runs.events import CheckpointSaved
from snn_tui.runs.manage import delete
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.tail import Tail
from snn_tui.runs.traces import MOST_TRACES, StoredTrace, read_trace, traces_of

RNG = np.random.default_rng(0)
SPIKES = RNG.integers(0, 2, (5, 3)).astype(np.float32)
MEMBRANES = RNG.normal(size=(5, 3)).astype(np.float32)


class Foreign:
    """An array of a library that has only numpy's protocol."""

    def __init__(self, values: np.ndarray[Any, Any]) -> None:
        self._values = values

    def __array__(self) -> np.ndarray[Any, Any]:
        return self._values


KINDS: dict[str, Callable[[np.ndarray[Any, Any]], Any]] = {
    "numpy": lambda array: array,
    "torch": torch.from_numpy,
    "gradient": lambda array: torch.from_numpy(array.astype(np.float32)).requires_grad_(),
    "bfloat16": lambda array: torch.from_numpy(array.astype(np.float32)).to(torch.bfloat16),
    "protocol": Foreign,
    "lists": lambda array: array.tolist(),
}


def stored(folder: Path, classes: tuple[str, ...] = ("a", "b", "c"), **parts: Any) -> StoredTrace:
    """A trace as it is read back."""
    with snn_tui.start("net", classes=classes, runs_dir=folder) as run:
        run.trace(**parts)
    (path,) = traces_of(RunDir(run.path))
    return read_trace(path)


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_any_library_are_stored_alike(kind: str, tmp_path: Path) -> None:
    of = KINDS[kind]
    image = np.arange(4.0).reshape(2, 2)
    conv = RNG.integers(0, 2, (5, 2, 2, 4)).astype(np.float32)
    trace = stored(
        tmp_path,
        image=of(image),
        input_spikes=of(conv),
        spikes={"conv": of(conv), "out": of(SPIKES)},
        membranes={"conv": of(conv), "out": of(SPIKES * 0.5)},
        label=2,
        name="first",
    )
    assert (trace.name, trace.outputs, trace.label, trace.steps) == ("first", ["a", "b", "c"], 2, 5)
    assert trace.spikes == SPIKES.tolist()
    assert trace.membranes == (SPIKES * 0.5).tolist()
    assert trace.picture is not None
    assert list(trace.picture.pixels) == [0, 85, 170, 255]
    (layer,) = trace.hidden
    assert (layer.name, layer.channels, layer.height, layer.width, layer.most) == ("conv", 2, 2, 4, None)
    assert [list(step) for step in layer.spikes] == conv.reshape(5, -1).tolist()
    assert trace.input is not None
    assert trace.input.spikes == layer.spikes


@pytest.mark.parametrize(
    ("shape", "kept"),
    [
        ((5, 7), (7, 1, 1)),
        ((5, 1, 7), (1, 1, 7)),
        ((5, 3, 4), (1, 3, 4)),
        ((5, 1, 3, 4), (1, 3, 4)),
        ((5, 1, 2, 3, 4), (2, 3, 4)),
    ],
    ids=str,
)
def test_layers_of_any_shape_have_time_first(
    shape: tuple[int, ...], kept: tuple[int, int, int], tmp_path: Path
) -> None:
    (layer,) = stored(tmp_path, spikes={"fc": np.ones(shape), "out": SPIKES}).hidden
    assert (layer.channels, layer.height, layer.width) == kept or shape == (5, 1, 7)
    assert layer.neurons * 5 == np.prod(shape)


@pytest.mark.parametrize(
    ("shape", "kept"),
    [((4, 6), (4, 6, 1)), ((1, 4, 6), (4, 6, 1)), ((3, 4, 6), (4, 6, 3)), ((4, 6, 3), (4, 6, 3)),
     ((2, 4, 6), (4, 6, 1)), ((1, 3, 4, 6), (4, 6, 3))],
    ids=str,
)  # fmt: skip
def test_images_of_any_shape_become_pictures(
    shape: tuple[int, ...], kept: tuple[int, int, int], tmp_path: Path
) -> None:
    picture = stored(tmp_path, image=torch.rand(shape), spikes=SPIKES).picture
    assert picture is not None
    assert (picture.height, picture.width, picture.channels) == kept


def test_colours_of_a_pixel_stand_beside_each_other(tmp_path: Path) -> None:
    image = np.array([[[1, 2]], [[3, 4]], [[5, 6]]], np.uint8)
    picture = stored(tmp_path, image=image, spikes=SPIKES).picture
    assert picture is not None
    assert list(picture.pixels) == [1, 3, 5, 2, 4, 6]


def test_what_is_no_spike_is_kept_as_levels(tmp_path: Path) -> None:
    (layer,) = stored(
        tmp_path, spikes={"fc": np.tile([0.0, 2.0, -1.0, np.nan, 1.0], (5, 1)), "out": SPIKES}
    ).hidden
    assert layer.most == 2.0
    assert list(layer.spikes[0]) == [0, 255, 0, 0, 128]


def test_of_very_many_outputs_those_that_lead_are_kept(tmp_path: Path) -> None:
    membranes = np.arange(100.0)[None].repeat(2, 0)
    trace = stored(tmp_path, (), membranes=membranes, label=0)
    assert trace.outputs == ["0", *map(str, range(37, 100))]
    assert trace.label == 0
    assert trace.membranes[0][-1] == 99.0


@pytest.mark.parametrize("membranes", [MEMBRANES, {"lif": np.ones((5, 9)), "readout": MEMBRANES}], ids=type)
def test_an_output_that_does_not_spike_has_membranes_only(membranes: Any, tmp_path: Path) -> None:
    trace = stored(tmp_path, spikes={"lif": np.ones((5, 9))}, membranes=membranes)
    assert [layer.name for layer in trace.hidden] == ["lif"]
    assert trace.spikes == []
    assert trace.membranes == MEMBRANES.tolist()


@pytest.mark.parametrize("kind", ["numpy", "lists"])
def test_membranes_of_hidden_layers_are_kept_as_levels(kind: str, tmp_path: Path) -> None:
    of = KINDS[kind]
    charged = np.tile([-1.0, np.nan, 0.5, np.inf], (5, 1))
    trace = stored(
        tmp_path,
        spikes={"lif": of(np.eye(5, 4)), "out": of(SPIKES)},
        membranes={"deep": of(charged), "lif": of(np.full((5, 4), 0.25)), "out": of(MEMBRANES)},
    )
    deep, lif = trace.hidden
    assert (deep.name, deep.spikes, deep.lowest, deep.highest) == ("deep", [], -1.0, 0.5)
    assert list(deep.membranes[4]) == [0, 0, 255, 255]
    assert (lif.name, lif.lowest, lif.highest, list(lif.membranes[0])) == ("lif", 0.25, 0.25, [0] * 4)
    assert [list(step) for step in lif.spikes] == np.eye(5, 4).tolist()
    assert np.allclose(trace.membranes, MEMBRANES)  # type: ignore[arg-type]


def test_membranes_of_a_hidden_layer_alone_leave_the_outputs_spikes(tmp_path: Path) -> None:
    trace = stored(
        tmp_path, spikes={"lif": np.ones((5, 9)), "out": SPIKES}, membranes={"lif": np.ones((5, 9))}
    )
    assert trace.spikes == SPIKES.tolist()
    assert trace.membranes == []
    assert [(layer.name, len(layer.membranes)) for layer in trace.hidden] == [("lif", 5)]


def test_of_more_layers_than_fit_the_largest_membranes_go_first(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "MOST_OF_LAYERS", 100)
    layers = {"a": np.ones((5, 9)), "b": np.ones((5, 5))}
    trace = stored(tmp_path, spikes={**layers, "out": SPIKES}, membranes={**layers, "out": SPIKES})
    assert [(layer.name, len(layer.spikes), len(layer.membranes)) for layer in trace.hidden] == [
        ("a", 5, 0),
        ("b", 5, 5),
    ]
    assert "membranes of a is left out" in caplog.text


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            {
                "spikes": {"fc": np.ones((5, 9)), "out": SPIKES},
                "membranes": {"fc": np.ones((5, 8)), "out": SPIKES},
            },
            "trace: membranes of fc: it has the shape [5, 8]",
        ),
        ({}, "trace: there is nothing of the output neurons"),
        ({"spikes": np.ones((5, 2, 3))}, "it has the shape [5, 2, 3]"),
        ({"spikes": SPIKES, "membranes": np.ones((4, 3))}, "membranes: it has the shape [4, 3]"),
        ({"spikes": {"fc": np.ones((4, 9)), "out": SPIKES}}, "trace: fc: it has the shape [4, 9]"),
        ({"spikes": SPIKES, "image": np.ones(9)}, "trace: image: it has the shape [9]"),
        ({"spikes": SPIKES, "image": "x.png"}, "trace: image: it has the shape []"),
    ],
)
def test_another_shape_is_refused_by_its_name(parts: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        stored(tmp_path, **parts)
    assert words in str(refused.value)
    assert refused.value.remedy


def test_a_layer_that_is_too_large_is_left_out_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    large = np.broadcast_to(np.float32(0), (5, 2_000_000))
    with snn_tui.start("net", runs_dir=tmp_path) as run:
        for _ in range(2):
            run.trace(spikes={"conv": large, "out": SPIKES})
    assert [read_trace(path).hidden for path in traces_of(RunDir(run.path))] == [[], []]
    assert len(caplog.records) == 1


def test_a_name_is_replaced_and_of_all_the_latest_stay(tmp_path: Path) -> None:
    with snn_tui.start("net", runs_dir=tmp_path) as run:
        run.trace(spikes=SPIKES, name="x")
        run.trace(spikes=SPIKES, name="x")
        assert len(traces_of(RunDir(run.path))) == 1
        for _ in range(MOST_TRACES):
            run.trace(spikes=SPIKES)
        run.trace(spikes=SPIKES, name="x")
    traces = [read_trace(path).name for path in traces_of(RunDir(run.path))]
    assert len(traces) == MOST_TRACES
    assert traces.count("x") == 1


def test_a_damaged_trace_is_refused(tmp_path: Path) -> None:
    with snn_tui.start("net", runs_dir=tmp_path) as run:
        run.trace(spikes=SPIKES)
    (path,) = traces_of(RunDir(run.path))
    content = path.read_text()
    for damaged in ("{", content.replace('"outputs":["0",', '"outputs":["0","0",')):
        path.write_text(damaged)
        with pytest.raises(RunError, match="not a trace"):
            read_trace(path)


def test_a_run_with_traces_and_weights_can_be_deleted(tmp_path: Path) -> None:
    with snn_tui.start("net", runs_dir=tmp_path) as run:
        run.trace(spikes=SPIKES)
        run.checkpoint({"w": SPIKES})
    delete(RunDir(run.path), tmp_path)
    assert not list(tmp_path.iterdir())


def test_weights_are_those_of_the_network(tmp_path: Path) -> None:
    model = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
    with snn_tui.start("net", runs_dir=tmp_path) as run:
        run.batch(1.0)
        run.checkpoint(model.state_dict())
    read = load_torch(run.path / "weights.safetensors")
    assert read.keys() == model.state_dict().keys()
    assert all(torch.equal(read[name], value) for name, value in model.state_dict().items())
    (saved,) = [
        event for event in Tail(run.path / "events.jsonl").poll() if isinstance(event, CheckpointSaved)
    ]
    assert (saved.epoch, saved.batch) == (1, 1)


def test_weights_of_numpy_keep_their_types(tmp_path: Path) -> None:
    kinds = ("float64", "float16", "int8", "uint16", "bool", ">i4")
    arrays = {name: np.arange(3).astype(name) for name in kinds}
    with snn_tui.start("net", runs_dir=tmp_path) as run:
        run.checkpoint({**arrays, "none": None})
    read = load_file(run.path / "weights.safetensors")
    assert read.keys() == arrays.keys()
    assert all((read[name] == array).all() for name, array in arrays.items())


@pytest.mark.parametrize(
    ("state", "words"),
    [({}, "there is no tensor in it"), ({"w": np.ones(2, complex)}, "it holds complex128")],
)
def test_weights_that_cannot_be_written_are_refused(
    state: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with snn_tui.start("net", runs_dir=tmp_path) as run, pytest.raises(UsageError, match=words):
        run.checkpoint(state)


def test_a_label_that_is_no_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no index of an output neuron"):
        stored(tmp_path, spikes=SPIKES, label="cat")
