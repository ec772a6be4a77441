"""For a training loop of the user's own: `snn_tui.start` and the run that it gives."""
