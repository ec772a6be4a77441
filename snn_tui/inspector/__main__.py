"""`python -m snn_tui.inspector` answers questions on its standard input."""

from snn_tui.inspector.server import main

main()
