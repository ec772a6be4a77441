"""The Triton kernels compute what torch's operations define, run in Triton's interpreter on the CPU."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from snn.interpreted import CASES

pytestmark = pytest.mark.skipif(find_spec("triton") is None, reason="torch comes without Triton here")


@cache
def results() -> dict[str, str]:
    """What is wrong with each case, by its name; nothing where it is right."""
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "snn.interpreted"],
        env=os.environ | {"TRITON_INTERPRET": "1", "OMP_NUM_THREADS": "1"},
        cwd=tests,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_kernel_computes_what_torch_does(case: str) -> None:
    assert results()[case] == ""


NUMBERS, INTEGERS, ONE = "*fp32", "i32", "fp32"
FIRE = {
    "currents": NUMBERS, "current_stride": INTEGERS, "beta": NUMBERS, "spikes": NUMBERS, "membranes": NUMBERS,
    "threshold": ONE, "steps": INTEGERS, "size": INTEGERS,
}  # fmt: skip
PASS_BACK = {
    "gradients": NUMBERS, "membranes": NUMBERS, "beta": NUMBERS, "errors": NUMBERS, "parts": NUMBERS,
    "threshold": ONE, "steepness": ONE, "steps": INTEGERS, "size": INTEGERS, "last": INTEGERS,
}  # fmt: skip
ENCODE = {
    "images": "*u8", "ids": "*i64", "draws": "*i64", "draw_stride": INTEGERS, "spikes": NUMBERS, "key": "i64",
    "pixels": INTEGERS,
}  # fmt: skip


def compiled(kernel: Any, signature: dict[str, str], constants: dict[str, Any]) -> str:
    """A kernel as assembly code for a GPU, made without one."""
    import triton
    from triton.backends.compiler import GPUTarget

    source = triton.compiler.ASTSource(
        fn=kernel, signature=signature | dict.fromkeys(constants, "constexpr"), constexprs=constants
    )
    made = triton.compile(source, target=GPUTarget("cuda", 80, 32), options={"enable_fp_fusion": False})
    code: str = made.asm["ptx"]
    return code


def test_kernels_compile_for_a_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interpreter takes more than the compiler does."""
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from snn_tui.snn.engines.batched import kernels

    assert ".entry" in compiled(kernels._encode, ENCODE, {"ROUNDS": 7, "BLOCK": kernels.BLOCK})
    for arctan, learned in ((False, False), (True, True)):
        constants = {"ARCTAN": arctan, "LEARNED": learned, "BLOCK": kernels.BLOCK}
        assert ".entry" in compiled(kernels._pass_back, PASS_BACK, constants)


def test_products_and_sums_of_membranes_are_rounded_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    from snn_tui.snn.engines.batched import kernels

    code = compiled(kernels._fire, FIRE, {"BLOCK": kernels.BLOCK})
    assert "mul.rn.f32" in code
    assert "fma" not in code
