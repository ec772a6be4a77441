"""NIR graphs in place of runs: `evaluate`, `inspect`, `runs add`, and what the inspector makes of them."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from evaluation.nir_networks import LIKE_PLUS, made_run, network_of

from cli.conftest import Command, Refused
from snn_tui.config.build import build
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.nir.writing import graph_bytes
from snn_tui.inspector import messages, model_messages, run_messages
from snn_tui.inspector.answers import Answers
from snn_tui.runs.manage import delete
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs
from snn_tui.runs.summary import summarise
from snn_tui.values.image_ref import SplitImage
from snn_tui.values.task import PNEUMONIA


@pytest.fixture
def graph(tmp_path: Path) -> Path:
    """A network like that of the preset plus, as a graph."""
    config = build(LIKE_PLUS)
    path = tmp_path / "my net.nir"
    path.write_bytes(graph_bytes(network_of(config), config, PNEUMONIA))
    return path


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A fully connected network that says nothing of steps, input or reset, and takes flat images."""
    rng = np.random.default_rng(2)

    def lif(number: int) -> nir.LIF:
        full = np.ones(number, np.float32)
        return nir.LIF(tau=full * 5e-4, r=full * 5, v_leak=full * 0, v_threshold=full)

    nodes = {
        "input": nir.Input([784]),
        "fc1": nir.Affine(rng.normal(0, 0.1, (30, 784)).astype(np.float32), np.zeros(30, np.float32)),
        "lif1": lif(30),
        "fc2": nir.Linear(rng.normal(0, 0.5, (2, 30)).astype(np.float32)),
        "lif2": lif(2),
    }
    names = list(nodes)
    path = tmp_path / "foreign.nir"
    nir.write(path, nir.NIRGraph(nodes, list(pairwise(names))))
    return path


def test_a_graph_is_judged_as_the_run_it_was_written_of(
    command: Command, tiny_file: Path, tmp_path: Path, graph: Path
) -> None:
    run = made_run(tmp_path / "runs", tiny_file, **LIKE_PLUS, balance="none")
    code, out, err = command("evaluate", graph, "--data", tiny_file, "--json")
    assert (code, err) == (0, "")
    judged, own = json.loads(out), json.loads(command("evaluate", run.path, "--json")[1])
    assert (judged["run"], judged["epoch"], judged["num_steps"], judged["notes"]) == ("my-net", 0, 4, [])
    for name in ("accuracy", "auc", "sensitivity", "specificity"):
        assert judged["scores"][name] == own["scores"][name]
    for name in ("effective_macs", "effective_acs", "dense"):
        assert judged["energy"][name] == pytest.approx(own["energy"][name], rel=1e-3)
    heading = command("evaluate", graph, "--data", tiny_file, "--split", "val")[1].splitlines()[0]
    assert heading == "my-net, NIR graph, val of PneumoniaMNIST: 20 images, all"
    assert not list_runs(tmp_path / "checkpoints")


