"""How fast `snn-tui bench` found this machine to train, kept for runs to be compared with."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping, Sequence

import msgspec

from snn_tui.config.run_config import RunConfig
from snn_tui.config.user_files import read_small, user_folder, write_small

_FILE = "speeds.json"
_MOST = 64
"""Speeds that are kept; the oldest goes first."""


def work_key(config: RunConfig, *, engine: str, device: str, threads: int, shape: Sequence[int]) -> str:
    """What a speed of training is of: two runs of the same key should be equally fast.

    Args:
        config: How to train.
        engine: The engine that computes.
        device: Name of the device.
        threads: Of the CPU.
        shape: Channels, height and width of the images, and the number of classes.
    """
    recipe = (config.layers, config.encoding, config.num_steps, config.batch_size, config.norm, config.neuron)
    extra = (config.loss_steps, config.random_steps, config.bits)
    parts = (socket.gethostname(), device, threads, engine, *recipe, *extra, *shape)
    return " ".join(str(part) for part in parts)


def remember_speed(key: str, images_per_s: float, environ: Mapping[str, str]) -> None:
    """Keep a speed of training, in images a second; where nothing can be written, nothing is kept."""
    folder = user_folder("state", environ)
    if folder is None:
        return
    speeds = _speeds(environ)
    speeds.pop(key, None)
    kept = dict([*speeds.items(), (key, images_per_s)][-_MOST:])
    with contextlib.suppress(OSError):
        write_small(folder / _FILE, msgspec.json.encode(kept).decode())


def benched_speed(key: str, environ: Mapping[str, str]) -> float | None:
    """The speed that `bench` last measured of such work here, in images a second; None if it never did."""
    return _speeds(environ).get(key)


def _speeds(environ: Mapping[str, str]) -> dict[str, float]:
    folder = user_folder("state", environ)
    if folder is None:
        return {}
    try:
        text = read_small(folder / _FILE)
        return msgspec.json.decode(text, type=dict[str, float]) if text else {}
    except (OSError, ValueError):  # damaged, it is as good as none
        return {}
