"""The time-batched engine: each layer computes all its time steps at once, on the CPU or a GPU.

`engine` is the engine, `graph` a training step on CUDA that is captured once and replayed, and `kernels` what
Triton computes there.
"""

from snn_tui.snn.engines.batched.engine import BatchedEngine

__all__ = ["BatchedEngine"]
