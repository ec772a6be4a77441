"""`python -m snn_tui` is `snn-tui`."""

from snn_tui.front import main

main()
