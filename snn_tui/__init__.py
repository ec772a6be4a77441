"""snn-tui: train a spiking neural network in the terminal, and look inside each of its decisions.

A training loop of one's own is shown by the same screens: see `snn_tui.start`.
"""

__version__ = "0.1.0"

_HOMES = {"start": "start", "Run": "run", "Stopped": "stopping"}
"""The module of `snn_tui.api` that has each public name; `__init__.pyi` says their types."""

__all__ = ["Run", "Stopped", "__version__", "start"]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used: every process imports this package, and few need them."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"snn_tui.api.{_HOMES[name]}"), name)
