"""`python -m snn_tui.worker RUN` trains a run."""

import sys

from snn_tui.worker.trainer import main

sys.exit(main(sys.argv[1:]))
