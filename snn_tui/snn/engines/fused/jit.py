"""Compiling a module of LLVM code to functions that can be called, once: later it is read from a store."""

from __future__ import annotations

import ctypes
import functools
import hashlib
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import llvmlite
from llvmlite import binding, ir

Store = MutableMapping[str, bytes]
"""Where compiled code is kept between processes, by name."""


@dataclass(frozen=True)
class Compiled:
    """Compiled functions in memory.

    Args:
        functions: The functions by name; other Python threads run while one is called.
        engine: The LLVM engine that owns their memory.
    """

    functions: dict[str, Callable[..., None]]
    engine: Any


def compile_module(module: ir.Module, signatures: dict[str, Sequence[Any]], store: Store) -> Compiled:
    """Compile a module for this processor.

    Args:
        module: The code.
        signatures: The functions to call, with the ctypes of their arguments.
        store: Where an earlier process may have put the same code, compiled for the same processor.

    Raises:
        RuntimeError: LLVM cannot compile for this machine.
    """
    machine = _machine()
    text = str(module)
    key = hashlib.sha256(
        "\0".join([text, llvmlite.__version__, machine.triple, _processor(), _features()]).encode()
    ).hexdigest()
    parsed = binding.parse_assembly(text)
    parsed.triple, parsed.data_layout = machine.triple, str(machine.target_data)
    engine = binding.create_mcjit_compiler(parsed, machine)
    kept = store.get(key)
    if kept is None:
        _optimise(parsed, machine)

    def keep(_: Any, code: bytes) -> None:
        store[key] = code

    engine.set_object_cache(notify_func=keep if kept is None else None, getbuffer_func=lambda _: kept)
    engine.finalize_object()
    functions: dict[str, Callable[..., None]] = {
        name: ctypes.CFUNCTYPE(None, *types)(engine.get_function_address(name))
        for name, types in signatures.items()
    }
    return Compiled(functions, engine)


def _optimise(module: Any, machine: Any) -> None:
    options = binding.create_pipeline_tuning_options(speed_level=2)
    # The kernels are vectors already, as long as they should be.
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    builder = binding.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)


def _machine() -> Any:
    """A target machine; a new one for each execution engine, which owns and ends it."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_triple(binding.get_process_triple())
    return target.create_target_machine(
        cpu=_processor(), features=_features(), opt=3, jit=True, codemodel="jitdefault"
    )


@functools.cache
def _processor() -> str:
    return str(binding.get_host_cpu_name())


@functools.cache
def _features() -> str:
    return str(binding.get_host_cpu_features().flatten())


def vector_registers() -> int:
    """Registers for vectors of `LANES` floats that this processor has."""
    return 32 if binding.get_host_cpu_features().get("avx512vl") else 16
