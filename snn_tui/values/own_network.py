"""What a run's configuration says of a network of the user's own."""

from __future__ import annotations

import os

import msgspec

from snn_tui.values.words import printable


class OwnNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """What `config.json` says of a network of the user's own; nothing is read from that path.

    Args:
        file: The path of the file as it was named.
        function: The function of it that made the network.
        sha256: Checksum of the file's content, in hexadecimal digits.
    """

    file: str
    function: str
    sha256: str

    @property
    def text(self) -> str:
        """File and function as `--network` takes them, printable."""
        return f"{printable(self.file, 200)}:{printable(self.function, 80)}"

    @property
    def known(self) -> str:
        """Name of the file, function, and the beginning of the checksum, which tells versions apart."""
        name = printable(os.path.basename(self.file), 200)
        return f"{name}:{printable(self.function, 80)} ({self.sha256[:8]})"
