"""What a run directory is made of: its name and the files in it."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

RUNS_FOLDER = Path("checkpoints")
"""Where runs are kept unless another folder is named."""

RUNS_VARIABLE = "SNN_TUI_RUNS_DIR"
"""The environment variable that may name another."""

CONFIG, EVENTS = "config.json", "events.jsonl"
"""Names of the files that make a folder a run: it has one of them at least."""

STAMP = "%Y-%m-%dT%H%M"
"""The local time a run's name begins with, for strftime."""

STAMPED = re.compile(r"(\d{4}-\d\d-\d\dT\d{4})-(.+)", re.DOTALL)
"""A name that begins so: the stamp, and the title after it."""


@dataclass(frozen=True)
class RunDir:
    """One run's directory; it need not exist, and making this object reads nothing."""

    path: Path

    @property
    def name(self) -> str:
        """The directory's own name, such as `2026-11-23T2150-paper-s4`."""
        return self.path.name

    @property
    def title(self) -> str:
        """The name without its time stamp, such as `paper-s4`."""
        stamped = STAMPED.fullmatch(self.name)
        return stamped[2] if stamped else self.name

    @property
    def stamped_at(self) -> float | None:
        """The time stamp of the name, read as local time, in seconds since 1970; None without one."""
        stamped = STAMPED.fullmatch(self.name)
        if stamped:
            with contextlib.suppress(ValueError, OverflowError, OSError):
                return datetime.fromisoformat(stamped[1]).timestamp()  # strptime takes ten times as long
        return None

    @property
    def config(self) -> Path:
        """The whole `RunConfig`; its modification time is when a trainer was last started on the run."""
        return self.path / CONFIG

    @property
    def events(self) -> Path:
        """Append-only log of events, one JSON object a line."""
        return self.path / EVENTS

    @property
    def weights(self) -> Path:
        """The network's parameters."""
        return self.path / "model.safetensors"

    @property
    def own_weights(self) -> Path:
        """The parameters of a network of the user's own, which this program does not know."""
        return self.path / "weights.safetensors"

    @property
    def graph(self) -> Path:
        """The network of a run that nobody trained here: a graph in the NIR format."""
        return self.path / "graph.nir"

    @property
    def graph_settings(self) -> Path:
        """How that graph's equations become time steps, a `GraphSettings`."""
        return self.path / "graph.json"

    @property
    def resume_state(self) -> Path:
        """What training needs to go on where it stopped."""
        return self.path / "resume.safetensors"

    @property
    def old_resume_state(self) -> Path:
        """What earlier versions wrote instead: a pickle, which is never read."""
        return self.path / "resume.pt"

    @property
    def metrics(self) -> Path:
        """The final table, a `Metrics`."""
        return self.path / "metrics.json"

    @property
    def log(self) -> Path:
        """Everything the trainer printed."""
        return self.path / "worker.log"

    @property
    def lock(self) -> Path:
        """Who is training this run."""
        return self.path / "lock"

    @property
    def pause(self) -> Path:
        """Training holds while this file exists."""
        return self.path / "pause"

    @property
    def stop(self) -> Path:
        """Asks the trainer to save and end, where no signal reaches it: on another machine."""
        return self.path / "stop"

    @property
    def job(self) -> Path:
        """The cluster's job that trains the run, a `Job`."""
        return self.path / "job.json"

    @property
    def note(self) -> Path:
        """What the user wrote about the run."""
        return self.path / "note.txt"

    @property
    def card(self) -> Path:
        """The model card of a shipped checkpoint."""
        return self.path / "MODEL_CARD.md"

    @property
    def shipped(self) -> bool:
        """Whether this is a checkpoint that comes with the program, not a run of one's own."""
        return os.path.isfile(self.card)

    @property
    def exists(self) -> bool:
        """Whether there is a run: a directory with a configuration or events, be they broken."""
        return os.path.lexists(self.config) or os.path.lexists(self.events)
