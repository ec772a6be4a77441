"""`--network`: a torch module of the user's own is trained, evaluated and looked into."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from snn_tui.config.build import build
from snn_tui.config.own_network import VARIABLE, with_network
from snn_tui.errors import SnnTuiError
from snn_tui.evaluation.images import images_for
from snn_tui.evaluation.opened_run import OpenedRun
from snn_tui.inspector.model_answers import describe_trained, describe_untrained, measure_activity
from snn_tui.runs.rundir import RunDir
from snn_tui.runs.store import list_runs, read_config
from snn_tui.values.firing import silence
from snn_tui.values.own_network import OwnNetwork
from snn_tui.worker.stopping import StopRequest
from snn_tui.worker.trainer import train_run

from .conftest import Command, Refused

PAGE = Path(__file__).parents[2] / "docs" / "own-network.md"
QUICK = ("--epochs", 1, "--num-steps", 3, "--device", "cpu")


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command line named is forgotten after the test."""
    monkeypatch.setenv(VARIABLE, "")


def example(number: int) -> str:
    """A module of the page, as a user copies it."""
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[number]


@pytest.fixture
def train(command: Command, tiny_file: Path, tmp_path: Path) -> Any:
    """Trains the module of a text for one epoch; gives the run."""

    def run(source: str, *options: object) -> RunDir:
        (tmp_path / "nets.py").write_text(source)
        network = "--train-only", "--network", "nets.py:make", "--data", tiny_file
        code, _, err = command(*network, *QUICK, *options)
        assert code == 0, err
        return list_runs(tmp_path / "checkpoints")[0]

    return run


@pytest.mark.parametrize(("number", "hidden", "neurons"), [(0, "lif1", 784), (1, "lif1", 50)])
def test_examples_of_the_page_are_trained_evaluated_and_inspected(
    train: Any, command: Command, refused: Refused, tmp_path: Path, number: int, hidden: str, neurons: int
) -> None:
    run = train(example(number))
    config = json.loads(run.config.read_bytes())["network"]
    assert (config["file"], config["function"]) == (str(tmp_path / "nets.py"), "make")
    assert len(config["sha256"]) == 64
    begun = next(
        event for line in run.events.read_text().splitlines() if (event := json.loads(line)).get("layers")
    )
    assert begun["layers"] == {hidden: neurons, "out": 2}
    assert begun["engine"] == "reference"
    named = "--network", "nets.py:make", "--device", "cpu", "--json"
    code, out, err = command("evaluate", run.path, *named)
    assert code == 0, err
    judged = json.loads(out)
    assert judged["scores"]["rates"].keys() == {hidden, "out"}
    assert "own network" in judged["energy"]["note"]
    trained = json.loads(run.metrics.read_bytes())["test"]
    assert judged["scores"]["loss"] == pytest.approx(trained["loss"], abs=1e-6)
    code, out, err = command("inspect", run.path, "--network", "nets.py:make", "--index", 0, "--json")
    assert code == 0, err
    assert ("threshold not known" in out) == (number == 1)
    assert "only networks of snn-tui" in refused(4, "export", run.path, "--nir", "net.nir")


