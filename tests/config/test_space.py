"""The space of a sweep: what a file may say, and what is refused with file, option and remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from snn_tui.config.files import read_toml, to_toml
from snn_tui.config.space import Range, Space, Values, read_space
from snn_tui.errors import UsageError


def space(folder: Path, text: str) -> Space:
    file = folder / "rates.toml"
    file.write_text(text)
    return read_space(file)


def test_lists_and_ranges_are_read_in_their_options_types(tmp_path: Path) -> None:
    text = """
    lr = {low = 1e-4, high = 1e-2, log = true}
    num-steps = {low = 4, high = 20, step = 4}
    beta = {low = 0, high = 1, step = 0.25}
    batch_size = ["32", 64]
    layers = ["12C5-MP2", "8C3-GAP"]
    """
    assert list(space(tmp_path, text).items()) == [
        ("lr", Range(1e-4, 1e-2, True)),
        ("num_steps", Range(4, 20, False, 4)),
        ("beta", Range(0.0, 1.0, False, 0.25)),
        ("batch_size", Values((32, 64))),
        ("layers", Values(("12C5-MP2", "8C3-GAP"))),
    ]


@pytest.mark.parametrize(
    ("text", "option", "words"),
    [
        ("", "", "no option to sweep"),
        ("lr = ", "", "not valid TOML"),
        ("learning = [1]", "learning", "no such option"),
        ("seed = [1, 2]", "seed", "cannot be swept"),
        ("data = ['x.npz']", "data", "cannot be swept"),
        ("name = ['x']", "name", "cannot be swept"),
        ("read-test = ['once']", "read-test", "never reads test"),
        ("device = ['cpu']", "device", "cannot be swept"),
        ("lr = 0.1", "lr", "neither a list nor a range"),
        ("lr = []", "lr", "0 values"),
        ("lr = [2.0]", "lr", "2.0 is not allowed"),
        ("lr = [0.1, 0.1]", "lr", "twice"),
        ("batch-size = [8]\nbatch_size = [8]", "batch_size", "twice"),
        ("preset = {low = 1, high = 2}", "preset", "no range of numbers"),
        ("bits = {low = 2, high = 8}", "bits", "no range of numbers"),
        ("lr = {low = 0.1}", "lr", "no high"),
        ("lr = {low = 0.1, high = 0.01}", "lr", "is not below"),
        ("lr = {low = 0.1, high = 0.1}", "lr", "are both 0.1"),
        ("lr = {low = 0.1, high = 0.2, by = 1}", "lr", "no 'by'"),
        ("lr = {low = 0.1, high = 0.2, log = 1}", "lr", "neither true nor false"),
        ("beta = {low = 0, high = 1, log = true}", "beta", "no logarithm"),
        ("beta = {low = 0, high = 1, step = 2}", "beta", "no step"),
        ("beta = {low = 0, high = 1, step = nan}", "beta", "no step"),
        ("epochs = {low = 1, high = 9, step = 0.5}", "epochs", "no step"),
        ("epochs = {low = 1, high = 9, step = 2, log = true}", "epochs", "exclude each other"),
        ("epochs = {low = 1.5, high = 9}", "epochs", "1.5 is not allowed"),
    ],
)
def test_what_cannot_be_swept_is_refused_by_name(text: str, option: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        space(tmp_path, text)
    assert words in caught.value.what
    assert "rates.toml" in caught.value.where
    assert option in caught.value.where
    assert caught.value.remedy


def test_options_written_as_toml_are_read_back(tmp_path: Path) -> None:
    values = {"lr": 1e-05, "batch_size": 32, "preset": "plus", "data": 'dä\\ta "1".npz'}
    file = tmp_path / "best.toml"
    file.write_bytes(to_toml(values, "Trial 3.\nOf two lines."))
    assert read_toml(file) == values
    assert file.read_text().startswith("# Trial 3.\n# Of two lines.\n")
