"""The memory that training takes, measured in a process that has done nothing else.

`python -m snn_tui.evaluation.bench.memory NAME`, with the configuration on its standard input, is that
process.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from snn_tui.config.files import from_json, to_json
from snn_tui.config.run_config import RunConfig
from snn_tui.evaluation.bench.candidates import Subject, candidate
from snn_tui.evaluation.bench.dense import matrix_product
from snn_tui.snn.device import resolve

_STEPS = 2
_PEAK_RESET = Path("/proc/self/clear_refs")


def peak_memory(name: str, config: RunConfig) -> int | None:
    """Bytes at the peak of a few training steps above what there was before; None if the system cannot say.

    Args:
        name: The engine or library.
        config: As for `Subject`.
    """
    if not _PEAK_RESET.exists():
        return None
    command = [sys.executable, "-P", "-m", __spec__.name, name]
    answer = subprocess.run(command, input=to_json(config), capture_output=True, check=False)
    digits = answer.stdout.strip()
    return int(digits) if answer.returncode == 0 and digits.isdigit() else None


def _measure(name: str, config: RunConfig) -> int:
    device = resolve(config.device)
    learner = candidate(name, Subject(config, device))
    matrix_product(device)()  # libraries that are loaded at the first use
    _PEAK_RESET.write_text("5")
    before = _status("VmRSS")
    for _ in range(_STEPS):
        learner.step()
    return max(0, _status("VmHWM") - before)


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field + ":")).split()[1]) * 1024


if __name__ == "__main__":
    sys.stdout.write(str(_measure(sys.argv[1], from_json(sys.stdin.buffer.read()))))