def test_model_lists_the_layers_that_were_found(
    tmp_path: Path, tiny_file: Path, train: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(example(1))
    monkeypatch.setenv(VARIABLE, f"{tmp_path / 'nets.py'}:make")
    config = read_config(run)
    opened = OpenedRun(run, images_for(config))
    facts = describe_trained(opened)
    assert [(layer.name, layer.shape, layer.synapses) for layer in facts.layers] == [
        ("lif1", [50], ["linear 784>50"]),
        ("out", [2], ["linear 50>2"]),
    ]
    assert [layer.parameters for layer in facts.layers] == [784 * 50 + 50, 50 * 2 + 2]
    assert [layer.macs for layer in facts.layers] == [784 * 50, 100]
    assert describe_untrained(with_network(build({})), opened.dataset.task).layers == facts.layers
    activity = measure_activity(opened, 4, lambda what, share: None)
    recording = opened.record("val", range(4))
    assert activity.layers["lif1"].rate == pytest.approx(float(recording.spikes["lif1"].mean()))
    assert activity.layers["out"].operations == pytest.approx(float(recording.spikes["lif1"].sum()) / 2)


def test_a_run_does_not_run_the_code_that_it_names(
    train: Any, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = train(example(1))
    (tmp_path / "nets.py").write_text("open('ran', 'w')\n")
    assert "give --network FILE.py:make" in refused(4, "evaluate", run.path)
    monkeypatch.setenv(VARIABLE, f"{tmp_path / 'nets.py'}:make")
    assert "code is not run because a run names it" in refused(4, "evaluate", run.path)
    monkeypatch.setenv(VARIABLE, "")
    run.events.unlink()
    with pytest.raises(SnnTuiError, match="code is not run"):
        raise _fault_of(run)
    assert not (tmp_path / "ran").exists()


def _fault_of(run: RunDir) -> SnnTuiError:
    """What ends a trainer that was started on a run without a named file."""
    events: list[Any] = []
    assert train_run(run, events.append, StopRequest()) != 0
    return SnnTuiError(events[-1].what)


def test_a_file_that_changed_is_said_and_not_resumed_with(
    train: Any, command: Command, refused: Refused, tmp_path: Path
) -> None:
    run = train(example(1))
    (tmp_path / "nets.py").write_text(example(1) + "# changed\n")
    _, out, _ = command("evaluate", run.path, "--network", "nets.py:make", "--json")
    assert "is not the file that the run was trained with" in json.loads(out)["notice"]
    more = "--train-only", "--resume", run.path, "--epochs", 2
    message = refused(4, *more, "--network", "nets.py:make")
    assert "its checksum is" in message
    (tmp_path / "nets.py").write_text(example(1))
    code, _, err = command(*more, "--network", "nets.py:make")
    assert code == 0, err
    (tmp_path / "nets.py").write_text(example(0))
    message = refused(4, "evaluate", run.path, "--network", "nets.py:make")
    assert "holds other weights than this network has" in message
    assert "its checksum is" in message


_HEAD = "import torch\nfrom torch import nn\n"
_NET = """
class Net(nn.Module):
    def __init__(self, side, classes):
        super().__init__()
        self.fc = nn.Linear(side * side, classes)
        self.left = None
    def forward(self, x):
        current = self.fc(x.flatten(2))
        {body}
def make(side, classes):
    return Net(side, classes)
"""


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_module\n", "nets.py, line 1: ModuleNotFoundError"),
        ("def make(:\n", "nets.py, line 1: SyntaxError"),
        ("raise SystemExit(0)\n", "nets.py, line 1: SystemExit"),
        ("def other():\n    return 1\n", "has no function make"),
        ("def make():\n    return 1\n", "returns int, not a torch module"),
        (_HEAD + "def make():\n    return nn.Flatten()\n", "it has no parameters to train"),
        (_HEAD + _NET.format(body="return current"), "something else than spikes and membranes"),
        (_HEAD + _NET.format(body="return current[0], current"), "have the shape [3, 2], not [T, B, K]"),
        (_HEAD + _NET.format(body="return current, current"), "its output spikes are not 0 or 1"),
        (_HEAD + _NET.format(body="return (current > 0).float(), current"), "have no gradient"),
        (_HEAD + _NET.format(body="return (current > 0).float(), current / 0"), "membranes are not finite"),
        (_HEAD + _NET.format(body="return torch.bernoulli(current.sigmoid()), current"), "called again"),
        (_HEAD + _NET.format(body="return missing, current"), "NameError: name 'missing'"),
    ],
)
def test_what_is_no_network_is_refused_in_a_sentence(
    refused: Refused, tiny_file: Path, tmp_path: Path, source: str, words: str
) -> None:
    (tmp_path / "nets.py").write_text(source)
    message = refused(2, "--train-only", "--network", "nets.py:make", "--data", tiny_file, *QUICK)
    assert words in message
    assert not (tmp_path / "checkpoints").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--network", "nets.py"), "names no file and function"),
        (("--network", "missing.py:make"), "No such file"),
        (("--network", "nets.py:make", "--layers", "4C3"), "--layers: says how a network of snn-tui is made"),
        (("--network", "nets.py:make", "--engine", "fused"), "only the reference engine"),
        (("--network", "nets.py:make", "--devices", 2), "one process trains"),
        (("--network", "nets.py:make", "--spike-penalty", 1), "not known of your network"),
        (("--network", "nets.py:make", "--loss", "current"), "which your network does not return"),
    ],
)
def test_what_does_not_go_with_a_network_of_ones_own_is_refused(
    refused: Refused, tiny_file: Path, tmp_path: Path, options: tuple[object, ...], words: str
) -> None:
    (tmp_path / "nets.py").write_text(example(1))
    assert words in refused(2, "--train-only", "--data", tiny_file, *QUICK, *options)


def test_another_function_of_the_same_file_is_said(
    train: Any, refused: Refused, command: Command, tmp_path: Path
) -> None:
    source = example(1) + "\n\nother = make\n"
    run = train(source)
    _, out, _ = command("evaluate", run.path, "--network", "nets.py:other", "--json")
    assert "network was made by make, and" in json.loads(out)["notice"]
    assert "made by make" in refused(
        4, "--train-only", "--resume", run.path, "--epochs", 2, "--network", "nets.py:other"
    )


def test_advice_names_no_option_that_your_network_does_not_have() -> None:
    described = OwnNetwork(file="/nets.py", function="make", sha256="0" * 64)
    own = msgspec.structs.replace(build({"norm": "batch"}), network=described)
    rates = {"lif1": 0.0, "out": 0.1}
    assert silence(rates, own.known_norm) == "lif1 never fired: try a higher --lr or larger initial weights"
    assert "--norm batch" in silence(rates, build({}).known_norm)
