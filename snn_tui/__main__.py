"""`python -m snn_tui` is `snn-tui`."""

from snn_tui.cli.main import main

main()
