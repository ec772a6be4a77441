"""The trainer process: a run directory's configuration in, its events, weights and metrics out."""
