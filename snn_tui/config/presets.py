"""Networks and recipes that have a name."""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    "plus": {
        "balance": "none",
        "sampling": "balanced",
        "augment": 1.3,
        "augment_noise": 0.2,
        "epochs": 40,
        "batch_size": 64,
        "optimizer": "adamw",
        "weight_decay": 0.06,
        "lr": 5e-3,
        "schedule": "one-cycle",
        "ema": 0.995,
        "encoding": "direct",
        "num_steps": 4,
        "train_steps": 4,
        "layers": "24C3-AP2-24C3-48C3-AP2-48C3-96C3-GAP",
        "padding": "same",
        "norm": "batch",
        "leak": "learned",
        "surrogate": "arctan",
        "readout": "integrate",
        "loss": "current",
        "loss_steps": "every",
        "label_smoothing": 0.1,
    },
}
"""Where a preset differs from the study, which is `paper`."""

PRESET_OPTIONS = {name for values in PRESETS.values() for name in values}
"""Options that choosing another preset changes."""
