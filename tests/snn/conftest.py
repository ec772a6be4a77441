"""Says at the end how many spikes the engines were compared by."""

from __future__ import annotations

import pytest

from .parity import LEDGER, NEAR


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was compared, and what differed."""
    if LEDGER.images:
        terminalreporter.section("engines")
        terminalreporter.line(
            f"{LEDGER.spikes} spikes of {LEDGER.images} images compared with the reference; "
            f"{LEDGER.parted} images parted from it at a membrane within {NEAR:g} of the threshold "
            f"(at most {LEDGER.farthest:.1e}): {LEDGER.by_engine}"
        )
