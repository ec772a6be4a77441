"""The options of training that a command was given, for commands that train several runs with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from snn_tui.config import own_network
from snn_tui.config.build import build
from snn_tui.config.files import read_toml
from snn_tui.config.run_config import RunConfig


@dataclass(frozen=True)
class Given:
    """Options of training, by field name.

    Args:
        options: Those set by hand; None means not set.
        toml: Those of a file.
        network: The text that names a network of the user's own; None for one of this program.
    """

    options: Mapping[str, object]
    toml: dict[str, object]
    network: str | None

    @classmethod
    def of(cls, options: Mapping[str, object], config: Path | None, network: str | None) -> Given:
        """Read the file of options, and let trainers know the network that was named.

        Raises:
            UsageError: A file cannot be read, or an option does not go with a network of the user's own.
        """
        given = cls(options, read_toml(config) if config else {}, network)
        own_network.hand_over(network)
        if network is not None:
            set_by_hand = {name: value for name, value in options.items() if value is not None}
            own_network.of_no_effect(given.toml | set_by_hand)
        return given

    def build(self, changes: Mapping[str, object] | None = None) -> RunConfig:
        """A run's configuration.

        Args:
            changes: Options with other values than those given.

        Raises:
            UsageError: A value is not allowed, or two options contradict each other.
        """
        return own_network.with_network(build({**self.options, **(changes or {})}, toml=self.toml))


def share_cores(jobs: int) -> None:
    """Give each of so many trainers its share of the cores, unless the environment says something else.

    More threads than cores wait for each other at every layer.
    """
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // jobs)))
