"""What a process uses of its machine."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import pynvml


@dataclass(frozen=True)
class Usage:
    """CPU in percent of one core, resident memory in bytes.

    Of the GPU in percent, bytes, degrees Celsius and watts; None without one, or where it does not say.
    """

    cpu: float
    memory: int
    gpu: float | None = None
    gpu_memory: int | None = None
    gpu_temperature: float | None = None
    gpu_power: float | None = None


class Meter:
    """Measures this process, and the GPU it computes on.

    Args:
        gpu: UUID of that GPU as torch gives it, None for none. (Its index would not do: NVML counts all
            GPUs, torch only those of CUDA_VISIBLE_DEVICES.)
    """

    def __init__(self, gpu: str | None = None) -> None:
        self._process = psutil.Process()
        self._process.cpu_percent()  # the first call only starts the clock
        self._gpu = None
        if gpu is not None:
            try:
                pynvml.nvmlInit()
                self._gpu = pynvml.nvmlDeviceGetHandleByUUID(f"GPU-{gpu}")
            except pynvml.NVMLError:
                self._gpu = None

    def read(self) -> Usage:
        """Use since the last call."""
        cpu, memory = self._process.cpu_percent(), self._process.memory_info().rss
        if self._gpu is None:
            return Usage(cpu, memory)
        try:
            load = pynvml.nvmlDeviceGetUtilizationRates(self._gpu).gpu
            used = pynvml.nvmlDeviceGetMemoryInfo(self._gpu).used
        except pynvml.NVMLError:
            return Usage(cpu, memory)
        return Usage(cpu, memory, float(load), int(used), self._temperature(), self._power())

    def _temperature(self) -> float | None:
        try:
            return float(pynvml.nvmlDeviceGetTemperature(self._gpu, pynvml.NVML_TEMPERATURE_GPU))
        except pynvml.NVMLError:  # not every GPU has a sensor that may be read
            return None

    def _power(self) -> float | None:
        try:
            return float(pynvml.nvmlDeviceGetPowerUsage(self._gpu)) / 1000  # it counts milliwatts
        except pynvml.NVMLError:
            return None