def test_what_a_graph_does_not_say_is_said(command: Command, tiny_file: Path, foreign: Path) -> None:
    code, out, err = command("inspect", foreign, "--data", tiny_file, "--index", 3, "--steps", 7, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["num_steps"] == 7
    out = command("inspect", foreign, "--data", tiny_file, "--index", 3)[1]
    assert "the graph does not say how long a time step is: 0.0001 is taken (--dt)" in " ".join(out.split())
    assert "a neuron that spikes sets its membrane to v_reset (--reset)" in " ".join(out.split())
    options = ("--data", tiny_file, "--dt", "2e-4", "--reset", "subtract", "--encoding", "direct")
    out = command("inspect", foreign, "--index", 3, *options)[1]
    assert "does not say how long" not in out
    assert "subtracts its threshold" in " ".join(out.split())
    assert "direct, not random" in out


def test_a_graph_becomes_a_run(
    command: Command, refused: Refused, tiny_file: Path, tmp_path: Path, foreign: Path
) -> None:
    code, out, err = command("runs", "add", foreign, "--data", tiny_file, "--name", "theirs", "--steps", 5)
    assert code == 0
    assert err.count("note: ") == 2
    run = RunDir(Path(out.strip()))
    assert run.graph.read_bytes() == foreign.read_bytes()
    summary = summarise(run)
    assert (summary.state, summary.trained, summary.epochs, summary.problem) == ("finished", True, 0, "")
    assert "theirs" in command("runs")[1]
    assert json.loads(command("evaluate", "theirs", "--json")[1])["num_steps"] == 5
    assert command("report", "last", "-o", tmp_path / "page.html")[0] == 0
    assert "a NIR graph, which is judged and not trained" in refused(4, "--train-only", "--resume", "theirs")
    for flag in ("--init-from", "--teacher"):
        words = refused(4, "--train-only", "--data", tiny_file, flag, "theirs")
        assert "a NIR graph, which is judged and not trained" in words
    assert "it is a NIR graph already" in refused(4, "export", "theirs", "--nir", tmp_path / "again.nir")
    delete(run, run.path.parent)
    assert list_runs(run.path.parent) == []


def test_the_inspector_brings_it_to_life(command: Command, tiny_file: Path, foreign: Path) -> None:
    out = command("runs", "add", foreign, "--data", tiny_file, "--steps", 5)[1]
    ref, image = run_messages.RunRef(out.strip()), SplitImage("test", 2)
    inspector = Answers()

    def ask(question: Any) -> object:
        answer = inspector.answer(question, lambda what, share: None)
        assert not isinstance(answer, messages.Failed), answer
        return answer

    facts = ask(run_messages.OpenRun(ref))
    assert isinstance(facts, run_messages.RunFacts)
    assert (facts.dataset, facts.epoch, facts.stand_in) == ("PneumoniaMNIST", 0, False)
    traced = ask(run_messages.TraceImage(ref, image))
    assert isinstance(traced, run_messages.TraceResult)
    assert (traced.trace.num_steps, traced.trace.threshold) == (5, 1.0)
    hidden = ask(run_messages.RecordLayers(ref, image))
    assert isinstance(hidden, run_messages.HiddenLayers)
    (layer,) = hidden.layers
    assert (layer.name, layer.channels, layer.height, layer.width) == ("fc1", 1, 5, 6)
    model = ask(model_messages.DescribeModel(build({}), ref))
    assert isinstance(model, model_messages.ModelFacts)
    assert (model.graph, model.input) == (True, [1, 28, 28])
    assert model.beta == pytest.approx(0.8)
    assert [part.synapses for part in model.layers] == [["linear 784>30"], ["linear 30>2"]]
    assert [len(kernel) for kernel in model.kernels] == [784] * 30
    assert isinstance(ask(model_messages.MeasureActivity(ref, 8)), model_messages.Activity)
    assert isinstance(ask(run_messages.JudgeSplit(ref, "test", True)), run_messages.JudgementResult)
    assert isinstance(ask(run_messages.OccludeImage(ref, image)), run_messages.OcclusionResult)


def test_what_is_refused(
    command: Command, refused: Refused, copy: RunDir, tmp_path: Path, foreign: Path
) -> None:
    words = refused(4, "evaluate", foreign, "--demo", "--dataset", "bloodmnist")
    assert "node 'input' (Input) takes 784 values, and the images are 3x28x28" in words
    words = refused(4, "evaluate", foreign, "--demo", "--dataset", "octmnist")
    assert "node 'lif2' (LIF) has 2 outputs, and " in words
    assert "is for NIR graphs only" in refused(2, "evaluate", copy.name, "--dt", 1)
    assert "'never' is not allowed" in refused(2, "evaluate", foreign, "--reset", "never")
    assert "its name does not end in .nir" in refused(2, "runs", "add", copy.path)
    (tmp_path / "text.nir").write_text("hello")
    assert "not a NIR graph: it is damaged, or no HDF5 file" in refused(
        4, "runs", "add", tmp_path / "text.nir"
    )
    assert list_runs(tmp_path / "checkpoints") == [copy]


def test_a_graph_of_other_sizes_gets_images_of_its_size(foreign: Path) -> None:
    from snn_tui.evaluation.nir.adding import GraphToAdd
    from snn_tui.runs.graph import GraphSettings

    graph = nir.read(foreign)
    path = foreign.with_name("large.nir")
    nodes = {"in": nir.Input([1, 64, 64]), "pool": nir.SumPool2d(*[np.array([2, 2])] * 2, np.array([0, 0]))}
    nodes |= {"fc": nir.Linear(np.ones((2, 1024), np.float32)), "lif": graph.nodes["lif2"]}
    edges = [("in", "pool"), ("pool", "fc"), ("fc", "lif")]
    nir.write(path, nir.NIRGraph(nodes, edges, type_check=False))
    added = GraphToAdd(path, {"dataset": "demo-pneumoniamnist"}, GraphSettings())
    assert added.config.size == 64
    run = added.add(foreign.parent, datetime(2026, 11, 29, 8, 0))
    assert images_for(added.config).task.side == 64
    assert run.title == "large"
