"""A run that is a NIR graph of another program on the screens."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import nir
import numpy as np

from snn_tui.evaluation.nir.adding import GraphToAdd
from snn_tui.inspector.client import InspectorClient
from snn_tui.runs.graph import GraphSettings
from tui.conftest import NewApp
from tui.driving import opened


def fully_connected(path: Path) -> Path:
    """A graph without convolutions, for flat images."""
    rng, full = np.random.default_rng(2), np.ones(30, np.float32)
    nodes = {
        "input": nir.Input([784]),
        "fc1": nir.Linear(rng.normal(0, 0.1, (30, 784)).astype(np.float32)),
        "lif": nir.LIF(tau=full * 5e-4, r=full * 5, v_leak=full * 0, v_threshold=full),
        "fc2": nir.Linear(rng.normal(0, 0.5, (2, 30)).astype(np.float32)),
        "if": nir.IF(r=full[:2], v_threshold=full[:2]),
    }
    names = list(nodes)
    nir.write(path, nir.NIRGraph(nodes, [*zip(names, names[1:], strict=False)]))  # noqa: RUF007
    return path


async def test_every_screen_shows_it(new_app: NewApp, root: Path, tiny_file: Path, tmp_path: Path) -> None:
    root.mkdir(exist_ok=True)
    added = GraphToAdd(fully_connected(tmp_path / "theirs.nir"), {"data": str(tiny_file)}, GraphSettings())
    added.add(root, datetime(2026, 11, 29, 8, 0))
    app = new_app()
    app.inspector = InspectorClient(app._inspector_restarted)
    async with opened(app) as user:
        await user.open_run()
        await user.until_sees("theirs", "finished")
        await user.press("4")
        await user.until_sees("NIR graph", "784→30", "30→2")
        await user.press("2")
        await user.until_sees("theirs", "verdict")
        assert "epoch" not in user.sees.splitlines()[0]
        await user.press("5")
        await user.until_sees("accuracy", "PneumoniaMNIST")
        assert "epoch" not in user.sees.splitlines()[0]
