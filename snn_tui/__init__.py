"""snn-tui: train a spiking neural network in the terminal, and look inside each of its decisions."""

__version__ = "0.1.0"
