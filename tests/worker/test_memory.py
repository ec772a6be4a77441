"""Training that needs more memory than the machine has is refused before any of it is taken."""

from __future__ import annotations

import pytest

from snn_tui.config.build import build
from snn_tui.errors import UsageError
from snn_tui.worker import memory
from snn_tui.worker.memory import check_memory, fits


@pytest.fixture(autouse=True)
def _eight_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "machine_memory", lambda: 8 << 30)


def test_the_error_names_what_is_needed_what_there_is_and_a_remedy() -> None:
    config = build({"batch_size": 8192, "num_steps": 100})
    with pytest.raises(UsageError) as error:
        check_memory(config, "reference")
    needed = "a batch of 8192 images, 100 steps each, takes about 154 GiB, and this machine has 8 GiB"
    assert (error.value.what, error.value.where) == (needed, "--batch-size")
    assert error.value.remedy.endswith("or --engine auto")


@pytest.mark.parametrize("options", [{}, {"preset": "plus"}, {"batch_size": 1024}, {"num_steps": 200}])
def test_what_people_train_fits(options: dict[str, object]) -> None:
    assert all(fits(build(options), engine) for engine in ("auto", "batched", "reference"))


def test_only_what_is_computed_at_once_counts() -> None:
    large = {"batch_size": 8192, "num_steps": 100}
    assert fits(build(large), "batched")
    assert not fits(build(large | {"norm": "batch"}), "batched")
    assert fits(build(large | {"norm": "batch", "train_steps": 1}), "batched")
