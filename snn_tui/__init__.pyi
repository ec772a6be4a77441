from snn_tui.api.run import Run as Run
from snn_tui.api.start import start as start
from snn_tui.api.stopping import Stopped as Stopped

__version__: str
__all__ = ["Run", "Stopped", "__version__", "start"]
