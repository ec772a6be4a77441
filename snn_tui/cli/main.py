"""The `snn-tui` command. Ctrl-c is seen to before anything else is imported, which takes a second."""

from __future__ import annotations

from snn_tui.cli import interrupt


def main() -> None:
    """The `snn-tui` command."""
    interrupt.exit_on_it()
    from snn_tui.cli.start import start

    start()
