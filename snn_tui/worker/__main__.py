"""`python -m snn_tui.worker [--tied] RUN` trains a run; `--check [RUN]` only says whether it could."""

import sys

from snn_tui.worker.preparation import check_main
from snn_tui.worker.trainer import main

arguments = sys.argv[1:]
sys.exit(check_main(*arguments[1:]) if arguments[0] == "--check" else main(arguments))
